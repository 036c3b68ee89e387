"""The terminal room: a person types, as anybody they like, and sees what the bot does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.adapters.console.cast import ROLES, SERVER, Actor, actor
from bot.adapters.console.keyboard import somebody_types, typed
from bot.adapters.console.printing import Printer
from bot.adapters.console.stage import Stage, Unknown
from bot.adapters.console.telling import tell
from bot.language.dates import DateTrouble, read_date, read_span
from bot.language.folding import fold
from bot.ports import StoreFull

HELP = """\
What you type is said in the room. Lines that begin with a colon are for the terminal:
  :as Léa                be Léa (a newcomer joins; with a role: :as Weber teacher)
  :time +1d              let time pass: +2h, fri 17:00, 2026-11-27 09:00
  :lang fr               be answered in French
  :react ✅              react to what the bot said last; :react 14 ✅ to message 14,
                         :react #3 ✅ to the card of task 3
  :reply done            reply to what the bot said last, or :reply 14 done
  :edit !task Film       give your last message another text
  :redact                take your last message back, or :redact 14
  :dm !my data           write to the bot alone
  :who                   who is here
  :quit                  leave (so does Ctrl-D)"""
NINE = time(9)
DAY = timedelta(days=1)
_COMMAND = re.compile(r":([a-z?]+)(?:\s+(.*))?", re.DOTALL)
_POINTING = re.compile(r"(\d+|[#MR]\d+)\s+(.+)", re.DOTALL)


class Terminal:
    """One person's way into the room on *stage*, as whoever they choose to be."""

    def __init__(self, stage: Stage, printer: Printer, languages: tuple[str, ...]) -> None:
        """Prepare; dates are read in English and *languages*."""
        self.stage = stage
        self.printer = printer
        self.languages = ("en", *languages)
        self.who = actor("Ana", ROLES["coordinator"])
        self.joined: set[str] = set()
        self.typing = False
        self.busy = False
        self.actions: dict[str, Callable[[str], Awaitable[None]]] = {
            "": self._say,
            "as": self._as,
            "dm": self._direct,
            "edit": self._edit,
            "help": self._help,
            "lang": self._language,
            "react": self._react,
            "redact": self._redact,
            "reply": self._reply,
            "time": self._time,
            "who": self._who,
        }

    async def open(self) -> None:
        """Come in: into a new room with the bot, or back into one that was kept."""
        await self.stage.room.start()
        people = [
            Actor(one.name, one.user, max(one.power, one.role or 0))
            for one in await self.stage.members()
            if one.present
        ]
        for one in people:
            self.stage.cast.setdefault(fold(one.name), one)
        if people:
            self.who = max(people, key=lambda one: one.power)
            self.printer.note(f"You are {self.who.name} ({self.who.role}). :help tells more.")
        else:
            await self._come_in(self.who)
            self.printer.note("You are Ana, who coordinates. :help tells more, :quit ends.")
            await self.stage.invite(self.who)
        self._tell()

    async def carry_on(self) -> None:
        """Go on in a room in which others acted before."""
        people = list(self.stage.cast.values())
        self.joined = {one.user for one in people}
        self.who = max(people, key=lambda one: one.power)
        self.printer.put("")
        self.printer.note(
            f"The room is yours. You are {self.who.name}; time stands still until :time moves it.\n"
            "Try  !board  or  :as Léa  or  :time +1d   (:help tells more, :quit ends)"
        )
        await self.run()

    async def run(self) -> None:
        """Do what is typed until it ends."""
        self.stage.arrived = self._arrived
        self.typing = True
        async for line in typed(self._prompt):
            self.typing = False
            text = line.strip()
            if text in {":quit", ":q"}:
                break
            if text:
                self.busy = True
                try:
                    await self.take(text)
                finally:
                    self.busy = False
            self.typing = True
        self.typing = False
        self.printer.note("Goodbye.")

    async def take(self, text: str) -> None:
        """Do what one line says; what cannot be done is said and changes nothing."""
        found = _COMMAND.fullmatch(text)
        action, rest = (found[1], (found[2] or "").strip()) if found else ("", text)
        if action not in self.actions:
            self.printer.note(f"There is no :{action} here. :help shows what there is.")
            return
        try:
            await self.actions[action](rest)
        except Unknown as trouble:
            self.printer.note(str(trouble))
        except StoreFull:
            self.printer.note("The disk takes nothing at the moment: nothing was changed.")
        self._tell()

    # --- what can be done ----------------------------------------------------------------------

    async def _say(
        self, text: str, *, reply_to: str | None = None, direct: bool = False, mark: str = ""
    ) -> None:
        await self._here()
        self._echo(f"{self.who.name}{mark}>", text, len(self.stage.lines) + 1)
        await self.stage.say(self.who, text, reply_to=reply_to, direct=direct)

    async def _as(self, text: str) -> None:
        words = text.split()
        role = words.pop() if len(words) > 1 and words[-1] in ROLES else None
        if not words:
            raise Unknown("As whom? For example :as Léa, or :as Weber teacher")
        name = " ".join(words)
        known = self.stage.cast.get(fold(name))
        server = known.user.partition(":")[2] if known else SERVER
        power = ROLES[role] if role else known.power if known else 0
        self.who = actor(known.name if known else name, power, server)
        if known:
            self.who = Actor(known.name, known.user, power)
        if not known or role:
            await self._come_in(self.who)
        else:
            self.printer.note(f"You are {self.who.name} now.")

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
        self._tell()
        self.printer.did(room.now(), "(now)")

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
            reading = read_date(text, languages=self.languages, now=self._local(now))
        except DateTrouble:
            raise Unknown(
                "Until when? For example :time +1d, fri 17:00, 2026-11-27 09:00"
            ) from None
        moment = reading.moment
        return moment or datetime.combine(reading.day, NINE, ZoneInfo(reading.zone))

    async def _language(self, text: str) -> None:
        await self._say(f"!language {text}".strip())

    async def _react(self, text: str) -> None:
        what, key = self._pointing(text)
        if not key:
            raise Unknown("With what? For example :react ✅, or :react 14 ✅")
        await self._here()
        line = self.stage.find(what)
        self._echo(f"{self.who.name} {key}", f"on: {line.text.partition(chr(10))[0]}")
        await self.stage.react(self.who, key, line.event)

    async def _reply(self, text: str) -> None:
        what, words = self._pointing(text)
        if not words:
            raise Unknown("What? For example :reply done, or :reply 14 done")
        line = self.stage.find(what)
        await self._say(words, reply_to=line.event, mark=" (replying)")

    async def _edit(self, text: str) -> None:
        if not text:
            raise Unknown("To what? For example :edit !task Film the tour by friday")
        line = self.stage.find(self.who.name)
        self._echo(f"{self.who.name} (editing)>", text)
        await self.stage.say(self.who, text, edits=line.event)

    async def _redact(self, text: str) -> None:
        line = self.stage.find(text or self.who.name)
        self._echo(f"{self.who.name} takes back:", line.text)
        await self.stage.take_back(self.who, line.event)

    async def _direct(self, text: str) -> None:
        if not text:
            raise Unknown("What? For example :dm !my data")
        await self._say(text, direct=True, mark=" (to the bot)")

    async def _who(self, _text: str) -> None:
        classes = {one.user: one.partner for one in await self.stage.members()}
        for one in self.stage.cast.values():
            partner = classes.get(one.user)
            self.printer.note(f"{one.name}, {one.role}" + (f", {partner}" if partner else ""))

    async def _help(self, _text: str) -> None:
        self.printer.note(HELP)

    # --- how it looks --------------------------------------------------------------------------

    def _pointing(self, text: str) -> tuple[str, str]:
        found = _POINTING.fullmatch(text)
        return (found[1], found[2]) if found else ("", text)

    async def _here(self) -> None:
        """Let a person who was here before the restart be here again."""
        if self.who.user not in self.joined:
            await self._come_in(self.who)

    async def _come_in(self, who: Actor) -> None:
        self.joined.add(who.user)
        self.printer.did(self.stage.room.now(), f"{who.name} ({who.role}) joins")
        await self.stage.join(who)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.printer.zone)

    def _prompt(self) -> str:
        now = self.stage.room.now()
        self.printer.announce_day(now)
        return self.printer.prompt(now, len(self.stage.lines) + 1, f"{self.who.name}>")

    def _echo(self, head: str, text: str, number: int | None = None) -> None:
        """Print what was typed; where somebody types, what they see already is not repeated."""
        if not somebody_types():
            self.printer.said(self.stage.room.now(), number, head, text)

    def _tell(self) -> None:
        for one in tell(self.stage, self.stage.take()):
            self.printer.told(one)

    def _arrived(self) -> None:
        """Print what comes by itself, such as a reminder, a moment later when it is complete."""
        if not self.busy:
            asyncio.get_running_loop().call_later(0.2, self._interrupt)

    def _interrupt(self) -> None:
        if self.busy or not self.stage.events:
            return
        if self.typing and somebody_types():
            self.printer.put("\r\033[K", end="")
        self._tell()
        if self.typing and somebody_types():
            self.printer.put(self._prompt(), end="")
