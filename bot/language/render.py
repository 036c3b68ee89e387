"""Rendering: a message x the languages of its readers -> plain text and safe HTML together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from html import escape
from string import Formatter
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.lists import format_list

from bot.language import date_writing
from bot.language.catalog import SOURCE, is_right_to_left, language_of, locale, name_of, translate
from bot.language.message import (
    DOT,
    Bold,
    Code,
    Commas,
    Grammar,
    InLanguage,
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
from bot.language.reader import Reader
from bot.language.stacking import stacked
from bot.language.text import (
    Text,
    isolated,
    join,
    people_words,
    runs_left_to_right,
    turned,
)
from bot.model.people import FORMER

__all__ = ["Reader", "Text", "people_words", "render", "stack"]

FORMER_MEMBER = _("former member")
_COMMAS: Final = {"ar": "،"}
"""Where it is not the Latin one (CLDR, numbers and lists of ar)."""
_BEFORE_A_SOUND: Final = {
    "it": (" e ", re.compile("[eèéêEÈÉÊ]"), " ed "),
    "es": (" y ", re.compile("h?[ií](?![aeoáéó])", re.IGNORECASE), " e "),
}
"""Language -> its "and", before which sound it is another, which one: "Ada ed Elena", "Ana e Inés".

CLDR's lists do not know it; the rules are of ICU's ListFormatter (Spanish) and the Crusca (Italian:
only before the same vowel).
"""


_NO_SOUND: Final = ("", re.compile("(?!)"), "")


def render(part: Part, reader: Reader) -> Text:
    """Write *part* for *reader*."""
    return _WRITERS.get(type(part), _write_words)(part, reader)


def stack(part: Part, reader: Reader) -> Text:
    """Write *part* once per language of *reader*, each under its code where there are several."""
    return stacked(part, reader, render)


def _write_words(part: Any, _reader: Reader) -> Text:
    return Text.plain(people_words(str(part)))


def _write_message(part: Message, reader: Reader) -> Text:
    """Write a sentence in the first language that has it, and its values in the same one."""
    language = language_of(part.text, reader.chain)
    same = reader if language == reader.language else reader.instead(language)
    values = {name: render(value, same) for name, value in part.values.items()}
    if is_right_to_left(language):
        values = {name: isolated(value) for name, value in values.items()}
    return _fill(part.text, language, values)


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
    return join(texts, "", "")


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
    if part.between == DOT:
        texts = _items(part.parts, reader)
        return _in_a_row(texts, DOT, texts, reader)
    between = Text.plain(part.between)
    return join((render(one, reader) for one in part.parts), between.body, between.html)


def _write_listed(part: Listed, reader: Reader) -> Text:
    texts = _items(part.parts, reader)
    marks = [f"\ue000{i}\ue001" for i in range(len(texts))]
    pieces = re.split("\ue000(\\d+)\ue001", format_list(marks, locale=locale(reader.language)))
    if len(texts) > 1:
        pieces[-3] = _before_a_sound(pieces[-3], texts[-1].body, reader.language)
    shown = [Text.plain(p) if i % 2 == 0 else texts[int(p)] for i, p in enumerate(pieces)]
    return _in_a_row(shown, "", texts, reader)


def _before_a_sound(joining: str, following: str, language: str) -> str:
    """Return the "and" of a list as it is said before *following*."""
    usual, sound, other = _BEFORE_A_SOUND.get(language, _NO_SOUND)
    return other if joining == usual and sound.match(following) else joining


def _write_commas(part: Commas, reader: Reader) -> Text:
    texts = _items(part.parts, reader)
    return _in_a_row(texts, f"{_COMMAS.get(reader.language, ',')} ", texts, reader)


def _items(parts: Sequence[Part], reader: Reader) -> list[Text]:
    """Return *parts* written, empty ones left out; what runs against the row is isolated."""
    texts = [text for one in parts if (text := render(one, reader))]
    if len(texts) > 1 and is_right_to_left(reader.language):
        return [isolated(one) if runs_left_to_right(one.body) else one for one in texts]
    return texts


def _in_a_row(shown: Sequence[Text], between: str, items: Sequence[Text], reader: Reader) -> Text:
    """Return what is *shown* of *items* as one, in the direction of the reader's language."""
    row = join(shown, between, between)
    return turned(row) if len(items) > 1 and is_right_to_left(reader.language) else row


def _write_lines(part: Lines, reader: Reader) -> Text:
    return join((render(one, reader) for one in part.parts), "\n", "<br>")


def _write_stacked(part: Stacked, reader: Reader) -> Text:
    return join((render(part.top, reader), stack(part.below, reader)), "\n", "<br>")


def _write_in_language(part: InLanguage, reader: Reader) -> Text:
    meant = replace(reader.only(part.language), zone=part.zone, now=part.now)
    text = render(part.part, meant)
    return turned(text) if is_right_to_left(part.language) else text


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
    Commas: _write_commas,
    Lines: _write_lines,
    Stacked: _write_stacked,
    InLanguage: _write_in_language,
    Titled: _write_titled,
}
