"""Faults of ours, told to the log without a word of anybody's."""

from __future__ import annotations

import logging
import traceback
from hashlib import blake2s
from types import TracebackType

DEEPEST = 6
"""How many places of the code are named, the innermost first."""

Fact = int | float | str
"""What may stand beside a sentence of the log: a number, a kind, a place in the code."""


def places(trace: TracebackType | None) -> str:
    """Return the innermost places of the code that *trace* names: `file:line < file:line`."""
    frames = list(traceback.walk_tb(trace))[-DEEPEST:]
    told = (f"{_short(frame.f_code.co_filename)}:{line}" for frame, line in reversed(frames))
    return " < ".join(told)


def where(error: BaseException) -> str:
    """Return kind and place of *error*, without its words: they may hold text or ids."""
    return f"{type(error).__name__} at {places(error.__traceback__)}"


def reference_of(event: str) -> str:
    """Return the four signs that people are told, and that find the log line of a mistake.

    *event* is what it happened in: one event has one reference, which does not tell the event.
    """
    seed = event.encode("utf-8", "replace")
    return blake2s(seed, digest_size=2).hexdigest().upper()


def facts(reference: str = "", **known: Fact) -> dict[str, object]:
    """Return the `extra` of a log record: a reference, and facts that stand as name=value.

    Only what names nobody: numbers, kinds of things, places in the code.
    """
    return {"reference": reference, "facts": known}


def tell(
    log: logging.Logger, sentence: str, error: BaseException, reference: str = "", **known: Fact
) -> None:
    """Log *sentence* with the place of *error*, and what else is *known* (see `facts`)."""
    shown = f" (reference {reference})" if reference else ""
    kind, at = type(error).__name__, places(error.__traceback__)
    extra = facts(reference, error=kind, at=at, **known) | {"sentence": sentence}
    log.error("%s%s: %s at %s", sentence, shown, kind, at, extra=extra)


def _short(path: str) -> str:
    """Return the last part of *path*: the folders above it may tell who runs us."""
    return path.rpartition("/")[2]
