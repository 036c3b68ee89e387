"""The guard: a link to a consumer service reminds the room once; whose it was is not kept."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.app import declared
from bot.assistant.guard import MOST, SIGN
from bot.assistant.guard_words import (
    AGREED_CONCERN,
    ALONE,
    IMAGE_CONCERN,
    IN_THE_ROOM,
    INSTEAD,
    LONGEST,
    concern_of,
    written,
)
from bot.assistant.understanding import Reader as CommandReader
from bot.heard import Posted, Said, Topic
from bot.language.catalog import translated
from bot.language.charter_names import CATEGORIES, countries_of, what_is_meant
from bot.language.fields import Situation
from bot.language.line import cut
from bot.language.links import alternatives
from bot.language.links.catalogue import shipped
from bot.language.render import Reader
from bot.model.asker import Asker
from bot.model.charter import IMAGES, Article, Mode, Rule
from bot.model.documents import Kind
from bot.model.institution import Institution
from bot.model.people import Partner, Role
from bot.model.project import Project
from bot.model.services import Act, Found, Service
from bot.model.services import Kind as ServiceKind
from tests import test_every_command as examples
from tests.conftest import Open, Talk, bodies, keys

LEA, JONAS, WEBER = "@lea:pau.example", "@jonas:koln.example", "@weber:koln.example"
DUPONT = "@dupont:pau.example"
WATCH = "look at https://www.youtube.com/watch?v=dQw4w9WgXcQ please"
OTHER = "https://youtu.be/other"
FORM = "https://docs.google.com/forms/d/e/1FAIpQLSf"
WEEK = timedelta(days=7)
READER = CommandReader(declared())
SPOKEN_OF = [
    one
    for one in shipped().services.values()
    if one.kind in {ServiceKind.CONSUMER, ServiceKind.SHORTENER}
]
COUNTRIES: tuple[tuple[str, ...], ...] = (
    (),
    ("",),
    ("FR",),
    ("FR", "PL"),
    ("DE-BY",),
    ("DE", "ES", "IT"),
    ("FR", "DE", "GR", "SI"),
)


@pytest.fixture
async def room(open_talk: Open) -> AsyncIterator[Talk]:
    """Return a room of two schools, with pupils, a teacher and a coordinator."""
    async with open_talk() as talk:
        await people(talk)
        await talk.say("!setup en", DUPONT)
        await talk.say("!partner add PAU Pau Europe/Paris pau.example", DUPONT)
        await talk.say("!partner add KOL Köln Europe/Berlin koln.example", DUPONT)
        await talk.until(timedelta(minutes=2))
        yield talk


async def people(talk: Talk) -> None:
    for user, name, power in (
        (DUPONT, "Ms Dupont", 100),
        (WEBER, "Ms Weber", 50),
        (LEA, "Léa", 0),
        (JONAS, "Jonas", 0),
    ):
        await talk.join(user, name, power)


def said(shown: Sequence[Event]) -> str:
    """Return the one new message, "" if there is none: law 3."""
    found = bodies([one for one in shown if one.entry.target != "board"])
    assert len(found) <= 1
    return "".join(found)


async def caption(talk: Talk, msgtype: str, body: str = "", who: str = LEA) -> list[Event]:
    """Post a file."""
    event = f"$f{next(talk.numbers)}"
    posted = Posted("x", "image/jpeg")
    heard = Said(ROOM, event, who, talk.room.now(), body=body, msgtype=msgtype, file=posted)
    return await talk.hear(heard)


def decide(talk: Talk, institution: Institution) -> None:
    """Let whoever runs the assistant decide, as bot.yaml would."""
    assistant = talk.room.dispatcher.assistant
    assistant.runner.institution = institution
    assistant.guard.institution = institution


# --- the reminder ------------------------------------------------------------------------------


async def test_a_link_is_answered_once_and_not_again(room: Talk) -> None:
    """Once per kind of service and room, whoever posts, until the cool-down is over."""
    assert "every class can open Tubes" in said(await room.say(WATCH, LEA))
    assert "" == said(await room.say(OTHER, LEA))
    assert "" == said(await room.say("https://vimeo.com/1", JONAS))

    assert "what people answer says a lot about them" in said(await room.say(FORM, JONAS))

    await room.until(WEEK - timedelta(hours=1))
    assert "" == said(await room.say(WATCH, JONAS))
    await room.until(timedelta(hours=2))
    assert "looking at it is fine" in said(await room.say(WATCH, JONAS))


async def test_the_note_rings_nobody_and_names_nobody(room: Talk) -> None:
    """A notice in reply, without mention; not the address, not the words, not the person."""
    (note,) = (one for one in await room.say(WATCH, LEA, event="$video") if one.entry.target)

    assert Kind.NOTICE is note.entry.kind
    assert [] == note.entry.mentions
    assert "$video" == note.entry.reply_to
    for word in ("dQw4w9WgXcQ", "youtube.com", "watch?v", "please", "Léa", "lea", "Pau"):
        assert word not in note.entry.body
        assert word not in note.entry.html
    assert "art. 1" in note.entry.body
    assert "!charter ok YouTube because …" in note.entry.body


async def test_the_note_is_the_same_whoever_posts(room: Talk) -> None:
    """A pupil, a teacher, somebody without a class: nobody is counted, ranked or named."""
    notes = []
    for who in (LEA, JONAS, WEBER, DUPONT, "@new:else.example", LEA):
        notes.append(said(await room.say(WATCH, who)))
        await room.until(WEEK)

    assert 1 == len(set(notes))
    assert notes[0]


async def test_nothing_is_stored_of_who_or_what(open_talk: Open) -> None:
    """On disk there is the kind of service and the moment: no host, link, message or name.

    Only that the messages were heard is known, as of every one that was treated: none is heard
    twice.
    """
    async with open_talk() as talk:
        await people(talk)
        await talk.say(WATCH, LEA, event="$a-secret-video")
        await talk.say(FORM, JONAS, event="$a-secret-form")
        folder = talk.data

    (stored,) = (
        json.loads(one.read_text("utf-8")) for one in (folder / "projects").rglob("*.json")
    )
    assert {"$a-secret-form", "$a-secret-video"} <= stored.pop("seen")["1"].keys()
    assert {} == stored["outbox"]
    assert {"form", "video"} == stored["project"]["1"]["charter"]["reminded"].keys()
    found = json.dumps(stored).casefold()
    for trace in ("youtube", "youtu.be", "dqw4", "google", "1faip", "$a-secret"):
        assert trace not in found


async def test_the_cool_down_survives_a_restart(open_talk: Open) -> None:
    """It is in the room's document, written together with the note."""
    async with open_talk() as talk:
        assert said(await talk.say(WATCH))
    async with open_talk(start=False) as talk:
        assert "" == said(await talk.say(OTHER))


async def test_several_links_bring_one_note_about_the_gravest(room: Talk) -> None:
    """Collecting answers weighs more than watching; the other kind may be spoken of later."""
    assert "what people answer" in said(await room.say(f"{WATCH} and {FORM}"))
    assert "looking at it is fine" in said(await room.say(OTHER))


@pytest.mark.parametrize(
    ("link", "what"),
    [
        ("https://chat.whatsapp.com/abc", "Every class is in this room already."),
        ("https://www.instagram.com/lea", "What you make yourselves can be sent here"),
        ("https://photos.app.goo.gl/abc", "It can be sent here, in this room."),
        ("https://www.dropbox.com/request/abc", "what is collected says much about people"),
        ("https://trello.com/b/abc", "I keep tasks and dates here"),
        ("https://www.leetchi.com/c/abc", "are for the schools to collect"),
    ],
)
async def test_where_no_service_is_for_all_the_room_is(
    open_talk: Open, link: str, what: str
) -> None:
    """It is the one place that all classes can open; the assistant itself keeps the tasks."""
    async with open_talk() as talk:
        await people(talk)
        await talk.say("!partner add WAW Warszawa pl Europe/Warsaw", DUPONT)
        shown = said(await talk.say(link))

    assert what in shown
    assert "Every class can open" not in shown
    assert "!charter ok" in shown


async def test_uploading_is_not_watching(room: Talk) -> None:
    """The severity is that of what the link does."""
    assert "looking at it is fine" in said(await room.say(WATCH))
    await room.until(WEEK)
    assert "project work is better kept" in said(await room.say("https://youtube.com/upload"))


async def test_at_night_a_note_is_still_silent(room: Talk) -> None:
    """It is a notice, which never rings: whoever posts is awake, so it comes at once."""
    night = datetime(2026, 11, 24, 23, 0, tzinfo=ZoneInfo("Europe/Paris"))
    await room.until(night)

    (note,) = (one for one in await room.say(WATCH) if one.entry.target)
    assert (Kind.NOTICE, []) == (note.entry.kind, note.entry.mentions)


async def test_old_news_is_left_alone(room: Talk) -> None:
    """What was posted while the assistant was away for days is not spoken about any more."""
    then = room.room.now() - timedelta(hours=25)
    assert "" == said(await room.hear(Said(ROOM, "$old", LEA, then, body=WATCH)))
    then = room.room.now() - timedelta(hours=2)
    assert said(await room.hear(Said(ROOM, "$late", LEA, then, body=WATCH)))


# --- where it looks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "https://www.lycee-x.fr/youtube.com",
        "http://youtube.lycee-x.fr/",
        "https://tube-education.apps.education.fr/w/abc",
        "https://matrix.to/#/!room:youtube.com",
        "write to lea@gmail.com",
        "https://unknown.example/x",
        "fichier.py and cours.md",
        "> https://www.youtube.com/watch?v=1\n\nI like it",
        "https://support.google.com/drive",
        "!",
        "",
    ],
)
async def test_silent_where_there_is_nothing_to_say(room: Talk, text: str) -> None:
    """Schools' own sites, unknown hosts, quotes, help pages: never."""
    shown = await room.say(text)

    assert "" == said(shown)
    assert [] == keys(shown)


async def test_hidden_links_captions_polls_and_topics_are_looked_at(room: Talk) -> None:
    """Wherever a link can stand; each is another kind here, so that no cool-down is in the way."""
    html = '<a href="https://www.youtube.com/watch?v=1">our film</a>'
    assert said(await room.say("our film", html=html))
    assert said(await caption(room, "m.file", f"answers here: {FORM}"))
    assert said(await room.say("Which board? https://padlet.com/x or b", msgtype="m.poll"))
    topic = Topic(ROOM, "$t", DUPONT, room.room.now(), title="chat: https://discord.gg/abc")
    (note,) = (one for one in await room.hear(topic) if one.entry.target)
    assert "private account" in note.entry.body


async def test_direct_rooms_are_private(room: Talk) -> None:
    """What somebody writes to the assistant alone is no matter of the charter."""
    shown = await room.say(WATCH, LEA, room="!direct:x", direct=True)

    assert "Charter" not in said(shown)
    assert SIGN not in keys(shown)


async def test_an_edit_of_what_was_treated_counts_no_more(room: Talk) -> None:
    """Nor does it in another kind of service; an edit that brings the first link does, once."""
    await room.say(WATCH, LEA, event="$one")
    assert "" == said(await room.say(f"{WATCH} {FORM}", LEA, edits="$one"))

    await room.say("our form", LEA, event="$two")
    (note,) = (one for one in await room.say(FORM, LEA, edits="$two") if one.entry.target)
    assert "$two" == note.entry.reply_to
    assert "" == said(await room.say("https://padlet.com/x", LEA, edits="$two"))


async def test_pictures_where_pupils_are(room: Talk) -> None:
    """Image rights (article 6), once for photos, videos and recordings; not for documents."""
    assert "" == said(await caption(room, "m.file"))
    note = said(await caption(room, "m.image"))
    assert "art. 6" in note
    assert "says yes in writing" in note
    assert "" == said(await caption(room, "m.video"))
    await room.until(WEEK)
    assert "art. 6" in said(await caption(room, "m.audio"))


async def test_no_word_about_pictures_among_teachers(open_talk: Open) -> None:
    """Nor once a teacher has agreed: all have signed."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        assert "" == said(await caption(talk, "m.image", who=WEBER))
        await talk.join(LEA, "Léa")
        await talk.say("!charter ok photos because all have signed", WEBER)
        assert "" == said(await caption(talk, "m.image"))


# --- one human message, one message ----------------------------------------------------------


async def test_a_message_that_was_answered_gets_a_sign_only(room: Talk) -> None:
    """Law 3; and the room may still be reminded in words by the next link."""
    shown = await room.say("!task watch https://vimeo.com/1", LEA, event="$task")

    assert "watch" in said(shown)
    assert SIGN in keys(shown)
    assert {} == (await room.document()).project.charter.reminded
    assert "looking at it is fine" in said(await room.say(WATCH))
    assert SIGN not in keys(await room.say("!task see https://vimeo.com/2"))


@pytest.mark.parametrize("line", ["!charter why youtube.com", "@comenius charter why youtu.be"])
async def test_asking_about_a_service_is_no_link_to_it(room: Talk, line: str) -> None:
    """Nobody is reminded for asking."""
    assert SIGN not in keys(await room.say(line))


async def test_an_edited_question_is_no_link_either(room: Talk) -> None:
    """Its answer is edited; no note comes on top."""
    await room.say("!charter why padlet.com", LEA, event="$why")

    shown = await room.say("!charter why youtube.com", LEA, edits="$why")

    assert ("", []) == (said(shown), keys(shown))


async def test_the_sign_is_explained_to_whoever_asks_back(room: Talk) -> None:
    """By the same sign or a question mark, within a day, once; kept in memory only."""
    await room.say("!charter mode reaction", DUPONT)
    shown = await room.say("https://padlet.com/x", LEA, event="$wall")
    assert ("", [SIGN]) == (said(shown), keys(shown))
    assert "" == said(await room.react("👍", "$wall", JONAS))

    assert "Padlet is a consumer service" in said(await room.react("ℹ", "$wall", JONAS))
    assert "" == said(await room.react("❓", "$wall", LEA))

    await room.say(FORM, LEA, event="$form")
    await room.until(timedelta(days=1, minutes=1))
    assert "" == said(await room.react("ℹ️", "$form", JONAS))


async def test_the_note_is_explained_too(room: Talk) -> None:
    """❓ on the note tells of its kind of service: whose link it was is not remembered."""
    (note,) = (one for one in await room.say(WATCH) if one.entry.target)

    assert "videos" in said(await room.react("❓", note.event, JONAS))


# --- modes ---------------------------------------------------------------------------------------


async def test_signs_only(room: Talk) -> None:
    """In mode "reaction" the cool-down counts as well."""
    await room.say("!charter mode reaction", DUPONT)

    assert [SIGN] == keys(await room.say(WATCH))
    assert [] == keys(await room.say(OTHER))


async def test_off_is_off(room: Talk) -> None:
    """No word, no sign, nothing kept."""
    await room.say("!charter mode off", DUPONT)

    assert [] == await room.say(WATCH)
    await room.say("!task x https://padlet.com/y")
    assert SIGN not in keys(room.shown)
    assert {} == (await room.document()).project.charter.reminded


async def test_a_dry_run_says_nothing_and_counts_days(room: Talk) -> None:
    """Coordinators see kinds with the number of days, from three days on; nobody else does."""
    await room.say("!charter mode dry", DUPONT)
    for day in range(3):
        assert [] == await room.say(WATCH, LEA)
        assert [] == await room.say(OTHER, JONAS)
        shown = said(await room.say("!charter", DUPONT))
        assert ("videos (3 days)" in shown) == (day == 2)
        await room.until(timedelta(days=1))

    assert "3 days" not in said(await room.say("!charter", WEBER))
    assert [] == await room.say(FORM)
    assert "forms" not in said(await room.say("!charter", DUPONT))


# --- rules --------------------------------------------------------------------------------


async def test_a_rooms_rule_beats_the_institutions(room: Talk) -> None:
    """Room > institution > shipped, both ways."""
    decide(room, Institution(rules=(Rule("cs.youtube"), Rule("wiki.example", allowed=False))))
    assert "" == said(await room.say(WATCH))
    assert "agreed on something else" in said(await room.say("https://wiki.example/x"))

    await room.until(WEEK)
    await room.say("!charter remind youtube", WEBER)
    await room.say("!charter ok wiki.example", WEBER)
    shown = said(await room.say(WATCH))
    assert "agreed on something else" in shown
    assert "is fine" not in shown
    assert "" == said(await room.say("https://wiki.example/x"))


async def test_a_room_may_mind_a_school_service_too(room: Talk) -> None:
    """Another one was agreed: the note says so, whatever the service is."""
    await room.say("!charter remind tubes", WEBER)

    shown = said(await room.say("https://tube-cycle-2.apps.education.fr/w/abc"))
    assert "agreed on something else" in shown


async def test_memory_is_bounded(room: Talk) -> None:
    """However many signs are given, only the newest are remembered."""
    guard = room.room.dispatcher.assistant.guard
    guard.treated |= dict.fromkeys(f"$old{n}" for n in range(MOST))
    await room.say(WATCH, event="$new")

    assert MOST == len(guard.treated)
    assert "$new" in guard.treated
    assert "$old0" not in guard.treated


async def test_a_topic_gets_no_sign(room: Talk) -> None:
    """There is no message to put it on; nothing is used up."""
    await room.say("!charter mode reaction", DUPONT)
    heard = Topic(ROOM, "$t", DUPONT, room.room.now(), title="https://padlet.com/x")

    assert [] == await room.hear(heard)
    assert {} == (await room.document()).project.charter.reminded


async def test_an_expired_agreement_allows_nothing(room: Talk) -> None:
    """Up to its last day it does."""
    await room.say("!charter ok youtube until friday", WEBER)
    await room.until(timedelta(days=5))
    assert "" == said(await room.say(WATCH))
    await room.until(timedelta(days=1))
    assert said(await room.say(WATCH))


async def test_a_tenant_of_the_school_is_fine(room: Talk) -> None:
    """The same service in other hands is not."""
    decide(room, Institution(rules=(Rule("lycee-x", until=date(2027, 6, 30)),)))

    assert "" == said(await room.say("https://lycee-x.sharepoint.com/sites/a"))
    assert said(await room.say("https://lycee-y.sharepoint.com/sites/a"))


async def test_the_institution_has_a_cool_down_and_a_mode(room: Talk) -> None:
    """Rooms without their own behave like that."""
    decide(room, Institution(cooldown_days=2))
    assert said(await room.say(WATCH))
    await room.until(timedelta(days=2))
    assert said(await room.say(WATCH))
    decide(room, Institution(mode=Mode.OFF))
    assert [] == await room.say(FORM)


# --- laws over the whole catalogue ------------------------------------------------------------


def concerns(service: Service, countries: tuple[str, ...]) -> list[object]:
    """Return all that can be said about *service*: every act, every category."""
    found = [
        Found("x.example", service, act, category, 1)
        for act, category in product(Act, service.categories)
    ]
    return [concern_of(one, alternatives(one, countries)) for one in found]


@pytest.mark.parametrize("language", translated())
def test_every_note_is_short(language: str) -> None:
    """At most 300 characters and one line, for every service, act, kind and set of countries."""
    notes = {IMAGE_CONCERN, AGREED_CONCERN}
    for service, countries in product(SPOKEN_OF, COUNTRIES):
        # mypy joins the types of what product() yields
        notes |= set(concerns(service, countries))  # type: ignore[arg-type]

    for concern in notes:
        body = written(concern, Institution(), Reader((language,))).body
        assert LONGEST >= len(body), body
        assert "\n" not in body
        assert "{" not in body


def test_several_languages_stay_within_eight_lines() -> None:
    """Two in full, further ones without how to allow it, each on its line, four at the most."""
    found = Found("youtube.com", shipped().services["cs.youtube"], Act.VIEW, "video", 1)
    concern = concern_of(found, alternatives(found, ("FR",)))

    text = written(concern, Institution(), Reader(("en", "fr", "de", "pl", "es", "it")))

    lines = text.body.splitlines()
    spoken = [one.upper() for one in ("en", "fr", "de", "pl") if one in translated()]
    assert spoken == [one[:2] for one in lines]
    assert ["YouTube" in one for one in lines][:2] == [True, True]
    assert not any("YouTube" in one for one in lines[2:])
    assert len(spoken) == len(text.html.split("<br>"))
    nine = ("fr", "en", "de", "pl", "es", "it", "el", "pt", "ro")
    assert 4 >= len(written(concern, Institution(), Reader(nine)).body.splitlines())


@pytest.mark.parametrize("service", SPOKEN_OF, ids=lambda one: one.id)
def test_what_a_note_offers_to_type_is_understood(service: Service) -> None:
    """`!charter ok <name> because ...` means that very service, whatever it is called."""
    now = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
    asker = Asker(WEBER, "Ms Weber", Role.TEACHER, "en", "Europe/Paris", now)
    situation = Situation(Project(ROOM, now), asker, ("en",))

    found = READER.read(cut(f"charter ok {service.name} because the board agreed"), situation)

    assert found is not None
    assert "charter.agree" == f"{found.command.family}.{found.command.handler.__name__}"
    assert "the board agreed" == found.match.values["reason"]
    assert service.id == what_is_meant(str(found.match.values["what"]), ("en",))


@pytest.mark.parametrize("language", translated())
def test_pictures_can_be_agreed_to_in_every_language(language: str) -> None:
    """The words of the note are understood."""
    body = written(IMAGE_CONCERN, Institution(), Reader((language,))).body
    line = body.rpartition("!")[2].rstrip("\u2069. ").removesuffix("…") + "x"
    agree = examples.COMMANDS.by_handler["charter.agree"]

    found = examples.READER.read(cut(line), examples.situation(agree, language))

    assert found is not None, line
    assert found.command is agree
    assert IMAGES == what_is_meant(str(found.match.values["what"]), (language, "en"))


@pytest.mark.parametrize(
    ("languages", "zone", "countries"),
    [
        (["fr", "en"], "Europe/Paris", ("FR",)),
        (["fr", "pl"], "Europe/Paris", ("FR", "PL")),
        (["en"], "Europe/Athens", ("GR",)),
        (["en"], "UTC", ()),
    ],
)
def test_where_a_room_without_classes_lives(
    languages: list[str], zone: str, countries: tuple[str, ...]
) -> None:
    """Where its languages are spoken, else where its clock is."""
    now = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))

    assert countries == countries_of(Project(ROOM, now, languages=languages, zone=zone))


def test_where_the_classes_live() -> None:
    """As was said, else by the clock, else by the language; nobody knows of the last one."""
    now = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
    project = Project(ROOM, now, languages=["it"], zone="Europe/Rome")
    for code, zone, spoken, country in (
        ("A", "Europe/Berlin", ["de"], "AT"),
        ("B", "Europe/Warsaw", [], None),
        ("C", "UTC", ["en", "el"], None),
        ("D", "UTC", ["en"], None),
    ):
        project.partners[code] = Partner(code, code, zone, spoken, country)

    assert ("AT", "PL", "GR", "") == countries_of(project)


def test_every_act_and_category_has_its_words() -> None:
    """Nothing that the catalogue can say is without a sentence, or a name."""
    assert set(Act) <= set(INSTEAD) & set(ALONE) & set(IN_THE_ROOM)
    assert {one for service in SPOKEN_OF for one in service.categories} <= set(CATEGORIES)


def test_an_own_charter_without_that_article_is_cited_without_number() -> None:
    """Better no number than a wrong one."""
    own = Institution(version="x", articles={"en": (Article(1, "Tools", "School's."),)})

    assert written(IMAGE_CONCERN, own, Reader(("en",))).body.startswith("Charter: ")


def test_an_own_charter_says_which_article_is_meant() -> None:
    """Its own number is cited; what it does not name stands for nothing."""
    articles = tuple(Article(number, "Title", "Text.") for number in (1, 2, 6))
    own = Institution(version="x", articles={"en": articles}, numbers={6: 2})

    assert written(IMAGE_CONCERN, own, Reader(("en",))).body.startswith("Charter, art. 2: ")
    assert written(AGREED_CONCERN, own, Reader(("en",))).body.startswith("Charter: ")
