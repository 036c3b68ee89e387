"""The log: how its lines look, and that none of them holds what people wrote or who they are.

Two laws. What our own modules tell is masked: whatever looks like an id, a token, a key or an
address is left out. What libraries tell is not told at all, only where it was told: they put ids
and words into their sentences before anybody can look (nio does so at WARNING).
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Protocol, TextIO

from bot.faults import Fact, places

OURS = ("bot", "commands")
"""The packages whose sentences are told."""
HIDDEN = "(hidden)"
LONGEST = 1000
"""Characters of a sentence or a fact that are told."""
_LOOKED_AT = 2 * LONGEST
"""Characters that are looked through: time grows with the square of one endless word."""
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_SECRETS = re.compile(
    "|".join(
        (
            r"\w+://\S+",  # addresses: with tokens, ids or media in them
            r"[@!$#+][^\s:]*:\S+",  # users, rooms, aliases, groups, events of old rooms
            r"%(?:40|21|24|23|2[Bb])\S+",  # the same in a path
            r"[!$][\w+/=-]{10,}",  # rooms and events without a server
            r"\S+@\S+\.\S+",  # e-mail
            r"(?i:bearer|access_token|refresh_token)[\s=:\"']+\S+",
            r"(?:sy[tlr]|m[ac][tr])_\w+",  # tokens of Synapse and of its authentication service
            r"[\w+/-]{40,}={0,2}",  # keys, hashes, macaroons
            rf"\bEs{_BASE58}{{2}}(?:\s+{_BASE58}{{4}}){{4,}}",  # a recovery key in groups of four
            r"\b[A-Z]{10}\b",  # devices
        )
    )
)
_STANDARD = "bot.adapters."


class Wanted(Protocol):
    """What the settings say about the log (`bot.settings.schema.Log`)."""

    @property
    def level(self) -> str:
        """Return debug, info, warning or error."""

    @property
    def form(self) -> str:
        """Return text or json."""


def mask(text: str) -> str:
    """Return *text* in one line, without whatever looks like an id, a token, a key or an address.

    It cannot know names and words; that is what `Told` is for.
    """
    if len(text) > _LOOKED_AT:  # the last word is left out: it may be half an id
        text = text[:_LOOKED_AT].rpartition(" ")[0] + " …"
    masked = _SECRETS.sub(HIDDEN, text)
    flat = "".join(sign if sign.isprintable() else " " for sign in masked)
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


class Told:
    """What may be told of a log record."""

    def __init__(self, record: logging.LogRecord) -> None:
        """Look at *record*; never raises, whatever is in it."""
        self.time = datetime.fromtimestamp(record.created, UTC)
        self.level = record.levelname.lower()
        self.logger = _short(record.name)
        self.sentence = _sentence(record)
        self.reference = str(_fact(getattr(record, "reference", "")))
        known = getattr(record, "facts", None)
        known = known if isinstance(known, Mapping) else {}
        self.facts: dict[str, Fact] = {mask(str(k)): _fact(v) for k, v in known.items()}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self.facts["error"] = type(error).__name__
            self.facts["at"] = mask(places(error.__traceback__))


class TextForm(logging.Formatter):
    """One line for people: time (UTC), level, logger, sentence, name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of *record*."""
        told = Told(record)
        time = told.time.strftime("%Y-%m-%dT%H:%M:%SZ")
        known: dict[str, Fact] = {"reference": told.reference} if told.reference else {}
        pairs = [f"{name}={_quoted(value)}" for name, value in (known | told.facts).items()]
        return " ".join((time, told.level.upper(), f"{told.logger}:", told.sentence, *pairs))


class JsonForm(logging.Formatter):
    """One object a line for programs: time, level, logger, event; reference and facts if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of *record*."""
        told = Told(record)
        line: dict[str, object] = {
            "time": told.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": told.level,
            "logger": told.logger,
            "event": told.sentence,
        }
        if told.reference:
            line["reference"] = told.reference
        if told.facts:
            line["facts"] = told.facts
        return json.dumps(line)


class Stream(logging.StreamHandler[TextIO]):
    """Writes the lines; a record that cannot be written is dropped without showing it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - its name
        """Do nothing: the standard one prints the record, words and all."""


def set_up(log: Wanted, stream: TextIO | None = None) -> None:
    """Log from now on as *log* wants, to *stream* (standard error), and nowhere else.

    Of libraries only warnings and worse are of interest. What Python would print by itself, as
    for an exception that nobody catches, goes into the log, too.
    """
    level = logging.getLevelNamesMapping()[log.level.upper()]
    handler = Stream(stream or sys.stderr)
    handler.setFormatter(JsonForm() if log.form == "json" else TextForm())
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = lambda _kind, error, _trace: _uncaught(error)
    threading.excepthook = lambda raised: _uncaught(raised.exc_value)
    sys.unraisablehook = lambda raised: _uncaught(raised.exc_value)


def _uncaught(error: BaseException | None) -> None:
    """Tell an exception that nobody caught; Ctrl-C is none."""
    if error is not None and not isinstance(error, KeyboardInterrupt):
        logging.getLogger("bot").critical("nobody caught a mistake", exc_info=error)


def _short(name: str) -> str:
    """Return what a logger is called in the log: matrix.engine, alarm, assistant.running, nio."""
    for start in (_STANDARD, "bot."):
        if name.startswith(start):
            return mask(name.removeprefix(start))
    return mask(name)


def _sentence(record: logging.LogRecord) -> str:
    """Return the sentence of one of our records, of others only where it was told."""
    if record.name.partition(".")[0] not in OURS:
        return f"a message of a library, from {mask(record.filename)}:{record.lineno}"
    try:
        return mask(str(getattr(record, "sentence", "")) or record.getMessage())
    except Exception:  # noqa: BLE001 - whatever was given: a value's own __str__ may be broken
        return f"a message that cannot be told, from {mask(record.filename)}:{record.lineno}"


def _fact(value: object) -> Fact:
    """Return *value* if it may be told, else its kind."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, int | float):
        return value if isfinite(value) else str(value)
    return type(value).__name__


def _quoted(value: Fact) -> str:
    """Return *value* as it stands after the equals sign: in quotes if it has spaces."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if not text or re.search(r'[\s"=]', text) else text
