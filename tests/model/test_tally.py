"""Laws of counting: what is counted, what wins, and that nobody is named."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.model import tally
from bot.model.due import Due
from bot.model.people import FORMER, Member, Partner
from bot.model.polls import (
    Ballot,
    Option,
    Poll,
    Tap,
    Turnout,
    Urn,
    drop_in,
    forget,
    tap,
    untap,
    vote,
)
from bot.model.project import Project

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
CODES = ("PAU", "KRK", "VOL")
OPTIONS = 4
USERS = [f"@u{n}:x" for n in range(12)]


def poll_of(ballot: Ballot = Ballot.ONE, number: int = 1) -> Poll:
    return Poll(number, "Q?", "@a:x", NOW, ballot, [Option(f"o{n}") for n in range(OPTIONS)])


def project_of(places: list[str | None], sizes: tuple[int | None, ...] = (None, 25, 3)) -> Project:
    """Return a project whose users are placed in the classes *places*."""
    project = Project("!r", NOW)
    for code, size in zip(CODES, sizes, strict=True):
        project.partners[code] = Partner(code, code, "Europe/Paris", size=size)
    for user, place in zip(USERS, places, strict=False):
        project.members[user] = Member(user, user, place)
    return project


PLACES = st.lists(st.sampled_from([*CODES, None]), min_size=len(USERS), max_size=len(USERS))
CHOSEN = st.lists(st.integers(1, OPTIONS), max_size=OPTIONS)
VOTES = st.lists(st.tuples(st.sampled_from(USERS), CHOSEN), max_size=40)


@given(VOTES)
def test_the_last_vote_of_each_counts(cast: list[tuple[str, list[int]]]) -> None:
    """However often somebody votes; an empty one takes it back."""
    poll = poll_of(Ballot.MANY)
    for user, chosen in cast:
        vote(poll, user, chosen)
    last = dict(cast)
    for number, count in enumerate(tally.counts(poll), 1):
        assert sum(number in chosen for chosen in last.values()) == count


@given(
    st.lists(
        st.tuples(st.sampled_from(USERS[:3]), st.integers(1, OPTIONS), st.booleans()), max_size=40
    )
)
def test_taps_count_as_long_as_they_stand(made: list[tuple[str, int, bool]]) -> None:
    """Any order of tapping and taking away: a choice is what has a letter standing for it."""
    poll, standing = poll_of(Ballot.MANY), dict[str, tuple[str, int]]()
    for at, (user, option, removes) in enumerate(made):
        mine = [event for event, one in standing.items() if one[0] == user]
        if removes and mine:
            untap(poll, mine[0], {})
            del standing[mine[0]]
        else:
            tap(poll, f"${at}", Tap(user, option), user)
            standing[f"${at}"] = (user, option)
        expected = {
            u: sorted({o for one, o in standing.values() if one == u})
            for u, _o in standing.values()
        }
        assert expected == {u: sorted(chosen) for u, chosen in poll.votes.items()}


@given(
    st.lists(
        st.tuples(st.sampled_from(USERS[:3]), st.integers(1, OPTIONS), st.booleans()), max_size=30
    )
)
def test_a_class_has_the_last_letter_that_stands(made: list[tuple[str, int, bool]]) -> None:
    """Two of the three teach PAU: their newest standing letter is its vote."""
    poll, voters = poll_of(Ballot.CLASSES), {USERS[0]: "PAU", USERS[1]: "PAU", USERS[2]: "KRK"}
    for at, (user, option, removes) in enumerate(made):
        mine = [event for event, one in poll.taps.items() if one.by == user]
        if removes and mine:
            untap(poll, mine[-1], voters)
        else:
            tap(poll, f"${at}", Tap(user, option), voters[user])
        assert {voters[one.by]: [one.option] for one in poll.taps.values()} == poll.votes


@given(PLACES, VOTES, st.lists(st.sampled_from(USERS)))
def test_turn_out_adds_up_and_names_nobody(
    places: list[str | None], cast: list[tuple[str, list[int]]], gone: list[str]
) -> None:
    """Classes and those without one make up all voters; who left counts; no id is ever in it."""
    project, poll = project_of(places), poll_of(Ballot.MANY)
    for user, chosen in cast:
        vote(poll, user, chosen)
    for user in gone:
        project.members[user].present = False
    found = tally.turnout(project, poll)
    assert len(poll.votes) == sum(one.voted for one in found) + tally.unplaced(project, poll)
    assert all(0 <= one.voted <= one.size for one in found)
    assert "@" not in repr([asdict(one) for one in found])
    assert "@" not in repr(
        [tally.silent(project, poll), tally.best(project, poll), tally.counts(poll)]
    )
    assert {one.partner for one in found if one.voted}.isdisjoint(tally.silent(project, poll))


@given(PLACES, VOTES)
def test_the_best_date_is_never_worse_for_the_weakest_class(
    places: list[str | None], cast: list[tuple[str, list[int]]]
) -> None:
    """Leximin: no other option has a larger smallest share, nor helps one and harms none."""
    project, poll = project_of(places), poll_of(Ballot.DATES)
    for user, chosen in cast:
        vote(poll, user, chosen)
    best = tally.best(project, poll)
    if best is None:
        assert not any(tally.counts(poll))
        return
    shares = {
        number: {
            one.partner: Fraction(one.voted, one.size)
            for one in tally.shares_of(project, poll, number)
        }
        for number in range(1, OPTIONS + 1)
    }
    mine = shares[best]
    for theirs in shares.values():
        assert min(mine.values(), default=0) >= min(theirs.values(), default=0)
        better = any(theirs[code] > mine[code] for code in mine)
        assert not (better and all(theirs[code] >= mine[code] for code in mine))


def test_ties_of_dates_go_to_the_earliest() -> None:
    """Where classes and sums say the same."""
    project, poll = project_of([]), poll_of(Ballot.DATES)
    days = [date(2026, 12, 3), date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 4)]
    poll.options = [Option(due=Due(day, time(10), "Europe/Paris")) for day in days]
    vote(poll, "@x:y", [1, 2, 3])
    assert 2 == tally.best(project, poll)
    poll.options = [Option("a"), Option("b")]
    vote(poll, "@x:y", [1, 2])
    assert 1 == tally.best(project, poll)


def test_weakest_class_of_an_option() -> None:
    """Declared size before known members; without classes there is none."""
    project, poll = project_of(["PAU", "PAU", "KRK"]), poll_of(Ballot.DATES)
    vote(poll, USERS[0], [1])
    vote(poll, USERS[2], [1])
    assert [Turnout("VOL", 0, 3, declared=True)] == tally.weakest(project, poll, 1)
    assert ["PAU", "KRK", "VOL"] == [one.partner for one in tally.weakest(project, poll, 2)]
    project.partners.pop("VOL")
    assert [Turnout("KRK", 1, 25, declared=True)] == tally.weakest(project, poll, 1)
    assert [] == tally.weakest(Project("!r", NOW), poll, 1)


BALLOTS = st.sampled_from([Ballot.ONE, Ballot.MANY, Ballot.DATES, Ballot.CLASSES])


def told(project: Project, poll: Poll) -> tuple[object, ...]:
    """Return all that is ever said of a poll that is over."""
    best = tally.best(project, poll) if poll.ballot is Ballot.DATES else None
    return (
        tally.counts(poll),
        tally.voters(project, poll),
        tally.classes(project, poll),
        tally.turnout(project, poll),
        tally.unplaced(project, poll),
        best,
        tally.weakest(project, poll, best) if best else [],
    )


@given(BALLOTS, PLACES, VOTES, st.lists(st.sampled_from(USERS)), st.sampled_from(CODES))
def test_when_a_poll_is_over_its_numbers_stay_and_its_votes_go(
    ballot: Ballot,
    places: list[str | None],
    cast: list[tuple[str, list[int]]],
    forgotten: list[str],
    gone: str,
) -> None:
    """Nobody who leaves, moves or is forgotten afterwards, and no class, changes what was told."""
    project, poll = project_of(places), poll_of(ballot)
    for at, (user, chosen) in enumerate(cast):
        vote(poll, CODES[at % 3] if ballot is Ballot.CLASSES else user, chosen[:4])
        poll.taps[f"${at}"] = Tap(user, 1)
    poll.closed, expected = NOW, told(project, poll)
    tally.fold(project, poll)
    assert expected == told(project, poll)
    assert ({}, {}) == (poll.votes, poll.taps)
    assert not any(user in repr(poll) for user in USERS)
    for user in forgotten:
        forget(poll, user)
        project.members.pop(user, None)
    project.partners.pop(gone)
    project.partners["NEW"] = Partner("NEW", "NEW", "Europe/Paris", size=1)
    tally.fold(project, poll)
    assert expected == told(project, poll)


def test_of_a_secret_ballot_nothing_is_kept() -> None:
    """Its totals are said once."""
    poll = poll_of(Ballot.SECRET)
    tally.fold(Project("!r", NOW), poll)
    assert poll.result is None


def test_of_the_other_dates_nothing_is_known_by_class() -> None:
    """When a poll is over there is the one that suits best, and whom it suits least."""
    project, poll = project_of(["PAU", "KRK", "VOL"]), poll_of(Ballot.DATES)
    for user in USERS[:3]:
        vote(poll, user, [2])
    vote(poll, USERS[0], [1, 2])
    tally.fold(project, poll)
    assert 2 == tally.best(project, poll)
    assert ["KRK"] == [one.partner for one in tally.weakest(project, poll, 2)]
    assert [] == tally.weakest(project, poll, 1)


@given(st.lists(st.tuples(st.sampled_from(USERS), st.integers(1, OPTIONS)), max_size=30))
def test_one_secret_vote_each(cast: list[tuple[str, int]]) -> None:
    """The first counts; totals are told from five voters on; names stand in alphabetical order."""
    urn = Urn()
    for user, option in cast:
        known = user in urn.voted
        assert drop_in(urn, user, option, OPTIONS) is not known
    first = dict(reversed(cast))
    assert sorted(first) == urn.voted
    totals = tally.secret_counts(urn, OPTIONS)
    if len(first) < 5:
        assert totals is None
    else:
        assert totals == [sum(o == n for o in first.values()) for n in range(1, OPTIONS + 1)]


def test_who_is_silent_and_who_has_voted_in_special_ballots() -> None:
    """Classes vote as classes; of a secret ballot only the number of voters is known."""
    project = project_of(["PAU"])
    classes, secret = poll_of(Ballot.CLASSES), poll_of(Ballot.SECRET, 2)
    vote(classes, "PAU", [1])
    project.urns[2] = Urn(["@a:x", "@b:x"], [1, 1])
    assert ["KRK", "VOL"] == tally.silent(project, classes)
    assert (1, 2) == (tally.voters(project, classes), tally.voters(project, secret))
    assert [] == tally.turnout(project, classes) == tally.turnout(project, secret)
    assert 0 == tally.unplaced(project, classes)
    del project.urns[2]
    assert 0 == tally.voters(project, secret)


def test_votes_for_what_is_no_option_any_more_do_not_count() -> None:
    """An answer that was added and undone takes its votes along."""
    project, poll = project_of(["PAU"]), poll_of()
    vote(poll, USERS[0], [OPTIONS + 1])
    assert [0] * OPTIONS == tally.counts(poll)
    assert 0 == tally.voters(project, poll)
    assert [] == tally.winners(tally.counts(poll))


def test_a_poll_takes_votes_until_its_end() -> None:
    """The moment of the end counts; closed or deleted takes none."""
    poll = poll_of()
    assert poll.takes(NOW + timedelta(days=999))
    poll.until = NOW
    assert (True, False) == (poll.takes(NOW), poll.takes(NOW + timedelta(seconds=1)))
    poll.closed = NOW
    assert not poll.takes(NOW)


def test_somebody_is_forgotten() -> None:
    """Votes and letters go; the author is a former member; the vote of a class and the urn stay."""
    poll = poll_of(Ballot.MANY)
    poll.author = USERS[0]
    tap(poll, "$1", Tap(USERS[0], 1), USERS[0])
    tap(poll, "$2", Tap(USERS[1], 2), USERS[1])
    urn = Urn([USERS[0], USERS[1]], [2, 0])
    forget(poll, USERS[0], urn)
    assert USERS[0] not in repr((poll, urn))
    assert (FORMER, {USERS[1]: [2]}) == (poll.author, poll.votes)
    assert (2, [2, 0]) == (len(urn.voted), urn.counts)
