"""Questions at the prompt: asked again until the answer is right; secrets are never shown."""

from __future__ import annotations

import getpass
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import typer

from bot.cli.ending import end
from bot.settings.problems import Wrong

Value = TypeVar("Value")


def ask(question: str, default: str = "", *, hidden: bool = False) -> str:
    """Return what is typed, *default* for an empty line. Standard input may be a pipe, too.

    Ends the program if nothing can come any more.
    """
    try:
        return _typed(question, default, hidden=hidden)
    except EOFError:
        end("\nThere is no answer to that, so nothing was done.")


def _typed(question: str, default: str, *, hidden: bool) -> str:
    """Return what is typed, *default* for an empty line. Raises EOFError."""
    prompt = f"{question} [{default}]: " if default else f"{question}: "
    while True:
        try:
            with _interruptible():
                return (_secret(prompt) if hidden else _line(prompt)).strip() or default
        except UnicodeDecodeError:
            typer.echo("  That cannot be read: your terminal does not write UTF-8.")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a question: asyncio would only note it, and wait for the answer for ever."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _secret(prompt: str) -> str:
    """Return what is typed without showing it. Raises EOFError or UnicodeDecodeError."""
    if sys.stdin is None or not sys.stdin.isatty():
        return _line(prompt)
    return getpass.getpass(prompt)


def _line(prompt: str) -> str:
    """Return the next line of standard input. Raises EOFError or UnicodeDecodeError."""
    typer.echo(prompt, nl=False)
    if sys.stdin is None:  # it was closed before we began
        raise EOFError
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    if not sys.stdin.isatty():
        typer.echo()
    return line


def until_right(
    question: str, read: Callable[[str], Value], default: str = "", *, hidden: bool = False
) -> Value:
    """Ask until *read* makes a value of the answer; what it raises as Wrong is told."""
    while True:
        try:
            return read(ask(question, default, hidden=hidden))
        except Wrong as wrong:
            typer.echo(f"  {wrong} {wrong.suggestion}".rstrip())


def yes(question: str, *, default: bool) -> bool:
    """Return whether the answer is yes. Where nothing can come any more, it is no."""
    shown = "Y/n" if default else "y/N"
    words = {"y": True, "yes": True, "n": False, "no": False, shown.casefold(): default}

    while True:
        try:
            typed = _typed(question, shown, hidden=False).casefold()
        except EOFError:
            typer.echo()
            return False
        if typed in words:
            return words[typed]
        typer.echo("  Please write yes or no.")
