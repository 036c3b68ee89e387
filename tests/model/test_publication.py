"""Publications: what is open, what blocks, who has signed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.publication import (
    BLOCKING,
    FOR_PUPILS,
    NEVER_SKIPPED,
    POINTS,
    SIGNING,
    Answer,
    Publication,
    answer_to,
    blocked_by,
    open_points,
    rename,
    unsigned,
)

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
CODES = ["PAU", "KOL", "VOL"]


@st.composite
def publications(draw: st.DrawFn) -> Publication:
    """Return a publication in any state that commands can bring it into."""
    answerable = [point for point in POINTS if point != SIGNING]
    answers = st.dictionaries(st.sampled_from(answerable), st.sampled_from(Answer))
    signed = st.dictionaries(st.sampled_from(["", *CODES, "GONE"]), st.just(NOW.date()))
    return Publication(1, "Film", "@weber:x", NOW, points=draw(answers), signed=draw(signed))


classes = st.lists(st.sampled_from(CODES), unique=True)


@given(publications(), classes)
def test_every_point_is_open_or_answered(found: Publication, codes: list[str]) -> None:
    """What is open has no answer or a "no"; blocking points stand first, each point once."""
    left = open_points(found, codes)
    done = {Answer.OK, Answer.NOT_APPLICABLE}
    answered = [point for point in POINTS if answer_to(found, point, codes) in done]
    assert sorted([*left, *answered]) == list(POINTS)
    blocking = blocked_by(found, codes)
    assert left[: len(blocking)] == blocking
    assert not set(left[len(blocking) :]) & set(BLOCKING)


@given(publications(), classes, st.sampled_from(CODES))
def test_a_signature_more_never_opens_anything(
    found: Publication, codes: list[str], signer: str
) -> None:
    """Signing takes only point 14 off what is open, when the last class has signed."""
    before = open_points(found, codes)
    missing = unsigned(found, codes)
    found.signed[signer] = NOW.date()
    gone = set(before) - set(open_points(found, codes))
    assert gone == ({SIGNING} if missing == [signer] else set())


@given(publications(), classes, st.sampled_from(CODES))
def test_a_class_more_needs_its_own_signature(
    found: Publication, codes: list[str], late: str
) -> None:
    """A class that joins later signs too, or nothing goes public."""
    found.signed.pop(late, None)
    assert SIGNING in blocked_by(found, [*codes, late])


@pytest.mark.parametrize(
    ("signed", "codes", "left"),
    [
        ([], [], [""]),
        ([""], [], []),
        ([""], ["PAU"], ["PAU"]),
        (["PAU"], [], [""]),
        (["PAU"], ["PAU", "KOL"], ["KOL"]),
        (["PAU", "KOL", "GONE"], ["PAU", "KOL"], []),
    ],
)
def test_who_has_not_signed(signed: list[str], codes: list[str], left: list[str]) -> None:
    """All classes of today count; without classes one teacher does; who has left does not."""
    found = Publication(1, "Film", "@a:x", NOW, signed=dict.fromkeys(signed, date(2026, 11, 22)))
    assert left == unsigned(found, codes)
    assert (Answer.OK if not left else None) is answer_to(found, SIGNING, codes)


@given(publications(), st.sampled_from(["Film", "Another film"]))
def test_a_signature_belongs_to_a_title(found: Publication, title: str) -> None:
    """Another title has no signatures; the same one keeps them; points stay as they are."""
    points, signed = dict(found.points), dict(found.signed)
    changed = title != found.title
    assert rename(found, title) is (changed and bool(signed))
    assert found.signed == ({} if changed else signed)
    assert (title, points) == (found.title, found.points)


def test_points_are_sorted_into_kinds_once() -> None:
    """What never can be skipped blocks; what blocks is decided by teachers."""
    assert set(POINTS) >= set(BLOCKING) > NEVER_SKIPPED
    assert not FOR_PUPILS & set(BLOCKING)
