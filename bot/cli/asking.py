"""Questions at the prompt: asked again until the answer is right; secrets are never shown."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from typing import TypeVar

import typer

from bot.cli.ending import end
from bot.settings.problems import Wrong

Value = TypeVar("Value")


def ask(question: str, default: str = "", *, hidden: bool = False) -> str:
    """Return what is typed, *default* for an empty line. Standard input may be a pipe, too.

    Ends the program if nothing can come any more.
    """
    prompt = f"{question} [{default}]: " if default else f"{question}: "
    try:
        if hidden and sys.stdin.isatty():
            typed = getpass.getpass(prompt)
        else:
            typer.echo(prompt, nl=False)
            typed = _line()
    except EOFError:
        end("\nThere is no answer to that, so nothing was done.")
    return typed.strip() or default


def _line() -> str:
    """Return the next line of standard input. Raises EOFError."""
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        line = "\ufffd\n"  # right for no question
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
    """Return whether the answer is yes."""
    shown = "Y/n" if default else "y/N"
    words = {"y": True, "yes": True, "n": False, "no": False, shown.casefold(): default}

    def read(typed: str) -> bool:
        if typed.casefold() not in words:
            raise Wrong("Please write yes or no.")
        return words[typed.casefold()]

    return until_right(question, read, shown)
