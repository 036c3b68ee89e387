"""The charter commands: read it, ask why, agree to an exception, record who has signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.adapters.console.door import ROOM
from bot.model.charter import Article, Mode, Rule
from bot.model.institution import Institution
from bot.model.people import Role
from tests.commands.conftest import BY_ROLE, DUPONT, JONAS, LEA, MARTIN, WEBER, School
from tests.conftest import Talk, bodies

END = date(2027, 8, 31)
"""Of the school year."""
WATCH = "look https://www.youtube.com/watch?v=abcdefgh"


def house(school: School, institution: Institution) -> None:
    """Let whoever runs the assistant decide *institution*, as bot.yaml would."""
    assistant = school.talk.room.dispatcher.assistant
    assistant.runner.institution = institution
    assistant.guard.institution = institution


async def test_the_charter_at_a_glance(school: School) -> None:
    """Its version, fifteen titles, who has signed, how links are spoken about: in eight lines."""
    shown = await school.ask("!charter")

    assert "6 Images and voices need a written yes" in shown
    assert "15 What is over is tidied" in shown
    assert "No school has signed yet." in shown
    assert "once in 7 days" in shown


async def test_one_article(school: School) -> None:
    """By its number; a number too high is told with the last one."""
    assert "6. Images and voices" in (await school.ask("!charter 6")).splitlines()[0]
    assert "ends with 15" in await school.ask("!charter 16")
    assert "ends with 15" in await school.ask("!charter 0")


@pytest.mark.parametrize("typed", ["padlet", "Padlet", "padlet.com", "https://padlet.com/x/y"])
async def test_why_in_three_lines(school: School, typed: str) -> None:
    """What the service is, which article it touches, what every class can open: by any name."""
    lines = (await school.ask(f"!charter why {typed}")).splitlines()

    assert 3 == len(lines)
    assert "Padlet is a consumer service" in lines[0]
    assert lines[1].startswith("4. ")
    assert lines[2].startswith("Every class can open ")


async def test_why_a_kind_of_service(school: School) -> None:
    """A reminder was about videos, not about somebody's link: so is the answer to "why"."""
    lines = (await school.ask("!charter why video")).splitlines()

    assert "videos" == lines[0]
    assert lines[1].startswith("1. Institutional first")
    assert "6. Images" in await school.ask("!charter why photos")


async def test_why_of_a_tenant_tells_of_its_service(school: School) -> None:
    """Whoever asks about an address is told what stands behind it."""
    assert "SharePoint" in await school.ask("!charter why https://lycee-x.sharepoint.com/sites/a")


async def test_why_where_nothing_fits_every_class(school: School) -> None:
    """Then the teacher knows."""
    assert "Ask your teacher which service" in await school.ask("!charter why ChatGPT")


async def test_why_of_something_unknown(school: School) -> None:
    """It says so, and what would help."""
    assert "I do not know “blurb”" in await school.ask("!charter why blurb")


async def test_why_of_an_institutional_service(school: School) -> None:
    """It fits."""
    assert "fits the charter" in await school.ask("!charter why Tubes")


async def test_a_teacher_agrees_and_the_guard_falls_silent(school: School) -> None:
    """Service, last day, reason, register entry; by what role, not by whom; told to all."""
    told = await school.ask(
        "!charter ok youtube.com until june because it is for the exam ref 2026-12", WEBER
    )

    assert "YouTube" in told
    assert "Wed 30 Jun" in told
    (rule,) = (await school.project()).charter.rules
    assert date(2027, 6, 30) == rule.until
    assert ("it is for the exam", "2026-12", "teacher") == (
        rule.reason,
        rule.reference,
        rule.decided_by,
    )
    assert "weber" not in repr(rule).casefold()
    assert "" == await school.ask(WATCH)
    assert "it is for the exam" in await school.ask("!charter exceptions")
    assert "it is for the exam" in await school.ask("!charter why youtube")


@pytest.mark.parametrize(
    ("line", "what", "until", "rest"),
    [
        ("ok youtube until june because of x", "cs.youtube", date(2027, 6, 30), ("of x", "")),
        ("ok youtube because of x until june", "cs.youtube", date(2027, 6, 30), ("of x", "")),
        ("ok youtube because x by 12 march ref 7", "cs.youtube", date(2027, 3, 12), ("x", "7")),
        ("ok https://www.youtube.com/watch?v=1", "cs.youtube", END, ("", "")),
        ("ok *.example.org until 30/06/2027", "*.example.org", date(2027, 6, 30), ("", "")),
        ("ok lycee-x.sharepoint.com", "lycee-x.sharepoint.com", END, ("", "")),
        ("ok google docs for the exam", "cs.gdocs", END, ("the exam", "")),
        ("allow photos because all said yes", "images", END, ("all said yes", "")),
        ("ok youtube because nobody stands by", "cs.youtube", END, ("nobody stands by", "")),
        ("ok youtube because it is agreed ref", "cs.youtube", END, ("it is agreed ref", "")),
        (
            "ok youtube because the register says so",
            "cs.youtube",
            END,
            ("the register says so", ""),
        ),
        ("ok youtube ref no. 14 of 2026 because x", "cs.youtube", END, ("x", "no. 14 of 2026")),
        ("ok youtube until june 2027", "cs.youtube", date(2027, 6, 30), ("", "")),
        ("remind example.org", "example.org", None, ("", "")),
        ("remind tubes until friday", "fr.tubes", date(2026, 11, 27), ("", "")),
    ],
)
async def test_an_agreement_in_any_order(
    school: School, line: str, what: str, until: date | None, rest: tuple[str, str]
) -> None:
    """Until, because and ref may stand in any order, or be left out."""
    assert await school.ask(f"!charter {line}", WEBER)

    (rule,) = (await school.project()).charter.rules
    assert (what, until, *rest) == (rule.what, rule.until, rule.reason, rule.reference)


async def test_without_a_day_it_ends_with_the_school_year(school: School) -> None:
    """It says so, and how to name another day."""
    told = await school.ask("!charter ok padlet", WEBER)

    assert "Tue 31 Aug" in told
    assert "ends with the school year" in told
    assert "!charter ok Padlet until" in told
    line = told.rpartition("Another day: ")[2]
    assert "Wed 30 Jun" in await school.ask(line, WEBER)
    assert [date(2027, 6, 30)] == [one.until for one in (await school.project()).charter.rules]


@pytest.mark.parametrize(
    "line",
    [
        "ok youtube",
        "remind example.org",
        "exception remove youtube",
        "sign",
        "withdraw",
        "mode off",
        "pause 3",
    ],
)
async def test_pupils_change_nothing(school: School, line: str) -> None:
    """They may read all of it; agreeing and signing is for teachers."""
    assert "Only a" in await school.ask(f"!charter {line}", LEA)
    assert not (await school.project()).charter.rules


@pytest.mark.parametrize("role", [Role.PUPIL, Role.TEACHER])
async def test_how_the_guard_behaves_is_for_coordinators(school: School, role: Role) -> None:
    """Mode and cool-down."""
    assert "Only a coordinator" in await school.ask("!charter mode off", BY_ROLE[role])
    assert "Only a coordinator" in await school.ask("!charter pause 3 days", BY_ROLE[role])


async def test_nothing_known_is_no_agreement(school: School) -> None:
    """A typing mistake allows nothing."""
    assert "I do not know" in await school.ask("!charter ok yotubbe", WEBER)
    assert "I do not know" in await school.ask("!charter ok everything on the web", WEBER)
    assert [] == (await school.project()).charter.rules


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ok zoom until yesterday", "“yesterday” is already past"),
        ("ok zoom until 31 February", "“31 February” is not in the calendar"),
        ("remind example.org until frdiay because x", "I did not understand “frdiay”."),
        ("ok zoom until", "I do not know “zoom until”"),
    ],
)
async def test_a_wrong_day_is_told_as_such(school: School, line: str, told: str) -> None:
    """Not as if the service were unknown."""
    assert told in await school.ask(f"!charter {line}", WEBER)
    assert [] == (await school.project()).charter.rules


@pytest.mark.parametrize("what", ["fr", "*.fr", "com", "t"])
async def test_an_ending_is_no_address(school: School, what: str) -> None:
    """Half the web is not agreed to, or minded, in two letters."""
    assert "I do not know" in await school.ask(f"!charter remind {what}", WEBER)


async def test_www_is_no_other_address(school: School) -> None:
    """An address as it stands in the browser means the whole host."""
    await school.ask("!charter remind https://www.Example.org/start?x=1", WEBER)

    assert ["example.org"] == [one.what for one in (await school.project()).charter.rules]


@pytest.mark.parametrize("until", ["june 2025", "friday 10:00", "every friday", "frdiay"])
async def test_a_last_day_that_is_none_agrees_to_nothing(school: School, until: str) -> None:
    """Past, an hour, again and again, mistyped: nothing is guessed."""
    assert "YouTube: " not in await school.ask(f"!charter ok youtube until {until}", WEBER)
    assert [] == (await school.project()).charter.rules


async def test_no_more_than_fifty_agreements(school: School) -> None:
    """More is no exception any longer; the same again is no new one."""
    async with school.talk.room.dispatcher.store.hold(ROOM) as held:
        assert held.room
        held.room.project.charter.rules = [Rule(f"s{n}.example.org") for n in range(50)]
        await held.commit()

    assert "50 agreements already" in await school.ask("!charter ok youtube", WEBER)
    assert "s7.example.org" in await school.ask("!charter ok s7.example.org", WEBER)


async def test_nothing_agreed_yet(school: School) -> None:
    """It says how."""
    assert "!charter ok YouTube because …" in await school.ask("!charter exceptions")


async def test_the_same_again_replaces(school: School) -> None:
    """One agreement per thing: the last one holds."""
    await school.ask("!charter ok youtube until june", WEBER)
    await school.ask("!charter remind youtu.be", WEBER)

    (rule,) = (await school.project()).charter.rules
    assert not rule.allowed


async def test_an_agreement_is_removed(school: School) -> None:
    """From then on the charter holds again; what is not there is told."""
    await school.ask("!charter ok youtube", WEBER)
    await school.ask("!charter exception remove YouTube", MARTIN)

    assert "looking at it is fine" in await school.ask(WATCH)
    assert "no agreement about YouTube" in await school.ask("!charter remove youtube", MARTIN)


async def test_an_agreement_can_be_taken_back(school: School) -> None:
    """Undo covers the charter; what the guard reminded of in between stays."""
    await school.ask("!charter ok youtube", WEBER)
    await school.ask("https://padlet.com/x")
    await school.ask("!undo", WEBER)

    charter = (await school.project()).charter
    assert [] == charter.rules
    assert ["wall"] == list(charter.reminded)


async def test_agreements_of_the_institution_are_listed_too(school: School) -> None:
    """Behind the room's own, as holding everywhere."""
    house(school, Institution(rules=(Rule("cs.padlet", decided_by="head of school"),)))
    await school.ask("!charter ok youtube", WEBER)

    lines = (await school.ask("!charter exceptions")).splitlines()
    assert "YouTube" in lines[0]
    assert "head of school" in lines[1]
    assert "everywhere" in lines[1]


async def test_many_agreements_fit_eight_lines(school: School) -> None:
    """Law 3: no list is longer."""
    for n in range(9):
        await school.ask(f"!charter ok school{n}.example.org", WEBER)

    assert "… and 2 more" in await school.ask("!charter exceptions")


async def test_schools_sign_one_by_one(school: School) -> None:
    """School, country, version, day, language, role: no name of anybody; 2 of 2 in the end."""
    told = await school.ask("!charter sign", WEBER)
    assert "Köln has signed the charter" in told
    assert "The head teacher signs outside the chat" in told
    assert "Signed by 1 of 2 schools: Köln." in await school.ask("!charter")

    await school.ask("!charter sign for Lycée Louis-Barthou", MARTIN)
    assert "Signed by 2 of 2 schools: Köln and Lycée Louis-Barthou." in await school.ask("!charter")

    found = (await school.project()).charter.signatures
    assert ("Köln", date(2026, 11, 22), "en", "teacher") == (
        found["KOL"].school,
        found["KOL"].day,
        found["KOL"].language,
        found["KOL"].role,
    )
    assert "weber" not in repr(found).casefold()


async def test_a_teacher_signs_for_the_own_school_only(school: School) -> None:
    """A coordinator may for any; who is in no class is asked first."""
    assert "PAU" not in (await school.project()).charter.signatures
    assert "signs for itself" in await school.ask("!charter sign PAU", WEBER)
    assert "Köln has signed" in await school.ask("!charter sign KOL", DUPONT)
    await school.talk.join("@new:else.example", "Mr New", 50)
    assert "Which class is yours?" in await school.ask("!charter sign", "@new:else.example")
    assert ["KOL"] == list((await school.project()).charter.signatures)


async def test_a_room_without_classes_adds_one_first(talk: Talk) -> None:
    """Schools sign, not rooms."""
    await talk.join(WEBER, "Ms Weber", 50)

    assert "!partner add" in bodies(await talk.say("!charter sign", WEBER))[0]


async def test_a_signature_is_withdrawn(school: School) -> None:
    """By a teacher of the class."""
    await school.ask("!charter sign", WEBER)
    assert "has withdrawn" in await school.ask("!charter withdraw", WEBER)
    assert "has not signed" in await school.ask("!charter withdraw", WEBER)
    assert {} == (await school.project()).charter.signatures


async def test_only_changed_articles_are_signed_again(school: School) -> None:
    """A new version tells each school which articles read otherwise since it signed."""
    one, two = Article(1, "Tools", "Those of the school."), Article(2, "Images", "A written yes.")
    house(school, Institution(version="2026", articles={"en": (one, two)}))
    await school.ask("!charter sign", WEBER)
    assert "Changed since" not in await school.ask("!charter")

    other = replace(two, text="A written yes, every year.")
    house(school, Institution(version="2027", articles={"en": (one, other)}))

    shown = await school.ask("!charter")
    assert "version 2027" in shown
    assert "Köln: 2" in shown
    await school.ask("!charter sign", WEBER)
    assert "Changed since" not in await school.ask("!charter")


async def test_an_institutions_own_articles(school: School) -> None:
    """They are shown instead of the neutral ones, as they were written and as nothing else."""
    own = (Article(1, "<b>Tools</b>", "See *https://a.example*."),)
    house(school, Institution(version="x", articles={"en": own}))

    shown = await school.talk.say("!charter 1")
    assert "1. <b>Tools</b>" in bodies(shown)[0]
    assert "&lt;b&gt;Tools" in shown[0].entry.html
    assert "no article 6, it ends with 1" in await school.ask("!charter 6")


async def test_long_titles_of_its_own_are_cut_in_the_list(school: School) -> None:
    """The glance stays one; the article shows all of it. Reasons cite no article that is not."""
    title = "Whenever a school, a ministry or a European service does the job, we use it"
    house(school, Institution(version="x", articles={"en": (Article(4, title, "So it is."),)}))

    shown = await school.ask("!charter")
    assert "4 Whenever a school, a ministry or a Euro…" in shown
    assert "!charter 4 shows an article" in shown
    assert title in await school.ask("!charter 4")
    assert 2 == len((await school.ask("!charter why youtube")).splitlines())


async def test_a_mode_that_is_none(school: School) -> None:
    """The four are shown by the help line."""
    assert "“loud”" in await school.ask("!charter mode loud", DUPONT)


async def test_modes_are_told_to_all(school: School) -> None:
    """Whoever reads here knows how links are spoken about."""
    for word, mode in (("off", Mode.OFF), ("reaction", Mode.REACTION), ("dry run", Mode.DRY)):
        assert "Links:" in await school.ask(f"!charter mode {word}", DUPONT)
        assert mode is (await school.project()).charter.mode
    assert "Links:" in await school.ask("!charter mode note", DUPONT)


async def test_a_pause_of_a_day(school: School) -> None:
    """It is said as people say it."""
    await school.ask("!charter pause 1 day", DUPONT)

    assert "at most once a day." in await school.ask("!charter")


async def test_why_photos_where_the_own_charter_has_no_such_article(school: School) -> None:
    """The reason is given all the same."""
    house(school, Institution(version="1", articles={"en": (Article(1, "Tools", "Ours."),)}))

    assert "says yes in writing" in await school.ask("!charter why photos")


async def test_a_pause_of_its_own(school: School) -> None:
    """From one day to ninety."""
    assert "👍" == await school.ask("!charter pause 14 days", DUPONT)
    assert "once in 14 days" in await school.ask("!charter")
    assert "From 1 to 90" in await school.ask("!charter pause 0", DUPONT)
    assert "From 1 to 90" in await school.ask("!charter pause 91", DUPONT)


async def test_expired_agreements_are_for_coordinators(school: School) -> None:
    """Pupils and teachers are not bothered; whoever coordinates sees what to renew."""
    await school.ask("!charter ok youtube until friday", WEBER)
    await school.talk.until(timedelta(days=7))

    assert "expired: YouTube" in await school.ask("!charter", DUPONT)
    assert "expired" not in await school.ask("!charter", WEBER)
    assert "expired Fri, 27 Nov 2026" in await school.ask("!charter exceptions", WEBER)
    assert "looking at it is fine" in await school.ask(WATCH, JONAS)


async def test_in_an_encrypted_room_only_encrypted_messages_agree(school: School) -> None:
    """Overrides and signatures are sealed."""
    commands = school.talk.room.dispatcher.assistant.commands.by_handler
    sealed = {name for name, one in commands.items() if name.startswith("charter.") and one.sealed}

    assert {
        f"charter.{one}"
        for one in ("agree", "remind", "remove", "sign", "withdraw", "mode", "pause")
    } == sealed


async def test_who_cannot_be_proven_agrees_to_nothing(school: School) -> None:
    """In an encrypted room a command that a server may have made is asked for again."""
    school.talk.room.door.sealed.add(ROOM)

    assert ["I cannot be sure that this comes from you. Please write it once more."] == bodies(
        await school.talk.say("!charter ok youtube until friday", WEBER)
    )
    assert not (await school.talk.document()).project.charter.rules
    said = bodies(await school.talk.say("!charter ok youtube until friday", WEBER, encrypted=True))
    assert "YouTube" in "".join(said)
    assert (await school.talk.document()).project.charter.rules
