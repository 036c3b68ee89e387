"""Matching: any word order, titles that keep their words, options peeled off the end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import field_dates, field_people  # noqa: F401 - fill TYPES
from bot.language.fields import TYPES, Situation, TaskNumber, Type, Unfit
from bot.language.line import Token, cut
from bot.language.match import Match, Matcher
from bot.language.phrase import parse
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.people import Member, Partner, Role
from bot.model.project import Project
from bot.model.reminders import Audience

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
KINDS = {
    "title": TYPES[str],
    "text": TYPES[str],
    "due": TYPES[Due],
    "who": TYPES[Audience],
    "task": TYPES[TaskNumber],
}
ADD = "task {title} [(by|for|before|on) {due}] [{who}|for {who}]"
FRIDAY = Due(date(2026, 11, 27))
ANA = Audience(["@ana:x"])
PILL = "\ue000@ana:x\ue001"


def situation(*languages: str) -> Situation:
    project = Project("!r", NOW, zone="Europe/Paris")
    project.partners["KRK"] = Partner("KRK", "Kraków", "Europe/Warsaw")
    project.members["@ana:x"] = Member("@ana:x", "Ana")
    asker = Asker("@lea:x", "Léa", Role.PUPIL, "en", "Europe/Paris", NOW)
    return Situation(project, asker, tuple(dict.fromkeys([*languages, "en"])))


def match(source: str, line: str, *languages: str) -> Match | None:
    return Matcher(cut(line), situation(*languages)).match(parse(source), KINDS)


def values(source: str, line: str, *languages: str) -> dict[str, object] | None:
    found = match(source, line, *languages)
    return found.values if found else None


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("task {title} [by {due}] [for {who}]", "task Film the tour by 27/11/2026 for @ana"),
        ("task {title} [by {due}] [for {who}]", "TASK Film the tour for @ana by 27/11/2026"),
        ("task {title} [by {due}] [for {who}]", "task Film the tour @ana 27/11/2026"),
        ("tâche {title} [avant {due}|pour le {due}] [à {who}]",
         "tache Film the tour à @ana pour le 27/11/2026"),
        ("Aufgabe {title} [bis {due}] [für {who}]",
         "aufgabe Film the tour fur @ana bis 27.11.2026"),
        ("tehtävä {title} [{due} mennessä] [tekijä {who}]",
         "tehtava Film the tour 27.11.2026 mennessa tekija @ana"),
        ("görev {title} [{due} tarihine kadar] [{who} için]",
         "gorev Film the tour @ana icin 27.11.2026 tarihine kadar"),
        ("feladat {title} [határidő {due}] [felelős {who}]",
         "feladat Film the tour hatarido 27.11.2026 felelos @ana"),
        ("zadanie {title} [do {due}] [dla {who}]", "zadanie Film the tour dla @ana do 27.11.2026"),
    ],
)  # fmt: skip
def test_any_word_order(source: str, line: str) -> None:
    """The same request is understood as every language likes to order it."""
    assert {"title": "Film the tour", "due": FRIDAY, "who": ANA} == values(source, line)


@pytest.mark.parametrize(
    "title",
    [
        "Film by night",
        "Stand up",
        "Stand by me",
        "Cookies for everyone by the pool",
        "by and big",
        "The task of the day",
        "Le train de nuit à Lyon",
        "Song for Europe",
        "Write to Ana",
        "Ana and the everyone of it",
    ],
)
def test_words_of_the_grammar_inside_a_title(title: str) -> None:
    """A mark counts only if what follows it reads as its type, and only at the end."""
    assert {"title": title} == values(ADD, f"task {title}")
    assert {"title": title, "due": FRIDAY} == values(ADD, f"task {title} by friday")
    assert {"title": title, "who": ANA, "due": FRIDAY} == values(ADD, f"task {title} @ana friday")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("task Film", {"title": "Film"}),
        ("task Film by friday for @ana", {"title": "Film", "due": FRIDAY, "who": ANA}),
        ("task Film for @ana by friday", {"title": "Film", "due": FRIDAY, "who": ANA}),
        (f"task Film {PILL} friday", {"title": "Film", "due": FRIDAY, "who": ANA}),
        (f"task {PILL} films friday", {"title": f"{PILL} films", "due": FRIDAY}),
        ("task Film friday friday", {"title": "Film friday", "due": FRIDAY}),
        ("task Film @ana @ana", {"title": "Film", "who": Audience(["@ana:x", "@ana:x"])}),
        ("task Film friday by friday", {"title": "Film friday", "due": FRIDAY}),
        ("task friday", {"title": "friday"}),
        ("task by friday", {"title": "by friday"}),
        ("task KRK", {"title": "KRK"}),
        ("task @ana", {"title": "@ana"}),
        ("task Film KRK", {"title": "Film", "who": Audience(partners=["KRK"])}),
        ("task Film krk", {"title": "Film krk"}),
        ("task Film for krk", {"title": "Film", "who": Audience(partners=["KRK"])}),
        ("task Film Ana", {"title": "Film Ana"}),
        ("task Film for Ana", {"title": "Film", "who": ANA}),
        ("task Film for Tom", {"title": "Film for Tom"}),
        ("task Film by night by friday", {"title": "Film by night", "due": FRIDAY}),
        ("task run for 2h", {"title": "run for 2h"}),
    ],
)
def test_options_are_peeled_from_the_end(line: str, expected: dict[str, object]) -> None:
    """At the end of a line what reads as an option is one; the title keeps its first word."""
    found = values(ADD.replace("(by|for|", "(by|for|due|"), line)
    assert expected == found


@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("27/11", FRIDAY),
        ("3/4", None),
        ("KRK 3/4", Due(date(2027, 4, 3))),
        ("@ana 3/12", Due(date(2026, 12, 3))),
        (f"{PILL} 3/4", Due(date(2027, 4, 3))),
        ("03/04", Due(date(2027, 4, 3))),
        ("3/44", None),
        ("may", None),
        ("sun", None),
        ("20h", None),
        ("at 20h", Due(date(2026, 11, 22), time(20), "Europe/Paris")),
        ("friday 20h", Due(date(2026, 11, 27), time(20), "Europe/Paris")),
    ],
)
def test_a_bare_date_is_beyond_doubt_or_part_of_the_title(line: str, due: Due | None) -> None:
    """Without a word before it only what cannot be anything else is taken for a date."""
    found = values(ADD, f"task video {line}")
    assert found is not None
    assert due == found.get("due")
    assert ("video" if due else f"video {line}") == found["title"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("task Film by 31/02", "31/02"),
        ("task Film 31 february", "31 february"),
        ("task Film by 20/11", "20/11"),
        ("task Film by yesterday", "yesterday"),
        ("task Film by monday 27 november", "monday 27 november"),
        ("task Film for @tom", "@tom"),
        ("task Film @tom", "@tom"),
    ],
)
def test_troubles_are_kept(line: str, words: str) -> None:
    """What is meant as an option but cannot be taken stays in the title, and is told."""
    found = match(ADD, line)
    assert found is not None
    assert {"title": line.removeprefix("task ")} == found.values
    assert [words] == [one.words for one in found.troubles]


def test_a_trouble_does_not_spoil_the_other_options() -> None:
    """The date is taken even if the person is not known, and is no part of the title."""
    found = match(ADD, "task Film @tom by friday")
    assert found is not None
    assert {"title": "Film @tom", "due": FRIDAY} == found.values
    assert ["@tom"] == [one.words for one in found.troubles]


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("{task} done|done {task}", "14 done", {"task": 14}),
        ("{task} done|done {task}", "DONE #14.", {"task": 14}),
        ("{task} done|done {task}", "14 is done", None),
        ("{task} done|done {task}", "14", None),
        ("{task} done", "", None),
        ("{task}", "14", {"task": 14}),
        ("{task}", "14 15", None),
        ("{task}", "", None),
        ("(undo|take back)", "take back", {}),
        ("(undo|take back)", "take", None),
        ("(undo|take back)", "take back it", None),
        ("{task} = {title}", "14 = A = B", {"task": 14, "title": "A = B"}),
        ("{task} = {title}", "14 =", None),
        ("remind {who} {text} {due}", "remind @ana sign it friday",
         {"who": ANA, "text": "sign it", "due": FRIDAY}),
        ("remind {who} [to] {text} {due}", "remind @ana to sign friday",
         {"who": ANA, "text": "sign", "due": FRIDAY}),
        ("remind {due} [to] {text}", "remind friday to sign", {"due": FRIDAY, "text": "sign"}),
        ("remind {text} {due}", "remind friday", None),
        ("remind {text} {due}", "remind of 2026-11-20 18:00", None),
        ("remind {text} [on] {due}", "remind of it on 2026-11-20 18:00", None),
        ("remind {text} {due}", "remind of monday 24 november", None),
        ("say {text} loudly", "say it loudly loudly", {"text": "it loudly"}),
        ("{task} {who}", "14 @ana and KRK", {"task": 14, "who": Audience(["@ana:x"], ["KRK"])}),
    ],
)  # fmt: skip
def test_what_has_to_be_typed(source: str, line: str, expected: dict[str, object] | None) -> None:
    """A line says a phrase with all of its words, or not at all."""
    assert expected == values(source, line)


def test_the_surest_way_wins() -> None:
    """Words of the phrase are surer than free text, and less free text is surer than more."""
    plain = match("task {title}", "task Film by friday")
    dated = match(ADD, "task Film by friday")
    assert plain is not None
    assert dated is not None
    assert (plain.said, plain.loose) == (1, 3)
    assert (dated.said, dated.loose) == (2, 1)


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("remind {who} {text} {due}", "remind @tom sign it friday", ["@tom"]),
        ("remind {text} {due}", "remind sign it 31/02", ["31/02"]),
        ("remind {text} {due}", "remind sign it", []),
        ("remind {who} {due}", "remind @tom 31/02", ["@tom", "@tom"]),
        ("remind {text} {due}", "other sign it 31/02", []),
        ("{task} {due}", "14 31/02", []),
    ],
)
def test_what_kept_a_line_from_being_understood(source: str, line: str, words: list[str]) -> None:
    """For a kind error the words that could not be taken are found again."""
    matcher = Matcher(cut(line), situation())
    found = [one.words for one in matcher.troubles(parse(source), KINDS)]
    assert sorted(set(words)) == sorted(set(found) & set(words or found))
    assert bool(words) == bool(found)


TYPED = st.sampled_from(
    ["by", "for", "@ana", "@tom", PILL, "2026-12-03", "friday", "3/4", "KRK", "everyone", "a",
     "é", "14"]
)  # fmt: skip


@given(st.lists(TYPED, min_size=1, max_size=12))
def test_nothing_typed_is_lost(words: list[str]) -> None:
    """Title and options hold every word that was typed, in order: what is taken is at the end."""
    found = match(ADD, " ".join(["task", *words]))

    assert found is not None
    title = str(found.values["title"]).split()
    assert words[: len(title)] == title
    taken = words[len(title) :]
    assert bool(taken) == (len(found.values) > 1)
    assert set(taken) <= {"by", "for", "and"} | {
        "@ana", PILL, "2026-12-03", "friday", "3/4", "KRK", "everyone"
    }  # fmt: skip
    assert len(title) == found.loose


@given(
    title=st.lists(st.sampled_from(["Film", "big", "tour", "école", "2b", "(x)"]), min_size=1),
    due=st.sampled_from(["", "2026-12-03", "friday", "27 nov 18:00"]),
    who=st.sampled_from(["", "@ana", "KRK", "everyone"]),
    source=st.sampled_from(
        [
            "task {title} [by {due}] [for {who}]",
            "zadanie {title} [do {due}] [dla {who}]",
            "görev {title} [{who} için] [{due} tarihine kadar]",
            "(task|todo) add {title} [{who}|for {who}] [before {due}|on {due}]",
        ]
    ),
)
def test_what_a_phrase_writes_it_reads(title: list[str], due: str, who: str, source: str) -> None:
    """A line that the bot writes is understood as the values it was written from."""
    texts = {"title": " ".join(title), "due": due, "who": who}
    line = parse(source).write({name: text for name, text in texts.items() if text})

    found = values(source, line)

    expected = {
        name: KINDS[name].read(cut(text).tokens, situation())
        for name, text in texts.items()
        if text
    }
    assert expected == found


WORDS = st.lists(st.sampled_from(["Film", "big", "école", "2b", "(x)", "14"]), min_size=1)
FRONTS: dict[str, dict[str, object]] = {
    "by friday": {"due": FRIDAY},
    "friday": {"due": FRIDAY},
    "@ana": {"who": ANA},
    "@ana by 2026-11-27": {"who": ANA, "due": FRIDAY},
    "for KRK on friday": {"who": Audience(partners=["KRK"]), "due": FRIDAY},
}


@given(title=WORDS, front=st.sampled_from(sorted(FRONTS)), sign=st.sampled_from([":", " :"]))
def test_in_front_with_a_colon_is_like_at_the_end(title: list[str], front: str, sign: str) -> None:
    """Where the options stand does not matter: a colon tells where the title begins."""
    words = " ".join(title)

    found = match(ADD, f"task {front}{sign} {words}")

    assert found is not None
    assert {"title": words, **FRONTS[front]} == found.values
    assert (len(title), ()) == (found.loose, found.troubles)
    assert found.values == values(ADD, f"task {words} {front}")


@given(
    title=WORDS,
    before=st.sampled_from(["by night", "10:30", "3/4", "friday or monday", "Film", "on"]),
)
def test_what_is_no_option_stays_in_front(title: list[str], before: str) -> None:
    """Words before a colon that do not all fill options are the beginning of the title."""
    words = " ".join([f"{before}:", *title])
    assert {"title": words} == values(ADD, f"task {words}")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{when} remind {text}", "27 november 10:00 remind sign it"),
        ("{when} {who} remind {text}", "27 november 10:00 @ana remind sign it"),
        ("{who} {when} remind {text}", "@ana 27 november 10:00 remind sign it"),
        ("{when} {text} remind", "27 november 10:00 sign it remind"),
    ],
)
def test_a_date_of_several_words_comes_first(line: str, expected: str) -> None:
    """A line may begin with any field, as long as all of its words are that field."""
    found = values(line.replace("{when}", "{due}"), expected)
    moment = Due(date(2026, 11, 27), time(10), "Europe/Paris")
    assert found is not None
    assert (moment, "sign it") == (found["due"], found["text"])
    assert ("who" in found) == ("{who}" in line)


def behind_a_mark(kind: Type) -> Type:
    """Return *kind* where a bare day is none: it has to have "by" before it, or "soon" behind."""

    def read(tokens: Sequence[Token], where: Situation) -> object:
        first, *more = tokens
        if first.folded == "by":
            return kind.read(more, where)
        if tokens[-1].folded == "soon":
            return kind.read(tokens[:-1], where)
        raise Unfit

    return replace(kind, read=read, bare=lambda *_all: False)


@pytest.mark.parametrize(
    "line",
    ["task Film by friday", "task Film friday soon", "14 to by friday", "14 by friday",
     "14 friday soon", "14 friday soon Film", "friday soon 14"],
)  # fmt: skip
def test_a_day_that_is_one_only_with_its_mark(line: str) -> None:
    """Words of the phrase before or behind a field belong to it where it needs them."""
    types = {**KINDS, "due": behind_a_mark(KINDS["due"])}
    phrases = (
        "task {title} [by {due}|{due} soon]",
        "{task} [to|by] {due}",
        "{task} {due} soon [{title}]",
        "{task} {due} soon {title}",
        "{due} soon {task}",
    )
    matcher = Matcher(cut(line), situation())
    found = [one for source in phrases if (one := matcher.match(parse(source), types))]
    assert found
    assert {FRIDAY} == {one.values.get("due") for one in found}


@pytest.mark.parametrize(
    "line",
    ["remind to call mum tomorrow at 10", "remind to call mum: tomorrow at 10",
     "remind call mum on tomorrow at 10"],
)  # fmt: skip
def test_a_mark_does_not_cut_a_longer_date(line: str) -> None:
    """The "at" of a phrase takes no hour away from the day before it."""
    found = values("remind [to] {text} [on|at] {due}", line)
    assert found is not None
    assert Due(date(2026, 11, 23), time(10), "Europe/Paris") == found["due"]
    assert "call mum" in str(found["text"])


@given(
    words=st.lists(st.sampled_from(["14", "done", "@ana", "friday", "by"]), min_size=2),
    smile=st.sampled_from(["👍", "🎉 🎉", ":)", "❤️", "!!"]),
)
def test_a_smile_changes_no_command(words: list[str], smile: str) -> None:
    """What is understood without an emoji at the end is understood with one, if words say it."""
    line = " ".join(words)
    for source in ("{task} done|done {task}", "move {task} to {due}", "{task} done [by {due}]"):
        plain = values(source, line)
        assert plain is None or values(source, f"{line} {smile}") == plain


@pytest.mark.parametrize(
    ("line", "what"),
    [("why padlet?", "padlet"), ("why padlet ?", "padlet"), ("why ?", None), ("why a? b", "a? b")],
)
def test_a_question_mark_belongs_to_the_question(line: str, what: str | None) -> None:
    """What is looked up is asked for: the "?" is no part of it."""
    found = values("why {title}", line)
    assert (found and found["title"]) == what


@pytest.mark.parametrize(
    ("language", "line", "who"),
    [
        ("tr", "KRK'ya done", Audience(partners=["KRK"])),
        ("tr", "Ana'ya done", ANA),
        ("tr", "@ana'ya and KRK'ya done", Audience(["@ana:x"], ["KRK"])),
        ("fi", "KRK:lle done", Audience(partners=["KRK"])),
        ("pl", "KRK-u done", Audience(partners=["KRK"])),
        ("fr", "KRK'ya done", None),
        ("tr", "Tom'a done", None),
    ],
)
def test_a_class_with_the_ending_of_a_case(language: str, line: str, who: Audience | None) -> None:
    """A class or a person is found behind the ending that a language sticks to their name."""
    found = values("{who} done", line, language)
    assert (found and found["who"]) == who


def test_an_ending_that_says_whereto_stays_in_a_title() -> None:
    """Nobody is given the task "Film KRK'ya", as little as "Film to KRK"."""
    assert {"title": "Film KRK'ya"} == values(ADD, "task Film KRK'ya", "tr")


@given(st.text(max_size=200))
def test_no_line_is_too_strange(line: str) -> None:
    """Whatever is typed, reading it never fails."""
    for source in (ADD, "remind {who} {text} {due}", "{task} {who}", "{task}"):
        match(source, line)
        match(source, f"task {line}")


HOSTILE = [
    "by " * 700,
    "task " + "by 27/11 " * 300,
    "task " + "@ana " * 400,
    "task " + "1 " * 990,
    "task " + "friday and " * 180,
    "task " + "every 3 days of the month " * 70,
    "task " + "friday: by 27/11: " * 110,
    "task " + "by the end of the week " * 80 + ":",
    "task " + "1'i 2-et PAU:lle " * 110,
    "task Film " + "👍 " * 900,
    "task " + "a" * 1990,
    "task " + "\u0301" * 1990,
    "task " + "\ue000@x:y\ue001" * 200,
    "task " + "".join(random.Random(7).choices("ab 1/.:@+#\u202e\u0661", k=1990)),  # noqa: S311 - not a secret, only a mess
]


def counting(kind: Type, reads: list[int]) -> Type:
    """Return *kind*, noting each look that it takes at words."""

    def read(tokens: Sequence[Token], where: Situation) -> object:
        reads.append(len(tokens))
        return kind.read(tokens, where)

    return replace(kind, read=read)


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_a_long_hostile_line_costs_little(line: str) -> None:
    """2,000 characters made to hurt are read as text, with few looks at each word."""
    reads: list[int] = []
    types = {name: counting(kind, reads) for name, kind in KINDS.items()}
    matcher = Matcher(cut(line), situation())

    found = matcher.match(parse(ADD), types)

    assert (found is not None) == line.startswith("task")
    assert len(reads) <= 100


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("source", ["task {who} {text} {due}", "task {text} {due}"])
def test_so_does_finding_out_why_it_was_not_understood(line: str, source: str) -> None:
    """Where a field is required, only the end of a long line is searched for what was meant."""
    reads: list[int] = []
    types = {name: counting(kind, reads) for name, kind in KINDS.items()}
    matcher = Matcher(cut(line), situation())

    matcher.match(parse(source), types)
    list(matcher.troubles(parse(source), types))

    assert len(reads) <= 20 * max(50, len(matcher.line.tokens))
