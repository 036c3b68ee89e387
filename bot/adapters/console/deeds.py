"""Deeds: what a line that begins with a colon does in the terminal room."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.adapters.console.cast import ROLES, SERVER, Actor, actor
from bot.adapters.console.seat import Seat
from bot.adapters.console.stage import Unknown
from bot.language.dates import DateTrouble, read_date, read_span
from bot.language.folding import fold

HELP = """\
What you type is said in the room. Lines that begin with a colon are for the terminal:
  :as Léa                be Léa (a newcomer joins; with a role: :as Weber teacher)
  :time +1d              let time pass: +2h, fri 17:00, 2026-11-27 09:00
  :lang fr               be answered in French
  :react ✅              react to what the bot said last; :react 14 ✅ to message 14,
                         :react #3 ✅ to the card of task 3
  :vote 2                tap the second answer of the newest poll; :vote alone takes it back
  :reply done            reply to what the bot said last, or :reply 14 done
  :edit !task Film       give your last message another text
  :redact                take your last message back, or :redact 14
  :dm !my data           write to the bot alone
  :who                   who is here
  :quit                  leave (so does Ctrl-D)"""
NINE = time(9)
DAY = timedelta(days=1)
_POINTING = re.compile(r"(\d+|[#MR]\d+)\s+(.+)", re.DOTALL)


class Deeds:
    """What can be done from one seat; each raises Unknown if it cannot."""

    def __init__(self, seat: Seat, languages: tuple[str, ...]) -> None:
        """Prepare; dates are read in English and *languages*."""
        self.seat = seat
        self.stage = seat.stage
        self.languages = ("en", *languages)
        self.all: dict[str, Callable[[str], Awaitable[None]]] = {
            "as": self._as,
            "dm": self._direct,
            "edit": self._edit,
            "help": self._help,
            "lang": self._language,
            "react": self._react,
            "redact": self._redact,
            "reply": self._reply,
            "time": self._time,
            "vote": self._vote,
            "who": self._who,
        }

    async def _as(self, text: str) -> None:
        words = text.split()
        role = words.pop() if len(words) > 1 and words[-1] in ROLES else None
        if not words:
            raise Unknown("As whom? For example :as Léa, or :as Weber teacher")
        name = " ".join(words)
        known = self.stage.cast.get(fold(name))
        server = known.user.partition(":")[2] if known else SERVER
        power = ROLES[role] if role else known.power if known else 0
        self.seat.who = actor(known.name if known else name, power, server)
        if known:
            self.seat.who = Actor(known.name, known.user, power)
        if not known or role:
            await self.seat.come_in(self.seat.who)
        else:
            self.seat.printer.note(f"You are {self.seat.who.name} now.")

    async def _time(self, text: str) -> None:
        room = self.stage.room
        if room.clock is None:
            raise Unknown(
                "Time runs by itself here. With --now it stands still and :time moves it."
            )
        until = self._moment(text)
        if until < room.now():
            raise Unknown("Time does not go back.")
        await self.stage.move(until)
        self.seat.tell()
        self.seat.printer.did(room.now(), "(now)")

    def _moment(self, text: str) -> datetime:
        now = self.stage.room.now()
        if text.startswith("+"):
            try:
                span = read_span(text[1:].strip(), languages=self.languages)
            except DateTrouble:
                raise Unknown("How long? For example :time +1d, +2h, +30min") from None
            whole_days = not span % DAY
            return now + span if whole_days else now.astimezone(UTC) + span
        try:
            reading = read_date(
                text, languages=self.languages, now=now.astimezone(self.seat.printer.zone)
            )
        except DateTrouble:
            raise Unknown(
                "Until when? For example :time +1d, fri 17:00, 2026-11-27 09:00"
            ) from None
        moment = reading.moment
        return moment or datetime.combine(reading.day, NINE, ZoneInfo(reading.zone))

    async def _language(self, text: str) -> None:
        await self.seat.say(f"!language {text}".strip())

    async def _react(self, text: str) -> None:
        what, key = self._pointing(text)
        if not key:
            raise Unknown("With what? For example :react ✅, or :react 14 ✅")
        await self.seat.be_here()
        line = self.stage.find(what)
        self.seat.echo(f"{self.seat.who.name} {key}", f"on: {_first(line.text)}")
        await self.stage.react(self.seat.who, key, line.event)

    async def _vote(self, text: str) -> None:
        if text and not text.isdecimal():
            raise Unknown("Which answer? For example :vote 2")
        await self.seat.be_here()
        polls = [one for one in self.stage.lines if (one.target or "").startswith("ballot ")]
        if not polls:
            raise Unknown("There is no poll to tap yet.")
        self.seat.echo(f"{self.seat.who.name} votes {text or '-'}", f"in: {_first(polls[-1].text)}")
        await self.stage.vote(self.seat.who, (text,) if text else (), polls[-1].event)

    async def _reply(self, text: str) -> None:
        what, words = self._pointing(text)
        if not words:
            raise Unknown("What? For example :reply done, or :reply 14 done")
        line = self.stage.find(what)
        await self.seat.say(words, reply_to=line.event, mark=" (replying)")

    async def _edit(self, text: str) -> None:
        if not text:
            raise Unknown("To what? For example :edit !task Film the tour by friday")
        line = self.stage.find(self.seat.who.name)
        self.seat.echo(f"{self.seat.who.name} (editing)>", text)
        await self.stage.say(self.seat.who, text, edits=line.event)

    async def _redact(self, text: str) -> None:
        line = self.stage.find(text or self.seat.who.name)
        self.seat.echo(f"{self.seat.who.name} takes back:", line.text)
        await self.stage.take_back(self.seat.who, line.event)

    async def _direct(self, text: str) -> None:
        if not text:
            raise Unknown("What? For example :dm !my data")
        await self.seat.say(text, direct=True, mark=" (to the bot)")

    async def _who(self, _text: str) -> None:
        classes = {one.user: one.partner for one in await self.stage.members()}
        for one in self.stage.cast.values():
            partner = classes.get(one.user)
            self.seat.printer.note(f"{one.name}, {one.role}" + (f", {partner}" if partner else ""))

    async def _help(self, _text: str) -> None:
        self.seat.printer.note(HELP)

    def _pointing(self, text: str) -> tuple[str, str]:
        found = _POINTING.fullmatch(text)
        return (found[1], found[2]) if found else ("", text)


def _first(text: str) -> str:
    return text.partition("\n")[0]
