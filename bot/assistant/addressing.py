"""Addressing: whether a message is meant for the bot, and what it says to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html.parser import HTMLParser
from urllib.parse import unquote

from bot.heard import Said
from bot.language.field_people import words
from bot.language.field_publish import ANSWERS
from bot.language.folding import fold
from bot.language.line import PILL, Line, cut
from bot.model.documents import LETTERS, thing_of
from bot.model.project import Project

LONGEST_READ = 20_000
"""Characters of a message that are looked at."""
_MXID = re.compile(r"(?<![\w@/\ue000])@[\w.=/+-]{1,100}:[A-Za-z0-9.-]{1,100}(?::\d{1,5})?")
_LINK = re.compile(r"https://matrix\.to/#/(@[^/?]+:[^/?]+)|matrix:u/([^/?]+:[^/?]+)")
_FULL_STOP = re.compile(r"(?<=[^\s.])\s*\.\s*$")
WELCOME, BOARD, SETUP = "welcome", "board", "setup"
"""To the first words in a room people reply with their languages."""
_NEVER = re.compile(r"/(me|shrug|plain|spoiler)\b", re.IGNORECASE)
_SIGN = re.compile("[!/\uff01]+")
_LAST = re.compile(r"(.{1,60}?)\s+!\s?#?((?:[rmqp])?\d{1,6})", re.IGNORECASE)
_POINTS = re.compile(r"#?P(\d{1,6})\s+(\d.{1,80})", re.IGNORECASE)


class How(StrEnum):
    """How somebody spoke to the bot."""

    SIGN = "sign"
    NAME = "name"
    REPLY = "reply"
    DIRECT = "direct"
    LAST = "last"
    """ "it's done !14", "P1 3 ok": only taken if it is understood."""


@dataclass(frozen=True)
class Addressed:
    """A message meant for the bot."""

    line: Line
    how: How
    about: str | None = None
    """What stands before the line if it replies to a message of the bot: "14", "M2" or "R3" to
    the message that shows it, "setup classes" to the question for them."""

    @property
    def deserves_answer(self) -> bool:
        """Tell whether silence would be rude, even if nothing is understood."""
        return self.how in {How.NAME, How.DIRECT}


def address(
    said: Said, bot: str, names: frozenset[str], shown: str | None, project: Project
) -> Addressed | None:
    """Return what *said* says to the bot, or None if it is none of its business.

    `bot` is its Matrix id, `names` are its folded names, `shown` is the target of the message
    that is replied to, if the bot sent that one ("" if it shows nothing in particular).
    """
    labels: dict[str, str] = {}
    text = _without_fallback(said, _marked(said, bot, labels, project)).strip(
        " \t\r\n\u200b\ufeff\u00a0\u202f"
    )
    about = _about(shown, project)
    if not text:
        return None
    if found := _SIGN.match(text):
        return _signed(text, found[0], labels, about)
    if (rest := _without_name(text, bot, names)) is not None:
        return Addressed(_cut(rest, labels), How.NAME, about)
    if shown is not None:
        return Addressed(_cut(text, labels), How.REPLY, about)
    return _unsigned(said, text, labels, project)


def _unsigned(
    said: Said, text: str, labels: Mapping[str, str], project: Project
) -> Addressed | None:
    if said.direct:
        return Addressed(_cut(text, labels), How.DIRECT)
    if _answers_points(plain := text.rstrip(" .!\u00a0\u202f"), project):
        return Addressed(_cut(plain, labels), How.LAST)
    if found := _LAST.fullmatch(text.rstrip(" .")):
        return Addressed(cut(f"{found[2]} {found[1]}", labels), How.LAST)
    return None


def _answers_points(text: str, project: Project) -> bool:
    """Tell whether *text* is an answer to points, "P1 3 ok": a lesson, too, may be called P1."""
    found = _POINTS.fullmatch(text)
    publication = project.publications.get(int(found[1])) if found else None
    if found is None or publication is None or publication.deleted:
        return False
    said, languages = fold(found[2]), (*project.languages, "en")
    ways = (way for answer in ANSWERS.values() for way in words(answer, languages))
    return any(said.endswith(f" {way}") for way in ways)


def _cut(text: str, labels: Mapping[str, str]) -> Line:
    """Cut *text* into words without the full stop that phones put at the end."""
    return cut(_FULL_STOP.sub("", text), labels)


def _signed(text: str, sign: str, labels: Mapping[str, str], about: str | None) -> Addressed | None:
    if len(sign) > 1:
        return None  # "!!!" is joy, "//" a path
    if _NEVER.match(text):
        return None  # clients' own commands, sent raw by some
    rest = text[1:].lstrip(" \u00a0\u202f\u2009")
    if sign == "/" and not rest[:1].isalnum():
        return None
    if not re.match(r"[\w#+=↩\ue000]", rest):
        return None
    return Addressed(_cut(rest, labels), How.SIGN, about)


def _without_fallback(said: Said, text: str) -> str:
    """Return *text* without the quote that old clients put above a reply (spec, "fallbacks")."""
    if said.reply_to is None or not text.startswith("> "):
        return text
    lines = text.splitlines()
    first = next((at for at, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[first:])


def _about(shown: str | None, project: Project) -> str | None:
    kind, number = thing_of(shown or "")
    return LETTERS[kind] + number if kind in LETTERS else _question(shown or "", project)


def _question(shown: str, project: Project) -> str | None:
    """Return the words behind which a reply to a question of the bot is read, if it is one.

    Until a room is set up, a reply with languages to the board answers the hello above it.
    """
    if shown == WELCOME or (shown == BOARD and not project.ready):
        return SETUP
    words = shown.split()[1:-1]
    return " ".join(words) if words[:1] == [SETUP] else None


def _without_name(text: str, bot: str, names: frozenset[str]) -> str | None:
    """Return *text* without the bot's name at its beginning or end; None if it is not there."""
    pill = f"\ue000{bot}\ue001"
    if text.startswith(pill):
        return text.removeprefix(pill).lstrip(" :,!/-\u00a0")
    if text.endswith(pill):
        return text.removesuffix(pill).rstrip(" :,")
    first, _space, rest = text.partition(" ")
    word = fold(first).rstrip(":,!")
    is_name = word.lstrip("@") in names and (word.startswith("@") or first[-1:] in ":,")
    return rest.lstrip(" :,!/") if is_name else None


def _marked(said: Said, bot: str, labels: dict[str, str], project: Project) -> str:
    """Return the text with every mention marked as in PILL, its shown name in *labels*."""
    body = PILL.sub(" ", said.body[:LONGEST_READ])
    text = body
    if said.html and _LINK.search(unquote(said.html[: 2 * LONGEST_READ])):
        parser = _Pills(labels)
        parser.feed(said.html[: 2 * LONGEST_READ])
        text = "".join(parser.pieces) or body
    text = _MXID.sub(lambda found: f"\ue000{found[0]}\ue001", text)
    for user in said.mentions[:20]:
        if f"\ue000{user}\ue001" not in text:
            text = _mark_name(text, user, bot, project)
    return text


def _mark_name(text: str, user: str, bot: str, project: Project) -> str:
    """Mark the name of *user*, whom the client says is mentioned, where it stands in plain text."""
    names = {project.name_of(user), user.lstrip("@").split(":")[0]}
    if user == bot:
        names.add("Comenius")
    for name in sorted(filter(None, names), key=len, reverse=True):
        pattern = re.compile(rf"(?<!\w)@?{re.escape(name)}(?!\w)", re.IGNORECASE)
        marked, count = pattern.subn(f"\ue000{user}\ue001", text, count=1)
        if count:
            return marked
    return text


class _Pills(HTMLParser):
    """Turns a formatted body into text with marked mentions; quotes of replies are left out."""

    def __init__(self, labels: dict[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.labels = labels
        self.user: str | None = None
        self.quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a mention, a quote or a new line."""
        if tag == "mx-reply":
            self.quoted += 1
        elif tag in {"br", "p", "div", "li"}:
            self.pieces.append("\n")
        elif tag == "a" and (found := _LINK.fullmatch(unquote(dict(attrs).get("href") or ""))):
            self.user = found[1] or f"@{found[2]}"
            self.pieces.append(f"\ue000{self.user}\ue001")

    def handle_endtag(self, tag: str) -> None:
        """End a mention or a quote."""
        if tag == "mx-reply":
            self.quoted = max(0, self.quoted - 1)
        elif tag == "a":
            self.user = None

    def handle_data(self, data: str) -> None:
        """Take text; that of a mention is only its label."""
        if self.quoted:
            return
        if self.user:
            self.labels[self.user] = data.strip().lstrip("@") or self.user
        else:
            self.pieces.append(PILL.sub(" ", data))
