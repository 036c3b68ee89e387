"""The page for monitors, on this machine only: /health says whether all is well, /metrics counts.

Figures are told in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats),
named after its rules; nothing in them names anybody.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.adapters.watchdog import STILL
from bot.vitals import Vitals

_log = logging.getLogger(__name__)
HOST = "127.0.0.1"
"""Only this machine: who may see it from elsewhere is the affair of a proxy."""
WELL, NOT_WELL = 200, 503
_CLOSING_SECONDS = 1.0
GAUGES = {
    "synced": (
        "comenius_synced_timestamp_seconds",
        "When the homeserver last answered a sync, in seconds of the epoch; 0: never.",
    ),
    "pending": ("comenius_pending", "Events that wait to be dealt with, or are dealt with now."),
    "slow_rooms": (
        "comenius_slow_rooms",
        "Rooms that have been dealing with the same event for more than a minute.",
    ),
    "locked_rooms": ("comenius_locked_rooms", "Rooms that let the bot say nothing at the moment."),
}
"""Of the vitals, those that go up and down -> name and help."""
COUNTERS = {
    "beats": ("comenius_beats_total", "Turns of the loop; as long as it grows, nothing hangs."),
    "syncs": ("comenius_syncs_total", "Syncs that the homeserver answered."),
    "failed_syncs": ("comenius_failed_syncs_total", "Syncs that failed or were refused."),
    "heard": ("comenius_heard_total", "Events that were handed over to be dealt with."),
    "undecryptable": ("comenius_undecryptable_total", "Messages that could not be decrypted."),
    "bugs": ("comenius_bugs_total", "Mistakes of the bot; the log holds the place of each."),
    "sent": ("comenius_sent_total", "Outbox entries that the homeserver took."),
    "set_aside": ("comenius_set_aside_total", "Outbox entries that it will never take."),
    "throttled": ("comenius_throttled_total", "Answers 429: the homeserver limits the bot."),
    "store_full": ("comenius_store_full_total", "Times that nothing could be saved."),
}
"""Of the vitals, those that only grow -> name and help."""
STUCK = ("comenius_stuck", "1 while the loop makes no progress, else 0.")


@dataclass(frozen=True)
class Pulse:
    """What the page is made from."""

    vitals: Vitals
    stuck: Callable[[], bool]
    """Says whether the watchdog found the loop stuck."""
    clock: Callable[[], float] = time.time
    """Seconds of the epoch."""


def health(pulse: Pulse) -> tuple[int, dict[str, object]]:
    """Return HTTP status and content of /health.

    Well until five minutes have passed without an answer of the homeserver; until the first
    answer it is `starting`.
    """
    vitals, now = pulse.vitals, pulse.clock()
    silent = now - max(vitals.synced, vitals.started) >= STILL
    status = "well" if vitals.synced else "starting"
    if silent:
        status = "no answer from the homeserver"
    if pulse.stuck():
        status = "stuck"
    content: dict[str, object] = {
        "status": status,
        "seconds_since_sync": round(max(0.0, now - vitals.synced), 1) if vitals.synced else None,
        "pending": vitals.pending,
        "slow_rooms": vitals.slow_rooms,
        "store_full": vitals.store_full,
    }
    return NOT_WELL if silent or pulse.stuck() else WELL, content


class Figures(Collector):
    """The vitals as Prometheus wants them; read when it asks."""

    def __init__(self, pulse: Pulse) -> None:
        """Tell what *pulse* holds."""
        self._pulse = pulse

    def collect(self) -> Iterator[Metric]:
        """Give each figure with its type and help."""
        vitals = self._pulse.vitals
        for field, (name, told) in GAUGES.items():
            yield GaugeMetricFamily(name, told, value=getattr(vitals, field))
        for field, (name, told) in COUNTERS.items():
            yield CounterMetricFamily(name, told, value=getattr(vitals, field))
        yield GaugeMetricFamily(*STUCK, value=float(self._pulse.stuck()))


async def serve(port: int, pulse: Pulse) -> web.AppRunner | None:
    """Answer on *port* of this machine until the returned runner is cleaned up.

    None if the port cannot be had: that is logged, and no reason not to run.
    """
    registry = CollectorRegistry()
    registry.register(Figures(pulse))
    ProcessCollector(registry=registry)  # memory, CPU time, open files, start

    async def tell_health(_request: web.Request) -> web.Response:
        status, content = health(pulse)
        return web.json_response(content, status=status)

    async def tell_metrics(request: web.Request) -> web.Response:
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": kind})

    page = web.Application()
    page.add_routes([web.get("/health", tell_health), web.get("/metrics", tell_metrics)])
    runner = web.AppRunner(page, access_log=None, shutdown_timeout=_CLOSING_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        await runner.cleanup()
        reason = type(error).__name__ if error.strerror is None else error.strerror
        _log.warning("nothing answers on health.port %d: %s", port, reason)
        return None
    return runner
