"""The points of a publication: explained, answered, signed."""

from __future__ import annotations

from bot.command import Commands, Outcome
from bot.language.field_publish import PointNumbers
from bot.language.fields import PublicationNumber
from bot.language.message import Listed, Refusal, Typed, _, _n, say
from bot.language.publication_cards import (
    ANSWER,
    EXPLAIN,
    SIGN,
    all_points,
    explained,
)
from bot.model.asker import Asker
from bot.model.people import Role
from bot.model.project import Project
from bot.model.publication import (
    BLOCKING,
    FOR_PUPILS,
    NEVER_SKIPPED,
    NO_CLASS,
    POINTS,
    SIGNING,
    Answer,
    Publication,
)
from commands.people import IAM
from commands.publish import check_not_public, find

command = Commands("publish")


@command(
    _("{publication} (points|all|list|all points)"),
    _("All fifteen points."),
    example=_("P1 points"),
    shows=True,
)
def points(project: Project, asker: Asker, *, publication: PublicationNumber) -> Outcome:
    """List all fifteen points."""
    del asker
    return Outcome(says=all_points(project, find(project, publication)))


@command(
    EXPLAIN,
    _("What a point asks, and who answers it."),
    example=_("P1 6?"),
    shows=True,
)
def explain(
    project: Project, asker: Asker, *, publication: PublicationNumber, point: int
) -> Outcome:
    """Explain one point."""
    del asker
    found = find(project, publication)
    _known((point,))
    return Outcome(says=explained(project, found, point))


@command(ANSWER, _("Answer points: ok, no or n/a."), example=_("P1 1 2 4 ok"))
def answer(
    project: Project,
    asker: Asker,
    *,
    publication: PublicationNumber,
    points: PointNumbers,
    answer: Answer,
) -> Outcome:
    """Answer one point or several; all of them or none."""
    found = find(project, publication)
    _known(points)
    _may_answer(asker, points)
    _can_answer(found, points, answer)
    if any(point in BLOCKING for point in points):
        check_not_public(found)
    found.points |= dict.fromkeys(points, answer)
    return Outcome(reaction="👍")


def _known(points: tuple[int, ...]) -> None:
    if not set(points) <= set(POINTS):
        text = _("The points are numbered from 1 to {last}.")
        raise Refusal(say(text, last=POINTS[-1]))


def _may_answer(asker: Asker, points: tuple[int, ...]) -> None:
    """Pupils answer what is work to do, teachers all the rest."""
    theirs = [point for point in points if point not in FOR_PUPILS]
    if asker.role >= Role.TEACHER or not theirs:
        return
    raise Refusal(
        say(
            _n(
                "A teacher answers point {points}. Everybody may answer {others}.",
                "A teacher answers points {points}. Everybody may answer {others}.",
                len(theirs),
            ),
            points=Listed(tuple(theirs)),
            others=Listed(tuple(sorted(FOR_PUPILS))),
        )
    )


def _can_answer(found: Publication, points: tuple[int, ...], answer: Answer) -> None:
    """Refuse "not applicable" where it never is, and any answer where a signature is needed."""
    skipped = [point for point in points if point in NEVER_SKIPPED]
    if answer is Answer.NOT_APPLICABLE and skipped:
        why = {
            3: say(_("Point 3 always applies: readers must know who is responsible.")),
            SIGNING: say(_("Point 14 always applies: a teacher of each class reads it first.")),
        }
        raise Refusal(why[skipped[0]])
    if SIGNING in points:
        how = Typed(SIGN, {"publication": f"P{found.number}"})
        raise Refusal(say(_("Point 14 is signed by a teacher of each class: {how}"), how=how))


@command(
    SIGN,
    _("Sign for your class that a teacher has read it."),
    example=_("P1 sign"),
    may=Role.TEACHER,
    sealed=True,
)
def sign(project: Project, asker: Asker, *, publication: PublicationNumber) -> Outcome:
    """Sign point 14 for the asker's class."""
    found, code = find(project, publication), _class_of(project, asker)
    check_not_public(found)
    if code in found.signed:
        day = found.signed[code]
        raise Refusal(say(_("That is signed already, since {day}."), day=day))
    found.signed[code] = asker.today
    return Outcome(reaction="✍️")


@command(
    _("{publication} unsign\nunsign {publication}"),
    _("Take the signature of your class back."),
    example=_("P1 unsign"),
    may=Role.TEACHER,
    sealed=True,
    quiet=True,
)
def unsign(project: Project, asker: Asker, *, publication: PublicationNumber) -> Outcome:
    """Take the signature of the asker's class back."""
    found, code = find(project, publication), _class_of(project, asker)
    check_not_public(found)
    if code not in found.signed:
        raise Refusal(say(_("There is no signature of your class.")))
    del found.signed[code]
    return Outcome(reaction="👍")


def _class_of(project: Project, asker: Asker) -> str:
    """Return the class for which the asker signs; a project without classes has one signature."""
    partner = project.partner_of(asker.user)
    if partner:
        return partner.code
    if not project.partners:
        return NO_CLASS
    how = Typed(IAM, {"partner": next(iter(project.partners))})
    raise Refusal(say(_("A teacher signs for a class. Tell me yours first: {how}"), how=how))
