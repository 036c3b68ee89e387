"""Welcome: the first words in a room, and the one sentence about what cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.assistant.reach import Scene
from bot.assistant.speaking import Answering, Speaker, entry_id, room_reader, stack_board
from bot.heard import Invited
from bot.language.catalog import SOURCE
from bot.language.message import Code, Lines, Message, Typed, _, say
from bot.language.render import Text, render
from bot.model.documents import Entry, Kind, RoomDocument
from commands.partners import SETUP

ONCE_A_DAY = timedelta(days=1)


def arrive(document: RoomDocument, heard: Invited, now: datetime) -> None:
    """Join, say hello, create the board and pin it."""
    document.extra.pop("left", None)
    document.outbox.append(Entry(entry_id(document), Kind.JOIN, now, room=heard.room, priority=0))
    if heard.direct or "welcome" in document.places:
        return
    speaker = Speaker(document, now)
    reader = room_reader(document, now)
    text = render(_hello(), reader)
    if reader.language != SOURCE:
        short = render(_short_hello(), replace(reader, languages=(SOURCE,)))
        text = Text(f"{text.body}\n{short.body}", f"{text.html}<br>{short.html}")
    speaker.message(text, "welcome", Answering())
    speaker.message(stack_board(document, now), "board", Answering())
    speaker.pin()


def _hello() -> Lines:
    return Lines(
        (
            say(_("Hello! I keep tasks, dates and reminders for partner classes.")),
            say(
                _("Set up (a teacher, one minute): {how}"),
                how=Typed(SETUP, {"languages": "fr de pl"}),
            ),
            say(_("Or just try: {how}"), how=Code(_example())),
            say(_("I read only messages that begin with ! or name me, and answers to mine.")),
            say(_("What I store and for how long: {how}"), how=Code(Message(_("!privacy")))),
        )
    )


def _short_hello() -> Message:
    """Return one line for those who do not read the room's first language."""
    how = Typed(SETUP, {"languages": "fr de pl"})
    return say(_("Hello! I keep tasks, dates and reminders for partner classes: {how}"), how=how)


def _example() -> Message:
    return say(_("!task our first task friday"))


def cannot_read(scene: Scene) -> None:
    """Say once per sender and day that a message could not be decrypted."""
    document, heard, now = scene.document, scene.heard, scene.now
    key = f"undecryptable {heard.sender}"
    last = document.extra.get(key)
    if last and now - datetime.fromisoformat(last) < ONCE_A_DAY:
        return
    document.extra[key] = now.isoformat()
    message = say(_("I could not read that message (encryption). Please send it again."))
    text = render(message, room_reader(document, now))
    answering = Answering(reply_to=heard.event)
    Speaker(document, now).message(text, f"answer {heard.event}", answering)


def cannot_pin(document: RoomDocument, now: datetime) -> None:
    """Say once that the bot may not pin."""
    if document.extra.get("cannot pin"):
        return
    document.extra["cannot pin"] = now.isoformat()
    message = say(_("Make me a moderator, and I can pin the board. All else works without."))
    Speaker(document, now).message(
        render(message, room_reader(document, now)), "answer pin", Answering()
    )
