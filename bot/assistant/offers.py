"""Offers: what the bot asks, the buttons that answer, undo, and late redactions (DESIGN 4)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.assistant import changes
from bot.assistant.answers import speak
from bot.assistant.reach import Scene
from bot.assistant.speaking import SEEDS, Answering, Speaker
from bot.assistant.understanding import Near
from bot.command import Command
from bot.heard import Said
from bot.language.catalog import translated
from bot.language.field_people import LETTERS, words
from bot.language.folding import fold
from bot.language.line import Line
from bot.language.message import Code, Joined, Lines, Part, _, _n, say
from bot.model.asker import Asker
from bot.model.documents import LETTERS as LETTER_OF
from bot.model.documents import Change, Entry, Kind, Offer, RoomDocument, thing_of

STANDS = timedelta(minutes=10)
YES = _("yes|ok|okay|yes please|do it")
_IN = "\x1f"
"""Stands between the room and the line of an offer that is to be run elsewhere."""
_SKIN = re.compile("[\ufe0f\ufe0e\U0001f3fb-\U0001f3ff]")
_BUTTONS: dict[str, dict[str, str]] = {
    "task": {
        "✅": "{n} done",
        "✔": "{n} done",
        "☑": "{n} done",
        "✋": "{n} take",
        "🗑": "{n} delete",
        "⏰": "{n} snooze",
        "▶": "{n} doing",
    },
    "milestone": {"🗑": "M{n} delete"},
    "reminder": {"🗑": "R{n} stop", "⏰": "R{n} snooze", "❌": "R{n} stop"},
}
"""What a message shows -> reaction -> the line that it runs."""


def plain_key(key: str) -> str:
    """Return a reaction without variants of its picture: no U+FE0F, no skin tone."""
    return _SKIN.sub("", key.strip())


def button(target: str, key: str) -> str | None:
    """Return the line that a reaction on the message showing *target* runs."""
    kind, number = thing_of(target)
    line = _BUTTONS.get(kind, {}).get(key)
    return line.format(n=number) if line else None


def expire(document: RoomDocument, now: datetime) -> None:
    """Drop the offers that stand no more."""
    document.offers = [one for one in document.offers if one.until > now]


def _open(document: RoomDocument, asker: Asker, target: str) -> Offer | None:
    for offer in reversed(document.offers):
        may = not offer.who or asker.user in offer.who
        if offer.target == target and may and asker.role >= offer.role:
            return offer
    return None


def _take(document: RoomDocument, offer: Offer, key: str) -> str:
    """Use *offer* up, unless it stays."""
    if not offer.stays:
        document.offers.remove(offer)
    return offer.choices[key]


def by_key(document: RoomDocument, asker: Asker, target: str, key: str) -> str | None:
    """Return the line that the reaction *key* of *asker* chooses, or None."""
    offer = _open(document, asker, target)
    chosen = _choice(offer, key) if offer else None
    return _take(document, offer, chosen) if offer and chosen else None


def _choice(offer: Offer, key: str) -> str | None:
    """Return the choice that *key* means: the same sign, its letter, or its place in the list."""
    wanted = plain_key(key)
    for choice in offer.choices:
        if plain_key(choice) == wanted:
            return choice
    keys = list(offer.choices)
    place = _place(wanted)
    if place is not None and place < len(keys) and keys[place] in LETTERS:
        return keys[place]
    if wanted in {"👍", "✅", "✔", "☑"} and len(keys) == 1:
        return keys[0]
    return None


def _place(key: str) -> int | None:
    """Return which place in a list "A", "1", a keycap or a letter tile stands for."""
    bare = key.replace("\u20e3", "").strip(" .)").upper()
    if len(bare) == 1 and bare in LETTERS:
        return LETTERS.index(bare)
    if len(bare) == 1 and "A" <= bare <= "H":
        return ord(bare) - ord("A")
    if len(bare) == 1 and bare.isdecimal() and bare != "0":
        return int(bare) - 1
    return None


def by_words(document: RoomDocument, asker: Asker, said: Said, line: Line) -> str | None:
    """Return the line that a reply to an offer chooses: "A", "1", "yes" or the choice itself."""
    target = document.anchors.get(said.reply_to or "")
    offer = _open(document, asker, target) if target else None
    if offer is None:
        return None
    text = fold(line.text()).strip(" .!")
    if text in words(YES, translated()) and len(offer.choices) == 1:
        return _take(document, offer, next(iter(offer.choices)))
    chosen = _choice(offer, line.text())
    if chosen is None and offer.stays:
        chosen = next((k for k, v in offer.choices.items() if text == fold(v.split()[-1])), None)
    return _take(document, offer, chosen) if chosen else None


def suggest(speaker: Speaker, asker: Asker, near: Near, answering: Answering) -> None:
    """Ask "did you mean", with a button that runs it."""
    line = Code(f"!{near.line}")
    speak(speaker, asker, say(_("Did you mean {line}? 👍 = yes"), line=line), answering)
    target = f"answer {asker.event}"
    speaker.document.offers.append(
        Offer(target, speaker.now + STANDS, [asker.user], {"👍": near.line})
    )
    speaker.seed(("👍",), target, answering.room)


def turned_away(command: Command, scene: Scene, *, needs_project: bool) -> Part | None:
    """Return what is said instead of running *command*, if it cannot be asked for like this.

    What is sealed needs proof of who speaks; no button signs, or hands a file on.
    """
    reach = scene.reach
    if command.sealed and reach.unproven and not scene.heard.direct:
        return say(_("I cannot be sure that this comes from you. Please write it once more."))
    unproven = command.sealed and reach.unproven
    by_button = reach.shared is not None and (command.sealed or reach.file is not None)
    if needs_project and (unproven or by_button):
        return say(_("Please write that in the project's own room."))
    return None


def which_project(
    speaker: Speaker, asker: Asker, line: str, answering: Answering, rooms: dict[str, str]
) -> None:
    """Ask which project a direct message is about; the answer runs it there."""
    if not rooms:
        hint = say(_("We share no project yet. Write to me in your project's room first."))
        speak(speaker, asker, hint, answering)
        return
    listed = list(rooms.items())[: len(LETTERS)]
    names = tuple(
        f"{letter} {title or n}"
        for n, (letter, (_room, title)) in enumerate(zip(LETTERS, listed, strict=False), 1)
    )
    asked: Part = say(_("Which project? {names}"), names=Joined(names))
    if more := len(rooms) - len(listed):
        others = _n(
            "… and {n} more: write in its own room.",
            "… and {n} more: write in their own rooms.",
            more,
        )
        asked = Lines((asked, say(others)))
    speak(speaker, asker, asked, answering)
    choices = {
        letter: f"{room}{_IN}{line}" for letter, (room, _t) in zip(LETTERS, listed, strict=False)
    }
    target = f"answer {asker.event}"
    speaker.document.offers.append(Offer(target, speaker.now + STANDS, [asker.user], choices))
    speaker.seed(tuple(choices), target, answering.room)


def in_room(line: str) -> tuple[str, str] | None:
    """Return (room, line) if *line* is to be run in another room."""
    room, sign, rest = line.partition(_IN)
    return (room, rest) if sign else None


def say_bug(speaker: Speaker, asker: Asker, answering: Answering, reference: str) -> None:
    """Say kindly that something broke, with the reference that finds it in the log."""
    message = say(
        _("Something went wrong on my side. Nothing was changed. (Reference {reference})"),
        reference=reference,
    )
    speak(speaker, asker, message, answering)


def say_clash(speaker: Speaker, asker: Asker, answering: Answering, clash: changes.Clash) -> None:
    """Say that somebody has changed it since, and what; of a poll, that it stays closed."""
    what = _name(clash.path)
    text = _("{what} has been changed since then, so I leave it as it is.")
    if _is_closed_poll(speaker.document, clash.path):
        text = _("{what} stays closed: its result has been told.")
    speak(speaker, asker, say(text, what=what), answering)


def _is_closed_poll(document: RoomDocument, path: str) -> bool:
    """Tell whether *path* is a poll that has closed since it was asked, or its closing."""
    kind, number, part = (*path.split(changes.STEP), "", "")[:3]
    if kind != "polls" or part not in {"", "closing"}:
        return False
    poll = document.project.polls.get(int(number))
    return poll is not None and poll.closed is not None


def _name(path: str) -> Part:
    """Return what people call the thing that *path* belongs to."""
    kind, number, *rest = [*path.split(changes.STEP), ""]
    single = kind.removesuffix("s")
    letter = (LETTER_OF[single] or "#") if single in LETTER_OF else None
    names = {
        "state": say(_("state")),
        "finished": say(_("state")),
        "due": say(_("date")),
        "title": say(_("title")),
        "assignees": say(_("people")),
        "partners": say(_("classes")),
        "comments": say(_("remarks")),
    }
    field = names.get(rest[0]) if rest else None
    thing: Part = f"{letter}{number}" if letter else say(_("This"))
    return Joined((thing, field), " · ") if field else thing


def undo(
    speaker: Speaker,
    change: Change,
    asker: Asker,
    answering: Answering,
    *,
    aloud: bool = False,
) -> None:
    """Take *change* back; `aloud` says so, else the card shows it."""
    document = speaker.document
    result = changes.take_back(document.project, change)
    if isinstance(result, changes.Clash):
        say_clash(speaker, asker, answering, result)
        return
    targets = changes.touched(change.fields)
    document.project, change.undone = result, True
    if aloud:
        speaker.react("↩️", asker.event, answering.room)
    speaker.refresh(targets)


def redacted(speaker: Speaker, change: Change, asker: Asker, answering: Answering) -> None:
    """Take back what a redacted command or reaction did, and the answer that it got."""
    undo(speaker, change, asker, answering)
    if change.answer and change.answer.startswith(("answer ", "about ")):
        _withdraw(speaker, change.answer)
    change.undone = True


def _withdraw(speaker: Speaker, target: str) -> None:
    document = speaker.document
    document.outbox = [one for one in document.outbox if one.tried or one.target != target]
    if event := document.places.get(target):
        speaker.redact(event, document.elsewhere.get(target))


def replace_answer(document: RoomDocument, change: Change, first: int, now: datetime) -> None:
    """After an edit: the earlier answer becomes the new one, instead of a second message."""
    old = change.answer or ""
    event = document.places.get(old)
    added = document.outbox[first:]
    speaker = Speaker(document, now)
    place = document.elsewhere.get(old)
    answer = next((one for one in added if one.kind is Kind.NOTICE and one.room == place), None)
    if answer is None:
        if old.startswith(("answer ", "about ")) and event:
            speaker.redact(event, place)
        elif not any(one.target == old for one in added):
            speaker.refresh([old] if old in document.places else [])
        return
    if event is None:
        _wait_for_first(document, answer, document.outbox[:first], old)
    else:
        _edit_instead(document, answer, event, old)


def _wait_for_first(document: RoomDocument, answer: Entry, before: list[Entry], old: str) -> None:
    """Let *answer* take the place of the earlier one, which is still on its way."""
    earlier = next((one for one in before if one.target == old and one.kind is Kind.NOTICE), None)
    if earlier is None:
        return
    if not earlier.tried:
        document.outbox.remove(earlier)
        return
    earlier.target = answer.target  # its words stay, but then it shows what the edit makes of it
    answer.kind, answer.relates_to, answer.reply_to = Kind.EDIT, None, None


def _edit_instead(document: RoomDocument, answer: Entry, event: str, old: str) -> None:
    """Turn a new message into an edit of the message *event*."""
    new = answer.target or old
    document.outbox = [
        one for one in document.outbox if one.target != new or one.key not in SEEDS or one.tried
    ]
    answer.kind, answer.relates_to, answer.reply_to = Kind.EDIT, event, None
    document.anchors[event] = new
    document.places[new] = event
    if answer.room:
        document.elsewhere[new] = answer.room
    if new != old:
        document.places.pop(old, None)
        document.elsewhere.pop(old, None)
