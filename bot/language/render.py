"""Rendering: a message x the languages of its readers -> plain text and safe HTML together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from html import escape
from string import Formatter
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.lists import format_list

from bot.language import date_writing
from bot.language.catalog import (
    SOURCE,
    is_right_to_left,
    language_of,
    locale,
    name_of,
    translate,
)
from bot.language.message import (
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
    Rule,
    Stacked,
    Struck,
    Titled,
    Typed,
    Way,
    When,
    _,
)
from bot.language.phrase import BadPhrase, parse
from bot.model.people import FORMER

FORMER_MEMBER = _("former member")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_FSI, _RLI, _PDI = "\u2068", "\u2067", "\u2069"
"""First strong isolate, right-to-left isolate, pop directional isolate (Unicode UAX #9)."""
MOST_LANGUAGES = 4
"""In one message; a phone shows no more."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ue000\ue001]+")


@dataclass(frozen=True)
class Reader:
    """For whom something is written."""

    languages: tuple[str, ...]
    """The first is meant; the others read stacked lines too."""
    zone: str = "UTC"
    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    next: tuple[str, ...] = ()
    """In which languages they read what is not translated, in this order; English at last."""
    own: str = ""
    """The language that they really read, where a sentence is not translated into it."""

    @property
    def language(self) -> str:
        """Return the first language."""
        return self.languages[0] if self.languages else SOURCE

    @property
    def chain(self) -> tuple[str, ...]:
        """Return in which languages a sentence is looked for, one after the other."""
        return (*self.languages, *self.next) or (SOURCE,)

    def only(self, language: str) -> Reader:
        """Return the one who reads *language*, and else what this one reads."""
        return replace(self, languages=(language,), next=(*self.languages, *self.next), own="")

    def instead(self, language: str) -> Reader:
        """Return the same one, who reads *language* this time: the own one has no such sentence."""
        return replace(self.only(language), own=self.own or self.language)

    @property
    def today(self) -> date:
        """Return the day on the reader's calendar."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True)
class Text:
    """The two renderings of one thing."""

    body: str
    html: str

    @classmethod
    def plain(cls, text: str) -> Text:
        """Return *text* in both, escaped."""
        return cls(text, escape(text, quote=True))

    def __bool__(self) -> bool:
        """Tell whether there is anything to read."""
        return bool(self.body)


def render(part: Part, reader: Reader) -> Text:
    """Write *part* for *reader*."""
    return _WRITERS.get(type(part), _write_words)(part, reader)


def folded(languages: Sequence[str]) -> tuple[str, ...]:
    """Return the languages that a stacked message is written in: four at the most.

    Of more the first three, and English, which the others read most likely.
    """
    if len(languages) <= MOST_LANGUAGES:
        return tuple(languages)
    first = tuple(languages[: MOST_LANGUAGES - 1])
    return (*first, languages[MOST_LANGUAGES - 1] if SOURCE in first else SOURCE)


def stack(part: Part, reader: Reader) -> Text:
    """Write *part* once per language of *reader*, each under its code where there are several."""
    if len(reader.languages) <= 1:
        return render(part, reader)
    blocks = [coded(one, render(part, reader.only(one))) for one in written_in(part, reader)]
    return _join(blocks, "\n", "<br>")


def written_in(part: Part, reader: Reader) -> tuple[str, ...]:
    """Return the languages of *reader* in which *part* can be said, as many as are shown.

    Who reads another one reads theirs: nobody sees the same line twice.
    """
    english = render(part, replace(reader, languages=(SOURCE,), next=()))
    own = [
        one
        for one in reader.languages
        if one == SOURCE or render(part, replace(reader, languages=(one,), next=())) != english
    ]
    return folded(own) or (SOURCE,)


def coded(language: str, text: Text) -> Text:
    """Return the line *text* of a stacked message under the code of its *language*."""
    code = language.upper()
    if is_right_to_left(language):  # the code would turn the line around
        text = Text(f"{_RLI}{text.body}{_PDI}", f"{_RLI}{text.html}{_PDI}")
    return Text(f"{code}  {text.body}", f"<b>{code}</b>&nbsp; {text.html}")


def people_words(text: str) -> str:
    """Return people's *text* on one line, without control signs; right-to-left text is isolated."""
    flat = " ".join(_CONTROL.sub(" ", text).split())
    return f"{_FSI}{flat}{_PDI}" if _RIGHT_TO_LEFT.search(flat) else flat


def _write_words(part: Any, _reader: Reader) -> Text:
    return Text.plain(people_words(str(part)))


def _join(texts: Iterable[Text], body: str, html: str) -> Text:
    shown = [text for text in texts if text]
    return Text(body.join(one.body for one in shown), html.join(one.html for one in shown))


def _write_message(part: Message, reader: Reader) -> Text:
    """Write a sentence in the first language that has it, and its values in the same one."""
    language = language_of(part.text, reader.chain)
    same = reader if language == reader.language else reader.instead(language)
    values = {name: render(value, same) for name, value in part.values.items()}
    if is_right_to_left(language):
        values = {name: _isolated(value) for name, value in values.items()}
    return _fill(part.text, language, values)


def _isolated(text: Text) -> Text:
    """Return *text* so that it keeps its own direction inside a sentence (UAX #9)."""
    if not text or text.body.startswith(_FSI):
        return text
    return Text(f"{_FSI}{text.body}{_PDI}", f"{_FSI}{text.html}{_PDI}")


def _fill(text: Msgid | Plural, language: str, values: dict[str, Text]) -> Text:
    """Fill a translated sentence; one that cannot be filled is said in English."""
    if isinstance(text, Plural):
        values = {"n": Text.plain(str(text.count)), **values}
    sentence = translate(text, language)
    try:
        pieces = _pieces(sentence)
        return _assemble(pieces, values)
    except (KeyError, ValueError):
        return _assemble(_pieces(translate(text, SOURCE)), values)


@cache
def _pieces(sentence: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, name) for literal, name, _spec, _how in Formatter().parse(sentence))


def _assemble(pieces: Sequence[tuple[str, str | None]], values: dict[str, Text]) -> Text:
    texts: list[Text] = []
    for literal, name in pieces:
        texts.append(Text(literal, escape(literal, quote=False).replace("\n", "<br>")))
        if name is not None:
            texts.append(values[name])
    return _join(texts, "", "")


def _write_person(part: Person, reader: Reader) -> Text:
    if part.user == FORMER:
        return Text.plain(translate(FORMER_MEMBER, *reader.chain))
    name = people_words(part.name)
    if not part.rings:
        return Text.plain(name)
    link = "https://matrix.to/#/" + quote(part.user, safe="@:")
    return Text(f"@{name}", f'<a href="{escape(link)}">{escape(name)}</a>')


def _write_when(part: When, reader: Reader) -> Text:
    moment_zone = ZoneInfo(part.zone)
    today = reader.now.astimezone(moment_zone).date()
    if part.due.clock is None:
        text = date_writing.write_day(part.due.day, reader.language, today=today)
    else:
        moment = part.due.at(part.zone).astimezone(moment_zone)
        text = date_writing.write_moment(moment, reader.language, today=today)
    return Text.plain(f"{text} {part.place}".strip())


def _write_neutral(part: Neutral, reader: Reader) -> Text:
    if part.due.clock is None:
        return Text.plain(date_writing.write_neutral(part.due.day, None, today=reader.today))
    moment = part.due.at(part.zone).astimezone(ZoneInfo(part.zone))
    return Text.plain(date_writing.write_neutral(moment.date(), moment.time(), today=reader.today))


def _write_date(part: date, reader: Reader) -> Text:
    return Text.plain(date_writing.write_day(part, reader.language, today=reader.today))


def _write_moment(part: datetime, reader: Reader) -> Text:
    local = part.astimezone(ZoneInfo(reader.zone))
    return Text.plain(date_writing.write_moment(local, reader.language, today=reader.today))


def _write_span(part: timedelta, reader: Reader) -> Text:
    return Text.plain(date_writing.write_span(part, reader.language))


def _write_rule(part: Rule, reader: Reader) -> Text:
    return Text.plain(
        date_writing.write_rule(part.every, part.clock, reader.language, today=reader.today)
    )


def _write_language(part: LanguageName, reader: Reader) -> Text:
    name = name_of(part.code, reader.language)
    return Text.plain(f"{name} ({part.code})" if part.coded else name)


def _write_code(part: Code, reader: Reader) -> Text:
    inside = render(part.text, reader)
    return Text(inside.body, f"<code>{inside.html}</code>")


def _write_bold(part: Bold, reader: Reader) -> Text:
    inside = render(part.part, reader)
    return Text(inside.body, f"<b>{inside.html}</b>" if inside else "")


def _write_struck(part: Struck, reader: Reader) -> Text:
    inside = render(part.part, reader)
    return Text(inside.body, f"<del>{inside.html}</del>" if inside else "")


def _write_typed(part: Typed, reader: Reader) -> Text:
    values = {name: render(value, reader).body for name, value in part.values.items()}
    line = translate(part.phrase, *reader.chain).splitlines()[0]
    try:
        written = parse(line).write(values)
    except BadPhrase:
        written = parse(part.phrase.splitlines()[0]).write(values)
    inside = Text.plain(f"!{written}")
    return Text(inside.body, f"<code>{inside.html}</code>")


def _write_way(part: Way, reader: Reader) -> Text:
    return Text.plain(translate(part.listed, *reader.chain).partition("|")[0])


def _write_grammar(part: Grammar, reader: Reader) -> Text:
    names = {n: f"‹{translate(text, *reader.chain)}›" for n, text in part.titles.items()}
    line = translate(part.phrase, *reader.chain).splitlines()[0]
    try:
        phrase = parse(line)
    except BadPhrase:
        phrase = parse(part.phrase.splitlines()[0])
    inside = Text.plain("!" + phrase.write({n: names[n] for n in phrase.required}))
    return Text(inside.body, f"<code>{inside.html}</code>")


def _write_joined(part: Joined, reader: Reader) -> Text:
    between = Text.plain(part.between)
    return _join((render(one, reader) for one in part.parts), between.body, between.html)


def _write_listed(part: Listed, reader: Reader) -> Text:
    texts = [text for one in part.parts if (text := render(one, reader))]
    marks = [f"\ue000{i}\ue001" for i in range(len(texts))]
    pattern = format_list(marks, locale=locale(reader.language))
    pieces = re.split("\ue000(\\d+)\ue001", pattern)
    shown = [Text.plain(p) if i % 2 == 0 else texts[int(p)] for i, p in enumerate(pieces)]
    return _join(shown, "", "")


def _write_lines(part: Lines, reader: Reader) -> Text:
    return _join((render(one, reader) for one in part.parts), "\n", "<br>")


def _write_stacked(part: Stacked, reader: Reader) -> Text:
    return _join((render(part.top, reader), stack(part.below, reader)), "\n", "<br>")


def _write_titled(part: Titled, reader: Reader) -> Text:
    own = reader.own or reader.language
    return Text.plain(people_words(part.titles.get(own, part.title)))


_WRITERS: dict[type, Callable[[Any, Reader], Text]] = {
    Message: _write_message,
    Person: _write_person,
    When: _write_when,
    Neutral: _write_neutral,
    date: _write_date,
    datetime: _write_moment,
    timedelta: _write_span,
    Rule: _write_rule,
    LanguageName: _write_language,
    Code: _write_code,
    Bold: _write_bold,
    Struck: _write_struck,
    Typed: _write_typed,
    Way: _write_way,
    Grammar: _write_grammar,
    Joined: _write_joined,
    Listed: _write_listed,
    Lines: _write_lines,
    Stacked: _write_stacked,
    Titled: _write_titled,
}
