"""The words of a charter note: what was agreed, what every class can open, who can allow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.language.articles import cited
from bot.language.charter_names import EXCEPTIONS, OK, name_of_rule
from bot.language.links import HERE
from bot.language.links.choosing import PLANNED
from bot.language.message import Joined, Listed, Message, Msgid, Part, Typed, _, say
from bot.language.render import Reader, Text, render
from bot.language.stacking import coded, written_in
from bot.model.charter import AGREED, IMAGES
from bot.model.institution import Institution
from bot.model.services import Act, Found, Kind, Service

LONGEST: Final = 300
"""Characters of a note in one language."""
MOST_FULL: Final = 2
"""Languages in which all of a note is said; further ones leave out how a teacher can allow it."""
IMAGE_ARTICLE: Final = 6
AGREED_ARTICLE: Final = 1
MACHINES: Final = frozenset({"ai", "translate"})
SIGNED: Final = "sign"

CHARTER = _("Charter, art. {number}")
UNNUMBERED = _("Charter")
HOW = _("A teacher can agree to it: {how}")

INSTEAD: Final[dict[str, Msgid]] = {
    Act.VIEW: _(
        "{charter}: looking at it is fine. For your own work, every class can open {services}."
    ),
    Act.DEPOSIT: _(
        "{charter}: project work is better kept where every class can open it: {services}."
    ),
    Act.COLLECT: _(
        "{charter}: what people answer says a lot about them. Every class can open {services}."
    ),
    Act.INVITE: _(
        "{charter}: nobody needs a private account for the project. Every class can open "
        "{services}."
    ),
    "machine": _(
        "{charter}: no names in there, please, and say that a machine helped. Every class can "
        "open {services}."
    ),
}
"""What a link makes people do -> what to say where there is something that every class can open."""
IN_THE_ROOM: Final[dict[str, Msgid]] = {
    Act.VIEW: _(
        "{charter}: looking at it is fine. What you make yourselves can be sent here, in this room."
    ),
    Act.DEPOSIT: _(
        "{charter}: project work is better kept where every class can open it. It can be sent "
        "here, in this room."
    ),
    Act.COLLECT: _(
        "{charter}: what is collected says much about people. It can be sent here, in this room."
    ),
    Act.INVITE: _(
        "{charter}: nobody needs a private account for the project. Every class is in this room "
        "already."
    ),
    "plan": _("{charter}: I keep tasks and dates here, where every class sees them."),
}
"""The same where the room itself is what every class can open."""
ALONE: Final[dict[str, Msgid]] = {
    Act.VIEW: _(
        "{charter}: looking at it is fine. For your own work, ask which service the schools have."
    ),
    Act.DEPOSIT: _("{charter}: project work is better kept with a service that the schools have."),
    Act.COLLECT: _(
        "{charter}: what people answer says a lot about them. It is safer "
        "with a service of the schools."
    ),
    Act.INVITE: _(
        "{charter}: nobody needs a private account for the project. Ask what the schools have."
    ),
    "machine": _("{charter}: no names in there, please, and say that a machine helped."),
    "sign": _("{charter}: signatures and money are for the schools to collect. Ask a teacher."),
    "shortener": _(
        "{charter}: nobody sees where a short link leads. Please share the full address."
    ),
    IMAGES: _(
        "{charter}: whoever can be recognised says yes in writing before this is published. Ask a "
        "teacher if you are not sure."
    ),
    AGREED: _("{charter}: for this, the project agreed on something else. {how} shows what."),
}
"""The same where there is nothing, or nothing else, to suggest."""


@dataclass(frozen=True)
class Concern:
    """What a note is about: never who, never which message."""

    category: str
    article: int
    gravity: int
    """The higher, the sooner it is spoken about."""
    sentence: str
    """Key of INSTEAD, IN_THE_ROOM and ALONE."""
    rule: str = ""
    """What a rule would be about: the id of a service, "images", or nothing."""
    alternatives: tuple[Service, ...] = ()


GRAVITY: Final[dict[str, int]] = {
    Act.DEPOSIT: 6,
    Act.COLLECT: 5,
    Act.INVITE: 4,
    IMAGES: 3,
    AGREED: 2,
    Act.VIEW: 1,
}


def concern_of(found: Found, instead: tuple[Service, ...]) -> Concern:
    """Return what to say about a link; *instead*: what every class of the room can open."""
    sentence: str = found.act
    if found.category in MACHINES:
        sentence = "machine"
    elif found.category == SIGNED:
        sentence = SIGNED
    elif found.category in PLANNED:
        sentence = "plan" if instead == (HERE,) else sentence
    elif found.service.kind is Kind.SHORTENER:
        sentence, instead = "shortener", ()
    gravity = GRAVITY[found.act]
    return Concern(found.category, found.article, gravity, sentence, found.service.id, instead)


IMAGE_CONCERN = Concern(IMAGES, IMAGE_ARTICLE, GRAVITY[IMAGES], IMAGES, IMAGES)
AGREED_CONCERN = Concern(AGREED, AGREED_ARTICLE, GRAVITY[AGREED], AGREED)


def written(concern: Concern, institution: Institution, reader: Reader) -> Text:
    """Return the note once per language of *reader*: whole in the first two, short in others."""
    sentence = _sentence(concern, institution)
    whole: Part = sentence
    if concern.rule:
        line = {"what": name_of_rule(concern.rule), "reason": "…"}
        whole = Joined((sentence, say(HOW, how=Typed(OK, line))), " ")
    if len(reader.languages) == 1:
        return render(whole, reader)
    every = [
        coded(one, render(whole if place < MOST_FULL else sentence, reader.only(one)))
        for place, one in enumerate(written_in(sentence, reader, render))
    ]
    return Text("\n".join(one.body for one in every), "<br>".join(one.html for one in every))


def _sentence(concern: Concern, institution: Institution) -> Part:
    """Return what a note says first; it names an article only if the charter has it."""
    number = cited(institution, concern.article)
    charter = say(CHARTER, number=number) if number else Message(UNNUMBERED)
    if concern.alternatives == (HERE,):
        return say(IN_THE_ROOM[concern.sentence], charter=charter)
    if concern.alternatives:
        services = Listed(tuple(one.name for one in concern.alternatives))
        return say(INSTEAD[concern.sentence], charter=charter, services=services)
    if concern.category == AGREED:
        return say(ALONE[AGREED], charter=charter, how=Typed(EXCEPTIONS))
    return say(ALONE[concern.sentence], charter=charter)
