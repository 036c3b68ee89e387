"""Types the console blocks of a page into a terminal, and compares what comes with what it says."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

PATIENCE = 90.0
"""Seconds for a command to end, or to show what it should."""
QUIET = 0.3
"""Seconds without a sign after which an unfinished line is a question."""
ANYTHING = "…"
INTERRUPT = "^C"
RECOVERY_KEY = re.compile(r"\b(?:[1-9A-HJ-NP-Za-km-z]{4} ){11}[1-9A-HJ-NP-Za-km-z]{4}\b")
_BLOCK = re.compile(
    r"(?:<!-- (?P<word>not run|meanwhile): (?P<rest>[^\n]*) -->\n)?```console\n(?P<body>.*?)```",
    re.DOTALL,
)
_STAYS = re.compile(r"comenius run[^;]*")


@dataclass(frozen=True)
class Command:
    """One line that is typed, and what is seen after it. Without a line: what comes later."""

    line: str
    shows: list[str]


@dataclass(frozen=True)
class Block:
    """A console block of a page."""

    not_run: str
    """Why it cannot be typed here."""
    meanwhile: str
    """What happens elsewhere before it."""
    lines: list[str]

    @property
    def commands(self) -> list[Command]:
        """Return what is typed, in order."""
        found: list[Command] = []
        for line in self.lines:
            if line.startswith("$ "):
                found.append(Command(line[2:], []))
            else:
                if not found:
                    found.append(Command("", []))
                found[-1].shows.append(line)
        return found


def blocks(page: str) -> Iterator[Block]:
    """Yield the console blocks of *page*, in order."""
    for one in _BLOCK.finditer(page):
        said = {one["word"]: one["rest"]}
        yield Block(said.get("not run", ""), said.get("meanwhile", ""), one["body"].splitlines())


class Terminal:
    """A terminal in which one command line runs, as bash understands it."""

    def __init__(self, line: str) -> None:
        """Type *line*."""
        self.process, self._end = pty.fork()
        if self.process == 0:
            os.execvp("bash", ["bash", "-c", line])  # noqa: S606 - bash is the shell of the page
        self.shown = ""
        self.ended = False

    def read(self, seconds: float) -> bool:
        """Take what comes within *seconds*; tell whether anything did."""
        ready, _, _ = select.select([self._end], [], [], seconds)
        if not ready:
            return False
        try:
            piece = os.read(self._end, 65536)
        except OSError:  # Linux tells the end of a terminal so
            piece = b""
        self.ended = not piece
        self.shown += piece.decode("utf-8", "replace").replace("\r\n", "\n")
        return True

    def type(self, text: str) -> None:
        """Type *text*."""
        os.write(self._end, text.encode())

    def close(self) -> None:
        """End what runs in it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)
        os.close(self._end)
        os.waitpid(self.process, 0)


class Played:
    """A page that is being played; at most one command goes on while others are typed."""

    def __init__(self, values: Mapping[str, str], unseen: Mapping[str, str]) -> None:
        """Type *values* in place of the page's own; *unseen*: how a question begins -> answer."""
        self._values, self._unseen = values, dict(unseen)
        self._stays: Terminal | None = None
        self.key = ""
        """The recovery key, once it was shown."""

    def play(self, block: Block) -> None:
        """Type the lines of *block*, and see what it says."""
        for command in block.commands:
            before, after = _halves(command.shows)
            if command.line:
                terminal = Terminal(self._real(command.line))
            else:
                assert self._stays, "nothing runs that could go on"
                terminal, self._stays = self._stays, None
            try:
                goes_on = bool(after) or self._goes_on(command)
                self._watch(terminal, before, to_the_end=not goes_on)
                if after:
                    terminal.type("\x03")
                    self._watch(terminal, after, to_the_end=True)
                    goes_on = False
            except BaseException:
                terminal.close()
                raise
            if goes_on:
                assert self._stays is None, "one at a time"
                self._stays = terminal
            else:
                terminal.close()

    def close(self) -> None:
        """End what is still running."""
        if self._stays is not None:
            self._stays.close()

    def _goes_on(self, command: Command) -> bool:
        stays = not command.line or _STAYS.fullmatch(command.line) is not None
        return stays and self._stays is None

    def _watch(self, terminal: Terminal, expected: list[str], *, to_the_end: bool) -> None:
        """Read, and answer questions, until all that is *expected* came."""
        pattern = re.compile("".join(map(_line_pattern, expected)))
        questions = [line for line in expected if line.strip() != ANYTHING]
        deadline = time.monotonic() + PATIENCE
        while not terminal.ended:
            whole = terminal.shown.rpartition("\n")[0] + "\n" if "\n" in terminal.shown else ""
            if not to_the_end and pattern.fullmatch(self._told(whole)):
                terminal.shown = terminal.shown[len(whole) :]
                return
            if time.monotonic() > deadline:
                break
            if not terminal.read(QUIET):
                self._answer(terminal, questions)
        told = self._told(terminal.shown)
        told += "" if not told or told.endswith("\n") else "\n"
        self._keep_key(terminal.shown)
        assert terminal.ended, f"it does not end, or does not show what it should:\n{told}"
        assert to_the_end, f"it ended:\n{told}"
        assert pattern.fullmatch(told), "\n".join(["expected:", *expected, "came:", told])

    def _answer(self, terminal: Terminal, questions: list[str]) -> None:
        """Type what the page shows after the question that *terminal* stands at, if it does."""
        asked = self._told(terminal.shown.rpartition("\n")[2])
        if not asked.endswith(": "):
            return
        for line in questions:
            for prompt in (line, *(line[: one.end()] for one in re.finditer(r": ", line))):
                if re.fullmatch(_pattern(prompt.rstrip()), asked.rstrip()):
                    unseen = [self._unseen[one] for one in self._unseen if asked.startswith(one)]
                    answer = unseen[0] if unseen else self._real(line[len(prompt) :])
                    questions.remove(line)
                    self._keep_key(terminal.shown)
                    terminal.type(f"{answer}\n")
                    return

    def _keep_key(self, shown: str) -> None:
        if found := RECOVERY_KEY.search(shown):
            self.key = self._unseen["The recovery key"] = found[0]

    def _real(self, text: str) -> str:
        for told, real in self._values.items():
            text = text.replace(told, real)
        return text

    def _told(self, text: str) -> str:
        for told, real in self._values.items():
            text = text.replace(real, told)
        return text


def _halves(shows: list[str]) -> tuple[list[str], list[str]]:
    """Return what is seen before Ctrl-C is typed, and from then on."""
    place = next((n for n, line in enumerate(shows) if line.startswith(INTERRUPT)), len(shows))
    return shows[:place], shows[place:]


def _line_pattern(line: str) -> str:
    return r"(?:.*\n)*" if line.strip() == ANYTHING else rf"{_pattern(line.rstrip())} *\n"


def _pattern(text: str) -> str:
    return ".*".join(re.escape(part) for part in text.split(ANYTHING))
