"""What is typed differently and means the same is equal once folded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.folding import fold, replacing


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("TÂCHE", "tache"),
        ("Ta\u0302che", "tache"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("Øresund", "oresund"),
        ("İstanbul ısı", "istanbul isi"),
        ("œuvre Ægir", "oeuvre aegir"),
        ("Đorđe", "dorde"),
        ("Þórr ðe", "thorr de"),
        ("στις Πέμπτης", "στισ πεμπτησ"),
        ("18\u202fh\u00a030", "18 h 30"),
        ("d’ici ‘là’", "d'ici 'la'"),
        ("“oui” «non»", '"oui" "non"'),
        ("après—demain – 3‑4", "apres-demain - 3-4"),
        ("✔️", "✔"),
        ("✋🏽", "✋"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("1ᵉʳ", "1er"),
        ("²", "2"),
    ],
)
def test_fold(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(codec="latin-1")))
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower().upper())


@given(st.lists(st.text(st.characters(exclude_characters="\n"))))
def test_lines_are_folded_at_once_as_one_by_one(lines: list[str]) -> None:
    """The words of a language are folded as one long text, which changes none of them."""
    assert fold("\n".join(lines)).split("\n") == [fold(line) for line in lines or [""]]


def test_signs_and_letters_are_replaced_and_all_others_stay() -> None:
    """A sign that means something in a pattern is a sign like any other."""
    replaced = replacing({"]": ")", "^": "", "-": "–", "\\": "/"})
    assert replaced("[a^b]-c\\d.e") == "[ab)–c/d.e"
