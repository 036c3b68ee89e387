"""Reads native polls: their words, votes and ends, in both namespaces (MSC3381)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.adapters.matrix.plain import identifier, mapping, sequence, text
from bot.heard import Heard, PollEnded, Said, Voted

_UNSTABLE = "org.matrix.msc3381.poll."
_MOST_ANSWERS = 20
_TEXT_LIMIT = 4096
_ID_LIMIT = 256
Reading = Callable[[dict[str, Any], Mapping[str, Any], Mapping[str, Any]], Heard | None]


def _start(
    about: dict[str, Any], content: Mapping[str, Any], relation: Mapping[str, Any]
) -> Heard | None:
    """Read somebody's poll as all its words: the guard looks at them."""
    if relation.get("rel_type") == "m.replace":
        return None
    start = mapping(content.get(f"{_UNSTABLE}start")) or mapping(content.get("m.poll"))
    answers = [mapping(one) for one in sequence(start.get("answers"))[:_MOST_ANSWERS]]
    words = [_words(mapping(start.get("question"))), *(_words(one) for one in answers)]
    return Said(**about, body="\n".join(word for word in words if word), msgtype="m.poll")


def _words(part: Mapping[str, Any]) -> str:
    """Return the text of a question or an answer: a string once, a list of variants today."""
    plain = part.get("org.matrix.msc1767.text")
    variants = [mapping(one).get("body") for one in sequence(part.get("m.text"))]
    for found in (plain, *variants[:1], part.get("body")):
        if found := text(found, _TEXT_LIMIT):
            return found
    return ""


def _response(
    about: dict[str, Any], content: Mapping[str, Any], relation: Mapping[str, Any]
) -> Heard | None:
    to = _reference(relation)
    answers = mapping(content.get(f"{_UNSTABLE}response")).get("answers")
    chosen = sequence(answers if answers is not None else content.get("m.selections"))
    ids = tuple(cut for one in chosen[:_MOST_ANSWERS] if (cut := text(one, _ID_LIMIT)))
    return Voted(**about, to=to, answers=ids) if to else None


def _end(
    about: dict[str, Any], content: Mapping[str, Any], relation: Mapping[str, Any]
) -> Heard | None:
    del content
    to = _reference(relation)
    return PollEnded(**about, to=to) if to else None


def _reference(relation: Mapping[str, Any]) -> str | None:
    if relation.get("rel_type") != "m.reference":
        return None
    return identifier(relation.get("event_id"), "$")


READERS: dict[str, Reading] = {"start": _start, "response": _response, "end": _end}
