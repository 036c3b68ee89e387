"""Publishing: the checklist, the signatures, the gate, the mandatory mentions."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import product

import pytest

from bot.app import declared
from bot.assistant.understanding import Reader as Understanding
from bot.language.catalog import translate, translated
from bot.language.field_publish import ANSWERS as WAYS
from bot.language.field_publish import MENTIONS, Mention, read_mention
from bot.language.fields import Situation
from bot.language.line import cut
from bot.language.mentions import NAMES, mentions_text
from bot.language.message import Part
from bot.language.publication_cards import WORDS, all_points, explained, publication_card
from bot.language.render import Reader, render
from bot.model.asker import Asker
from bot.model.documents import Kind
from bot.model.due import Due
from bot.model.people import Role
from bot.model.project import Project
from bot.model.publication import FOR_PUPILS, NO_CLASS, POINTS, Answer, Publication
from tests.commands.conftest import BY_ROLE, DUPONT, JONAS, LEA, MARTIN, WEBER, School
from tests.commands.test_lists import crowded
from tests.conftest import NOW, Open, bodies

UNDERSTANDING = Understanding(declared())
ONLY_TEACHERS = "Only a teacher can do that."
PUBLISH = "!publish Photos of the port by 12 March"
REQUIRED = "!P1 3 5 6 ok"


async def publication(school: School, number: int = 1) -> Publication:
    return (await school.project()).publications[number]


async def shown(school: School) -> str:
    """Return the card as the room sees it now."""
    document = await school.talk.document()
    event = document.places["publication 1"]
    texts = [
        one.entry.body
        for one in school.talk.shown
        if event in {one.event, one.entry.relates_to} and one.entry.kind is not Kind.REACTION
    ]
    return texts[-1]


# --- stories --------------------------------------------------------------------------------------


async def test_from_the_first_card_to_the_public(school: School) -> None:
    """One card, edited; blocking points first; two classes sign; then it may go public."""
    assert (await school.ask(PUBLISH, WEBER)).splitlines() == [
        "P1 · Photos of the port · Fri 12 Mar, 18:00 Pau, Köln",
        "⛔ 3 Legal notice · required",
        "⛔ 5 Visibility · required",
        "⛔ 6 Image rights · required",
        "⛔ 14 Read by teachers · required · 0 of 2 classes",
        "Also open: 1, 2, 4, 7, 8, 9, 10, 11, 12, 13, 15",
        "To answer: !P1 3 ok · What it means: !P1 3",
    ]
    assert "👍" == await school.ask("!P1 1, 2 and 8 ok", LEA)
    assert "👍" == await school.ask("!P1 4-7 ok", MARTIN)
    assert "👍" == await school.ask("!P1 9 no", JONAS)
    assert "✍️" == await school.ask("!P1 sign", WEBER)
    assert (await shown(school)).splitlines() == [
        "P1 · Photos of the port · Fri 12 Mar, 18:00 Pau, Köln",
        "⛔ 3 Legal notice · required",
        "⛔ 14 Read by teachers · required · 1 of 2 classes",
        "❌ 9 Languages · not ok yet",
        "▫ 10 Machine texts",
        "Also open: 11, 12, 13, 15 … 7 done",
        "To answer: !P1 3 ok · What it means: !P1 3",
    ]
    assert (
        "Not yet. These points must be ok first: 3 Legal notice and 14 Read by teachers."
        == await school.ask("!P1 ready", WEBER)
    )
    assert (await publication(school)).published is None

    assert "👍" == await school.ask("!P1 3 ok", DUPONT)
    assert "✍️" == await school.ask("!sign P1", MARTIN)
    assert (
        "Nothing required is open. To publish: !P1 ready" == (await shown(school)).split("\n")[-1]
    )
    said = await school.ask("!P1 ready", WEBER)
    assert said.splitlines() == [
        "P1 ✅ · Photos of the port · published Sun 22 Nov, 15:02",
        (
            "Still open: 9 Languages, 10 Machine texts, 11 Links work, 12 Accessible, "
            "13 European Union and 15 Contact"
        ),
    ]
    assert said == await school.ask("!P1 done", MARTIN)


async def test_when_all_is_done_nothing_is_warned_of(school: School) -> None:
    """Fifteen answers, two signatures: the card holds its title alone."""
    await school.ask(PUBLISH, WEBER)
    await school.ask("!P1 1-13 ok", WEBER)
    await school.ask("!P1 13 15 n/a", WEBER)
    await school.ask("!P1 sign", WEBER)
    await school.ask("!P1 sign", MARTIN)
    assert (await school.ask("!P1")).splitlines()[1:] == [
        "… 15 done",
        "Nothing required is open. To publish: !P1 ready",
    ]
    assert 4 > len((await school.ask("!publication P1")).splitlines())
    assert 1 == len((await school.ask("!publish P1", MARTIN)).splitlines())


async def test_in_reply_to_the_card_its_number_is_left_out(school: School) -> None:
    """A reply says the point and the answer; other talk stays talk."""
    card = await school.card(PUBLISH, WEBER)
    for line in ("3 ok", "6 n/a", "4, 5 ok", "sign"):
        assert await school.ask(line, WEBER, reply_to=card) in {"👍", "✍️"}
    assert "P1 · 6 Image rights" in await school.ask("6?", LEA, reply_to=card)
    assert not await school.ask("Who took the third one?", LEA, reply_to=card)

    found = await publication(school)
    assert {3: Answer.OK, 6: Answer.NOT_APPLICABLE, 4: Answer.OK, 5: Answer.OK} == found.points
    assert {"KOL": date(2026, 11, 22)} == found.signed


@pytest.mark.parametrize(
    "line",
    ["P1 3 ok", "p1 3, 4 OK.", "P1 3 and 4 done", "P1 3 \N{WHITE HEAVY CHECK MARK}", "P1 3 ok !"],
)
async def test_points_are_answered_without_a_sign(school: School, line: str) -> None:
    """A point, an answer: nothing that people say to each other."""
    await school.ask(PUBLISH, WEBER)

    assert "👍" == await school.ask(line, WEBER)
    assert Answer.OK is (await publication(school)).points[3]


@pytest.mark.parametrize(
    "line",
    ["P1 tomorrow", "P1 at 10", "P1 3 March", "P1 12", "P1 done", "P1 is ok", "P2 3 ok", "P1 no"],
)
async def test_a_lesson_may_be_called_p1_too(school: School, line: str) -> None:
    """Whatever else begins like that is talk: nothing moves, nothing is said."""
    await school.ask(PUBLISH, WEBER)
    before = await publication(school)

    assert not await school.ask(line, WEBER)
    assert not await school.ask(line, LEA)
    assert before == await publication(school)


async def test_a_deleted_checklist_is_not_talked_about(school: School) -> None:
    """Without a sign, nothing is said of it."""
    await school.ask(PUBLISH, WEBER)
    await school.ask("!delete P1", WEBER)

    assert not await school.ask("P1 3 ok", WEBER)


async def test_a_restart_forgets_nothing(open_talk: Open) -> None:
    """Points, signatures, mentions and the card survive; a later answer edits the same card."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        (card,) = [one.event for one in await talk.say(PUBLISH, WEBER) if "P1" in one.entry.body]
        for line in (REQUIRED, "!P1 sign", "!mentions host = School of Pau"):
            await talk.say(line, WEBER)
    async with open_talk() as talk:
        edits = [
            one
            for one in await talk.say("!P1 1 ok", WEBER, event="$a")
            if one.entry.kind is Kind.EDIT
        ]
        assert [card] == [one.entry.relates_to for one in edits]
        assert "… 5 done" in edits[0].entry.body
        assert "published" in bodies(await talk.say("!P1 done", WEBER, event="$b"))[0]
        said = bodies(await talk.say("!mentions en", WEBER, event="$c"))
        assert "Hosted by: School of Pau" in said[0]


async def test_everything_can_be_taken_back(school: School) -> None:
    """Undo works on answers, signatures, and on what was published too early."""
    await school.ask("!P1", WEBER)
    await school.ask(PUBLISH, WEBER)
    for line in ("!P1 3 5 6 ok", "!P1 sign", "!P1 = Photos", "!P1 friday", "!delete P1"):
        before = await publication(school)
        await school.ask(line, WEBER)
        assert before != await publication(school)
        await school.ask("!undo", WEBER)
        assert before == await publication(school), line
        await school.pause()


async def test_an_edited_command_keeps_its_number(school: School) -> None:
    """A typo in the title is mended by editing the message: the same card, the same number."""
    await school.talk.say("!publish Photso", WEBER, event="$first")
    await school.talk.say("!publish Photos", WEBER, edits="$first")
    assert {1: "Photos"} == {
        n: one.title for n, one in (await school.project()).publications.items()
    }
    assert (await shown(school)).startswith("P1 · Photos\n")


# --- points, answers, roles -----------------------------------------------------------------------


ANSWERS = {Answer.OK: "ok", Answer.NOT_APPLICABLE: "n/a", Answer.NO: "no"}


@pytest.mark.parametrize("role", Role)
async def test_every_point_every_answer_every_role(school: School, role: Role) -> None:
    """Pupils answer what is work; 3 and 14 always apply; 14 is signed; the rest is a teacher's."""
    await school.ask(PUBLISH, WEBER)
    for point, (answer, word) in product(POINTS, ANSWERS.items()):
        if point % 5 == 1:
            await school.pause()
        before = (await publication(school)).points.get(point)
        said = await school.ask(f"!P1 {point} {word}", BY_ROLE[role])
        after = (await publication(school)).points.get(point)
        if role is Role.PUPIL and point not in FOR_PUPILS:
            expected = (
                f"A teacher answers point {point}. Everybody may answer 1, 2, 8, 9, 11 and 12."
            )
        elif point in {3, 14} and answer is Answer.NOT_APPLICABLE:
            expected = f"Point {point} always applies"
        elif point == 14:
            expected = "Point 14 is signed by a teacher of each class: !P1 sign"
        else:
            expected, before = "👍", answer
        assert said.startswith(expected), (point, word)
        assert before == after, (point, word)


@pytest.mark.parametrize(
    ("words", "points"),
    [
        ("3", {3}), ("1 2 4", {1, 2, 4}), ("1,2,4", {1, 2, 4}), ("1, 2 and 4", {1, 2, 4}),
        ("1 & 2", {1, 2}), ("7-9", {7, 8, 9}), ("7–9, 11", {7, 8, 9, 11}), ("2 2 2", {2}),
    ],
)  # fmt: skip
async def test_ways_to_write_points(school: School, words: str, points: set[int]) -> None:
    """Several points in one line, however people list them."""
    await school.ask(PUBLISH, WEBER)
    assert "👍" == await school.ask(f"!P1 {words} ok", WEBER)
    assert points == set((await publication(school)).points)


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("ok", Answer.OK), ("OK!", Answer.OK), ("yes", Answer.OK), ("done", Answer.OK),
        ("✅", Answer.OK), ("👍🏽", Answer.OK), ("n/a", Answer.NOT_APPLICABLE),
        ("N/A.", Answer.NOT_APPLICABLE), ("not applicable", Answer.NOT_APPLICABLE),
        ("no", Answer.NO), ("not yet", Answer.NO), ("❌", Answer.NO),
    ],
)  # fmt: skip
async def test_ways_to_answer(school: School, word: str, answer: Answer) -> None:
    """Words and signs that mean yes, no, and that it does not matter here."""
    await school.ask(PUBLISH, WEBER)
    assert "👍" == await school.ask(f"!P1 8 {word}", LEA)
    assert {8: answer} == (await publication(school)).points


@pytest.mark.parametrize(
    ("line", "who", "said"),
    [
        ("!publish Film", LEA, ONLY_TEACHERS),
        ("!P1 sign", LEA, ONLY_TEACHERS),
        ("!P1 ready", LEA, ONLY_TEACHERS),
        ("!P1 friday", LEA, ONLY_TEACHERS),
        ("!P1 = Film", LEA, ONLY_TEACHERS),
        ("!mentions host = Me", LEA, ONLY_TEACHERS),
        ("!mentions responsible ok", LEA, ONLY_TEACHERS),
        ("!P9", LEA, "There is no publication P9."),
        ("!P9 3 ok", WEBER, "There is no publication P9."),
        ("!P9 sign", WEBER, "There is no publication P9."),
        ("!P1 16 ok", WEBER, "The points are numbered from 1 to 15."),
        ("!P1 0 ok", WEBER, "The points are numbered from 1 to 15."),
        ("!P1 99?", WEBER, "The points are numbered from 1 to 15."),
        ("!P1 1 3 8 ok", LEA, "A teacher answers point 3."),
        ("!P1 3 4 ok", LEA, "A teacher answers points 3 and 4."),
        ("!P1 1 14 ok", WEBER, "Point 14 is signed by a teacher of each class: !P1 sign"),
        ("!P1 unsign", WEBER, "There is no signature of your class."),
        ("!move P1 yesterday", WEBER, "“yesterday” is already past. Which day do you mean?"),
        ("!P1 next friday", WEBER, "Which day do you mean, Fri 27 Nov or Fri 4 Dec?"),
        ("!publish Film by next friday", WEBER, "Which day do you mean, Fri 27 Nov or Fri 4 Dec?"),
        ("!mentions responsible ok", WEBER, "No person responsible is entered yet:"),
        ("!mentions fi", WEBER, "I do not speak Finnish (fi) yet."),
    ],
)
async def test_refused(school: School, line: str, who: str, said: str) -> None:
    """One kind line says why, and nothing has changed."""
    await school.ask(PUBLISH, WEBER)
    before = await school.project()
    assert (await school.ask(line, who)).startswith(said)
    after = await school.project()
    assert before == replace(after, reminded_until=before.reminded_until)


async def test_a_point_is_explained(school: School) -> None:
    """What it asks, who answers, how it stands; of 14 also which classes are missing."""
    await school.ask(PUBLISH, WEBER)
    assert (await school.ask("!P1 8?")).splitlines() == [
        "P1 · 8 Sources and licences",
        "Are all authors and licences named, of pictures and music too?",
        "Everybody may answer it: !P1 8 ok · Texts for it: !mentions",
        "It is still open.",
    ]
    await school.ask("!P1 sign", WEBER)
    for line in ("!P1 14", "!P1 14?", "!P1 why 14?", "!P1 explain 14"):
        assert (await school.ask(line)).splitlines() == [
            "P1 · 14 Read by teachers · required",
            "Has a teacher of each class read all of it, in a language they read?",
            "A teacher of each class signs it: !P1 sign",
            "It is still open. Still missing: PAU.",
        ]
    for word, stands in (("ok", "It is ok."), ("n/a", "It does not apply here."),
                         ("no", "It is not ok yet.")):  # fmt: skip
        await school.ask(f"!P1 6 {word}", WEBER)
        assert stands == (await school.ask("!P1 6?")).splitlines()[-1]


async def test_all_points_at_a_glance(school: School) -> None:
    """Fifteen points in seven lines, each with its sign."""
    await school.ask(PUBLISH, WEBER)
    await school.ask("!P1 1 3 ok", WEBER)
    await school.ask("!P1 2 n/a", WEBER)
    await school.ask("!P1 4 6 no", WEBER)
    said = await school.ask("!P1 points")
    assert said.splitlines()[1:3] == [
        "✅ 1 Who are we · ➖ 2 Our project · ✅ 3 Legal notice",
        "❌ 4 Institutional host · ⛔ 5 Visibility · ⛔ 6 Image rights",
    ]
    assert 7 == len(said.splitlines())


# --- signatures and the gate ----------------------------------------------------------------------


async def test_a_class_signs_once(school: School) -> None:
    """The day is kept, not who; it can be taken back, and given again."""
    await school.ask(PUBLISH, WEBER)
    await school.ask("!P1 sign", WEBER)
    assert "That is signed already, since Sun 22 Nov." == await school.ask("!P1 sign", WEBER)
    assert "👍" == await school.ask("!P1 unsign", WEBER)
    assert {} == (await publication(school)).signed
    assert "✍️" == await school.ask("!P1 sign", WEBER)
    assert WEBER not in repr((await publication(school)).signed)


async def test_who_signs_has_a_class(open_talk: Open) -> None:
    """A teacher without a class is asked for it first; without classes one teacher is enough."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.say("!publish Film", WEBER)
        await talk.say("!publish Poster", WEBER)
        await talk.say("!P2 3 5 6 ok", WEBER)
        await talk.say("!P2 sign", WEBER)
        assert "published" in bodies(await talk.say("!P2 ready", WEBER))[0]

        await talk.say("!partner add PAU Pau Europe/Paris", WEBER)
        said = bodies(await talk.say("!P1 sign", WEBER))
        assert ["A teacher signs for a class. Tell me yours first: !i am PAU"] == said
        assert {} == (await talk.document()).project.publications[1].signed


async def test_a_new_title_is_signed_anew(school: School) -> None:
    """What was signed is not what stands there now; the same title keeps its signatures."""
    await school.ask(PUBLISH, WEBER)
    assert "👍" == await school.ask("!P1 = Photos", WEBER)
    await school.ask("!P1 sign", WEBER)
    assert "👍" == await school.ask("!P1 = Photos", WEBER)
    assert {"KOL"} == set((await publication(school)).signed)
    said = await school.ask("!rename P1 to Photos of Köln", WEBER)
    assert "New title: please sign point 14 again. !P1 sign" == said
    found = await publication(school)
    assert ("Photos of Köln", {}) == (found.title, found.signed)
    assert "0 of 2 classes" in await shown(school)


@pytest.mark.parametrize("line", ["!P1 3 no", "!P1 unsign", "!P1 = Film", "!P1 friday", "!P1 sign"])
async def test_what_is_public_keeps_what_it_was_let_out_for(school: School, line: str) -> None:
    """Blocking points, signatures and title stay, until a teacher says that it is not public."""
    await school.ask(PUBLISH, WEBER)
    await school.ask(REQUIRED, WEBER)
    await school.ask("!P1 sign", WEBER)
    await school.ask("!P1 sign", MARTIN)
    await school.ask("!P1 online", WEBER)
    before = await publication(school)
    assert before.published
    await school.pause()
    assert "P1 is published already. First: !P1 reopen" == await school.ask(line, WEBER)
    assert before == await publication(school)
    assert "👍" == await school.ask("!P1 8 ok", LEA)
    assert "👍" == await school.ask("!P1 reopen", WEBER)
    assert "is published already" not in await school.ask(line, WEBER)


@pytest.mark.parametrize("point", [3, 5, 6])
@pytest.mark.parametrize("word", ["", "no"])
async def test_each_blocking_point_blocks(school: School, point: int, word: str) -> None:
    """One of 3, 5 and 6 without a yes is enough to keep it in, whether open or answered "no"."""
    await school.ask(PUBLISH, WEBER)
    others = " ".join(str(one) for one in (3, 5, 6) if one != point)
    await school.ask(f"!P1 {others} ok", WEBER)
    if word:
        await school.ask(f"!P1 {point} {word}", WEBER)
    await school.ask("!P1 sign", WEBER)
    await school.ask("!P1 sign", MARTIN)
    said = await school.ask("!P1 ready", DUPONT)
    assert said.startswith(f"Not yet. This point must be ok first: {point} ")


async def test_nobody_to_be_recognised_is_no_obstacle(school: School) -> None:
    """Without a recognisable person point 6 does not apply, and does not block."""
    await school.ask(PUBLISH, WEBER)
    for line in ("!P1 3 5 ok", "!P1 6 n/a", "!P1 sign"):
        await school.ask(line, WEBER)
    await school.ask("!P1 sign", MARTIN)
    assert "published" in await school.ask("!P1 published", WEBER)


# --- date, list, deletion -------------------------------------------------------------------------


async def test_publications(school: School) -> None:
    """Those to come by date, then undated ones, then what is public; no more than eight lines."""
    assert "No publication yet. A teacher begins one: !publish …" == await school.ask(
        "!publications"
    )
    for line in ("!publish Undated", "!publish Later by 4 december", "!publish Soon 27/11",
                 "!publish Gone"):  # fmt: skip
        await school.ask(line, WEBER)
    await school.ask("!P4 delete", WEBER)
    assert (await school.ask("!publish")).splitlines() == [
        "P3 · Soon · Fri 27 Nov, 18:00 Pau, Köln · 15 points open",
        "P2 · Later · Fri 4 Dec, 18:00 Pau, Köln · 15 points open",
        "P1 · Undated · 15 points open",
    ]
    for number in range(10):
        if not number % 5:
            await school.pause()
        await school.ask(f"!publish Number {number}", WEBER)
    assert "… and 7 more" == (await school.ask("!publications")).splitlines()[-1]
    assert "There is no publication P4." == await school.ask("!P4")


async def test_a_date_is_moved_and_taken_off(school: School) -> None:
    """The answer shows the new date, and so does the card."""
    await school.ask(PUBLISH, WEBER)
    moved = "P1 · Photos of the port · Fri 27 Nov, 14:00 Pau, Köln"
    assert moved == await school.ask("!move P1 to friday 14:00", WEBER)
    assert moved == (await shown(school)).splitlines()[0]
    assert "👍" == await school.ask("!P1 no date", WEBER)
    assert "P1 · Photos of the port" == (await shown(school)).splitlines()[0]


async def test_a_date_that_has_passed_is_told(school: School) -> None:
    """The checklist is begun without it, in eight lines; a day that is over is refused."""
    said = await school.ask("!publish Film 2026-11-22 10:00", WEBER)
    assert "“2026-11-22 10:00” is already past. Which day do you mean?" == said.splitlines()[-1]
    assert (await publication(school)).due is None
    await school.talk.until(timedelta(hours=4))
    said = await school.ask("!publish Poster by today", WEBER)
    assert "Sun 22 Nov is already past. Which day do you mean?" == said
    assert [1] == list((await school.project()).publications)


async def test_a_doubtful_date_in_a_title_never_moves_a_task(school: School) -> None:
    """A title "Exercise 3/4" stays a title: no button that would set the date of task 1."""
    await school.ask("!task Something")
    said, buttons = await school.offered("!publish Exercise 3/4", WEBER)
    assert said.startswith("P1 · Exercise 3/4\n")
    assert [] == buttons


# --- the mandatory mentions -----------------------------------------------------------------------


async def handed_out(school: School, who: str = LEA) -> tuple[str, str]:
    """Return what `mentions` says, and what is in its file."""
    events = await school.talk.say("!mentions", who)
    (file,) = [one.entry for one in events if one.entry.kind is Kind.FILE]
    (said,) = bodies(events)
    assert ("mentions.txt", "text/plain") == (file.file, file.mimetype)
    return said, b64decode(file.content).decode()


async def test_the_mentions_are_a_file_in_all_languages(school: School) -> None:
    """A frame in each language of the room, people's own words in it; what is missing is told."""
    await school.ask("!languages en fr", DUPONT)
    said, content = await handed_out(school)
    assert said.splitlines() == [
        "The legal notice in English (en) and French (fr).",
        (
            "Still missing: our project, person responsible, host and contact. "
            "!mentions our project = …"
        ),
    ]
    for line in (
        "!mentions project = Ports of Europe",
        "!mentions person responsible = Jane Doe, head of school",
        "!mentions host: Nuage, 1 rue de Paris",
        "!mentions contact = office@pau.example",
        "!mentions credits = Music: own work",
    ):
        assert "👍" == await school.ask(line, WEBER), line
    said, content = await handed_out(school)
    assert "The legal notice in English (en) and French (fr)." == said
    english, french = content.split("\n\n")
    assert english.splitlines() == [
        "English (en)",
        "Who are we: Pau, Köln",
        "Our project: Ports of Europe",
        "Legal notice",
        "Person responsible for the publication: Jane Doe, head of school",
        "Hosted by: Nuage, 1 rue de Paris",
        "Contact, also to have something removed: office@pau.example",
        "Credits: Music: own work",
    ]
    assert french.startswith("français (fr)\n")
    assert 8 == len(french.strip().splitlines())
    assert all(words in french for words in ("Pau, Köln", "Jane Doe, head of school", "Nuage"))


async def test_mentions_in_one_language(school: School) -> None:
    """A message of eight lines at the most, even with all there is to say."""
    await school.ask(PUBLISH, WEBER)
    await school.ask("!mentions credits = Own photos", WEBER)
    assert 7 == len((await school.ask("!mentions in english")).splitlines())
    await school.ask("!P1 13 ok", WEBER)
    lines = (await school.ask("!mentions en")).splitlines()
    assert 8 == len(lines)
    assert "European Union" in lines[-1]
    await school.ask("!delete P1", WEBER)
    assert 7 == len((await school.ask("!mentions fr")).splitlines())


async def test_the_room_is_called_what_the_project_is(school: School) -> None:
    """Without other words, the classes say who we are, and the room's title what it is about."""
    project = await school.project()
    project.title = "Ports of Europe"
    text = render(mentions_text(project), Reader(("en",))).body.splitlines()
    assert ["Who are we: Pau, Köln", "Our project: Ports of Europe"] == text[:2]


async def test_a_mention_is_changed_and_taken_away(school: School) -> None:
    """Each of the texts can be entered, entered anew, and taken away; a yes confirms one."""
    for which in Mention:
        await school.pause()
        name = NAMES[which]
        for line, value in (
            (f"{name} = One", "One"),
            (f"{name} Two", "Two"),
            (f"{name} delete", ""),
        ):
            assert "👍" == await school.ask(f"!mentions {line}", WEBER), line
            assert value == getattr((await school.project()).publisher, which.value)
    await school.ask("!mentions responsible = Jane Doe", WEBER)
    assert date(2026, 11, 22) == (await school.project()).publisher.confirmed
    said = await school.ask("!mentions responsible ok", WEBER)
    assert "Thank you. Jane Doe stays responsible." == said


@pytest.mark.parametrize("words", ["<b>x</b> @room", "\u2066evil\u2069 ![a](b)"])
async def test_words_of_people_stay_words(school: School, words: str) -> None:
    """Titles and mentions are shown as they were typed: no markup, no mention, no hidden sign."""
    events = await school.talk.say(f"!publish {words}", WEBER)
    (card,) = [one.entry for one in events if one.entry.kind is Kind.NOTICE]
    assert "<b>x" not in card.html
    assert "\u2066" not in card.body
    assert [] == card.mentions
    await school.ask(f"!mentions host = {words}", WEBER)
    assert "\u2066" not in (await handed_out(school))[1]


# --- laws -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", translated())
@pytest.mark.parametrize("done", range(0, 16, 3))
def test_no_card_is_longer_than_eight_lines(language: str, done: int) -> None:
    """However much is open, signed or published, in a project of eight classes."""
    project, reader = crowded(), Reader((language,), "Europe/Paris", NOW)
    found = Publication(1, "Film " * 28, LEA, NOW, Due(date(2027, 3, 12)))
    found.points = dict.fromkeys(range(1, done + 1), Answer.NO if done % 2 else Answer.OK)
    project.publications[1] = found
    project.publisher.credits = "Music " * 50
    parts = [publication_card(project, found), all_points(project, found), mentions_text(project)]
    parts += [explained(project, found, point) for point in POINTS]
    found.published = datetime(2027, 3, 12, tzinfo=UTC)
    parts.append(publication_card(project, found))
    for part in parts:
        assert len(render(part, reader).body.splitlines()) <= 8


@pytest.mark.parametrize("language", translated())
@pytest.mark.parametrize("which", Mention)
def test_what_a_mention_is_called_can_be_typed(language: str, which: Mention) -> None:
    """The name shown in "still missing" is one of those that are understood."""
    asker = Asker(LEA, "Léa", Role.TEACHER, language, "Europe/Paris", NOW)
    situation = Situation(Project("!r", NOW), asker, (language, "en"))
    for name in (
        translate(NAMES[which], language),
        *translate(MENTIONS[which], language).split("|"),
    ):
        assert which is read_mention(cut(name).tokens, situation)


@pytest.mark.parametrize("language", translated())
def test_what_a_card_says_to_type_is_understood(language: str) -> None:
    """Each line to type on a card does what the card says, in the words of that language."""
    asker = Asker(WEBER, "Ms Weber", Role.TEACHER, language, "Europe/Paris", NOW)
    found = Publication(1, "Film", WEBER, NOW)
    project = Project("!r", NOW, languages=[language], publications={1: found})
    situation = Situation(project, asker, (language,))  # not even English helps

    def typed(part: Part) -> list[tuple[str, dict[str, object]]]:
        """Return the command and the values of each line to type in *part*."""
        html = render(part, Reader((language,), now=NOW)).html
        lines = re.findall("<code>!(.*?)</code>", html)
        read = [UNDERSTANDING.read(cut(unescape(line)), situation) for line in lines]
        assert all(read), lines
        return [(one.command.handler.__name__, one.match.values) for one in read if one]

    first, ok = (3,), Answer.OK
    word = translate(WAYS[ok], language).split("|")[0]
    assert f"!P1 3 {word}" in render(publication_card(project, found), Reader((language,))).body
    answer = ("answer", {"publication": 1, "points": first, "answer": ok})
    assert [answer, ("explain", {"publication": 1, "point": 3})] == typed(
        publication_card(project, found)
    )
    assert answer == typed(explained(project, found, 3))[0]
    found.points = dict.fromkeys(set(POINTS) - {14}, ok)
    sign = ("sign", {"publication": 1})
    assert [sign, ("explain", {"publication": 1, "point": 14})] == typed(
        publication_card(project, found)
    )
    assert [sign] == typed(explained(project, found, 14))
    found.signed[NO_CLASS] = NOW.date()
    assert [("publish", {"publication": 1})] == typed(publication_card(project, found))


def test_every_point_has_words() -> None:
    """Fifteen points, fifteen titles that differ."""
    assert list(POINTS) == list(WORDS)
    assert 15 == len({words.title for words in WORDS.values()})


def test_a_signature_needs_a_sealed_message() -> None:
    """In an encrypted room no server signs for a teacher, and no reaction does."""
    known = declared().by_handler
    assert known["publish.sign"].sealed
    assert known["publish.unsign"].sealed
