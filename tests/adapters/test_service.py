"""The service manager and the watchdog: ready, alive as long as there is progress, ending."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.service import Service
from bot.adapters.watchdog import AT_FIRST, PACE, STILL, Watchdog, places_of, standing, watch
from bot.adapters.watching import Watch
from bot.vitals import Vitals


class Manager:
    """Stands for systemd: a socket, and what was written to it."""

    def __init__(self, name: str, address: str) -> None:
        self.environment = {"NOTIFY_SOCKET": name}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(0)

    def heard(self) -> list[str]:
        """Return what was told since the last time."""
        told = []
        while True:
            try:
                told.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return told

    def close(self) -> None:
        """Go away."""
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """Listen on a socket in a folder, and on one that has only a name."""
    path = str(tmp_path / "notify")
    name = f"comenius-test-{os.getpid()}"
    abstract = (f"@{name}", f"\0{name}")
    made = Manager(*((path, path) if request.param == "path" else abstract))
    yield made
    made.close()


def test_what_is_told(manager: Manager) -> None:
    """One datagram each, in systemd's words (sd_notify(3))."""
    service = Service(manager.environment)
    service.ready()
    service.status("Logging in ...")
    service.alive()
    service.stopping()

    assert ["READY=1", "STATUS=Logging in ...", "WATCHDOG=1", "STOPPING=1"] == manager.heard()


def test_a_status_is_one_line_without_ids(manager: Manager) -> None:
    """It can be read by everybody on the machine, and says nothing else than how it is."""
    Service(manager.environment).status("joined !room:zq.example\nREADY=1")

    assert ["STATUS=joined (hidden) READY=1"] == manager.heard()


@pytest.mark.parametrize("named", ["", "relative", "vsock:2:1234", "/nowhere/at/all", "@"])
def test_without_a_manager_nothing_happens(named: str) -> None:
    """Nobody listens, or what is named is no such socket."""
    Service({"NOTIFY_SOCKET": named}).ready()
    Service({}).ready()


def test_a_manager_that_does_not_listen_holds_nobody_up(manager: Manager) -> None:
    """Its queue is full: what is too much is dropped."""
    service = Service(manager.environment)
    for _ in range(5000):
        service.alive()

    assert 5000 > len(manager.heard()) > 0


@pytest.mark.parametrize(
    ("environment", "pause"),
    [
        ({"WATCHDOG_USEC": "120000000"}, 120.0),
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": str(os.getpid())}, 120.0),
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_how_often_it_wants_to_hear(environment: dict[str, str], pause: float | None) -> None:
    """As WATCHDOG_USEC says, if it is meant for this process (sd_watchdog_enabled(3))."""
    assert pause == Service(environment).pause


# --- the watchdog ---------------------------------------------------------------------------------


def looks(watchdog: Watchdog, seconds: float, start: float = 0.0) -> list[float]:
    """Look every PACE seconds for so long; return the moments at which it was stuck."""
    moments = itertools.takewhile(
        lambda now: now <= start + seconds, itertools.count(start, int(PACE))
    )
    return [now for now in moments if watchdog.look(now)]


def test_five_minutes_without_a_sign_of_life() -> None:
    """Neither an answer nor a failure: the loop is stuck, until there is one again."""
    vitals = Vitals(syncs=1)
    watchdog = Watchdog(vitals)

    assert [STILL, STILL + PACE] == looks(watchdog, STILL + PACE)
    vitals.syncs += 1
    assert [] == looks(watchdog, STILL - PACE, STILL + 2 * PACE)


@pytest.mark.parametrize("sign", ["beats", "syncs", "failed_syncs", "heard", "store_full"])
def test_a_sign_of_life(sign: str) -> None:
    """An answer, a failure, something dealt with after an outage, a full disk: it runs."""
    vitals = Vitals(syncs=1)
    watchdog = Watchdog(vitals)
    assert not looks(watchdog, STILL - PACE)
    setattr(vitals, sign, 5)

    assert [2 * STILL] == looks(watchdog, STILL, STILL)


def test_the_first_answer_may_take_longer() -> None:
    """It may bring the state of two thousand people."""
    assert [AT_FIRST] == looks(Watchdog(Vitals()), AT_FIRST)


def test_time_in_which_the_process_stood_still_does_not_count() -> None:
    """After an hour of sleep what came meanwhile has to be dealt with first."""
    watchdog = Watchdog(Vitals(syncs=1))
    watchdog.look(0)

    assert not watchdog.look(3600)
    assert not looks(watchdog, STILL - 3 * PACE, 3600)
    assert looks(watchdog, 3 * PACE, 3600 + STILL - 2 * PACE)


@given(st.lists(st.tuples(st.floats(0, 60), st.booleans()), max_size=200))
def test_a_loop_that_lives_is_never_called_stuck(steps: list[tuple[float, bool]]) -> None:
    """However irregularly it is looked at: without five minutes of silence nothing is said."""
    vitals = Vitals(syncs=1)
    watchdog = Watchdog(vitals)
    now = quiet = 0.0
    watchdog.look(now)
    for passed, sign in steps:
        now += passed
        vitals.syncs += sign
        quiet = 0.0 if sign else quiet + passed
        if watchdog.look(now):
            assert quiet >= STILL


async def test_being_stuck_is_told_once_with_the_places(caplog: pytest.LogCaptureFixture) -> None:
    """The log names where the tasks stand: files and lines, no values; then no more signs."""
    vitals, beats, alarms = Vitals(syncs=1), [], []
    moments = iter([0.0, *[20.0 * n for n in range(1, 40)]])
    watchdog = Watchdog(vitals)

    def clock() -> float:
        now = next(moments)
        if now == 500:
            vitals.failed_syncs += 1
        return now

    async def hangs_with_secretword() -> None:
        await asyncio.Event().wait()

    hanging = asyncio.create_task(hangs_with_secretword())
    with caplog.at_level(logging.INFO), pytest.raises((RuntimeError, StopIteration)):
        await watch(watchdog, clock, lambda: beats.append(1), lambda: alarms.append(1), pace=0)
    hanging.cancel()
    (told,) = [one for one in caplog.records if one.levelno == logging.CRITICAL]

    assert "the loop makes no progress" == told.getMessage()
    assert "1x locks.py:" in vars(told)["facts"]["tasks"]
    assert "test_service.py:" in vars(told)["facts"]["tasks"]
    assert "secretword" not in str(vars(told)["facts"])
    assert "the loop goes on" in caplog.messages
    assert 1 == len(alarms)
    assert 40 > len(beats) > 20


async def test_where_a_task_stands() -> None:
    """From the innermost place outwards; equal ones are counted together."""

    async def inner() -> None:
        await asyncio.sleep(60)

    async def outer() -> None:
        await inner()

    tasks = [asyncio.create_task(outer()) for _ in range(3)]
    await asyncio.sleep(0)
    first = inner.__code__.co_firstlineno
    place = f"test_service.py:{first + 1} < test_service.py:{first + 4}"
    told, alone = standing(), places_of(tasks[0].get_coro())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert alone.startswith("tasks.py:")
    assert alone.endswith(place)
    assert f"3x {alone}" in told
    assert "nowhere" == places_of(tasks[0].get_coro())


# --- one run --------------------------------------------------------------------------------------


async def test_a_run_from_beginning_to_end(manager: Manager) -> None:
    """What is said goes to the terminal and to the status; alive only once it is connected."""
    said: list[str] = []
    vitals = Vitals()
    watch = Watch(vitals, manager.environment | {"WATCHDOG_USEC": "20000"}, said.append)
    await watch.open(None)
    watch.say("Logging in ...")
    assert ["STATUS=Logging in ..."] == manager.heard()
    watch.ready()
    await asyncio.sleep(0.05)
    told = manager.heard()
    watch.say("The homeserver does not answer as it should (hung up).")
    vitals.syncs += 1
    await asyncio.sleep(0.05)
    told += manager.heard()
    await watch.close()
    told += manager.heard()

    assert ["Logging in ...", "The homeserver does not answer as it should (hung up)."] == said
    assert ("READY=1", "STOPPING=1") == (told[0], told[-1])
    assert 3 <= told.count("WATCHDOG=1")
    assert [
        "STATUS=The homeserver does not answer as it should (hung up).",
        "STATUS=Connected.",
    ] == [one for one in told if one.startswith("STATUS")]


async def test_a_stuck_loop_is_alive_no_more(manager: Manager) -> None:
    """Systemd then starts the bot anew; whoever can mend it sooner is told."""
    called: list[bool] = []
    watch = Watch(Vitals(syncs=1), manager.environment | {"WATCHDOG_USEC": "20000"}, lambda _: None)
    watch.watchdog.look(0)
    for now in range(0, int(STILL) + 20, int(PACE)):
        watch.watchdog.look(float(now))
    watch.watchdog.stuck = False
    watch.ready(stuck=lambda: called.append(True))
    await asyncio.sleep(0.05)
    await watch.close()
    told = manager.heard()

    assert [True] == called
    assert "WATCHDOG=1" not in told
    assert "STATUS=The loop makes no progress: see the log." in told
