"""Of two copies of one room key the better is kept, and the word of the server never counts."""

from __future__ import annotations

import pytest
import vodozemac
from nio.crypto.sessions import InboundGroupSession

from bot.adapters.matrix.provenance import better, chain, genuine, mark_restored

OWNER = vodozemac.Account()
ROOM = "!room:example.org"


def copy_of(group: vodozemac.GroupSession, *, backup: bool = False) -> InboundGroupSession:
    """Return the room key of *group*, as it is handed over now, or as it lies in the backup."""
    session = InboundGroupSession(
        group.session_key.to_base64(),
        OWNER.ed25519_key.to_base64(),
        OWNER.curve25519_key.to_base64(),
        ROOM,
    )
    if backup:
        mark_restored(session)
    return session


@pytest.mark.parametrize("held_first", [True, False])
@pytest.mark.parametrize("early_from_backup", [True, False])
@pytest.mark.parametrize("late_from_backup", [True, False])
def test_the_longer_one_is_kept_and_proven_by_either(
    held_first: bool, early_from_backup: bool, late_from_backup: bool
) -> None:
    """Two copies of the same: the one that reads more, genuine if one of them is."""
    group = vodozemac.GroupSession()
    early = copy_of(group, backup=early_from_backup)
    group.encrypt(b"goes on")
    late = copy_of(group, backup=late_from_backup)

    kept = better(early, late) if held_first else better(late, early)

    assert kept is early
    assert genuine(kept) is not (early_from_backup and late_from_backup)
    assert chain(kept) == []


@pytest.mark.parametrize("held_first", [True, False])
def test_a_forged_one_never_wins(held_first: bool) -> None:
    """A copy that is not the same as what the owner handed us is thrown away, in any order."""
    group = vodozemac.GroupSession()
    group.encrypt(b"goes on")
    true, forged = copy_of(group), copy_of(vodozemac.GroupSession(), backup=True)

    kept = better(true, forged) if held_first else better(forged, true)

    assert kept is true
    assert genuine(kept)


def test_the_first_one_is_kept_as_it_is() -> None:
    """Where there is nothing to compare with, its mark stays."""
    restored = copy_of(vodozemac.GroupSession(), backup=True)

    assert better(None, restored) is restored
    assert not genuine(restored)
