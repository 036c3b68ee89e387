"""Welcome and set-up: from the invitation to a room in which everybody has a class."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.assistant import welcome
from bot.heard import Invited
from bot.model.charter import Mode
from bot.model.documents import Kind, PersonDocument
from tests.conftest import NOW, Open, Talk, bodies, keys

WEBER, LEA = "@weber:koln.example", "@lea:pau.example"
HELLO = """\
Hello! I keep tasks, dates and reminders for partner classes.
Set up (a teacher, one minute): !setup, or answer with your languages: fr de pl
Or just try: !task our first task friday
I read messages that begin with ! or name me, answers to mine, and links.
What I store and for how long: !privacy
What I can do: !help"""


async def invited(talk: Talk, power: int | None = 50) -> list[Event]:
    """Let a teacher invite the bot, and come in."""
    shown = await talk.hear(Invited(ROOM, "$invite", WEBER, NOW, power=power))
    await talk.join(WEBER, "Ms Weber", 50)
    await talk.join(LEA, "Léa")
    return shown


def question(shown: list[Event]) -> str:
    """Return the event of the one message that asks."""
    (event,) = {
        one.event for one in shown if one.entry.kind is Kind.NOTICE and one.entry.target != "board"
    }
    return event


async def test_six_lines_and_a_pinned_board(talk: Talk) -> None:
    """The first words fit a phone; the board is there and pinned before anybody has typed."""
    shown = await invited(talk)
    hello, board = bodies(shown)
    assert hello == HELLO
    assert board.startswith("📌 Board")
    assert ["join", "notice", "notice", "pin"] == [str(one.entry.kind) for one in shown]
    assert [] == [one for event in shown for one in event.entry.mentions]


@pytest.mark.parametrize("language", ["fr"])
async def test_in_another_language_english_follows(open_talk: Open, language: str) -> None:
    """The room's first language, then two lines of English: eight in all."""
    async with open_talk(languages=(language, "en")) as talk:
        hello = bodies(await invited(talk))[0].splitlines()
    assert 8 == len(hello)
    assert HELLO.splitlines()[:2] == hello[6:]
    assert HELLO.splitlines()[0] not in hello[:6]


async def test_in_the_language_of_who_invites(talk: Talk) -> None:
    """Who has told me their language is greeted in it; one that I do not speak changes nothing."""
    for language, lines in (("fr", 8), ("el", 8), ("fi", 6), (None, 6)):
        fresh = talk.room.dispatcher.assistant.new_room("!new:x", NOW)
        people = {WEBER: PersonDocument(WEBER, language)}
        welcome.arrive(fresh, Invited("!new:x", "$i", WEBER, NOW), NOW, people)
        said = next(one.body for one in fresh.outbox if one.kind is Kind.NOTICE)
        assert lines == len(said.splitlines()), language


@pytest.mark.parametrize(("power", "line"), [(0, 1), (49, 1), (50, 0), (100, 0), (None, 0)])
async def test_a_pupil_who_invites_is_told_to_ask(talk: Talk, power: int | None, line: int) -> None:
    """Who may not set the room up is told who may."""
    shown = await invited(talk, power)
    assert line == ("Ask a teacher to type !setup" in bodies(shown)[0].splitlines())


async def test_the_shortest_way(talk: Talk) -> None:
    """One line sets the room up: languages, classes, guessed zones that are shown, a pinned board.

    The invitation, the line and two taps are the four things that people do.
    """
    first = await invited(talk)
    shown = await talk.say("!setup fr de pl: PAU Pau, KOL Köln, KRK Kraków", WEBER)
    event = question(shown)
    await talk.react("🇧", event, WEBER)
    await talk.react("🇦", event, LEA)

    said = next(one for one in bodies(shown) if "PAU" in one)
    assert "Time zones: PAU Europe/Paris · KOL Europe/Berlin · KRK Europe/Warsaw." in said
    assert len(said.splitlines()) <= 8
    assert ["🇦", "🇧", "🇨"] == keys(shown)
    project = (await talk.document()).project
    assert (["fr", "de", "pl"], True) == (project.languages, project.ready)
    assert ("KOL", "PAU") == (project.members[WEBER].partner, project.members[LEA].partner)
    assert "pin" in {str(one.entry.kind) for one in first}


async def test_three_questions_answered_in_replies(talk: Talk) -> None:
    """Each answer brings the next question; the last one brings the classes to tap."""
    await invited(talk)
    one = await talk.say("!setup", WEBER)
    two = await talk.say("en de", WEBER, reply_to=question(one))
    three = await talk.say("PAU Pau, KOL Köln de", WEBER, reply_to=question(two))
    end = await talk.say("b", WEBER, reply_to=question(three))

    assert ["1/3", "2/3", "3/3"] == [
        next(part for part in "".join(bodies(shown)).split() if "/3" in part)
        for shown in (one, two, three)
    ]
    assert "Tap your class" in "".join(bodies(end))
    for shown in (one, two, three, end):
        assert len(next(one for one in bodies(shown)).splitlines()) <= 8
    project = (await talk.document()).project
    assert (["en", "de"], ["PAU", "KOL"]) == (project.languages, list(project.partners))
    assert (Mode.REACTION, 30) == (project.charter.mode, project.charter.cooldown_days)


async def test_a_room_that_reads_french_first_is_asked_on_in_french(talk: Talk) -> None:
    """The answer to the first question decides in which language the others are asked."""
    shown = await invited(talk)
    hello = next(one.event for one in shown if one.entry.target == "welcome")
    two = await talk.say("fr en", WEBER, reply_to=hello)
    three = await talk.say("PAU Pau, KOL Köln de", WEBER, reply_to=question(two))
    assert "Quelles classes" in "".join(bodies(two))
    assert "3/3" in "".join(bodies(three))
    assert "Touche une lettre" in "".join(bodies(three))
    wrong = await talk.say("hm", WEBER, reply_to=question(three))
    assert not wrong or "Par exemple" in "".join(bodies(wrong))


async def test_the_welcome_is_a_question_too(talk: Talk) -> None:
    """Languages in reply to the first words are taken for an answer; other talk is not."""
    shown = await invited(talk)
    hello = next(one.event for one in shown if one.entry.target == "welcome")
    for chat in ("thanks!", "hello everybody", "what a nice bot"):
        assert [] == await talk.say(chat, WEBER, reply_to=hello), chat
    answer = await talk.say("French and German", WEBER, reply_to=hello)
    assert "2/3" in "".join(bodies(answer))
    assert ["fr", "de"] == (await talk.document()).project.languages


LINES = """
# room reads|typed|languages|classes with their zones
en|!setup fr alemand polish: PAU Pau,KOL Koln and VOL Volos|fr de pl|PAU Paris KOL Berlin VOL Athens
en|! Set up French, German:PAU Pau; KOL Cologne|fr de|PAU Paris KOL Berlin
fr|!configurer francais, alemand et polonais : PAU Pau et KOL Cologne|fr de pl|PAU Paris KOL Berlin
fr|!Configure fr pl PAU Pau, KOL Cologne et KRK Cracovie.|fr pl|PAU Paris KOL Berlin KRK Warsaw
fr|!setup fr el: PAU pau, VOL volos grece|fr el|PAU Paris VOL Athens
"""


@pytest.mark.parametrize("line", [one for one in LINES.splitlines() if one[:1] not in {"", "#"}])
async def test_one_line_as_a_teacher_in_a_hurry_types_it(open_talk: Open, line: str) -> None:
    """Typing slips, missing spaces, "and" before the last class: read as they are meant."""
    reads, typed, languages, classes = line.split("|")
    async with open_talk(languages=(reads,)) as talk:
        await invited(talk)
        assert "🇦 PAU" in "".join(bodies(await talk.say(typed, WEBER)))
        project = (await talk.document()).project
    assert languages.split() == project.languages
    shown = [f"{one.code} {one.zone.partition('/')[2]}" for one in project.partners.values()]
    assert classes == " ".join(shown)


async def test_a_language_with_a_slip_in_a_reply(open_talk: Open) -> None:
    """One slip in a long name; what is none, "danke" for one, stays unanswered or is asked back."""
    async with open_talk(languages=("fr",)) as talk:
        first = await invited(talk)
        hello = next(one.event for one in first if one.entry.target == "welcome")
        assert [] == await talk.say("danke", WEBER, reply_to=hello)
        assert "2/3" in "".join(bodies(await talk.say("francais alemand", WEBER, reply_to=hello)))
        assert ["fr", "de"] == (await talk.document()).project.languages


async def test_a_language_that_nobody_knows(talk: Talk) -> None:
    """The answer points at that word; nothing was set."""
    await invited(talk)
    said = bodies(await talk.say("!setup fr de klingon", WEBER))
    assert "I did not understand “klingon”." == said[0].splitlines()[0]
    assert ["en"] == (await talk.document()).project.languages


async def test_every_question_can_be_skipped(talk: Talk) -> None:
    """By the button ⏭ or by the word; nothing is set that nobody asked for."""
    await invited(talk)
    one = await talk.say("!setup", WEBER)
    assert ["⏭"] == keys(one)
    two = await talk.react("⏭\ufe0f", question(one), WEBER)
    three = await talk.say("skip", WEBER, reply_to=question(two))
    end = await talk.react("⏭", question(three), WEBER)

    assert "Ready. Add each class when you like:" in "".join(bodies(end))
    project = (await talk.document()).project
    assert (["en"], {}, None) == (project.languages, project.partners, project.charter.mode)
    assert project.ready


@pytest.mark.parametrize(
    ("key", "mode", "days"), [("🇦", Mode.NOTE, 7), ("2\ufe0f\u20e3", Mode.REACTION, 30)]
)
async def test_a_charter_by_a_letter(talk: Talk, key: str, mode: Mode, days: int | None) -> None:
    """The presets are letters to tap, for teachers; a pupil taps in vain. All read what is so."""
    await invited(talk)
    three = await talk.say("!setup charter", WEBER)
    assert ["🇦", "🇧", "⏭"] == keys(three)
    await talk.react(key, question(three), LEA)
    assert (await talk.document()).project.charter.mode is None
    end = await talk.react(key, question(three), WEBER)
    charter = (await talk.document()).project.charter
    assert (mode, days) == (charter.mode, charter.cooldown_days)
    assert "Links: I " in "".join(bodies(end))


async def test_silence_in_french(open_talk: Open) -> None:
    """The word as it stands in the question does."""
    async with open_talk(languages=("fr",)) as talk:
        await invited(talk)
        three = await talk.say("!configurer la charte", WEBER)
        await talk.say("Rien", WEBER, reply_to=question(three))
        assert (await talk.document()).project.charter.mode is Mode.OFF


@pytest.mark.parametrize("key", ["🇨", "C", "3\ufe0f\u20e3"])
async def test_silence_for_good_is_written_and_never_tapped(talk: Talk, key: str) -> None:
    """Reactions are sealed nowhere: a tap can choose how I speak of links, not that I do not.

    What is tapped may be a server's doing (DESIGN 7); a reply in an encrypted room is sealed.
    """
    await invited(talk)
    three = await talk.say("!setup charter", WEBER, encrypted=True)
    assert "🇨 Nothing. There is no button for this: reply with C to choose it" in "".join(
        bodies(three)
    )
    assert [] == await talk.react(key, question(three), WEBER)
    assert (await talk.document()).project.charter.mode is None
    said = bodies(await talk.say("c", WEBER, reply_to=question(three), encrypted=True))
    assert (await talk.document()).project.charter.mode is Mode.OFF
    assert "Links: I say nothing about them." in said[0].splitlines()


async def test_a_charter_is_chosen_once(talk: Talk) -> None:
    """What is decided is no more changed by a tap: that takes a coordinator's sealed command."""
    await invited(talk)
    three = question(await talk.say("!setup charter", WEBER))
    await talk.react("🇦", three, WEBER)
    decided = "That is decided already. A coordinator changes it: !charter mode note"
    assert [decided] == bodies(await talk.react("🇧", three, WEBER))
    assert [decided] == bodies(await talk.say("!setup charter", WEBER))
    assert (await talk.document()).project.charter.mode is Mode.NOTE
    said = "".join(bodies(await talk.say("!setup en: PAU Pau", WEBER)))
    assert "!setup charter" not in said


async def test_answers_that_are_none(talk: Talk) -> None:
    """A teacher who tries is helped; pupils may chat below a question; nothing is guessed."""
    await invited(talk)
    two = question(await talk.say("!setup en", WEBER))
    for chat in ("sounds good", "see you in Paris", "yes"):
        assert [] == await talk.say(chat, LEA, reply_to=two), chat
    helped = bodies(await talk.say("all of us", WEBER, reply_to=two))
    assert "For example: !setup classes PAU Pau, KOL Köln, KRK Kraków" in helped[0]
    explained = bodies(await talk.say("FR Pau", WEBER, reply_to=two))
    assert "FR is a language too. Try FR1." in explained[0]
    refused = bodies(await talk.say("TASK Pau", WEBER, reply_to=two))
    assert ["TASK is a word that I know as a command. Choose another code."] == refused
    assert {} == (await talk.document()).project.partners
    assert ["Only a teacher can do that."] == bodies(await talk.say("PAU Pau", LEA, reply_to=two))


async def test_people_reply_to_what_came_last(talk: Talk) -> None:
    """An answer that did not do may be mended in a reply to what the bot said about it."""
    first = await invited(talk)
    hello = next(one.event for one in first if one.entry.target == "welcome")
    wrong = await talk.say("!setup fr klingon", WEBER, reply_to=hello)
    two = await talk.say("fr de", WEBER, reply_to=question(wrong))
    for bad in ("all of us", "TASK Pau", "FR Pau"):
        two = await talk.say(bad, WEBER, reply_to=question(two))
    three = await talk.say("PAU Pau", WEBER, reply_to=question(two))
    assert "3/3" in "".join(bodies(three))
    assert ["PAU"] == list((await talk.document()).project.partners)


async def test_an_answer_can_be_taken_back_and_mended(talk: Talk) -> None:
    """Undo takes the classes away; an edit of the line changes them, in the same answer."""
    await invited(talk)
    await talk.say("!setup en: PAU Pau, KOL Koln", WEBER, event="$line")
    edit = await talk.say("!setup en: PAU Pau, KRK Kraków", WEBER, edits="$line")
    assert ["PAU", "KRK"] == list((await talk.document()).project.partners)
    assert [] == bodies(edit)
    await talk.say("!undo", WEBER)
    assert [] == list((await talk.document()).project.partners)


async def test_a_question_outlives_a_restart(open_talk: Open) -> None:
    """An answer may come the next day, after the bot was started again."""
    async with open_talk() as talk:
        await invited(talk)
        two = question(await talk.say("!setup en", WEBER))
    async with open_talk(now=NOW + timedelta(days=1)) as talk:
        await talk.say("PAU Pau", WEBER, reply_to=two, event="$later")
        assert ["PAU"] == list((await talk.document()).project.partners)


async def test_it_works_without_any_set_up(talk: Talk) -> None:
    """Whoever does not care for questions just starts."""
    await invited(talk)
    assert ["#1 · our first task · Fri 27 Nov, 18:00 Paris"] == bodies(
        await talk.say("!task our first task friday", LEA)
    )


async def test_a_reply_to_the_board_sets_up_too(talk: Talk) -> None:
    """It stands right below the hello; once the room is set up, languages there mean nothing."""
    await talk.join(WEBER, "Ms Weber", power=100)
    await talk.invite(WEBER, ROOM)
    board = (await talk.document()).places["board"]
    await talk.say("fr, en", WEBER, reply_to=board)
    assert ["fr", "en"] == (await talk.document()).project.languages
    await talk.say("de", WEBER, reply_to=board)
    assert ["fr", "en"] == (await talk.document()).project.languages
