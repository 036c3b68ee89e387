"""Agreements: which rule decides about a link, when it ends, what a dry run tells."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.charter import (
    FEWEST_DAYS,
    MOST_DAYS,
    Charter,
    Link,
    Mode,
    Rule,
    Signature,
    changed_since,
    expired,
    rehearse,
    rehearsed,
    ruling,
)
from bot.model.institution import Institution

TODAY = date(2026, 11, 22)
YOUTUBE = Link("www.youtube.com", "cs.youtube")
SCHOOL = Link("lycee-x.sharepoint.com", "cs.sharepoint", "lycee-x")


@pytest.mark.parametrize(
    ("what", "link", "is_meant"),
    [
        ("cs.youtube", YOUTUBE, True),
        ("youtube.com", YOUTUBE, True),
        ("*.youtube.com", YOUTUBE, True),
        ("YouTube.com", YOUTUBE, True),
        ("www.youtube.com", YOUTUBE, True),
        ("m.youtube.com", YOUTUBE, False),
        ("outube.com", YOUTUBE, False),
        ("lycee-x", SCHOOL, True),
        ("LYCEE-X", SCHOOL, True),
        ("lycee-y", SCHOOL, False),
        ("", Link("youtube.com"), False),
    ],
)
def test_a_rule_means_a_service_a_host_with_all_below_it_or_a_tenant(
    what: str, link: Link, is_meant: bool
) -> None:
    """Whole labels count, as a browser reads them; half a name is another host."""
    assert is_meant is bool(Rule(what).weight(link))


def test_the_more_exact_rule_decides() -> None:
    """The school's own tenant may be fine where the service as a whole is not, in any order."""
    rules = [Rule("cs.sharepoint", allowed=False), Rule("lycee-x.sharepoint.com")]

    for listed in (rules, rules[::-1]):
        found = ruling(listed, SCHOOL, TODAY)
        assert found
        assert found.allowed


def test_of_two_equal_rules_the_last_one_decides() -> None:
    """Minds change."""
    found = ruling([Rule("youtube.com"), Rule("youtube.com", allowed=False)], YOUTUBE, TODAY)

    assert found
    assert not found.allowed


def test_a_rooms_rule_beats_the_institutions() -> None:
    """Even where the institution is more exact: room > institution > shipped."""
    house = Institution(rules=(Rule("www.youtube.com", allowed=False),))
    room = Charter(rules=[Rule("cs.youtube")])

    here, elsewhere = house.ruling(room, YOUTUBE, TODAY), house.ruling(Charter(), YOUTUBE, TODAY)

    assert here
    assert here.allowed
    assert elsewhere
    assert not elsewhere.allowed
    assert house.ruling(Charter(), SCHOOL, TODAY) is None


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_rule_holds_up_to_and_with_its_last_day(until: date, today: date) -> None:
    """It decides until then, and is told as expired from the day after: never both, never none."""
    charter = Charter(rules=[Rule("youtube.com", until=until)])

    assert (ruling(charter.rules, YOUTUBE, today) is not None) == (today <= until)
    assert (expired(charter, today) == charter.rules) == (today > until)


def test_a_rooms_own_manners_come_first() -> None:
    """Mode and cool-down are the institution's until the room has its own."""
    house = Institution(mode=Mode.REACTION, cooldown_days=3)

    assert (Mode.REACTION, 3) == (house.mode_of(Charter()), house.cooldown_of(Charter()))
    own = Charter(mode=Mode.OFF, cooldown_days=10)
    assert (Mode.OFF, 10) == (house.mode_of(own), house.cooldown_of(own))


@given(st.lists(st.integers(0, 200), max_size=80))
def test_a_dry_run_counts_days_not_links_and_hides_the_few(days: list[int]) -> None:
    """Ten links in a day are one day; one or two might point to somebody."""
    charter = Charter()
    for day in days:
        rehearse(charter, "video", TODAY + timedelta(days=day))

    counted = rehearsed(charter).get("video", 0)
    assert counted == 0 or counted >= FEWEST_DAYS
    assert (counted > 0) == (len(set(days)) >= FEWEST_DAYS)
    assert len(charter.dry.get("video", [])) <= MOST_DAYS


def test_only_changed_articles_are_signed_again() -> None:
    """An article that reads otherwise, is new or is gone; nothing where no text was kept."""
    signed = Signature("Lycée", "FR", "1", TODAY, "fr", "teacher", {1: "a", 2: "b", 3: "c"})

    assert [] == changed_since(signed, {1: "a", 2: "b", 3: "c"})
    assert [2, 3, 4] == changed_since(signed, {1: "a", 2: "x", 4: "d"})
    old = Signature("Lycée", "FR", "1", TODAY, "fr", "teacher")
    assert [] == changed_since(old, {1: "a"})
