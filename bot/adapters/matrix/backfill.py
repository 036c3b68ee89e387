"""Fetches what a limited timeline left out."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from bot.adapters.matrix.client import Client, Refused, Unreachable
from bot.adapters.matrix.patience import Patience
from bot.adapters.matrix.plain import mapping, sequence

_log = logging.getLogger(__name__)
PAGES = 100
PAGE = 100
_ATTEMPTS = 8
_BYTES = 16 * 1024 * 1024
"""Of all events of one gap: as much as 10,000 messages of common length."""


async def fill(
    client: Client, room: str, newest: str, oldest: str, known: str | None
) -> list[Mapping[str, Any]]:
    """Return the events of *room* between the tokens *newest* and *oldest*, oldest first.

    Synapse sends at most 100 events per room and sync (`filter_timeline_limit`) and says so by
    `limited`; nobody but the client fetches the rest (client-server API, "Syncing"). Stops early
    at the event *known* and where we joined: what was said before is not for us. At most
    PAGES * PAGE events, or _BYTES. A server that is away is waited for; a room that it cannot read
    is not.
    """
    events: list[Mapping[str, Any]] = []
    tokens, seen = {newest}, set[str]()  # servers may lead us in a circle
    size = 0
    for _ in range(PAGES):
        answer = await _page(client, room, newest, oldest)
        for item in sequence(answer.get("chunk")):
            event = mapping(item)
            if known is not None and event.get("event_id") == known:
                return events[::-1]
            identity = str(event.get("event_id"))
            if identity in seen:
                continue
            size += len(json.dumps(event))
            if size > _BYTES:
                _log.error("a gap in a room is too large: its beginning is left out")
                return events[::-1]
            seen.add(identity)
            events.append(event)
            if entered(event, client.user_id):
                return events[::-1]
        end = answer.get("end")
        if not isinstance(end, str) or end in tokens:
            break
        tokens.add(end)
        newest = end
    return events[::-1]


async def _page(client: Client, room: str, newest: str, oldest: str) -> dict[str, Any]:
    """Fetch one page; {} if the server has answered too often that it cannot."""
    query = {"from": newest, "to": oldest, "dir": "b", "limit": str(PAGE)}
    patience = Patience()
    failures = 0
    while True:
        failure: Refused | Unreachable
        try:
            return await client.call("GET", "rooms", room, "messages", query=query)
        except Unreachable as unreachable:
            failure, passing, wait = unreachable, True, None
        except Refused as refusal:
            failure, passing, wait = refusal, refusal.passing, refusal.retry_after
        # it counts where only this room fails: an outage is waited for, however long
        failures += await _answers(client)
        if not passing or failures >= _ATTEMPTS:
            _log.error("a gap in a room could not be filled (%s)", failure)
            return {}
        await patience.pause(wait)


async def _answers(client: Client) -> bool:
    """Tell whether the server answers what it must always answer."""
    try:
        await client.call("GET", "account", "whoami")
    except (Refused, Unreachable):
        return False
    return True


def entered(event: Mapping[str, Any], me: str) -> bool:
    """Whether *event* is *me* coming into the room (not a change of name while in it)."""
    if event.get("type") != "m.room.member" or event.get("state_key") != me:
        return False
    before = mapping(mapping(event.get("unsigned")).get("prev_content"))
    now = mapping(event.get("content"))
    return now.get("membership") == "join" and before.get("membership") != "join"
