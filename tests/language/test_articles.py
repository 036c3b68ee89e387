"""The articles: fifteen neutral ones, or an institution's own, by the same numbers everywhere."""

from __future__ import annotations

import pytest

from bot.language.articles import (
    ARTICLES,
    SHIPPED_VERSION,
    article_of,
    articles_of,
    digests_of,
    version_of,
)
from bot.language.catalog import translated
from bot.language.render import Reader, render
from bot.model.charter import Article
from bot.model.institution import Institution

FRENCH = (
    Article(1, "D'abord l'école", "On prend les outils de l'école."),
    Article(2, "Image", "Oui écrit."),
)
GERMAN = (
    Article(1, "Erst die Schule", "Wir nehmen deren Dienste."),
    Article(2, "Bild", "Schriftlich."),
)
OWN = Institution(version="2026-09", articles={"fr": FRENCH, "de": GERMAN})


def test_there_are_fifteen_articles_of_one_or_two_sentences() -> None:
    """Each fits a chat message and a list of titles."""
    assert 15 == len(ARTICLES)
    for title, text in ARTICLES:
        assert 40 >= len(title)
        assert text.endswith(".")
        assert 1 <= text.count(". ") + 1 <= 2


@pytest.mark.parametrize("language", translated())
def test_every_language_has_the_same_numbers(language: str) -> None:
    """Article 6 is about images in every language."""
    shown = articles_of(Institution(), language)

    assert list(range(1, 16)) == [one.number for one in shown]
    for one in shown:
        assert render(one.title, Reader((language,)))
        assert render(one.text, Reader((language,)))


def test_an_institution_brings_its_own_text() -> None:
    """Whose language has no text of its own reads the first one."""
    assert "2026-09" == version_of(OWN)
    assert SHIPPED_VERSION == version_of(Institution())
    titles = {one: [a.title for a in articles_of(OWN, one)] for one in ("fr", "de", "pl")}
    assert ["Erst die Schule", "Bild"] == titles["de"]
    assert titles["fr"] == titles["pl"]
    assert article_of(OWN, 3, "fr") is None


def test_a_better_translation_is_no_new_charter() -> None:
    """Digests are those of the first language: what it says, not how its lines are broken."""
    other = Institution(version="2026-10", articles={"fr": FRENCH, "de": GERMAN[:1]})
    wrapped = (Article(1, "D'abord  l'école", "On prend\nles outils de l'école."), FRENCH[1])
    changed = (FRENCH[0], Article(2, "Image", "Oui écrit, chaque année."))

    assert digests_of(OWN) == digests_of(other)
    assert digests_of(OWN) == digests_of(Institution(articles={"fr": wrapped}))
    now = digests_of(Institution(articles={"fr": changed}))
    assert [2] == [n for n, digest in digests_of(OWN).items() if digest != now[n]]
