"""Events become what was heard, whatever they contain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.matrix.provenance import Opened
from bot.adapters.matrix.reading import BODY_LIMIT, Reader, without_quote, without_quote_html
from bot.adapters.matrix.rooms import Room
from bot.heard import Redacted, Said

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def reader(version: int = 12) -> Reader:
    room = Room("!r", version=version, members={"@ana:x": "Ana", "@me:x": None})
    return Reader(room, "@me:x", NOW, 7, flagged=False)


def event(content: Any, **fields: Any) -> dict[str, Any]:
    base = {"type": "m.room.message", "event_id": "$1", "sender": "@ana:x"}
    return {**base, "origin_server_ts": 1_760_000_000_000, "content": content, **fields}


def said(content: dict[str, Any], **fields: Any) -> Said:
    heard = reader().message(event({"msgtype": "m.text", "body": "", **content}, **fields), None)
    assert isinstance(heard, Said)
    return heard


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("> <@ana:x> eins\n> zwei\n\ndrei", "drei"),
        ("> * <@ana:x> winkt\n\ndrei\n> vier", "drei\n> vier"),
        ("> <@ana:x> nur Zitat", ""),
        ("> Zitat von mir\n\ndrei", "> Zitat von mir\n\ndrei"),
        ("drei", "drei"),
    ],
)
def test_reply_fallback(body: str, expected: str) -> None:
    """Only the quote that a client put there is dropped."""
    assert without_quote(body) == expected


def test_reply_fallback_in_html() -> None:
    """<mx-reply> goes where it leads the text and is closed."""
    assert without_quote_html("<mx-reply>x</mx-reply>y") == "y"
    assert without_quote_html("<mx-reply>x") == "<mx-reply>x"
    assert without_quote_html("a<mx-reply>x</mx-reply>y") == "a<mx-reply>x</mx-reply>y"


def test_sizes_and_characters() -> None:
    """A huge body is cut, a lone surrogate cannot stop whoever stores it, the future is now."""
    assert len(said({"body": "é" * 1_000_000}).body.encode()) <= BODY_LIMIT
    said({"body": "\ud800!"}).body.encode()
    assert said({}, origin_server_ts=9e99).at == NOW
    assert said({}, origin_server_ts=99_999_999_999_999).at == NOW
    assert said({}, origin_server_ts=-5).at == NOW
    assert said(
        {"m.mentions": {"user_ids": ["@a:x", 5, "@a:x", "b", "@" + "c" * 300]}}
    ).mentions == ("@a:x",)


@pytest.mark.parametrize(
    ("version", "expected"), [(10, "$own"), (11, "$content"), (12, "$content")]
)
def test_what_a_redaction_redacts(version: int, expected: str) -> None:
    """Since version 11 the content counts (MSC2174); before, the content is only claimed."""
    source = event({"redacts": "$content"}, type="m.room.redaction", redacts="$own")
    heard = reader(version).message(source, None)
    assert isinstance(heard, Redacted)
    assert heard.redacts == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "body",
    "msgtype",
    "format",
    "formatted_body",
    "m.mentions",
    "user_ids",
    "m.relates_to",
    "m.in_reply_to",
    "event_id",
    "rel_type",
    "key",
    "m.new_content",
    "redacts",
    "membership",
    "displayname",
    "users",
    "users_default",
    "room_version",
    "creator",
    "additional_creators",
    "name",
    "topic",
    "prev_content",
    "is_falling_back",
]
CONTENT = st.recursive(
    JSON, lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, max_size=4), max_leaves=12
)
TYPES = [
    "m.room.message",
    "m.reaction",
    "m.room.redaction",
    "m.room.member",
    "m.room.power_levels",
    "m.room.create",
    "m.room.name",
    "m.room.topic",
    "m.room.encryption",
]


@given(
    kind=st.sampled_from(TYPES) | JSON,
    content=CONTENT,
    fields=st.dictionaries(
        st.sampled_from(
            ["event_id", "sender", "state_key", "unsigned", "origin_server_ts", "redacts"]
        ),
        CONTENT | st.sampled_from(["@ana:x", "@me:x", "$1", ""]),
    ),
)
def test_nothing_raises(kind: Any, content: Any, fields: dict[str, Any]) -> None:
    """Any JSON whatever as message, as ciphertext's inside, as state: no exception, sane types."""
    source = event(content, **{**fields, "type": kind})
    one = reader()
    if "state_key" in source:
        one.room.apply(source)
        one.state(source)
        assert all(isinstance(user, str) for user in one.room.members)
        assert isinstance(one.room.power("@ana:x"), int)
    for opened in (None, Opened({"type": kind, "content": content}, proven=True)):
        heard = one.message(source, opened)
        if isinstance(heard, Said):
            assert isinstance(heard.body, str)
            heard.body.encode()
            assert heard.html is None or isinstance(heard.html, str)
            assert all(isinstance(user, str) for user in heard.mentions)
