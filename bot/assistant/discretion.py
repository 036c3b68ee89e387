"""Discretion: what may be kept and repeated of a line that may hold a secret vote."""

from __future__ import annotations

import re

from bot.assistant.understanding import Near, NotUnderstood, Understood
from bot.language.field_people import words
from bot.language.field_polls import is_question
from bot.language.fields import Situation, Trouble
from bot.language.folding import fold
from bot.language.line import cut
from bot.language.message import _, say
from bot.language.poll_splitting import MARK
from bot.model.polls import Ballot

VOTING = _("vote|voting|votes")
"""Words with which a line begins that is, or tries to be, a vote."""
_POLL = re.compile(r"\bq\d{1,6}\b")
Meant = Understood | Near | NotUnderstood


def kept(understood: Meant, line: str, situation: Situation) -> str:
    """Return what an offer may keep of *line*: all of it, of a vote only which poll is meant.

    Asked back in which project it is, somebody gives the vote itself once that is known.
    """
    if not (understood.command.fleeting or _begins_a_vote(line, situation)):
        return line
    poll = _POLL.search(fold(line))
    return f"vote {poll[0]}" if poll else "vote"


def _begins_a_vote(line: str, situation: Situation) -> bool:
    """Tell whether *line* is rather a vote than a question to the room: "vote secret Ana"."""
    typed = f"{fold(line)} "
    verbs = words(VOTING, situation.languages)
    asks = MARK.search(line) or is_question(cut(line).tokens, situation)
    return not asks and any(typed.startswith(f"{one} ") for one in verbs)


def discreet(understood: Meant | None, situation: Situation) -> Meant | None:
    """Return *understood* without the words of a vote that could not be read.

    An answer that names them, or a button that mends them, would be a trace of a secret vote.
    """
    if not isinstance(understood, Near | NotUnderstood) or not understood.command.fleeting:
        return understood
    polls = situation.project.polls.values()
    if not situation.asker.direct and all(one.ballot is not Ballot.SECRET for one in polls):
        return understood
    said = say(_("I could not read your vote, and kept nothing of it."))
    return NotUnderstood(understood.command, "", Trouble(said))
