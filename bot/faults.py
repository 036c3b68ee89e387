"""Faults of ours, told to the log without a word of anybody's."""

from __future__ import annotations

import logging
import traceback

DEEPEST = 6
"""How many places of the code are named, the innermost first."""


def where(error: BaseException) -> str:
    """Return kind and place of *error*, without its words: they may hold text or ids."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    path = " < ".join(f"{one.filename.rpartition('/')[2]}:{one.lineno}" for one in reversed(frames))
    return f"{type(error).__name__} at {path}"


def tell(log: logging.Logger, sentence: str, error: BaseException) -> None:
    """Log *sentence* with the place of *error*."""
    log.error("%s: %s", sentence, where(error))
