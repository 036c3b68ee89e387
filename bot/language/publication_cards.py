"""Publication cards: how the checklist and each of its points look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.cards import date_and_places
from bot.language.field_publish import ANSWERS
from bot.language.mentions import MENTIONS
from bot.language.message import (
    NOTHING,
    Bold,
    Commas,
    Joined,
    Lines,
    Listed,
    Msgid,
    Part,
    Struck,
    Typed,
    Way,
    _,
    _n,
    say,
)
from bot.model.project import Project
from bot.model.publication import (
    BLOCKING,
    FOR_PUPILS,
    NO_CLASS,
    POINTS,
    SIGNING,
    Answer,
    Publication,
    answer_to,
    blocked_by,
    open_points,
    signers,
    unsigned,
)

SHOW = _("{publication}\npublication {publication}")
ANSWER = _("{publication} {points} {answer}")
READY = _(
    "{publication} (ready|publish|published|done|online|release)\n(publish|release) {publication}"
)
SIGN = _("{publication} sign\nsign {publication}")
EXPLAIN = _("{publication} [point|why|explain] {point}")
OK = Way(ANSWERS[Answer.OK])
"""The word that people type for "ok", in their own language."""
MOST_OPEN = 4
"""Open points that a card names; of the others it gives the numbers. Seven lines in all leave one
for a date that could not be read."""
IN_A_LINE = 3
"""Points in each line of the whole list."""
REQUIRED = "⛔"
OPEN = "▫"
SIGNS = {Answer.OK: "✅", Answer.NOT_APPLICABLE: "➖", Answer.NO: "❌"}


@dataclass(frozen=True)
class Point:
    """A point of the checklist, in words."""

    title: Msgid
    asks: Msgid
    """What has to be true for "ok"."""
    mentioned: bool = False
    """The mandatory mentions hold a text for it."""


WORDS: dict[int, Point] = {
    1: Point(
        _("Who are we"), _("Does it say who we are, with the classes and schools?"), mentioned=True
    ),
    2: Point(_("Our project"), _("Does it say what the project is about?"), mentioned=True),
    3: Point(
        _("Legal notice"),
        _("Does it name the person responsible, with their role, and who hosts it?"),
        mentioned=True,
    ),
    4: Point(
        _("Institutional host"),
        _("Is it hosted by a school, a ministry or a European service?"),
    ),
    5: Point(
        _("Visibility"),
        _("Was it decided who can see it: the team, the schools or everybody?"),
    ),
    6: Point(
        _("Image rights"),
        _(
            "Did everybody who can be recognised, and the families, agree in writing? "
            "I keep yes or no, never a name."
        ),
    ),
    7: Point(
        _("No private data"),
        _("No full names, addresses, places, badges, QR codes or timetables, in pictures either?"),
    ),
    8: Point(
        _("Sources and licences"),
        _("Are all authors and licences named, of pictures and music too?"),
        mentioned=True,
    ),
    9: Point(_("Languages"), _("Is it there in all our languages, or at least a summary?")),
    10: Point(
        _("Machine texts"),
        _("Does it say what was written or translated by a machine?"),
    ),
    11: Point(_("Links work"), _("Do all links open for every class, without a private account?")),
    12: Point(
        _("Accessible"),
        _("Do pictures have a description, and films subtitles?"),
    ),
    13: Point(
        _("European Union"),
        _("If it is funded: are the emblem and the sentence about responsibility there?"),
        mentioned=True,
    ),
    14: Point(
        _("Read by teachers"),
        _("Has a teacher of each class read all of it, in a language they read?"),
    ),
    15: Point(
        _("Contact"), _("Does it say where to ask for something to be removed?"), mentioned=True
    ),
}
"""Point -> what it is called and what it asks."""
STANDS: dict[Answer | None, Msgid] = {
    Answer.OK: _("It is ok."),
    Answer.NOT_APPLICABLE: _("It does not apply here."),
    Answer.NO: _("It is not ok yet."),
    None: _("It is still open."),
}


def point_name(point: int) -> Part:
    """Return a point by its number and its title: "3 Legal notice"."""
    return Joined((point, say(WORDS[point].title)), " ")


def publication_line(project: Project, publication: Publication) -> Part:
    """Return the one line of a publication: number, title, date, how much is open."""
    number = f"P{publication.number}"
    title = publication.title or "[…]"
    if publication.deleted:
        return Struck(Joined((number, title)))
    if publication.published:
        when: Part = say(_("published {day}"), day=publication.published)
        return Joined((f"{number} ✅", Bold(title), when))
    due, partners = publication.due, list(project.partners.values())
    return Joined((number, Bold(title), date_and_places(project, due, partners) if due else ""))


def how_many_open(project: Project, publication: Publication) -> Part:
    """Return how many points are open, nothing if it is out."""
    if publication.published:
        return NOTHING
    return say(_n("{n} point open", "{n} points open", len(_open(project, publication))))


def _open(project: Project, publication: Publication) -> list[int]:
    return open_points(publication, project.partners)


def publication_card(project: Project, publication: Publication) -> Part:
    """Return the card of a publication: what is still open, blocking points first.

    Seven lines at the most: the title, four open points, the numbers of the others, what to type.
    """
    title = publication_line(project, publication)
    if publication.deleted:
        return Lines((title, say(_("Deleted. ↩️ brings it back for 10 minutes."))))
    left = _open(project, publication)
    if publication.published:
        named = Listed(tuple(point_name(point) for point in left))
        warned = say(_("Still open: {points}"), points=named)
        return Lines((title, warned if left else NOTHING))
    first = [_open_point(project, publication, point) for point in left[:MOST_OPEN]]
    others = _also(left[MOST_OPEN:], len(POINTS) - len(left))
    return Lines((title, *first, others, _next(project, publication)))


def _also(points: Sequence[int], done: int) -> Part:
    """Return the numbers of the open points that are not named, and how many are done."""
    numbers = Commas(tuple(sorted(points)))
    rest: Part = say(_("Also open: {points}"), points=numbers) if points else NOTHING
    count: Part = say(_n("… {n} done", "… {n} done", done)) if done else NOTHING
    return Joined((rest, count), " ")


def _open_point(project: Project, publication: Publication, point: int) -> Part:
    required: Part = say(_("required")) if point in BLOCKING else NOTHING
    said = answer_to(publication, point, project.partners)
    refused: Part = say(_("not ok yet")) if said is Answer.NO else NOTHING
    signed = _signed(project, publication) if point == SIGNING else NOTHING
    sign = REQUIRED if point in BLOCKING else SIGNS.get(said or Answer.OK) if said else OPEN
    named = Joined((str(sign), point_name(point)), " ")
    return Joined((named, required, refused, signed))


def _signed(project: Project, publication: Publication) -> Part:
    """Return how many classes have signed; nothing where there is none."""
    count = len(project.partners)
    done = count - len(unsigned(publication, project.partners))
    return (
        say(_n("{done} of {n} class", "{done} of {n} classes", count), done=done)
        if count
        else NOTHING
    )


def _next(project: Project, publication: Publication) -> Part:
    """Return what to type next."""
    number = f"P{publication.number}"
    if not blocked_by(publication, project.partners):
        ready = Typed(READY, {"publication": number})
        return say(_("Nothing required is open. To publish: {how}"), how=ready)
    point = _open(project, publication)[0]
    how: Part = Typed(ANSWER, {"publication": number, "points": point, "answer": OK})
    if point == SIGNING:
        how = Typed(SIGN, {"publication": number})
    why = Typed(EXPLAIN, {"publication": number, "point": point})
    return say(_("To answer: {how} · What it means: {why}"), how=how, why=why)


def all_points(project: Project, publication: Publication) -> Part:
    """Return all fifteen points, three in a line, each with a sign of how it stands."""
    points = [_with_sign(project, publication, point) for point in POINTS]
    rows = [Joined(tuple(points[at : at + IN_A_LINE])) for at in range(0, len(points), IN_A_LINE)]
    legend = say(_("✅ ok · ➖ not applicable · ❌ not ok yet · ▫ open · ⛔ required and open"))
    return Lines((publication_line(project, publication), *rows, legend))


def _with_sign(project: Project, publication: Publication, point: int) -> Part:
    said = answer_to(publication, point, project.partners)
    sign = SIGNS[said] if said else OPEN
    if point in BLOCKING and said in {None, Answer.NO}:
        sign = REQUIRED
    return Joined((sign, point_name(point)), " ")


def explained(project: Project, publication: Publication, point: int) -> Part:
    """Return what *point* asks, who answers it, and how it stands."""
    words, number = WORDS[point], f"P{publication.number}"
    required: Part = say(_("required")) if point in BLOCKING else NOTHING
    texts: Part = say(_("Texts for it: {how}"), how=Typed(MENTIONS)) if words.mentioned else NOTHING
    stands = say(STANDS[answer_to(publication, point, project.partners)])
    return Lines(
        (
            Joined((number, Bold(point_name(point)), required)),
            say(words.asks),
            Joined((_who_answers(number, point), texts)),
            Joined(
                (stands, _who_has_not(project, publication) if point == SIGNING else NOTHING), " "
            ),
        )
    )


def _who_answers(number: str, point: int) -> Part:
    if point == SIGNING:
        how = Typed(SIGN, {"publication": number})
        return say(_("A teacher of each class signs it: {how}"), how=how)
    how = Typed(ANSWER, {"publication": number, "points": point, "answer": OK})
    if point in FOR_PUPILS:
        return say(_("Everybody may answer it: {how}"), how=how)
    return say(_("Teachers answer it: {how}"), how=how)


def _who_has_not(project: Project, publication: Publication) -> Part:
    """Return the classes that have not signed, first ones first."""
    left = unsigned(publication, project.partners)
    if not left or NO_CLASS in signers(project.partners):
        return NOTHING
    return say(_("Still missing: {classes}."), classes=Listed(tuple(left[:8])))
