"""Meeting people: who speaks, with which role, in which language and zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.assistant.reach import Scene
from bot.heard import Left
from bot.language.catalog import SOURCE, languages, translated
from bot.language.fields import Situation
from bot.model.asker import Asker
from bot.model.documents import PersonDocument
from bot.model.people import Member
from bot.model.project import Project

TRUSTED_DELAY = timedelta(days=7)
"""A message that was on its way for longer is read as if it were said now."""


def meet(scene: Scene) -> None:
    """Know the sender: name, power, presence, and the class that their homeserver tells."""
    heard, project, reach = scene.heard, scene.document.project, scene.reach
    if not heard.direct:
        _meet_in_room(scene)
    if heard.sender not in project.members:
        return
    person = reach.people.get(heard.sender)
    if person is None:
        person = reach.people[heard.sender] = PersonDocument(heard.sender)
    if project.room not in person.rooms:
        person.rooms.append(project.room)
        reach.changed = True
    if heard.direct and person.direct != heard.room:
        person.direct = heard.room
        reach.changed = True


def _meet_in_room(scene: Scene) -> None:
    heard, project = scene.heard, scene.document.project
    known = project.members.get(heard.sender)
    plain = heard.sender.lstrip("@").split(":")[0]
    name = (heard.name or "").strip() or (known.name if known else plain)
    power = heard.power if heard.power is not None else (known.power if known else 0)
    if known is None:
        known = project.members[heard.sender] = Member(heard.sender, name, power=power)
        server = heard.sender.partition(":")[2]
        own = [one.code for one in project.partners.values() if one.server == server]
        known.partner = own[0] if len(own) == 1 else None
    elif (known.name, known.power, known.present) == (name, power, True):
        return
    else:
        known.name, known.power, known.present = name, power, True
    scene.reach.changed = True


def part(scene: Scene, bot: str) -> None:
    """Take note that somebody left; if it is the bot itself, nothing more is sent there."""
    user = scene.heard.user if isinstance(scene.heard, Left) else ""
    user = user or scene.heard.sender
    if user == bot:
        scene.document.outbox.clear()
        scene.document.files.clear()
        scene.document.extra["left"] = scene.now.isoformat()
        scene.reach.changed = True
    elif (member := scene.document.project.members.get(user)) and member.present:
        member.present = False
        scene.reach.changed = True


def asker_of(scene: Scene, typed: str = "") -> Asker:
    """Return who speaks; `typed` is the language of the phrase that they used, once it is known."""
    heard, project = scene.heard, scene.document.project
    person = scene.reach.people.get(heard.sender)
    partner = project.partner_of(heard.sender)
    zone = project.zone_of(heard.sender)
    at = heard.at if timedelta(0) <= scene.now - heard.at <= TRUSTED_DELAY else scene.now
    return Asker(
        heard.sender,
        project.name_of(heard.sender),
        project.role_of(heard.sender),
        _language(person, partner.languages if partner else (), project, typed),
        zone,
        at.astimezone(ZoneInfo(zone)),
        event=heard.event,
        reply_to=getattr(heard, "reply_to", None),
        direct=heard.direct,
        encrypted=heard.encrypted,
        room=heard.room if heard.direct else None,
        next=tuple(project.languages),
    )


def _language(
    person: PersonDocument | None, own: Sequence[str], project: Project, typed: str
) -> str:
    """Return the language of an answer: chosen, of the class, as typed, of the room."""
    spoken = languages()
    if person and person.language in spoken:
        return str(person.language)
    for one in own:
        if one in spoken:
            return one
    if typed:
        return typed
    return next((one for one in project.languages if one in spoken), SOURCE)


def situation_of(project: Project, asker: Asker) -> Situation:
    """Return what reading depends on; every language works until the room has chosen some."""
    spoken = languages()
    room = [one for one in project.languages if one in spoken]
    own = [asker.language] if asker.language in spoken else []
    known = tuple(dict.fromkeys([*own, *room, SOURCE]))
    others = () if project.ready else tuple(one for one in translated() if one not in known)
    return Situation(project, asker, known, others)
