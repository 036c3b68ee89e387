"""The charter text of an institution: one file per language, read into articles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from bot.language.articles import ARTICLES
from bot.model.charter import Article
from bot.settings.problems import Problem, Wrong
from bot.settings.schema import CharterText

LONGEST_TITLE = 100
LONGEST_TEXT = 1200
MOST_ARTICLES = 60
_HEAD = re.compile(r"#{0,6}\s*(?:\*\*)?(\d{1,3})\s*[.):]\s*(\S.*)")
"""`1. Title`, `## 1. Title`, `**1. Title**`."""
_SENTENCE = re.compile(r"(.+?[^\d\s])(?:[.:!?](?:\*\*)?\s+|\*\*\s*)(.+)")
"""A title and the text behind it on the same line."""
_MARKS = re.compile(r"[*`]+|^#+\s*")


def read_articles(told: CharterText) -> tuple[dict[str, tuple[Article, ...]], list[Problem]]:
    """Return language -> articles of the charter that is *told* of, and every mistake in them.

    An article has the same number in every language; the first file is the one that counts.
    """
    found: dict[str, tuple[Article, ...]] = {}
    problems: list[Problem] = []
    if told.files and not told.version.strip():
        advice = 'Write one, like "2026-09": who signs, signs a version.'
        problems.append(Problem("charter.text.version", "The text has no version.", advice))
    for language, path in told.files.items():
        try:
            found[language] = parse(_text(path))
        except Wrong as wrong:
            place = f"charter.text.files.{language}"
            problems.append(Problem(place, f"{path.name}: {wrong}", wrong.suggestion))
    if not problems:
        problems += _wrong_numbers(told.numbers, found)
    return found, [*problems, *_differences(found)]


def _wrong_numbers(
    numbers: Mapping[int, int], found: Mapping[str, tuple[Article, ...]]
) -> Iterator[Problem]:
    """Yield which articles are said to stand for another, but are not there."""
    own = {one.number for one in next(iter(found.values()), ())}
    for neutral, number in numbers.items():
        place = f"charter.text.numbers.{neutral}"
        if not 1 <= neutral <= len(ARTICLES):
            sentence = f"There is no neutral article {neutral}."
            yield Problem(place, sentence, f"They are numbered from 1 to {len(ARTICLES)}.")
        elif number not in own:
            advice = "Write the neutral article first, then yours that says the same."
            yield Problem(place, f"The text has no article {number}.", advice)


def _differences(found: Mapping[str, tuple[Article, ...]]) -> Iterator[Problem]:
    """Yield where a language has other articles than the first one."""
    if not found:
        return
    first, *others = found
    wanted = [one.number for one in found[first]]
    for language in others:
        numbers = [one.number for one in found[language]]
        for sentence, odd in (
            (f"It lacks articles that {first} has", set(wanted) - set(numbers)),
            (f"It has articles that {first} lacks", set(numbers) - set(wanted)),
        ):
            if odd:
                listed = ", ".join(map(str, sorted(odd)))
                advice = "An article keeps its number in every language."
                yield Problem(f"charter.text.files.{language}", f"{sentence}: {listed}.", advice)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Wrong(
            "There is no such file.", "It lies beside bot.yaml, or give its path."
        ) from None
    except UnicodeDecodeError:
        raise Wrong("It is not written in UTF-8.", "Save it again as UTF-8.") from None
    except OSError as error:
        raise Wrong(f"It cannot be read: {error.strerror}.") from None


def parse(text: str) -> tuple[Article, ...]:
    """Return the articles of a charter: paragraphs or headings that begin with a number.

    `1. Title. Text...` in one paragraph, or `## 1. Title` and the text below. What stands before
    the first article is left out; paragraphs without a number belong to the article above them.
    Raises Wrong, with what to do.
    """
    articles: list[Article] = []
    for paragraph in _paragraphs(text):
        if head := _HEAD.fullmatch(paragraph[0]):
            title, rest = _parts(head[2], paragraph[1:])
            articles.append(Article(int(head[1]), title, rest))
        elif articles:
            last = articles.pop()
            more = _plain(" ".join(paragraph))
            articles.append(Article(last.number, last.title, f"{last.text} {more}".strip()))
    _check(articles)
    return tuple(articles)


def _paragraphs(text: str) -> Iterator[list[str]]:
    """Yield the lines of each paragraph; a heading or a numbered line begins one by itself."""
    lines = [line.strip() for line in text.splitlines()]
    for filled, group in groupby(lines, key=bool):
        paragraph: list[str] = []
        for line in group if filled else ():
            if paragraph and _HEAD.fullmatch(line):
                yield paragraph
                paragraph = []
            paragraph.append(line)
        if paragraph:
            yield paragraph


def _parts(head: str, below: list[str]) -> tuple[str, str]:
    """Return title and text: the first sentence, or the first line where more lines follow."""
    found = _SENTENCE.fullmatch(head)
    if found:
        return _plain(found[1]), _plain(" ".join([found[2], *below]))
    return _plain(head), _plain(" ".join(below))


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub("", text).split()).strip()


def _check(articles: list[Article]) -> None:
    """Raise Wrong unless every article can be shown in a chat and cited by its number."""
    if not articles:
        raise Wrong("No article was found.", 'Begin each with its number: "1. Title. Text..."')
    if len(articles) > MOST_ARTICLES:
        raise Wrong(f"There are more than {MOST_ARTICLES} articles.", "Bring the text down.")
    numbers = [one.number for one in articles]
    for one in articles:
        if numbers.count(one.number) > 1:
            raise Wrong(f"Article {one.number} stands twice.", "Give each its own number.")
        title = one.title.rstrip(".")
        if len(title) > LONGEST_TITLE:
            advice = "Put a short title first, a full stop behind it."
            raise Wrong(f"The title of article {one.number} is too long.", advice)
        if len(one.text) > LONGEST_TEXT:
            advice = f"At most {LONGEST_TEXT} characters fit a message."
            raise Wrong(f"The text of article {one.number} is too long.", advice)
