"""Turns one event of a room, in clear or decrypted, into what was heard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.adapters.matrix import media, polls
from bot.adapters.matrix.plain import identifier, mapping, moment, sequence, text
from bot.adapters.matrix.provenance import Opened
from bot.adapters.matrix.rooms import Room, display_name, levels
from bot.heard import Heard, Joined, Left, Reacted, Redacted, Said, Topic

BODY_LIMIT = 64 * 1024
_KEY_LIMIT = 64
_MENTIONS_LIMIT = 100
_REDACTS_IN_CONTENT = 11
POLL = re.compile(r"(?:m|org\.matrix\.msc3381)\.poll\.(start|response|end)")


@dataclass(frozen=True)
class Reader:
    """Reads the events of one room in one batch."""

    room: Room
    me: str
    now: datetime
    position: int
    flagged: bool
    """We were invited to this room as a direct one."""

    def about(
        self, event: Mapping[str, Any], sender: str | None = None, mark: str = ""
    ) -> dict[str, Any] | None:
        """Return the fields common to all Heard, or None if *event* lacks them.

        *sender*: whom it is about, if not who sent it. *mark* tells apart several things heard
        from one event.
        """
        identity, who = identifier(event.get("event_id"), "$"), sender or event.get("sender")
        who = identifier(who, "@")
        if identity is None or who is None:
            return None
        return {
            "room": self.room.id,
            "event": identity + mark,
            "sender": who,
            "at": moment(event.get("origin_server_ts"), self.now),
            "power": self.room.power(who),
            "name": self.room.shown(who),
            "direct": self.room.direct(self.me, flagged=self.flagged),
            "position": self.position,
        }

    def message(self, event: Mapping[str, Any], opened: Opened | None) -> Heard | None:
        """Read a message-like *event*; *opened* is what was inside it if it came encrypted."""
        about = self.about(event)
        if about is None or event.get("sender") == self.me:
            return None
        inside = opened.plain if opened else event
        kind, content = inside.get("type"), mapping(inside.get("content"))
        # relations stand outside the ciphertext (spec 11.12.4.1); some clients put them inside too
        relation = mapping(mapping(event.get("content")).get("m.relates_to"))
        relation = relation or mapping(content.get("m.relates_to"))
        about["encrypted"] = opened is not None and opened.proven
        if kind == "m.room.message":
            return _said(about, content, relation)
        if kind == "m.reaction":
            return _reacted(about, relation)
        if poll := POLL.fullmatch(str(kind)):
            return polls.READERS[poll[1]](about, content, relation)
        if kind == "m.room.redaction" and opened is None:
            # MSC2174: in `content` since version 11. There only: in older rooms `content` is the
            # sender's own fancy, which the server does not check
            holder = content if self.room.version >= _REDACTS_IN_CONTENT else event
            redacts = identifier(holder.get("redacts"), "$")
            return Redacted(**about, redacts=redacts) if redacts else None
        return None

    def state(self, event: Mapping[str, Any]) -> list[Heard]:
        """Read a real state *event* from the timeline, already applied to the room."""
        kind, key = event.get("type"), event.get("state_key")
        if kind == "m.room.member":
            return self._member(event)
        if key != "":
            return []
        content = mapping(event.get("content"))
        if kind == "m.room.power_levels":
            return self._powers(event, content)
        if event.get("sender") == self.me:
            return []
        field = {"m.room.name": "name", "m.room.topic": "topic"}.get(str(kind))
        if field:
            title = text(content.get(field), 1024)
            about = self.about(event)
            if about is not None and title:
                return [Topic(**about, title=title, is_name=field == "name")]
        return []

    def _member(self, event: Mapping[str, Any]) -> list[Heard]:
        content = mapping(event.get("content"))
        before = mapping(mapping(event.get("unsigned")).get("prev_content"))
        user = identifier(event.get("state_key"), "@")
        was, now = before.get("membership"), str(content.get("membership"))
        if user is None:
            return []
        if now == "join":
            if was == "join" and (user == self.me or display_name(before) == display_name(content)):
                return []  # another picture
            about = self.about(event, user)
            return [Joined(**about)] if about else []
        if now in {"leave", "ban"} and was == "join":
            about = self.about(event)
            return [Left(**about, user=user)] if about else []
        return []

    def _powers(self, event: Mapping[str, Any], content: Mapping[str, Any]) -> list[Heard]:
        """One Joined for each member whose named level changed."""
        before = mapping(mapping(event.get("unsigned")).get("prev_content"))
        old, new = levels(before), levels(content)
        heard: list[Heard] = []
        for user in sorted(old.keys() | new.keys()):
            if old.get(user) != new.get(user) and user in self.room.members and user != self.me:
                about = self.about(event, user, mark=f"/{user}")
                if about:
                    heard.append(Joined(**about))
        return heard


def _reacted(about: dict[str, Any], relation: Mapping[str, Any]) -> Reacted | None:
    to, key = identifier(relation.get("event_id"), "$"), text(relation.get("key"), _KEY_LIMIT)
    if relation.get("rel_type") != "m.annotation" or to is None or not key:
        return None
    return Reacted(**about, to=to, key=key)


def _said(
    about: dict[str, Any], content: Mapping[str, Any], relation: Mapping[str, Any]
) -> Said | None:
    edits = None
    if relation.get("rel_type") == "m.replace":
        edits = identifier(relation.get("event_id"), "$")
        new = content.get("m.new_content")
        if edits is None or not isinstance(new, dict):
            return None
        content = new
    msgtype = text(content.get("msgtype"), _KEY_LIMIT)
    body = text(content.get("body"), BODY_LIMIT)
    if not msgtype or body is None or msgtype == "m.notice":  # bots do not answer bots
        return None
    html = text(content.get("formatted_body"), BODY_LIMIT)
    if content.get("format") != "org.matrix.custom.html":
        html = None
    file = media.posted(msgtype, content)
    if file is not None:
        body, html = media.caption(content, body, html)
    answered = identifier(mapping(relation.get("m.in_reply_to")).get("event_id"), "$")
    thread = None
    if relation.get("rel_type") == "m.thread":
        thread = identifier(relation.get("event_id"), "$")
    if answered or edits:
        body, html = without_quote(body), without_quote_html(html)
    if thread and relation.get("is_falling_back") is True:
        answered = None  # only for clients that know no threads (spec 11.10.1.4)
    return Said(
        **about,
        body=body,
        html=html,
        mentions=_mentions(content),
        reply_to=answered,
        thread=thread,
        edits=edits,
        msgtype=msgtype,
        file=file,
    )


def _mentions(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the users that `m.mentions` names (spec 11.37), each once."""
    users = sequence(mapping(content.get("m.mentions")).get("user_ids"))[:_MENTIONS_LIMIT]
    return tuple(dict.fromkeys(user for user in users if identifier(user, "@")))


def without_quote(body: str) -> str:
    """Drop the reply fallback: leading lines "> <@user> ..." and the empty line after them.

    Older clients send it still (spec v1.12 and before, 11.19.2). A "> " that quotes something
    else is somebody's words and stays.
    """
    if not body.startswith(("> <@", "> * <@")):
        return body
    lines = body.split("\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith(">")), len(lines))
    if count < len(lines) and not lines[count].strip():
        count += 1
    return "\n".join(lines[count:])


def without_quote_html(html: str | None) -> str | None:
    """Drop a leading <mx-reply>...</mx-reply>."""
    if html is None or not html.lstrip().startswith("<mx-reply"):
        return html
    _, found, rest = html.partition("</mx-reply>")
    return rest if found else html
