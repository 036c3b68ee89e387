"""The page for monitors: whether all is well, and figures as Prometheus reads them."""

from __future__ import annotations

import dataclasses
import re
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.health import COUNTERS, GAUGES, Pulse, health, serve
from bot.adapters.watchdog import STILL
from bot.adapters.watching import Watch
from bot.vitals import Vitals

START = 1_795_000_000.0


def pulse(seconds: float, *, stuck: bool = False, **vitals: Any) -> Pulse:
    """Return what the page is made from, *seconds* after the start."""
    now = START + seconds
    return Pulse(Vitals(started=START, **vitals), lambda: stuck, lambda: now)


@pytest.mark.parametrize(
    ("seconds", "synced", "stuck", "expected"),
    [
        (10, None, False, (200, "starting", None)),
        (STILL - 1, None, False, (200, "starting", None)),
        (STILL, None, False, (503, "no answer from the homeserver", None)),
        (40, 10, False, (200, "well", 30.0)),
        (STILL + 9, 10, False, (200, "well", STILL - 1)),
        (STILL + 10, 10, False, (503, "no answer from the homeserver", STILL)),
        (40, 10, True, (503, "stuck", 30.0)),
        (STILL + 10, 10, True, (503, "stuck", STILL)),
        (-3600, 10, False, (200, "well", 0.0)),  # the clock was set back
    ],
)
def test_whether_all_is_well(
    seconds: float, synced: float | None, stuck: bool, expected: tuple[int, str, float | None]
) -> None:
    """503 after five minutes without an answer, or if the watchdog says so."""
    known = {} if synced is None else {"synced": START + synced}
    status, content = health(pulse(seconds, stuck=stuck, **known))

    assert expected == (status, content["status"], content["seconds_since_sync"])


@pytest.fixture
def port() -> int:
    """Return a port of this machine that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
async def page(port: int) -> AsyncIterator[str]:
    """Serve the page of a bot that has done this and that; return its address."""
    numbers = dict.fromkeys(GAUGES, 3.0) | dict.fromkeys(COUNTERS, 7)
    runner = await serve(port, Pulse(Vitals(started=0, **numbers), lambda: False))  # type: ignore[arg-type]
    assert runner
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def get(address: str, **headers: str) -> tuple[int, str, str]:
    """Return status, content type and body of what is at *address*."""
    async with aiohttp.ClientSession() as client, client.get(address, headers=headers) as answer:
        return answer.status, answer.headers["Content-Type"], await answer.text()


async def test_health_is_json(page: str) -> None:
    """A monitor reads the status, a person the rest."""
    status, kind, body = await get(f"{page}/health")

    assert (503, "application/json; charset=utf-8") == (status, kind)  # synced in 1970
    assert re.search(r'"pending": 3.*"slow_rooms": 3.*"store_full": 7', body)


async def test_every_figure_is_told_with_type_and_help(page: str) -> None:
    """Whatever is counted is there: what only grows as _total, all named after us."""
    status, kind, body = await get(f"{page}/metrics")
    found = {one.name: one for one in text_string_to_metric_families(body)}
    ours = {name: one for name, one in found.items() if name.startswith("comenius_")}

    assert (200, True) == (status, kind.startswith("text/plain; version="))
    counted = {field.name for field in dataclasses.fields(Vitals)} - {"started"}
    assert counted == GAUGES.keys() | COUNTERS.keys()
    assert len(counted) + 1 == len(ours)  # and whether it is stuck
    for name, _help in COUNTERS.values():
        assert name.endswith("_total")
        assert "counter" == ours[name.removesuffix("_total")].type
        assert [(name, 7.0)] == [
            (one.name, one.value) for one in ours[name.removesuffix("_total")].samples
        ]
    for name, _help in GAUGES.values():
        assert ("gauge", 3.0) == (ours[name].type, ours[name].samples[0].value)
    for one in ours.values():
        assert one.documentation.endswith(".")
        assert {} == one.samples[0].labels
    assert found["process_resident_memory_bytes"].samples[0].value > 1_000_000
    assert found["process_cpu_seconds"].type == "counter"


async def test_figures_in_the_newer_format(page: str) -> None:
    """Prometheus 2.5 and later ask for OpenMetrics."""
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    _status, kind, body = await get(f"{page}/metrics", **wanted)

    assert kind.startswith("application/openmetrics-text")
    assert body.endswith("# EOF\n")


async def test_there_is_nothing_else(page: str) -> None:
    """Only two pages, only to be read."""
    async with aiohttp.ClientSession() as client:
        assert 404 == (await client.get(f"{page}/")).status
        assert 405 == (await client.post(f"{page}/health")).status


async def test_only_this_machine_is_answered(page: str, port: int) -> None:
    """It listens on 127.0.0.1, not on the machine's other addresses."""
    others = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for other in others - {"127.0.0.1"}:
        with pytest.raises(OSError, match="refused"), socket.create_connection((str(other), port)):
            pass
    with pytest.raises(OSError, match=r"."), socket.create_connection(("::1", port)):
        pass


async def test_a_port_in_use_is_no_reason_not_to_run(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """One sentence in the log says so."""
    watch = Watch(Vitals(), {}, lambda _: None)
    with socket.create_server(("127.0.0.1", port)):
        await watch.open(port)
        await watch.close()

    (said,) = caplog.messages
    assert said.startswith(f"nothing answers on health.port {port}: ")
    assert "in use" in said


async def test_a_run_with_a_port_answers_until_it_ends(port: int) -> None:
    """Also before it is connected: it is starting."""
    watch = Watch(Vitals(), {}, lambda _: None)
    await watch.open(port)
    status, _kind, body = await get(f"http://127.0.0.1:{port}/health")
    await watch.close()

    assert (200, True) == (status, '"starting"' in body)
    with pytest.raises(OSError, match=r"."):
        await get(f"http://127.0.0.1:{port}/health")
