"""The keyboard: lines that somebody types, or that come through a pipe, as UTF-8."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

try:
    import termios
except ImportError:  # not on this system; then there is nothing to restore either
    termios = None  # type: ignore[assignment]


def speak_utf8() -> None:
    """Read and write UTF-8 on standard input and output, whatever the locale says."""
    for stream in (sys.stdin, sys.stdout):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def somebody_types() -> bool:
    """Tell whether a person sits at both ends, to type and to read."""
    return sys.stdin.isatty() and sys.stdout.isatty()


async def typed(prompt: Callable[[], str]) -> AsyncIterator[str]:
    """Yield line after line until the input ends; a person is shown the *prompt* before each."""
    if not somebody_types():
        while line := await asyncio.to_thread(sys.stdin.readline):
            yield line.rstrip("\r\n")
        return
    with suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - arrow keys, and what was typed before
    with _as_it_was():
        while (answer := await _asked(prompt())) is not None:
            yield answer
    sys.stdout.write("\n")


async def _asked(prompt: str) -> str | None:
    """Ask for one line without holding up the loop; None when the input ends.

    The thread is a daemon: Ctrl-C ends the program although it still waits for a line.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str | None] = loop.create_future()

    def settle(line: str | None) -> None:
        if not answer.done():
            answer.set_result(line)

    def ask() -> None:
        line: str | None = None
        with suppress(EOFError, KeyboardInterrupt):
            line = input(prompt)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, line)

    threading.Thread(target=ask, daemon=True).start()
    return await answer


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Leave the terminal as it was found, even if a line was being typed."""
    if termios is None:
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
