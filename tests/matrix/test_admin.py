"""An admin's first five minutes and a bad day, on a real Synapse and by the commands alone."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix import renewal
from bot.adapters.synapse import Synapse
from bot.heard import Said
from tests.matrix.assistant import sees
from tests.matrix.counting import Asked, History, apologies, history, miscounted, repeated
from tests.matrix.people import DEADLINE, NewBot, NewPerson, Person, entry, numbers
from tests.matrix.waiting import all_answered
from tests.test_command_line import comenius

pytestmark = [pytest.mark.synapse, pytest.mark.timeout(280)]
RECOVERY_KEY = re.compile(r"(?:[1-9A-HJ-NP-Za-km-z]{4} ){11}[1-9A-HJ-NP-Za-km-z]{4}")


class Running:
    """`comenius run` in a process of its own."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.lines: list[str] = []
        self.process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        command = (sys.executable, "-u", "-m", "bot", "run", "--config", str(self.config))
        both = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
        self.process = await asyncio.create_subprocess_exec(*command, **both)  # type: ignore[arg-type]
        connected = asyncio.Event()
        self._reading = asyncio.create_task(self._read(connected))
        await asyncio.wait_for(connected.wait(), 60)
        assert self.process.returncode is None, self.lines

    async def _read(self, connected: asyncio.Event) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode().rstrip())
            if "Connected." in self.lines[-1]:
                connected.set()
        connected.set()

    async def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(sign)
        status = await asyncio.wait_for(process.wait(), 60)
        if self._reading is not None:
            await self._reading
        return status


@pytest.fixture
async def running() -> AsyncIterator[Callable[[Path], Running]]:
    """Make bots in processes of their own, and see to it that they end."""
    made: list[Running] = []

    def make(config: Path) -> Running:
        made.append(Running(config))
        return made[-1]

    yield make
    for one in made:
        await one.end(signal.SIGKILL)


async def typed(*arguments: str, said: str = "") -> tuple[int, str]:
    """Return the status and all that is shown after `comenius` with *arguments*."""
    done = await asyncio.to_thread(comenius, *arguments, said=said)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


async def begun(synapse: Synapse, folder: Path) -> tuple[Path, str]:
    """Let an admin answer `comenius init`; return bot.yaml and the bot's user id."""
    name = f"comenius{next(numbers)}"
    user = await asyncio.to_thread(synapse.register, name, "secret", shown="Comenius")
    answers = [synapse.address, name, "secret", "", "en", "Europe/Paris", "y"]
    status, shown = await typed("init", str(folder), said="".join(f"{one}\n" for one in answers))
    assert 0 == status, shown
    assert "all is well" in shown
    return folder / "bot.yaml", user


def lines(shown: str) -> dict[str, str]:
    """Return what the doctor shows: name -> level."""
    found = (re.match(r"(ok|warn|FAIL) +([a-z ]+):", line) for line in shown.splitlines())
    return {one[2]: one[1] for one in found if one}


async def test_the_first_five_minutes(
    synapse: Synapse, tmp_path: Path, running: Callable[[Path], Running]
) -> None:
    """Init, doctor, run, doctor, trust: each tells the next step; the key is shown once."""
    config, user = await begun(synapse, tmp_path)
    status, shown = await typed("doctor", "--config", str(config))
    assert (0, "warn") == (status, lines(shown)["login"]), shown

    bot = running(config)
    await bot.start()
    status, shown = await typed("doctor", "--config", str(config))
    assert 0 == status, shown
    seen = lines(shown)
    assert {"ok"} == {seen[part] for part in ("server", "clock", "login", "device", "key backup",
                                              "uploads", "store", "process")}, shown  # fmt: skip
    assert "warn" == seen["recovery key"]
    assert user in shown
    status, shown = await typed("run", "--config", str(config))
    assert (1, True) == (status, "another process already works in" in shown)
    status, shown = await typed("trust", "--config", str(config))
    assert (1, True) == (status, "The bot is running. Stop it first" in shown)
    assert 0 == await bot.end(), bot.lines

    status, shown = await typed("trust", "--config", str(config), said="n\n")
    key = RECOVERY_KEY.search(shown)
    assert (0, True) == (status, key is not None), shown
    assert "Cross-signed" in shown
    status, shown = await typed("trust", "--config", str(config), said="yes\n")
    assert key is not None
    assert key[0] in shown
    status, shown = await typed("trust", "--config", str(config))
    assert (0, None) == (status, RECOVERY_KEY.search(shown))
    status, shown = await typed("trust", "--recover", "--config", str(config), said=f"{key[0]}\n")
    assert 0 == status, shown
    assert "Room keys restored" in shown
    status, shown = await typed("trust", "--recover", "--config", str(config), said="EsTx wrong\n")
    assert 1 == status, shown
    status, shown = await typed("doctor", "--config", str(config))
    assert "recovery key" not in lines(shown)


async def test_a_server_that_does_not_let_us_in(
    synapse: Synapse, tmp_path: Path, running: Callable[[Path], Running]
) -> None:
    """A wrong password: init asks again; later `run` and `trust` end with status 3."""
    config, _user = await begun(synapse, tmp_path)
    (tmp_path / "password").write_text("changed", encoding="utf-8")
    for command in ("run", "trust"):
        status, shown = await typed(command, "--config", str(config))
        assert (3, True) == (status, "The homeserver refuses the login." in shown), shown


class Answered:
    """Waits for the answers, while the teacher's client goes on listening for keys."""

    def __init__(self, teacher: Person, bot: str, rooms: Sequence[str]) -> None:
        self.teacher, self.bot, self.rooms = teacher, bot, rooms

    async def __call__(self, asked: Sequence[Asked]) -> list[History]:
        listening = asyncio.create_task(self._listen())
        try:
            return await all_answered(self.teacher, self.bot, self.rooms, asked)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            await self.teacher.sync()
            await asyncio.sleep(0.3)


async def _say(teacher: Person, rooms: dict[str, str], words: str) -> list[Asked]:
    """Let the teacher give a few tasks in each room."""
    asked = []
    for name, room in rooms.items():
        for number in range(3):
            line = f"!task {words} {name} {number}"
            asked.append(Asked(room, await teacher.say(room, line), line))
    return asked


async def test_a_machine_is_lost(
    synapse: Synapse, tmp_path: Path, person: NewPerson, running: Callable[[Path], Running]
) -> None:
    """Backup of a running bot, work goes on, the machine burns, the backup is taken up elsewhere.

    What was asked before the backup, after it and while nobody was there is done once; encrypted
    rooms are read and written on, also with somebody whom the backup knows nothing of.
    """
    config, user = await begun(synapse, tmp_path / "old")
    status, shown = await typed("trust", "--config", str(config), said="yes\n")
    key = RECOVERY_KEY.search(shown)
    assert key is not None, shown
    bot = running(config)
    await bot.start()
    teacher: Person = await person("weber")
    rooms = {name: await teacher.room(user, encrypted=name == "sealed", name=name.title())
             for name in ("plain", "sealed")}  # fmt: skip
    await _settled(teacher, user)
    answered = Answered(teacher, user, [*rooms.values()])
    asked = await _say(teacher, rooms, "Before")
    await answered(asked)

    file = tmp_path / "comenius.tar"
    status, shown = await typed("backup", str(file), "--config", str(config))
    assert 0 == status, shown
    lea = await _joined(teacher, await person("lea"), rooms["sealed"])
    sealed = {"sealed": rooms["sealed"]}
    asked += await _say(teacher, rooms, "Between")
    asked += await _say(lea, sealed, "Léa between")
    await answered(asked)
    await bot.end(signal.SIGKILL)
    shutil.rmtree(tmp_path / "old")
    asked += await _say(teacher, rooms, "Meanwhile")
    asked += await _say(lea, sealed, "Léa meanwhile")

    config = tmp_path / "new" / "bot.yaml"
    config.parent.mkdir()
    status, shown = await typed("restore", str(file), "--config", str(config))
    assert 0 == status, shown
    assert "comenius trust --recover" in shown
    recover = ("trust", "--recover", "--config", str(config))
    assert 0 == (await typed(*recover, said=f"{key[0]}\n"))[0]
    assert not (config.parent / "data" / "matrix" / "restored").exists()
    bot = running(config)
    await bot.start()
    await lea.sync()
    asked += await _say(teacher, rooms, "After")
    asked += await _say(lea, sealed, "Léa after")
    told = await answered(asked)
    status, shown = await typed("doctor", "--config", str(config))
    assert 0 == status, shown
    assert "ok" == lines(shown)["device"]
    assert 0 == await bot.end(), bot.lines

    for one in told:
        assert [] == list(miscounted(one, asked))
        assert [] == [*repeated(one), *apologies(one)]
    await lea.sync()
    seen = await history(lea, rooms["sealed"], user)
    assert seen.answers_to(asked[-1].event)[0].body.endswith("Léa after sealed 2")


async def _joined(teacher: Person, pupil: Person, room: str) -> Person:
    """Let *pupil* into the *room* of *teacher*."""
    await teacher.client.room_invite(room, pupil.id)
    await pupil.ask("POST", f"/join/{room}", {})
    await pupil.sync(full=True)
    await teacher.sync(full=True)
    return pupil


async def _settled(teacher: Person, user: str) -> None:
    """Wait until the bot has welcomed the teacher in both rooms."""
    while sum(_is_pin(one, user) for one in teacher.seen) < 2:
        await teacher.sync()
        await asyncio.sleep(0.05)
    await teacher.sync(full=True)


def _is_pin(event: Any, user: str) -> bool:
    return event.sender == user and "📌" in str(event.source.get("content", {}).get("body", ""))


async def test_moving_house(
    synapse: Synapse, tmp_path: Path, person: NewPerson, running: Callable[[Path], Running]
) -> None:
    """Stop, backup, restore, run: the same device, the same numbers, nothing said again."""
    config, user = await begun(synapse, tmp_path / "old")
    bot = running(config)
    await bot.start()
    teacher: Person = await person("weber")
    room = await teacher.room(user, encrypted=True)
    await sees(teacher, user, "📌")
    await teacher.sync(full=True)
    answered = Answered(teacher, user, [room])
    asked = [Asked(room, await teacher.say(room, "!task Paint"), "!task Paint")]
    await answered(asked)
    assert 0 == await bot.end(), bot.lines
    status, shown = await typed("backup", str(tmp_path / "b.tar"), "--config", str(config))
    assert 0 == status, shown
    asked.append(Asked(room, await teacher.say(room, "!task Print"), "!task Print"))
    (tmp_path / "new").mkdir()
    config = tmp_path / "new" / "bot.yaml"
    status, shown = await typed("restore", str(tmp_path / "b.tar"), "--config", str(config))
    assert (0, False) == (status, "--recover" in shown), shown
    bot = running(config)
    await bot.start()
    asked.append(Asked(room, await teacher.say(room, "!task Post"), "!task Post"))
    (told,) = await answered(asked)
    assert 0 == await bot.end(), bot.lines
    assert [] == [*miscounted(told, asked), *repeated(told), *apologies(told)]
    bodies = [told.answers_to(one.event)[0].body for one in asked]
    assert ["#1 · Paint", "#2 · Print", "#3 · Post"] == bodies


async def test_a_restored_store_gives_no_lost_key_away(bot: NewBot, person: NewPerson) -> None:
    """One-time keys that only the lost machine could use are gone; new ones work."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await robot.settle()
    await robot.stop()
    kept = robot.directory.with_name("kept")
    shutil.copytree(robot.directory, kept)
    await robot.restart()
    device = json.loads((kept / "session.json").read_text(encoding="utf-8"))["device_id"]
    wanted = {"one_time_keys": {robot.door.user: {device: "signed_curve25519"}}}

    async def claimed() -> dict[str, Any]:
        answer = await ana.ask("POST", "/keys/claim", wanted)
        return dict(answer["one_time_keys"].get(robot.door.user, {}).get(device, {}))

    used = set()
    for _ in range(5):  # the bot puts new ones in their places, of which its backup knows nothing
        used |= set(await claimed())
        await ana.sync()
    await ana.say(room, "un")
    await robot.hears(Said, lambda said: said.body == "un")
    await robot.stop()

    shutil.rmtree(robot.directory)
    kept.rename(robot.directory)
    (robot.directory / "restored").touch()
    await renewal.renew(robot.settings, robot.directory, lambda: datetime.now(UTC))
    assert not renewal.is_due(robot.directory)
    assert all(one.get("fallback") for one in (await claimed()).values())
    robot.heard.clear()
    await robot.restart()
    ben = await _joined(ana, await person("ben"), room)
    await ben.say(room, "deux")
    await robot.hears(Said, lambda said: said.body == "deux")
    await ana.see_id(await robot.door.deliver(room, entry(body="trois")))
    async with asyncio.timeout(DEADLINE):
        while not (fresh := await claimed()) or set(fresh) & used:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    assert not any(one.get("fallback") for one in fresh.values())
