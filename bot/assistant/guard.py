"""The guard: a link to a consumer service reminds the room of its charter, kindly and rarely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.assistant.guard_words import (
    AGREED_CONCERN,
    IMAGE_CONCERN,
    Concern,
    concern_of,
    written,
)
from bot.assistant.offers import plain_key
from bot.assistant.reach import Scene
from bot.assistant.speaking import Answering, Speaker, room_reader
from bot.heard import Reacted, Said, Topic
from bot.language.charter_names import countries_of
from bot.language.field_people import words
from bot.language.folding import fold
from bot.language.links import alternatives, find_all, hosts_in
from bot.language.message import _
from bot.model.charter import IMAGES, Charter, Link, Mode, rehearse
from bot.model.documents import Offer
from bot.model.institution import Institution
from bot.model.people import Role
from bot.model.services import Act, Found, Kind

SIGN = "ℹ️"
ASKING = ("ℹ", "❓", "❔", "?")
"""Reactions that ask what a sign, or a note, means; without variants of the picture."""
STALE = timedelta(days=1)
"""A message so old is not spoken about any more, nor is what a sign on it means."""
FIRST = 100
"""Characters in which the first words of a message are looked for."""
MOST = 500
"""Signs, and messages that were treated, that are remembered."""
CHARTER_WORD = _("charter|charta")
"""The first word of what is said about the charter itself: naming a service there is no link."""
_IMAGES = frozenset({"m.image", "m.video", "m.audio"})
_MINDED = frozenset({Kind.CONSUMER, Kind.SHORTENER})


@dataclass
class Guard:
    """Looks at what is said in rooms; what it keeps in memory is never stored.

    A note does not ring, so it comes at night too: whoever posts then is awake. A film to watch
    gets its mild note in rooms of teachers too: it is they who then agree to the service, or turn
    the notes off. Stored is, per room and category, when the room was last reminded; never who,
    what or which message.
    """

    institution: Institution = field(default_factory=Institution)
    hinted: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """Message that got a silent sign -> the line that explains it, and since when; bounded."""
    treated: dict[str, None] = field(default_factory=dict)
    """Messages that got a note or a sign: an edit of theirs brings no second one; bounded."""

    def look(self, scene: Scene, *, answered: bool) -> None:
        """Remind the room, if what was heard asks for it; `answered`: it got a message already.

        A message that was answered gets a silent sign instead of a second message (DESIGN 10,
        law 3), and the room may be reminded by the next one.
        """
        project, heard = scene.document.project, scene.heard
        mode = self.institution.mode_of(project.charter)
        again = scene.reach.wants_rooms or scene.reach.wants_file is not None
        if mode is Mode.OFF or again or scene.now - heard.at > STALE:
            return
        event = (heard.edits or heard.event) if isinstance(heard, Said) else ""
        edited = isinstance(heard, Said) and heard.edits is not None
        if (edited and event in self.treated) or _is_about_the_charter(scene, answered=answered):
            return
        due = [one for one in self._concerns(scene) if not self._rests(scene, one.category)]
        if not due:
            return
        gravest = max(due, key=lambda one: one.gravity)
        if mode is Mode.DRY:
            scene.reach.changed |= rehearse(project.charter, gravest.category, scene.now.date())
        elif answered or mode is Mode.REACTION:
            self._sign(scene, gravest, event, consume=not answered)
        else:
            self._note(scene, gravest, event)

    def asked(self, scene: Scene) -> str | None:
        """Return the line to run if somebody asks back by a reaction what a silent sign means."""
        heard = scene.heard
        if not isinstance(heard, Reacted) or plain_key(heard.key) not in ASKING:
            return None
        line, since = self.hinted.pop(heard.to, ("", scene.now))
        return line if scene.now - since <= STALE else None

    # --- what there is to say ----------------------------------------------------------------

    def _concerns(self, scene: Scene) -> Iterator[Concern]:
        """Yield what the message asks to be reminded of, in its own order."""
        heard, charter = scene.heard, scene.document.project.charter
        text, html = _words(scene)
        found = find_all(text, html)
        countries = countries_of(scene.document.project) if found else ()
        for one in found:
            link = Link(one.host, one.service.id, one.tenant)
            if self._minds(charter, link, scene, minded=one.service.kind in _MINDED):
                yield self._concern(one, countries, ruled=self._minds(charter, link, scene))
        known = {one.host for one in found}
        if not all(one.allowed for one in (*charter.rules, *self.institution.rules)):
            others = (Link(one.host) for one in hosts_in(text, html) if one.host not in known)
            if any(self._minds(charter, one, scene) for one in others):
                yield AGREED_CONCERN
        pictured = isinstance(heard, Said) and heard.msgtype in _IMAGES and _has_pupils(scene)
        if pictured and self._minds(charter, Link(IMAGES), scene, minded=True):
            yield IMAGE_CONCERN

    def _concern(self, found: Found, countries: tuple[str, ...], *, ruled: bool) -> Concern:
        """Return what to say; what a rule speaks against is not called fine to look at."""
        if found.service.kind not in _MINDED or (ruled and found.act is Act.VIEW):
            return AGREED_CONCERN
        return concern_of(found, alternatives(found, countries))

    def _minds(self, charter: Charter, link: Link, scene: Scene, *, minded: bool = False) -> bool:
        """Tell whether *link* asks for a reminder: a rule decides, else the catalogue: `minded`."""
        rule = self.institution.ruling(charter, link, scene.now.date())
        return not rule.allowed if rule else minded

    def _rests(self, scene: Scene, category: str) -> bool:
        """Tell whether the room was reminded of *category* not long ago."""
        charter = scene.document.project.charter
        last = charter.reminded.get(category)
        rest = timedelta(days=self.institution.cooldown_of(charter))
        return last is not None and scene.now - last < rest

    # --- saying it ---------------------------------------------------------------------------

    def _note(self, scene: Scene, concern: Concern, event: str) -> None:
        """Say it in the room, in reply to the message, without naming anybody."""
        document, heard = scene.document, scene.heard
        document.project.charter.reminded[concern.category] = scene.now
        reader = room_reader(document, scene.now)
        answering = Answering(None, event or None, getattr(heard, "thread", None))
        target = f"charter {concern.category}"
        text = written(concern, self.institution, reader)
        Speaker(document, scene.now).message(text, target, answering)
        document.offers = [one for one in document.offers if one.target != target]
        choices = dict.fromkeys(ASKING, _why(concern, concern.category))
        document.offers.append(Offer(target, scene.now + STALE, choices=choices))
        self._remember(event)

    def _sign(self, scene: Scene, concern: Concern, event: str, *, consume: bool) -> None:
        """React instead; whoever reacts with the same sign is told what it means."""
        if not event:
            return
        if consume:
            scene.document.project.charter.reminded[concern.category] = scene.now
        Speaker(scene.document, scene.now).react(SIGN, event)
        self.hinted[event] = (_why(concern, concern.rule), scene.now)
        self._remember(event)

    def _remember(self, event: str) -> None:
        self.treated[event] = None
        for memory in (self.hinted, self.treated):
            for old in list(memory)[:-MOST]:
                memory.pop(old)


def _why(concern: Concern, what: str) -> str:
    """Return the line, in English, that explains what a note or a sign is about."""
    return f"charter why {what}" if concern.rule else "charter exceptions"


def _is_about_the_charter(scene: Scene, *, answered: bool) -> bool:
    """Tell whether the assistant is asked about the charter, perhaps by its name."""
    text = _words(scene)[0][:FIRST].strip()
    if not (answered or text.startswith(("!", "/"))):
        return False
    languages = (*scene.document.project.languages, "en")
    first = fold(text.lstrip("!/ \u00a0\u202f")).split()[:2]
    return bool(words(CHARTER_WORD, languages) & {*first})


def _words(scene: Scene) -> tuple[str, str | None]:
    """Return what is read for links: the body and its HTML, a caption, a poll, a topic."""
    heard = scene.heard
    if isinstance(heard, Topic):
        return heard.title, None
    return (heard.body, heard.html) if isinstance(heard, Said) else ("", None)


def _has_pupils(scene: Scene) -> bool:
    """Tell whether somebody in the room is no teacher."""
    members = scene.document.project.members.values()
    return any(one.present and one.highest < Role.TEACHER for one in members)
