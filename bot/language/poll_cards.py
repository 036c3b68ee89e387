"""Poll cards: how a question, its options and its result look."""

from __future__ import annotations

from bot.language.message import Bold, Joined, Part
from bot.model.polls import Poll
from bot.model.project import Project


def poll_card(project: Project, poll: Poll) -> Part:
    """Return the words that go with a poll."""
    del project
    return Joined((f"Q{poll.number}", Bold(poll.question)))
