"""Welcome: the first words in a room, and the one sentence about what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.assistant.reach import Scene
from bot.assistant.speaking import Answering, Speaker, entry_id, room_reader, stack_board
from bot.faults import reference_of
from bot.heard import Invited, Undecryptable, Why
from bot.language.catalog import SOURCE, languages
from bot.language.message import Code, Lines, Message, Typed, _, say
from bot.language.render import Reader, Text, render
from bot.model.documents import Entry, Kind, PersonDocument, RoomDocument
from bot.model.people import Role
from commands.status import STATUS

_UNREAD = _(
    "I could not read that message (encryption). Please send it again. (Reference {reference})"
)
_UNVERIFIED = _(
    "I read verified devices only. Please verify this one in your app's settings, then send that"
    " message again. (Reference {reference})"
)
_WITHHELD = _(
    "Your app did not give me the key to that message: it does not trust my device. Please ask the"
    " person who runs me. (Reference {reference})"
)
_UNREAD_BECAUSE = {Why.UNKNOWN: _UNREAD, Why.UNVERIFIED: _UNVERIFIED, Why.WITHHELD: _WITHHELD}
ONCE_A_DAY = timedelta(days=1)
SET_UP = _("setup\nset up")
HELP = _("(help|commands|how)")


def arrive(
    document: RoomDocument,
    heard: Invited,
    now: datetime,
    people: Mapping[str, PersonDocument] | None = None,
) -> None:
    """Join, say hello, create the board and pin it; or say that the project is still there.

    `people` holds the inviter's own document, if there is one: it tells their language.
    """
    was_away = document.extra.pop("left", None) is not None
    document.outbox.append(
        Entry(entry_id(document, now), Kind.JOIN, now, room=heard.room, priority=0)
    )
    if heard.direct:
        return
    speaker = Speaker(document, now)
    if "welcome" in document.places:
        if was_away:
            back = say(_("I am here again. The project is as it was: {how}"), how=Typed(STATUS))
            speaker.announce(back, "answer back")
        return
    reader = _reader(document, heard, now, people or {})
    can_set_up = _can_set_up(document, heard)
    text = render(_hello(can_set_up=can_set_up), reader)
    if text != render(_hello(can_set_up=can_set_up), reader.only(SOURCE)):
        short = render(_short_hello(can_set_up=can_set_up), reader.only(SOURCE))
        text = Text(f"{text.body}\n{short.body}", f"{text.html}<br>{short.html}")
    speaker.message(text, "welcome", Answering())
    speaker.message(stack_board(document, now), "board", Answering())
    speaker.pin()


def _reader(
    document: RoomDocument, heard: Invited, now: datetime, people: Mapping[str, PersonDocument]
) -> Reader:
    """Return for whom the hello is written: in the inviter's language, else in the room's."""
    reader = room_reader(document, now)
    inviter = people.get(heard.sender)
    if inviter and inviter.language in languages():
        return reader.only(str(inviter.language))
    return reader


def _can_set_up(document: RoomDocument, heard: Invited) -> bool:
    """Tell whether the inviter may set the room up, as far as anybody knows."""
    if heard.power is not None:
        return Role.of_power(heard.power) >= Role.TEACHER
    known = document.project.members.get(heard.sender)
    return known is None or known.highest >= Role.TEACHER


def _hello(*, can_set_up: bool) -> Lines:
    return Lines(
        (
            say(_("Hello! I keep tasks, dates and reminders for partner classes.")),
            _set_up(can_set_up=can_set_up),
            say(_("Or just try: {how}"), how=Code(_example())),
            say(
                _("I read messages that begin with ! or name me, answers to mine, and links."),
            ),
            say(_("What I store and for how long: {how}"), how=Code(Message(_("!privacy")))),
            say(_("What I can do: {how}"), how=Typed(HELP)),
        )
    )


def _set_up(*, can_set_up: bool) -> Message:
    if not can_set_up:
        return say(_("Ask a teacher to type {how}"), how=Typed(SET_UP))
    return say(
        _("Set up (a teacher, one minute): {how}, or answer with your languages: {example}"),
        how=Typed(SET_UP),
        example=Code("fr de pl"),
    )


def _short_hello(*, can_set_up: bool) -> Lines:
    """Return two lines for those who do not read the language of the first ones."""
    hello = say(_("Hello! I keep tasks, dates and reminders for partner classes."))
    return Lines((hello, _set_up(can_set_up=can_set_up)))


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
    why = heard.why if isinstance(heard, Undecryptable) else Why.UNKNOWN
    message = say(_UNREAD_BECAUSE[why], reference=reference_of(heard.event))
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
