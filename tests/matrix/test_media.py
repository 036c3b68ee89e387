"""Posted files: whatever stands in the message, nothing else than a file is fetched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nio.crypto.attachments import encrypt_attachment

from bot.adapters.matrix import media
from bot.adapters.matrix.client import Refused, Unreachable
from bot.ports import Later, Never

NO_FILES = [
    *("https://evil.example/a", "mxc://a", "mxc://a/", "mxc:///a", "mxc://../config", "mxc://./a"),
    *("mxc://a/..", "mxc://a/b/c", "mxc://a/b?c", "mxc://a/b#c", "mxc://a@b/c", "mxc://a/%2e%2e"),
    *("mxc://a/b\n", "mxc://a\\b/c"),
]
SEALED, KEY = encrypt_attachment(b"BEGIN:VCALENDAR")


class Shelf:
    """A server that has one file, and notes what it was asked for."""

    def __init__(self, content: bytes = b"file", trouble: Exception | None = None) -> None:
        self.content, self.trouble = content, trouble
        self.asked: list[tuple[str, str]] = []

    async def download_bytes(self, server: str, media_id: str, limit: int) -> bytes:
        """Hand it out."""
        assert limit == media.LARGEST
        self.asked.append((server, media_id))
        if self.trouble:
            raise self.trouble
        return self.content


async def fetch(content: Any, shelf: Shelf) -> bytes:
    """Return the file of a message with *content*."""
    posted = media.posted("m.file", content)
    assert posted is not None
    return await media.fetch(shelf, posted.handle)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address", ["mxc://pau.example/AbC_1-2", "mxc://[::1]:8448/a", "mxc://h/0"]
)
async def test_a_file_is_fetched_from_our_own_server(address: str) -> None:
    """By server name and media id."""
    shelf = Shelf()
    assert b"file" == await fetch({"body": "a.ics", "url": address}, shelf)
    assert [tuple(address.removeprefix("mxc://").split("/"))] == shelf.asked


@pytest.mark.parametrize(
    "address",
    [*NO_FILES, "", None, 5, ["mxc://a/b"], {"url": "mxc://a/b"}],
)
async def test_what_is_no_file_is_not_asked_for(address: object) -> None:
    """No address leads to anything else on the server, or anywhere else."""
    shelf = Shelf()
    with pytest.raises(Never):
        await fetch({"body": "a.ics", "url": address}, shelf)
    assert [] == shelf.asked


async def test_an_encrypted_file_is_decrypted() -> None:
    """With the key in the message."""
    file = {**KEY, "url": "mxc://h/a"}
    assert b"BEGIN:VCALENDAR" == await fetch({"body": "a.ics", "file": file}, Shelf(SEALED))


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=50))
async def test_a_key_that_does_not_fit_is_refused(key: str, digest: str, counter: str) -> None:
    """Whatever it is."""
    file = {"url": "mxc://h/a", "key": {"k": key}, "hashes": {"sha256": digest}, "iv": counter}
    with pytest.raises(Never):
        await fetch({"body": "a.ics", "file": file}, Shelf(SEALED))


async def test_trouble_is_told_apart() -> None:
    """A server that is away may have it later; one that refuses never will."""
    posted = {"body": "a.ics", "url": "mxc://h/a"}
    with pytest.raises(Later):
        await fetch(posted, Shelf(trouble=Unreachable("no answer in time")))
    with pytest.raises(Never):
        await fetch(posted, Shelf(trouble=Refused(404, "M_NOT_FOUND", None, soft=False)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda deeper: (
            st.lists(deeper)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "body",
                        "filename",
                        "file",
                        "url",
                        "info",
                        "mimetype",
                        "key",
                        "k",
                        "hashes",
                        "iv",
                    ]
                ),
                deeper,
            )
        ),
        max_leaves=12,
    )
)
def test_any_content_is_read(content: Any) -> None:
    """A handle fits into a document, and is JSON of our own making."""
    posted = media.posted("m.file", content if isinstance(content, dict) else {})
    assert posted is not None
    assert len(posted.handle) < 8000
    json.loads(posted.handle)
    (posted.name + posted.mimetype + posted.handle).encode()
