"""Rendering: one message, two renderings that say the same, and people's words as words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import render as rendering
from bot.language.message import (
    NOTHING,
    Bold,
    Code,
    Grammar,
    Joined,
    LanguageName,
    Lines,
    Listed,
    Message,
    Msgid,
    Neutral,
    Part,
    Person,
    Plural,
    Refusal,
    Rule,
    Stacked,
    Struck,
    Titled,
    Typed,
    When,
    _n,
    say,
)
from bot.language.render import Reader, Text, people_words, render, stack
from bot.model.due import Due
from bot.model.people import FORMER

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
ENGLISH = Reader(("en",), "Europe/Paris", NOW)
FRENCH = Reader(("fr",), "Europe/Paris", NOW)
BOTH = Reader(("fr", "en"), "Europe/Paris", NOW)
LINK = "https://matrix.to/#/@"
FRIDAY = Due(date(2026, 11, 27))


class Page(HTMLParser):
    """What a client makes of HTML: its text, its tags, its links."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "br":
            self.text += "\n"
        else:
            self.open.append(tag)
        self.links += [f"{name}={value}" for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


def check(text: Text) -> Page:
    """Check that *text* says the same twice, with the few tags there are, properly closed."""
    page = Page(text.html)
    assert page.text.replace("\u00a0", " ") == text.body.replace("\u00a0", " ")
    assert set(page.tags) <= {"b", "code", "br", "del", "a"}
    assert [] == page.open
    assert all(link.startswith("href=" + LINK) for link in page.links)
    return page


NASTY = [
    "<b>bold</b>",
    "</code></b><img src=x onerror=alert(1)>",
    "<a href='https://evil.example'>Léa</a>",
    "<mx-reply>",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "**bold** _it_ `code` [x](https://evil.example)",
    "@room",
    "@ana:example.org",
    "https://matrix.to/#/@ana:example.org",
    "line one\nline two\r\n# three",
    "\u202eevil\u202c \u2066x\u2069",
    "שלום <b>",
    "مرحبا",
    "a\u0000b\u0007c\u0085d\u2028e",
    "{n} {title} {0} {}",
    "%s %(n)d",
    "\"quoted\" 'too'",
    "\ue0000\ue001 \ue000@x:y\ue001",
    "<!-- --> <![CDATA[x]]> <?php",
    "😀 ✅ #14 !done",
    " ",
    "",
]
WORDS = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))


def everywhere(words: str) -> Part:
    """Return a message with people's *words* in every place that takes some."""
    return Lines(
        (
            words,
            say(Msgid("Say {words} <now> & {again}."), words=words, again=Bold(words)),
            Joined((Struck(words), Code(words), Titled(words, {"fr": words}))),
            Listed((words, Person("@x:y", words), words)),
            Typed(Msgid("task {title} [by {due}]"), {"title": words}),
            Stacked(words, Message(Msgid("Hello {n}"), {"n": words})),
            When(FRIDAY, "Europe/Paris", words),
        )
    )


@given(WORDS, st.sampled_from([ENGLISH, FRENCH, BOTH]))
def test_peoples_words_never_become_markup(words: str, reader: Reader) -> None:
    """Law 4: whatever somebody wrote, the HTML shows exactly what the plain text says."""
    page = check(render(everywhere(words), reader))

    assert [] == page.links
    assert "a" not in page.tags


@given(WORDS, st.text(max_size=30))
def test_only_a_person_who_rings_is_a_link(words: str, user: str) -> None:
    """A mention is a link to that one account, whatever name and id are made of."""
    text = render(Person(f"@{user}", words, rings=True), ENGLISH)
    page = Page(text.html)

    assert ["a"] == page.tags
    assert f"@{people_words(words)}" == text.body
    assert people_words(words) == page.text
    (link,) = page.links
    assert re.fullmatch(r"href=https://matrix\.to/#/@[\w.%~:@-]*", link, re.ASCII)


@given(WORDS)
def test_a_person_who_does_not_ring_is_a_name(words: str) -> None:
    """The Matrix id of somebody is never shown."""
    assert Text.plain(people_words(words)) == render(Person("@secret:id", words), ENGLISH)


@given(WORDS)
def test_the_plain_text_has_no_markup(words: str) -> None:
    """The body is what people wrote: nothing is added for bold, code or a link."""
    plain = people_words(words)
    for part in (words, Bold(words), Struck(words), Code(words), Titled(words), Joined((words,))):
        assert plain == render(part, ENGLISH).body
    assert f"!task {plain}".strip() == (
        render(Typed(Msgid("task {title}"), {"title": words}), ENGLISH).body.strip()
    )


@given(WORDS)
def test_peoples_words_stay_on_their_line(words: str) -> None:
    """No line break, control sign or change of direction gets out of what somebody wrote."""
    text = people_words(words)
    assert len(text.splitlines()) <= 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert text.count("\u2068") == text.count("\u2069") <= 1


@pytest.mark.parametrize("words", ["a  b", " a\tb ", "a\n\n b", "a \u00a0b", "a\u2028 b", "a\x00b"])
def test_white_space_is_one_space(words: str) -> None:
    """However somebody spaced their words, the line has one space between them, none around."""
    assert "a b" == people_words(words)


@pytest.mark.parametrize("words", ["שלום", "مرحبا", "abc שלום", "\u2066שלום"])
def test_right_to_left_words_are_isolated(words: str) -> None:
    """Hebrew and Arabic do not turn the rest of the line around."""
    text = render(Joined((words, "#14")), ENGLISH)
    assert text.body.startswith("\u2068")
    assert text.body.endswith("\u2069 · #14")
    check(text)


@pytest.mark.parametrize(
    ("part", "body", "html"),
    [
        (Bold("x"), "x", "<b>x</b>"),
        (Struck("x"), "x", "<del>x</del>"),
        (Code("!help"), "!help", "<code>!help</code>"),
        (Bold(""), "", ""),
        (Struck(NOTHING), "", ""),
        (Code(""), "", "<code></code>"),
        (NOTHING, "", ""),
        (14, "14", "14"),
        (Joined(("a", "", NOTHING, "b")), "a · b", "a · b"),
        (Joined(("a", "b"), " < "), "a < b", "a &lt; b"),
        (Listed(()), "", ""),
        (Listed(("a",)), "a", "a"),
        (Listed(("a", "", Bold("b"), "c")), "a, b and c", "a, <b>b</b> and c"),
        (Lines(("a", NOTHING, "b")), "a\nb", "a<br>b"),
        (Titled("Film", {"fr": "Filmer"}), "Film", "Film"),
        (Person("@a:b", "A & B"), "A & B", "A &amp; B"),
        (Person("@a:b", "A", rings=True), "@A", f'<a href="{LINK}a:b">A</a>'),
        (Typed(Msgid("task {title} [by {due}]"), {"title": "x<y"}),
         "!task x<y", "<code>!task x&lt;y</code>"),
        (Grammar(Msgid("task {title} [by {due}]\nx {title}"), {"title": Msgid("text")}),
         "!task ‹text›", "<code>!task ‹text›</code>"),
        (Person(FORMER, "@former:member"), "former member", "former member"),
        (Typed(Msgid("(undo|take back)\n↩")), "!undo", "<code>!undo</code>"),
        (When(FRIDAY, "Europe/Paris"), "Fri 27 Nov", "Fri 27 Nov"),
        (When(FRIDAY, "Europe/Paris", "Pau"), "Fri 27 Nov Pau", "Fri 27 Nov Pau"),
        (When(Due(date(2026, 11, 27), time(9), "Europe/Athens"), "Europe/Paris"),
         "Fri 27 Nov, 08:00", "Fri 27 Nov, 08:00"),
        (When(Due(date(2028, 11, 27)), "UTC"), "Mon, 27 Nov 2028", "Mon, 27 Nov 2028"),
        (Neutral(FRIDAY, "Europe/Paris"), "27.11.", "27.11."),
        (Neutral(Due(date(2026, 11, 27), time(18)), "Europe/Paris"),
         "27.11. 18:00", "27.11. 18:00"),
        (date(2026, 11, 27), "Fri 27 Nov", "Fri 27 Nov"),
        (datetime(2026, 11, 27, 8, 0, tzinfo=UTC), "Fri 27 Nov, 09:00", "Fri 27 Nov, 09:00"),
        (timedelta(hours=2), "2 hours", "2 hours"),
        (Rule("FREQ=WEEKLY;BYDAY=MO", time(9)), "every Monday, 09:00", "every Monday, 09:00"),
        (LanguageName("de"), "German (de)", "German (de)"),
        (Stacked("#14", "x"), "#14\nx", "#14<br>x"),
    ],
)  # fmt: skip
def test_how_each_part_looks(part: Part, body: str, html: str) -> None:
    """Every part has a plain rendering that needs no markup, and a safe one with it."""
    assert Text(body, html) == render(part, ENGLISH)


@pytest.mark.parametrize(("count", "body"), [(0, "0 tasks"), (1, "1 task"), (5, "5 tasks")])
def test_plural(count: int, body: str) -> None:
    """The number chooses the form and fills {n} by itself."""
    assert body == render(say(_n("{n} task", "{n} tasks", count)), ENGLISH).body


def test_french_plural() -> None:
    """In French nothing is singular: 0 tâche."""
    forms = [render(say(_n("{n} task", "{n} tasks", count)), FRENCH).body for count in (0, 1, 2)]
    assert ["0 tâche", "1 tâche", "2 tâches"] == forms


def test_the_reader_decides_the_language() -> None:
    """One message is put into words once per language."""
    part = Joined(
        (say(Msgid("Something is missing.")), Titled("Film", {"fr": "Filmer"}), FRIDAY.day)
    )
    assert "Something is missing. · Film · Fri 27 Nov" == render(part, ENGLISH).body
    assert "Il manque quelque chose. · Filmer · ven. 27 nov." == render(part, FRENCH).body
    assert render(part, ENGLISH) == render(part, Reader((), "Europe/Paris", NOW))


def test_stacked_languages() -> None:
    """What all read has one block per language under its code; the neutral line is said once."""
    below = say(Msgid("Tomorrow: {title}"), title=Titled("Film", {"fr": "Filmer"}))
    text = render(Stacked("#14 ⏰", below), BOTH)

    assert "#14 ⏰\nFR  Demain\u202f: Filmer\nEN  Tomorrow: Film" == text.body
    check(text)
    assert render(below, FRENCH) == stack(below, FRENCH)


def test_the_day_is_the_readers_own() -> None:
    """Late in the evening it is tomorrow already for a reader further east."""
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert date(2026, 11, 23) == Reader(("en",), "Europe/Paris", late).today
    assert date(2026, 11, 22) == Reader(("en",), "UTC", late).today


@pytest.mark.parametrize(
    "translation",
    ["Sans {inconnu}", "{n", "n}", "{}", "{0}", "{words.upper}", "{words[0]}", "{words", "}{"],
)
def test_a_bad_translation_is_said_in_english(
    translation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: a bad translation never stops the bot, and shows nothing of the program."""
    english = Msgid("I did not understand “{words}”.")

    def spoilt(text: Msgid | Plural, language: str) -> str:
        return translation if language == "fr" else str(text)

    monkeypatch.setattr(rendering, "translate", spoilt)
    text = render(say(english, words="<x>"), FRENCH)
    assert Text("I did not understand “<x>”.", "I did not understand “&lt;x&gt;”.") == text


def test_a_bad_phrase_is_written_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line to type, whose translation nobody could type, is shown in English."""

    def spoilt(text: Msgid, _language: str) -> str:
        return "tâche [{title}" if text.startswith("task") else text

    monkeypatch.setattr(rendering, "translate", spoilt)
    typed = Typed(Msgid("task {title}"), {"title": "Film"})
    assert "!task Film" == render(typed, FRENCH).body
    grammar = Grammar(Msgid("task {title} [by {due}]"), {"title": Msgid("text")})
    assert "!task ‹text›" == render(grammar, FRENCH).body


@pytest.mark.parametrize(
    "sentence",
    ["<b>{words}</b> & more", "two\nlines {words}", "{{literal}} {words}", "{words!r:>10}"],
)
def test_a_sentence_is_text_too(sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a catalog can bring in markup; its lines are lines in both renderings."""
    monkeypatch.setattr(rendering, "translate", lambda _text, _language: sentence)
    text = render(say(Msgid("{words}"), words="<i>"), FRENCH)
    page = check(text)
    assert {"br"} >= set(page.tags)
    assert "<i>" in text.body


def test_a_refusal_carries_its_message() -> None:
    """For logs it is its English sentence, unfilled: nobody's words get there."""
    message = say(Msgid("There is no #{number}."), number=14)
    refusal = Refusal(message)
    assert message is refusal.message
    assert "There is no #{number}." == str(refusal)
