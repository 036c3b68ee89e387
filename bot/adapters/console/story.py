"""A story: a conversation in Markdown that a teacher can read and the assistant can play.

Prose is prose. What is set in by four spaces happens; `tests/stories/` has examples of each:

    Languages: fr en                             what the room reads
    Time zone: Europe/Paris                      of people without a class
    — Sunday 22 November 2026, 15:00 —           time passes until then (at first: begins then)
    Ms Weber (coordinator, koln.example) joins   pupil, teacher or coordinator; the homeserver
    Ms Weber invites the bot                     or removes it
    Ms Weber names the room Ports of Europe
    Ms Weber opens a new room                    from here on all happens there; people join anew
    Léa> !task Film the tour by friday           a message; set in further, it goes on
    Léa (replying to #1)> done                   to a card, to a person's message, to the message
    Léa (replying to “Hello!”)> fr de            that begins so, or just "replying": to what the
    Léa (replying)> yes                          bot said last
    Léa (editing)> !task Film by monday          her last message gets another text
    Léa (to the bot)> !my data                   a direct message
    Léa ✅ #1                                    a reaction to a card, to a message (ℹ️ “Hello”), or
                                                 to what the bot said last
    Léa votes 2 in Q1                            by the buttons of a native poll, or just the newest
    Léa posts tour.jpg> Our harbour              a file, perhaps with words; one that the bot has
                                                 handed out is posted as it is
    Léa takes back: ✅                           removes her reaction, or the message of that text
    Léa leaves
    bot> ...                                     what the bot does, all of it, but for the edits
                                                 of the pinned board

The bot's lines are not read but made: a story holds if playing it writes it anew as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.adapters.console.cast import ROLES, SERVER, Actor, actor

INDENT = "    "
_MOMENT = "%A %d %B %Y, %H:%M"
_HEADER = re.compile(r"(Languages|Time zone): (.+)")
_TIME = re.compile(r"— (.+) —")
_JOINS = re.compile(r"([^()>]+?)(?: \(([^)]*)\))? joins")
_POSTS = re.compile(r"([^()>]+?) posts ([^\s>]+\.\w+)(?:> (.+))?", re.DOTALL)
_TAKES = re.compile(r"([^()>]+?) takes back: (.+)")
_SAYS = re.compile(r"([^()>]+?)(?: \(([^)]*)\))?> (.+)", re.DOTALL)
_REACTS = re.compile(r"(.+?) ([^\w\s#>:]+|ℹ\ufe0f?|\d\ufe0f?\u20e3)(?: ([#MRQP]\d+|“[^”]+”))?")
_VOTES = re.compile(r"([^()>]+?) votes (\d+)(?: in (Q\d+))?")
_REPLYING = re.compile(r"replying(?: to (.+))?")
_BOTS = re.compile(r"bot(?:$|[ >])")


class StoryTrouble(ValueError):
    """A story that cannot be read or played; the sentence says where and why."""

    def __init__(self, line: int, why: str) -> None:
        """Keep the number of the *line*."""
        super().__init__(f"line {line}: {why}")


@dataclass(frozen=True)
class Prose:
    """A line that only people read."""


@dataclass(frozen=True)
class Until:
    """Time passes."""

    moment: datetime


@dataclass(frozen=True)
class Comes:
    """Somebody comes in, or has another power than before."""

    who: Actor


@dataclass(frozen=True)
class Leaves:
    """Somebody leaves."""

    who: str


@dataclass(frozen=True)
class Invites:
    """Somebody invites the bot."""

    who: str


@dataclass(frozen=True)
class Removes:
    """Somebody removes the bot from the room."""

    who: str


@dataclass(frozen=True)
class Names:
    """Somebody gives the room a name."""

    who: str
    title: str


@dataclass(frozen=True)
class Opens:
    """Somebody opens another room, in which the story goes on."""

    who: str


@dataclass(frozen=True)
class Posts:
    """Somebody posts a file, perhaps with words."""

    who: str
    name: str
    caption: str = ""


@dataclass(frozen=True)
class Says:
    """Somebody says something, perhaps in reply, perhaps instead of what they said last."""

    who: str
    text: str
    reply_to: str | None = None
    edits: bool = False
    direct: bool = False


@dataclass(frozen=True)
class Reacts:
    """Somebody reacts to a card, or to what the bot said last."""

    who: str
    key: str
    to: str


@dataclass(frozen=True)
class Votes:
    """Somebody taps an option of a native poll."""

    who: str
    option: str
    poll: str


@dataclass(frozen=True)
class TakesBack:
    """Somebody removes a message or a reaction."""

    who: str
    what: str


Room = Leaves | Invites | Removes | Names | Opens
_ROOMS: tuple[tuple[re.Pattern[str], Callable[..., Room]], ...] = (
    (re.compile(r"([^()>]+?) leaves"), Leaves),
    (re.compile(r"([^()>]+?) invites the bot"), Invites),
    (re.compile(r"([^()>]+?) removes the bot"), Removes),
    (re.compile(r"([^()>]+?) names the room (.+)"), Names),
    (re.compile(r"([^()>]+?) opens a new room"), Opens),
)
Act = Prose | Until | Comes | Room | Says | Posts | Reacts | Votes | TakesBack


@dataclass(frozen=True)
class Step:
    """One line of a story (or several, if it goes on), as it stands there, and what it means."""

    number: int
    text: str
    act: Act


@dataclass(frozen=True)
class Story:
    """A story, ready to be played."""

    languages: tuple[str, ...]
    zone: str
    start: datetime
    steps: tuple[Step, ...]


def read_story(text: str) -> Story:
    """Read a story, without what the bot did in it. Raises StoryTrouble."""
    header = {"Languages": "en", "Time zone": "UTC"}
    steps: list[Step] = []
    for number, lines in _entries(text):
        inside = lines[0][len(INDENT) :] if lines[0].startswith(INDENT) else ""
        if found := _HEADER.fullmatch(inside):
            header[found[1]] = found[2]
        if found or not inside:
            steps.append(Step(number, "\n".join(lines), Prose()))
        elif not _BOTS.match(inside):
            said = "\n".join([inside, *(line.strip() for line in lines[1:])])
            zone = _zone(number, header["Time zone"])
            steps.append(Step(number, "\n".join(lines), _act(number, said, zone)))
    start = next((one.act.moment for one in steps if isinstance(one.act, Until)), None)
    if start is None:
        raise StoryTrouble(1, "a story begins with a moment: — Sunday 22 November 2026, 15:00 —")
    languages = tuple(header["Languages"].split())
    return Story(languages, header["Time zone"], start, tuple(steps))


def written_moment(moment: datetime) -> str:
    """Return the line that says what time it is."""
    return f"{INDENT}— {moment:%A} {moment.day} {moment:%B %Y, %H:%M} —"


def _entries(text: str) -> list[tuple[int, list[str]]]:
    """Return what belongs together: a line, and the lines set in further below it."""
    found: list[tuple[int, list[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(INDENT + " ") and found and found[-1][1][0].startswith(INDENT):
            found[-1][1].append(line)
        else:
            found.append((number, [line]))
    return found


def _act(number: int, said: str, zone: ZoneInfo) -> Act:  # noqa: PLR0911 - one line for each
    if found := _TIME.fullmatch(said):
        return Until(_moment(number, found[1], zone))
    if found := _JOINS.fullmatch(said):
        return Comes(_newcomer(number, found[1], found[2] or ""))
    for pattern, act in _ROOMS:
        if found := pattern.fullmatch(said):
            return act(*found.groups())
    if found := _TAKES.fullmatch(said):
        return TakesBack(found[1], found[2])
    if found := _VOTES.fullmatch(said):
        return Votes(found[1], found[2], found[3] or "")
    if found := _POSTS.fullmatch(said):
        return Posts(found[1], found[2], found[3] or "")
    if found := _SAYS.fullmatch(said):
        return _says(number, *found.groups())
    if found := _REACTS.fullmatch(said):
        return Reacts(found[1], found[2], found[3] or "")
    raise StoryTrouble(number, f"nobody knows what this means: {said}")


def _says(number: int, who: str, how: str | None, text: str) -> Says:
    if how is None:
        return Says(who, text)
    if how == "editing":
        return Says(who, text, edits=True)
    if how == "to the bot":
        return Says(who, text, direct=True)
    if found := _REPLYING.fullmatch(how):
        return Says(who, text, reply_to=found[1] or "")
    raise StoryTrouble(number, f"({how}) is none of: editing, replying, to the bot")


def _newcomer(number: int, name: str, what: str) -> Actor:
    power, server = 0, SERVER
    for word in filter(None, (one.strip() for one in what.split(","))):
        if word in ROLES:
            power = ROLES[word]
        elif "." in word:
            server = word
        else:
            raise StoryTrouble(number, f"{word} is neither a homeserver nor {', '.join(ROLES)}")
    return actor(name, power, server)


def _moment(number: int, text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.strptime(text, _MOMENT).replace(tzinfo=zone)
    except ValueError:
        raise StoryTrouble(number, f"not a moment: {text}") from None
    if written_moment(moment) != f"{INDENT}— {text} —":
        raise StoryTrouble(number, f"that day is {moment:%A} {moment.day} {moment:%B %Y}")
    return moment


def _zone(number: int, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise StoryTrouble(number, f"no such time zone: {name}") from None
