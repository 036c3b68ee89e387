"""The grammar of a command line: what it says, what it refuses, and what it writes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.phrase import BadPhrase, Field, Items, Phrase, Word, parse

FIELDS = ("title", "due", "who")
WORDS = ("task", "by", "pour", "le", "für", "it's", "ajoute", "→", "!?", "на", "課題")


def shown(way: Items) -> str:
    """Return one way to type something, a field as {name}."""
    return " ".join(f"{{{i.name}}}" if isinstance(i, Field) else i.text for i in way)


def spelled(phrase: Phrase) -> list[str]:
    """Return the ways to type what is required."""
    return [shown(way) for way in phrase.ways]


def test_one_line_is_words_fields_choices_and_options() -> None:
    """The phrase of the design page holds what its reader sees in it."""
    phrase = parse("task {title} [(by|for|before) {due}] [{who}]")

    assert ["task {title}"] == spelled(phrase)
    assert {"title"} == phrase.required
    assert {"title", "due", "who"} == phrase.fields
    assert ["due", "who"] == [option.name for option in phrase.options]
    assert (Word("by", "by"), Field("due")) == phrase.options[0].ways[0]
    assert 3 == len(phrase.options[0].ways)
    assert {"by", "for", "before"} == phrase.options[0].marks
    assert frozenset() == phrase.options[1].marks


@pytest.mark.parametrize(
    ("source", "ways"),
    [
        ("undo", ["undo"]),
        ("(undo|take back)", ["undo", "take back"]),
        ("undo|take back", ["undo", "take back"]),
        ("(help|?)", ["help", "?"]),
        ("help [please]", ["help please", "help"]),
        ("[please] help", ["please help", "help"]),
        ("(a|b) (c|d)", ["a c", "a d", "b c", "b d"]),
        ("a [b|c] d", ["a b d", "a c d", "a d"]),
        ("a (b [c]|d)", ["a b c", "a b", "a d"]),
        ("a ((b|c) d|e)", ["a b d", "a c d", "a e"]),
        ("(a|a)", ["a"]),
        ("{task} (done|it's done)", ["{task} done", "{task} it's done"]),
        ("done {task}|{task} done", ["done {task}", "{task} done"]),
        ("{task}", ["{task}"]),
        ("{milestone}", ["{milestone}"]),
        ("{reminder}", ["{reminder}"]),
        ("{task} {due}", ["{task} {due}"]),
        ("  a   b ", ["a b"]),
        ("Tâche {title}", ["Tâche {title}"]),
    ],
)
def test_choices_are_spelled_out(source: str, ways: list[str]) -> None:
    """`|` separates the parts of the smallest group around it; `[words]` may be left out."""
    phrase = parse(source)

    assert ways == spelled(phrase)
    assert () == phrase.options


def test_an_option_has_ways_of_its_own() -> None:
    """`|` inside an option separates whole ways, its field in each; a smaller group only words."""
    due, who = parse("ajoute {title} [avant {due}|{due} au plus tard] [(à|pour) {who}]").options

    assert ["avant {due}", "{due} au plus tard"] == [shown(way) for way in due.ways]
    assert ["à {who}", "pour {who}"] == [shown(way) for way in who.ways]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("", "nothing to type"),
        ("   ", "nothing to type"),
        ("|", "nothing to type"),
        ("[please]", "nothing to type"),
        ("[by {due}]", "nothing to type"),
        ("help|", "nothing to type"),
        ("{title}", "no word to recognise it by"),
        ("task {a} {a}", "a field stands twice"),
        ("task {due} [by {due}]", "a field stands twice"),
        ("task {title", "unexpected '{'"),
        ("task title}", "unexpected '}'"),
        ("task {}", "unexpected '{'"),
        ("task {a b}", "unexpected '{'"),
        ("task [by {due}", "'[' is never closed"),
        ("task (a|b", "'(' is never closed"),
        ("task (a]", "'(' is never closed"),
        ("task [a)", "'[' is never closed"),
        ("task a)", "unexpected ')'"),
        ("task ] a", "unexpected ']'"),
        ("task ()", "an empty way to say it"),
        ("task (a||b)", "an empty way to say it"),
        ("task []", "an empty way to say it"),
        ("task [{a} {b}]", "an option holds one field, not ['a', 'b']"),
        ("task [{a} {a}]", "each way to say an option holds its field"),
        ("task [by {due}|soon]", "each way to say an option holds its field"),
        ("task [by {due}|{who}]", "an option holds one field, not ['due', 'who']"),
        ("(task {title}|todo)", "every way to say it must have the same fields"),
        ("task " + "(a|b|c|d|e) " * 4, "too many ways to say it"),
    ],
)
def test_a_phrase_that_nobody_could_type(source: str, why: str) -> None:
    """A bad phrase is refused when it is read, with the line and the reason for its translator."""
    with pytest.raises(BadPhrase) as trouble:
        parse(source)

    assert why == trouble.value.why
    assert source == trouble.value.source
    assert f"{source!r}: {why}" == str(trouble.value)


@pytest.mark.parametrize(
    ("source", "values", "line"),
    [
        ("task {title} [by {due}]", {"title": "Film"}, "task Film"),
        ("task {title} [by {due}]", {"title": "Film", "due": "friday"}, "task Film by friday"),
        ("task {title} [(by|for) {due}]", {"title": "F", "due": "fri"}, "task F by fri"),
        ("task {title} [{due} soon|by {due}]", {"title": "F", "due": "fri"}, "task F fri soon"),
        ("task {title}", {}, "task {title}"),
        ("(i am|iam) {partner}", {"partner": "PAU"}, "i am PAU"),
        ("(done {task}|{task} done)", {"task": "14"}, "done 14"),
        ("help [please]", {}, "help"),
        ("aide [sur l' {topic}]", {"topic": "agenda"}, "aide sur l'agenda"),
        ("c'est {task}", {"task": "14"}, "c'est 14"),
        ("task {title}", {"title": "the pupils' room' "}, "task the pupils' room' "),
    ],
)
def test_write(source: str, values: dict[str, str], line: str) -> None:
    """A phrase writes the line to type; options without a value are left out."""
    assert line == parse(source).write(values)


@pytest.mark.parametrize(
    ("source", "first", "ways"),
    [
        ("(undo|take back)", "take", ["take back"]),
        ("(undo|take back)", "back", []),
        ("{task} (done|ready)", "done", ["{task} done", "{task} ready"]),
        ("done {task}|{task} done", "done", ["done {task}", "{task} done"]),
        ("done {task}|{task} done", "14", ["{task} done"]),
        ("{task} done|done {task}|finish {task}", "done", ["{task} done", "done {task}"]),
    ],
)
def test_what_a_first_word_may_begin(source: str, first: str, ways: list[str]) -> None:
    """Of many ways only those with the first word are tried, and those that begin with a field."""
    begun = parse(source).beginning(first)

    assert ways == [shown(way) for way, _words in begun]
    for way, words in begun:
        assert words == {item.folded for item in way if isinstance(item, Word)}


@pytest.mark.parametrize(
    ("source", "sought"),
    [
        ("(why|about) {what}", "what"),
        ("{topic} help", "topic"),
        ("task {title} [by {due}]", ""),
        ("{task} = {title}", ""),
        ("undo", ""),
    ],
)
def test_what_is_looked_up(source: str, sought: str) -> None:
    """A phrase with a single field and nothing else looks up what is typed there."""
    assert sought == parse(source).sought


def test_a_phrase_is_read_once() -> None:
    """The same line is the same phrase."""
    assert parse("task {title}") is parse("task {title}")


def sources() -> st.SearchStrategy[str]:
    """Return lines of grammar, good ones as well as broken ones."""
    pieces = st.sampled_from([*WORDS, *(f"{{{one}}}" for one in FIELDS), *"()[]|"])
    return st.lists(pieces, max_size=12).map(" ".join)


@given(st.one_of(sources(), st.text(max_size=40)))
def test_any_source_is_a_phrase_or_a_bad_phrase(source: str) -> None:
    """Whatever a translator writes is read, or refused with a reason; nothing else happens."""
    try:
        phrase = parse(source)
    except BadPhrase:
        return
    assert phrase.ways
    assert all(phrase.ways)
    assert all(
        {i.name for i in way if isinstance(i, Field)} == phrase.required for way in phrase.ways
    )
    written = phrase.write(dict.fromkeys(phrase.fields, "x"))
    assert "{" not in written
    assert not set("[]|").intersection(written)
