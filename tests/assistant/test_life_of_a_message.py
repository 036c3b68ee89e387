"""Edits, redactions, undo, offers, silence and pace: DESIGN 4, as people meet it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model.documents import Kind
from bot.model.tasks import State
from tests.conftest import NOW, Open, Talk, bodies, keys

JONAS = "@jonas:koln.example"
LEA = "@lea:pau.example"
WEBER = "@weber:koln.example"


async def test_an_edit_is_undo_and_redo_and_keeps_the_number(talk: Talk) -> None:
    """An edited command is read again: same number, the same card edited, no second message."""
    first = await talk.say("!task Film the tour", event="$t")
    again = await talk.say("!task Film the school", edits="$t")

    document = await talk.document()
    assert ["#1 · Film the tour"] == bodies(first)
    assert [] == bodies(again)
    assert Kind.EDIT is again[0].entry.kind
    assert first[0].event == again[0].entry.relates_to
    assert {1: "Film the school"} == {n: t.title for n, t in document.project.tasks.items()}


async def test_an_edit_of_an_error_becomes_the_answer(talk: Talk) -> None:
    """A line that was not understood and is mended turns its error into the card."""
    error = await talk.say("!remind me sign the form blahday", event="$r")
    mended = await talk.say("!task sign the form", edits="$r")

    assert 1 == len(bodies(error))
    assert [] == bodies(mended)
    edits = [one for one in mended if one.entry.kind is Kind.EDIT]
    assert [error[0].event] == [one.entry.relates_to for one in edits]
    assert "#1 · sign the form" == edits[0].entry.body


async def test_an_edit_into_an_error_and_back_keeps_the_number(talk: Talk) -> None:
    """Whatever happens in between, the number of an edited command stays."""
    await talk.say("!task one", event="$t")
    await talk.say("!task two")
    await talk.say("!milestone", event="$x", edits="$t")
    await talk.say("!task three", event="$y", edits="$t")

    document = await talk.document()
    assert {2: "two", 1: "three"} == {n: t.title for n, t in document.project.tasks.items()}


async def test_chat_edited_into_a_command_is_a_command(talk: Talk) -> None:
    """Somebody who forgot the sign adds it."""
    assert [] == await talk.say("task Film the tour", event="$t")
    assert ["#1 · Film the tour"] == bodies(await talk.say("!task Film the tour", edits="$t"))


async def test_only_the_author_edits(talk: Talk) -> None:
    """An edit that claims to be of somebody else's message does nothing."""
    await talk.say("!task one", event="$t")
    assert [] == await talk.say("!task two", JONAS, edits="$t")
    assert "one" == (await talk.document()).project.tasks[1].title


async def test_after_ten_minutes_an_edit_changes_nothing(talk: Talk) -> None:
    """A late edit is chat."""
    await talk.say("!task one", event="$t")
    await talk.until(timedelta(minutes=11))
    assert [] == await talk.say("!task two", edits="$t")
    assert {1: "one"} == {n: t.title for n, t in (await talk.document()).project.tasks.items()}


async def test_redacting_a_command_takes_it_back(talk: Talk) -> None:
    """What a redacted command did is undone; its card says so."""
    await talk.say("!task one", event="$t")
    done = await talk.redact("$t")

    assert {} == (await talk.document()).project.tasks
    assert [] == bodies(done)
    assert Kind.EDIT is done[0].entry.kind


async def test_redacting_somebody_elses_command_needs_a_moderator(talk: Talk) -> None:
    """A pupil's redaction of another's message means nothing to the project; a teacher's does."""
    await talk.join(WEBER, "Ms Weber", 50)
    await talk.say("!task one", event="$t")

    await talk.redact("$t", JONAS)
    assert [1] == list((await talk.document()).project.tasks)
    await talk.redact("$t", WEBER)
    assert [] == list((await talk.document()).project.tasks)


async def test_a_late_redaction_only_blanks_the_text(talk: Talk) -> None:
    """After 10 minutes the task stays, but the words quoted from the message are gone."""
    await talk.say("!task my secret", event="$t")
    await talk.say("!1 + more of it", event="$c")
    await talk.until(timedelta(minutes=11))
    await talk.redact("$t")
    await talk.redact("$c")

    document = await talk.document()
    assert "secret" not in repr(document)
    assert "more of it" not in repr(document)
    assert [1] == list(document.project.tasks)


@pytest.mark.parametrize("line", ["!1 = my secret", "!1 fr: my secret", "!1 + my secret"])
async def test_late_words_about_somebody_elses_task_go_too(talk: Talk, line: str) -> None:
    """Whoever renamed, translated or remarked takes their own words back; others cannot."""
    await talk.say("!task one", JONAS)
    await talk.say(line, LEA, event="$mine")
    await talk.until(timedelta(minutes=11))
    await talk.redact("$mine", "@stranger:x.example")
    assert "secret" in repr((await talk.document()).project)

    await talk.redact("$mine", LEA)
    assert "secret" not in repr((await talk.document()).project)


async def test_taking_a_reaction_away_undoes_it(talk: Talk) -> None:
    """The tick goes with its reaction."""
    card = await talk.say("!task one")
    ticked = await talk.react("✅", card[0].event)
    state = (await talk.document()).project.tasks[1].state
    reaction = f"$in{next(talk.numbers) - 1}"
    await talk.redact(reaction)

    assert State.DONE is state
    assert [] == bodies(ticked)
    assert State.TODO is (await talk.document()).project.tasks[1].state


@pytest.mark.parametrize("key", ["✅", "✔️", "☑", "✅\ufe0f"])
async def test_variants_of_a_tick(talk: Talk, key: str) -> None:
    """Pictures of one sign mean the same."""
    card = await talk.say("!task one")
    await talk.react(key, card[0].event)
    assert State.DONE is (await talk.document()).project.tasks[1].state


async def test_a_hand_of_any_colour_takes_the_task(talk: Talk) -> None:
    """Skin tones do not matter."""
    card = await talk.say("!task one")
    await talk.react("✋🏽", card[0].event, JONAS)
    assert [JONAS] == (await talk.document()).project.tasks[1].assignees


async def test_undo_by_word_says_nothing_but_shows_it(talk: Talk) -> None:
    """`!undo` takes the asker's own last change back."""
    await talk.say("!task one")
    await talk.say("!1 done")
    await talk.say("!2 done", JONAS)
    undone = await talk.say("!undo")

    assert ["↩️"] == keys(undone)
    assert State.TODO is (await talk.document()).project.tasks[1].state


async def test_undo_leaves_alone_what_somebody_changed_since(talk: Talk) -> None:
    """Undo reverts only what is still as it was left, and says what is not."""
    await talk.say("!task one")
    await talk.say("!1 = two")
    await talk.say("!1 = three", JONAS)
    said = bodies(await talk.say("!undo"))

    assert ["#1 · title has been changed since then, so I leave it as it is."] == said
    assert "three" == (await talk.document()).project.tasks[1].title


async def test_undo_ends_after_ten_minutes(talk: Talk) -> None:
    """What is older stays."""
    await talk.say("!task one")
    await talk.until(timedelta(minutes=11))
    said = bodies(await talk.say("!undo"))
    assert ["There is nothing to undo from the last 10 minutes."] == said


async def test_near_miss_is_offered_and_run_for_the_one_who_says_yes(talk: Talk) -> None:
    """One typo in a verb is asked about; a tap runs it, once, for the one who was asked."""
    asked = await talk.say("!remimd me sign the form tomorrow 10:00")

    assert ["Did you mean !remind me sign the form tomorrow 10:00? 👍 = yes"] == bodies(asked)
    assert ["👍"] == keys(asked)
    assert [] == await talk.react("👍", asked[0].event, JONAS)
    assert 1 == len(bodies(await talk.react("👍", asked[0].event)))
    assert [] == await talk.react("👍", asked[0].event)


async def test_an_offer_ends_after_ten_minutes(talk: Talk) -> None:
    """Nobody is surprised by an answer to an old question."""
    asked = await talk.say("!remimd me sign the form tomorrow 10:00")
    await talk.until(timedelta(minutes=11))
    assert [] == await talk.react("👍", asked[0].event)


@pytest.mark.parametrize("answer", ["🇧", "B", "2", "2️⃣", "b"])
async def test_which_day_is_answered_by_letter_or_number(talk: Talk, answer: str) -> None:
    """Both Fridays are named; letters, digits and keycaps choose."""
    asked = await talk.say("!task Film by next friday")
    assert ["🇦", "🇧"] == keys(asked)

    await talk.react(answer, asked[0].event)

    due = (await talk.document()).project.tasks[1].due
    assert due is not None
    assert "2026-12-04" == due.day.isoformat()


async def test_which_day_is_answered_by_a_reply(talk: Talk) -> None:
    """A reply with the letter does the same."""
    asked = await talk.say("!task Film by next friday")
    await talk.say("A", reply_to=asked[0].event)

    due = (await talk.document()).project.tasks[1].due
    assert due is not None
    assert "2026-11-27" == due.day.isoformat()


async def test_a_reply_to_a_card_is_one_word(talk: Talk) -> None:
    """In reply to a card the number and the sign may be left out."""
    card = await talk.say("!task one")
    await talk.say("done", reply_to=card[0].event)
    assert State.DONE is (await talk.document()).project.tasks[1].state


async def test_talking_about_a_card_is_not_a_command(talk: Talk) -> None:
    """Chat in reply to the bot is left alone."""
    card = await talk.say("!task one")
    for chat in (
        "great work!",
        "friday is too late for us",
        "done is better than perfect",
        "merci",
    ):
        assert [] == await talk.say(chat, JONAS, reply_to=card[0].event), chat


OTHERS = """
!lol !roll !ping !ban !kick !mute !play !skip !stats !rank !8ball !meme !gif !weather !dice !hug
!quote !karma !volume !queue !warn !purge !trivia !joke !cat !urban !wiki !server !avatar !level
!shop !daily !afk !timer !giveaway !welcome !prefix !invite !echo !tts !uptime !about !support
!verify !sub !rss !github !deploy !alarm !chat !imagine !stop !pause !leave !start
! !! !!! !? !1+1=2 /me /shrug //path !=
"""


@pytest.mark.parametrize("line", OTHERS.split())
async def test_commands_of_other_bots_stay_unanswered(talk: Talk, line: str) -> None:
    """Other bots share the room and the sign."""
    await talk.say("!task one")
    assert [] == await talk.say(f"{line}"), line


async def test_when_named_it_always_answers(talk: Talk) -> None:
    """Silence would be rude to somebody who calls the bot by its name."""
    for line in ("@comenius blah", "Comenius: what is up", "comenius, hello there"):
        assert 1 == len(bodies(await talk.say(line))), line


@pytest.mark.parametrize(
    "line",
    [
        "! Task Film the tour",
        "!TASK Film the tour",
        "!task Film the tour.",
        "!\u00a0task\u00a0Film the tour",
        "/task Film the tour",
        "@comenius task Film the tour",
        "Comenius: task Film the tour",
        "  !task Film   the tour  ",
    ],
)
async def test_phones_make_noise(talk: Talk, line: str) -> None:
    """Spaces, capitals, dots and ways to call the bot make no difference."""
    assert ["#1 · Film the tour"] == bodies(await talk.say(line))


async def test_a_mention_as_clients_send_it(talk: Talk) -> None:
    """A pill of the bot addresses it; a pill of a person is that person."""
    await talk.join(JONAS, "Jonas")
    html = (
        '<a href="https://matrix.to/#/@comenius:example.org">Comenius</a>: task Film '
        '<a href="https://matrix.to/#/@jonas:koln.example">Jonas</a>'
    )
    said = await talk.say("Comenius: task Film Jonas", html=html)

    assert ["#1 · Film · Jonas"] == bodies(said)


async def test_done_at_the_end_of_a_sentence(talk: Talk) -> None:
    """A sentence that ends with the number of a task is understood; other talk is not."""
    await talk.say("!task one")
    assert [] == await talk.say("what about !1")
    await talk.say("it's done !1")
    assert State.DONE is (await talk.document()).project.tasks[1].state


async def test_sixty_commands_in_a_minute(talk: Talk) -> None:
    """The first 20 are done; each of the others is shown one reaction, and provably not done."""
    shown = [await talk.say(f"!task number {n}") for n in range(60)]

    document = await talk.document()
    assert 20 == len(document.project.tasks)
    assert [["⏳"]] * 40 == [keys(events) for events in shown[20:]]
    assert all(not bodies(events) for events in shown[20:])
    await talk.until(timedelta(minutes=2))
    assert 1 == len(bodies(await talk.say("!task again")))


async def test_the_same_event_is_done_once(open_talk: Open) -> None:
    """A message that the server tells twice, even across a restart, is one message."""
    async with open_talk() as talk:
        await talk.say("!task one", event="$same")
        assert [] == await talk.say("!task one", event="$same")
    async with open_talk(now=NOW + timedelta(hours=1)) as talk:
        assert [] == await talk.say("!task one", event="$same")
        assert [1] == list((await talk.document()).project.tasks)


async def test_rooms_know_nothing_of_each_other(talk: Talk) -> None:
    """What is done in one room is neither shown nor known in another."""
    await talk.say("!task secret plan")
    other = await talk.say("!tasks", room="!other:x")
    unknown = await talk.say("!1", room="!other:x")

    assert ["Tasks · nothing open."] == bodies(other)
    assert ["There is no #1. There are no tasks yet."] == bodies(unknown)
    assert {"!other:x"} == {one.room for one in (*other, *unknown)}


async def test_a_bug_is_told_kindly(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The room reads one sentence with a reference; nothing of the program, nothing was changed."""
    command = talk.room.dispatcher.assistant.commands.by_handler["tasks.done"]

    def broken(project: object, _asker: object, *, task: int) -> None:
        project.tasks.clear()  # type: ignore[attr-defined]
        raise ZeroDivisionError(task)

    await talk.say("!task one")
    monkeypatch.setitem(command.__dict__, "handler", broken)
    said = bodies(await talk.say("!1 done"))

    assert 1 == len(said)
    assert said[0].startswith("Something went wrong on my side. Nothing was changed. (Reference ")
    assert "Zero" not in said[0]
    assert [1] == list((await talk.document()).project.tasks)
