"""Voting: votes by the buttons of a native poll and by letter reactions are counted."""

from __future__ import annotations

from bot.assistant.hearing import answering_of
from bot.assistant.meeting import asker_of
from bot.assistant.reach import Scene
from bot.assistant.speaking import Speaker, asker_reader
from bot.heard import PollEnded, Reacted, Redacted, Voted
from bot.language import poll_cards
from bot.language.message import Typed, _, say
from bot.language.poll_choices import place
from bot.language.render import render
from bot.model import polls
from bot.model.documents import RoomDocument, thing_of
from bot.model.people import Role
from bot.model.polls import Ballot, Poll, Tap
from bot.model.project import Project
from commands.people import IAM


def voted(scene: Scene) -> None:
    """Count a vote by the buttons of a native poll (MSC3381): the last one sent in time counts.

    Only the first answer counts; none, or one that is no option, takes the vote back.
    """
    heard = scene.heard
    poll = _native(scene.document, heard.to) if isinstance(heard, Voted) else None
    if poll is None or not isinstance(heard, Voted) or not poll.takes(heard.at):
        return
    ids = {str(number): number for number in range(1, len(poll.options) + 1)}
    chosen = [ids[one] for one in heard.answers[:1] if one in ids]
    polls.press(poll, heard.event, heard.sender, chosen)
    scene.reach.changed = True


def _native(document: RoomDocument, event: str) -> Poll | None:
    """Return the poll that the native event *event* stands for."""
    target = document.anchors.get(event, "")
    if not target:  # long open, so much was said since that its message is not remembered by itself
        target = next((one for one, event_ in document.places.items() if event_ == event), "")
    if not target.startswith("ballot "):
        return None
    return document.project.polls.get(int(thing_of(target)[1] or 0))


def tapped(scene: Scene) -> bool:
    """Count a letter reaction as a vote; False if the reaction is none."""
    heard, document = scene.heard, scene.document
    if not isinstance(heard, Reacted):
        return False
    kind, number = thing_of(target := document.anchors.get(heard.to, ""))
    poll = document.project.polls.get(int(number)) if kind == "poll" else None
    option = place(heard.key)
    if poll is None or target != f"poll {number}" or not poll_cards.by_letter(poll):
        return False
    if option is None or option > len(poll.options):
        return False
    voter = _voter(scene, poll)
    if poll.takes(heard.at) and voter:
        polls.tap(poll, heard.event, Tap(heard.sender, option), voter)
        scene.reach.changed = True
    return True


def _voter(scene: Scene, poll: Poll) -> str | None:
    """Return in whose name somebody taps: their own, or that of the class they teach."""
    project, user = scene.document.project, scene.heard.sender
    if poll.ballot is not Ballot.CLASSES:
        return user
    if project.role_of(user) < Role.TEACHER:
        return None
    if partner := project.partner_of(user):
        return partner.code
    _ask_for_class(scene)
    return None


def _ask_for_class(scene: Scene) -> None:
    """Tell a teacher who is in no class how to be in one."""
    document = scene.document
    if not document.project.partners:
        return
    asker, how = asker_of(scene), Typed(IAM, {"partner": next(iter(document.project.partners))})
    said = say(_("For which class do you vote? Tell me yours first: {how}"), how=how)
    speaker = Speaker(document, scene.now)
    speaker.message(
        render(said, asker_reader(asker)),
        f"answer {asker.event}",
        answering_of(document, scene.heard),
    )


def untapped(scene: Scene) -> bool:
    """Take back the vote of a reaction or native vote that was removed; False if it was none."""
    heard, project = scene.heard, scene.document.project
    if not isinstance(heard, Redacted):
        return False
    found = (one for one in project.polls.values() if heard.redacts in one.taps)
    if (poll := next(found, None)) is None:
        return False
    if poll.takes(heard.at):
        polls.untap(poll, heard.redacts, _voters(project, poll))
        scene.reach.changed = True
    return True


def _voters(project: Project, poll: Poll) -> dict[str, str]:
    """Return in whose name people tap who do not in their own."""
    if poll.ballot is not Ballot.CLASSES:
        return {}
    users = {one.by for one in poll.taps.values()}
    return {user: one.code for user in users if (one := project.partner_of(user))}


def ended(scene: Scene) -> str | None:
    """Return the line that somebody means who ends a native poll in their own client."""
    heard, project = scene.heard, scene.document.project
    poll = _native(scene.document, heard.to) if isinstance(heard, PollEnded) else None
    if poll is None or not poll.open:
        return None
    may = heard.sender == poll.author or project.role_of(heard.sender) >= Role.TEACHER
    return f"close Q{poll.number}" if may else None
