"""The counting itself counts: what is lost, doubled or wrong is told, and nothing else."""

from __future__ import annotations

from typing import Any

from bot.adapters.matrix.writing import ENTRY_KEY
from tests.matrix.counting import (
    Asked,
    Happened,
    History,
    apologies,
    miscounted,
    misnumbered,
    repeated,
)

ROOM, BOT = "!room", "@bot:x"
TASKS = [Asked(ROOM, "$1", "!task One"), Asked(ROOM, "$2", "!task Two")]
COMMANDS = [Happened(one.event, "@ana:x", "m.room.message", {"body": one.line}) for one in TASKS]


def card(event: str, to: str, body: str, entry: str = "", **more: Any) -> Happened:
    """Return a reply of the bot."""
    relation = {"m.relates_to": {"m.in_reply_to": {"event_id": to}}}
    content = {"body": body, ENTRY_KEY: entry or event} | relation | more
    return Happened(event, BOT, "m.room.message", content)


def told(*events: Happened) -> History:
    """Return a room in which both commands were written before *events*."""
    return History(ROOM, [*COMMANDS, *events], BOT)


ALL = (card("$a", "$1", "#1 · One"), card("$b", "$2", "#2 · Two"))


def test_nothing_is_wrong_with_one_answer_each() -> None:
    """Two commands, two cards, in order."""
    assert [] == [*miscounted(told(*ALL), TASKS), *misnumbered(told(*ALL), TASKS)]
    assert [] == [*repeated(told(*ALL)), *apologies(told(*ALL))]


def test_a_lost_and_a_doubled_answer_are_told() -> None:
    """Of a reaction too: it is an answer."""
    assert ["0 answers instead of 1: '!task Two'"] == list(miscounted(told(ALL[0]), TASKS))
    key = {"event_id": "$1", "key": "👍", "rel_type": "m.annotation"}
    thumb = Happened("$c", BOT, "m.reaction", {"m.relates_to": key})
    assert ["2 answers instead of 1: '!task One'"] == list(miscounted(told(*ALL, thumb), TASKS))


def test_cards_out_of_order_or_of_somebody_else_are_told() -> None:
    """The numbers follow the server's order, and each card shows its own title."""
    swapped = told(card("$a", "$1", "#2 · One"), card("$b", "$2", "#1 · Two"))
    assert 2 == len(list(misnumbered(swapped, TASKS)))
    assert 1 == len(list(misnumbered(told(ALL[0], card("$b", "$2", "#2 · One")), TASKS)))


def test_an_entry_sent_twice_is_told() -> None:
    """Two events that came of one entry of the outbox; so is what nobody can decrypt."""
    again = told(*ALL, card("$c", "$2", "#2 · Two", entry="$b"))
    assert ["sent 2 times: m.room.message '#2 · Two'"] == list(repeated(again))
    sealed = Happened("$d", BOT, "m.room.encrypted", {"ciphertext": "x"})
    assert ["1 messages of the bot cannot be decrypted"] == list(repeated(told(*ALL, sealed)))


def test_an_apology_is_told() -> None:
    """An error sentence is never part of a good hour."""
    sorry = card("$e", "$1", "Something went wrong on my side.")
    assert 1 == len(list(apologies(told(sorry))))


def test_an_edit_is_what_is_shown_in_the_end() -> None:
    """An edit is no second answer."""
    edit = Happened(
        "$f",
        BOT,
        "m.room.message",
        {
            "body": "* #1 · One ✅",
            "m.new_content": {"body": "#1 · One ✅"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$a"},
        },
    )
    assert "#1 · One ✅" == told(*ALL, edit).shown("$a")
    assert [] == list(miscounted(told(*ALL, edit), TASKS))
