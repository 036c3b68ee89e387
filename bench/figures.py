"""What one measurement came to, and how several of them are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import quantiles
from time import thread_time
from typing import TypeVar

MICRO, MILLI = 1e6, 1e3
Prepared = TypeVar("Prepared")


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    unit: str
    n: int
    """How many times it was measured; of a single figure 1."""
    p50: float
    p95: float | None = None
    aim: str = ""
    """What we want, where something was agreed; nothing fails for it."""


def figure(what: str, unit: str, values: Sequence[float], aim: str = "") -> Figure:
    """Return the median and the 95th percentile of *values*."""
    p50, p95 = percentiles(values)
    return Figure(what, unit, len(values), p50, p95, aim)


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile."""
    if len(values) < 2:
        return (values[0], values[0]) if values else (float("nan"), float("nan"))
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18]


def timed(
    prepare: Callable[[], Prepared], work: Callable[[Prepared], object], count: int
) -> list[float]:
    """Return the seconds of CPU of each of *count* times that *work* is done; first it warms up.

    CPU and not the clock: what waits for nothing takes as long as it computes, unless others use
    the machine, and of those we do not want to know.
    """
    seconds = []
    for turn in range(-2, count):
        prepared = prepare()
        begun = thread_time()
        work(prepared)
        if turn >= 0:
            seconds.append(thread_time() - begun)
    return seconds


def scaled(seconds: Iterable[float], scale: float) -> list[float]:
    """Return *seconds* in another unit."""
    return [one * scale for one in seconds]


def table(groups: dict[str, list[Figure]]) -> str:
    """Return all figures as lines of plain text, one block for each subject."""
    head = ("", "n", "p50", "p95", "unit", "aim")
    rows = {
        subject: [
            (one.what, str(one.n), _number(one.p50), _number(one.p95), one.unit, one.aim)
            for one in figures
        ]
        for subject, figures in groups.items()
    }
    everything = [head, *(row for several in rows.values() for row in several)]
    widths = [max(len(row[column]) for row in everything) for column in range(len(head))]
    lines = []
    for subject, several in rows.items():
        lines += [subject.upper().ljust(widths[0]) + _row(head, widths)[widths[0] :]]
        lines += [_row(row, widths) for row in several] + [""]
    return "\n".join(line.rstrip() for line in lines)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Words to the left, numbers to the right."""
    placed = [
        cell.rjust(width) if column in {1, 2, 3} else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(placed)


def _number(value: float | None) -> str:
    """Return three figures that count; a dash where nothing could be measured."""
    if value is None:
        return ""
    if isnan(value):
        return "–"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
