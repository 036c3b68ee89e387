"""Playing a story through the whole assistant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.adapters.console.cast import Actor
from bot.adapters.console.stage import Stage, Unknown
from bot.adapters.console.story import (
    INDENT,
    Comes,
    Invites,
    Leaves,
    Names,
    Opens,
    Posts,
    Prose,
    Reacts,
    Removes,
    Room,
    Says,
    Step,
    Story,
    StoryTrouble,
    TakesBack,
    Until,
    Votes,
    written_moment,
)
from bot.adapters.console.telling import Told, tell


@dataclass(frozen=True)
class Scene:
    """A step of a story, and what the bot did then."""

    step: Step
    at: datetime
    told: tuple[Told, ...]
    number: int | None = None
    """Of a message that somebody said."""


async def play(story: Story, stage: Stage) -> AsyncIterator[Scene]:
    """Play *story*, one step after the other. Raises StoryTrouble.

    What rings before the moment until which a step lets time pass comes as a scene of its own.
    """
    zone = ZoneInfo(story.zone)
    await stage.room.start()
    for step in story.steps:
        before = len(stage.lines)
        try:
            await _do(step, stage)
        except Unknown as trouble:
            raise StoryTrouble(step.number, str(trouble)) from None
        told = tell(stage, stage.take())
        now = stage.room.now().astimezone(zone)
        if isinstance(step.act, Until):
            for at, group in groupby(told, key=lambda one: one.at.astimezone(zone)):
                if at != now:
                    between = Step(step.number, written_moment(at), Until(at))
                    yield Scene(between, at, tuple(group))
            told = [one for one in told if one.at == now]
        spoke = isinstance(step.act, Posts) or (isinstance(step.act, Says) and not step.act.edits)
        yield Scene(step, now, tuple(told), before + 1 if spoke else None)


async def rewritten(story: Story, stage: Stage) -> str:
    """Return the text of *story* with the bot's lines as they really come."""
    lines: list[str] = []
    async for scene in play(story, stage):
        lines.append(scene.step.text)
        lines += [f"{INDENT}{line}" for one in scene.told for line in one.lines()]
    return "\n".join(lines) + "\n"


async def _do(step: Step, stage: Stage) -> None:
    match step.act:
        case Prose():
            pass
        case Until(moment):
            await stage.move(moment)
        case Comes(who):
            await stage.join(who)
        case Leaves() | Invites() | Removes() | Names() | Opens():
            await _change_room(step.act, stage)
        case Says():
            await _say(step.act, stage)
        case Posts(name, file, caption):
            await stage.post(stage.actor(name), file, caption)
        case Reacts(name, key, to):
            await stage.react(stage.actor(name), key, stage.find(to).event)
        case Votes(name, option, poll):
            await stage.vote(stage.actor(name), (option,), stage.ballot(poll).event)
        case TakesBack(name, what):
            who = stage.actor(name)
            await stage.take_back(who, _own(stage, who, what))


async def _change_room(act: Room, stage: Stage) -> None:
    who = stage.actor(act.who)
    match act:
        case Leaves():
            await stage.leave(who)
        case Invites():
            await stage.invite(who)
        case Removes():
            await stage.remove(who)
        case Names(title=title):
            await stage.name_room(who, title)
        case Opens():
            stage.move_house()


async def _say(act: Says, stage: Stage) -> None:
    who = stage.actor(act.who)
    edits = stage.find(act.who).event if act.edits else None
    reply_to = None if act.reply_to is None else stage.find(act.reply_to).event
    await stage.say(who, act.text, reply_to=reply_to, edits=edits, direct=act.direct)


def _own(stage: Stage, who: Actor, what: str) -> str:
    """Return the event id of the newest message or reaction of *who* that reads *what*."""
    for one in reversed([*stage.lines, *stage.reactions]):
        if one.by == who.name and one.text == what:
            return one.event
    raise Unknown(f"{who.name} has said no such thing: {what}")
