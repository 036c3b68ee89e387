"""Keeps what strangers send from raising out of us."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

_log = logging.getLogger(__name__)


def guarded(what: str, act: Callable[..., Any], *arguments: Any) -> Any:
    """Return what *act* returns for *arguments*, or None if it raises (the log says *what*)."""
    try:
        return act(*arguments)
    except Exception as error:  # noqa: BLE001 - nio and vodozemac raise whatever the input provokes
        _log.warning("ignored %s that is malformed (%s)", what, type(error).__name__)
    except BaseException as error:
        if not panicked(error):
            raise
        _log.warning("ignored %s that makes the crypto library panic", what)
    return None


def panicked(error: BaseException) -> bool:
    """Whether *error* is a panic of the crypto library (Rust): PyO3 makes it a BaseException."""
    return type(error).__name__ == "PanicException"
