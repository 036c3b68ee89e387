"""What lies under trust: recovery keys, secret storage and signatures, without a server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.matrix.trust import recovery_key, secret_storage, signing
from bot.adapters.matrix.trust.signing import SigningKey, signed_by
from bot.adapters.matrix.trust.state import Untrusted, fingerprint
from tests.matrix import other_client

KEYS = st.binary(min_size=32, max_size=32)
NAMES = st.sampled_from(["m.cross_signing.master", "m.megolm_backup.v1", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


def read_or_reason(text: str) -> bytes | str:
    """Return the key in *text*, or why there is none."""
    try:
        return recovery_key.read(text)
    except ValueError as error:
        return str(error)


@given(KEYS)
def test_a_recovery_key_is_read_as_it_was_written(key: bytes) -> None:
    """With or without its blanks, by us and by others."""
    written = recovery_key.written(key)
    assert recovery_key.read(written) == key
    assert recovery_key.read(written.replace(" ", "")) == key
    assert other_client.key_of(written) == key
    assert {len(group) for group in written.split(" ")} == {4}


def test_the_key_that_every_client_tests_with() -> None:
    """The vector of matrix-js-sdk (`recoverykey.spec.ts`)."""
    key = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    text = "EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4d"
    assert recovery_key.written(key) == text
    assert recovery_key.read(text) == key


@given(KEYS, st.integers(0, 46))
def test_swapped_characters_are_noticed(key: bytes, at: int) -> None:
    """Two neighbours in the wrong order never give a key that only looks right to the parity."""
    text = recovery_key.written(key).replace(" ", "")
    swapped = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    if swapped != text:
        assert read_or_reason(swapped) != key


@given(st.text())
def test_any_text_is_a_key_or_a_reason(text: str) -> None:
    """Nothing else comes out, however odd or long the text."""
    found = read_or_reason(text)
    assert len(found) == 32 if isinstance(found, bytes) else found


def test_the_waiting_key_is_its_accounts_own(tmp_path: Any) -> None:
    """Another account's key is not shown for ours; a damaged file is told, not lost."""
    recovery_key.keep(tmp_path, "@a:x", bytes(32))
    assert recovery_key.waiting(tmp_path, "@a:x") == recovery_key.written(bytes(32))
    assert recovery_key.waiting(tmp_path, "@b:x") is None
    (tmp_path / recovery_key.FILE).write_text("{")
    with pytest.raises(Untrusted, match="cannot be read"):
        recovery_key.waiting(tmp_path, "@a:x")
    recovery_key.forget(tmp_path)
    recovery_key.forget(tmp_path)
    assert recovery_key.waiting(tmp_path, "@a:x") is None


# --- secret storage ---------------------------------------------------------------------------


@given(KEYS, NAMES, st.binary(max_size=100))
def test_secrets_are_read_by_others_and_theirs_by_us(key: bytes, name: str, plain: bytes) -> None:
    """Sealed by either side, opened by the other (two crypto libraries, padded or not)."""
    assert other_client.ssss_open(key, name, secret_storage.seal(key, name, plain)) == plain
    assert secret_storage.unseal(key, name, other_client.ssss_seal(key, name, plain)) == plain


def test_bit_63_of_the_vector_is_0() -> None:
    """Some libraries count in 64 bits only, and would differ after an overflow."""
    vectors = [signing.decode(secret_storage.seal(bytes(32), "", b"x")["iv"]) for _ in range(40)]
    assert not any(vector[8] & 0x80 for vector in vectors)
    assert len(set(vectors)) == 40


@given(KEYS, KEYS, NAMES)
def test_another_key_opens_nothing(key: bytes, other: bytes, name: str) -> None:
    """Neither a secret, nor the description by which a key is known, nor under another name."""
    sealed, description = secret_storage.seal(key, name, b"x"), secret_storage.describe(key)
    assert secret_storage.fits(key, description)
    with pytest.raises(ValueError, match="another key"):
        secret_storage.unseal(key, name + "x", sealed)
    if key != other:
        assert not secret_storage.fits(other, description)
        with pytest.raises(ValueError, match="another key"):
            secret_storage.unseal(other, name, sealed)


@given(JSON, st.dictionaries(st.sampled_from(["iv", "mac", "ciphertext"]), JSON))
def test_rubbish_is_a_value_error(anything: Any, parts: dict[str, Any]) -> None:
    """Whatever JSON lies where a secret or description should be."""
    for box in (anything, parts):
        with pytest.raises(ValueError, match=r"."):
            secret_storage.unseal(bytes(32), "x", box)
    fits = secret_storage.fits(bytes(32), parts)
    assert fits == ("iv" not in parts or "mac" not in parts)


@given(
    JSON | st.fixed_dictionaries({"algorithm": st.just("m.pbkdf2"), "salt": st.text(max_size=5)},
    optional={"iterations": st.integers(-5, 50) | st.integers(10**7) | JSON, "bits": JSON}),
)  # fmt: skip
def test_a_passphrase_costs_little_or_is_refused(told: Any) -> None:
    """Any way of making a key gives one of 32 bytes within bounds, or a ValueError."""
    reason = ""
    try:
        length = len(secret_storage.from_passphrase("phrase", told))
    except ValueError as error:
        length, reason = 0, str(error)
    assert length == 32 or "passphrase" in reason


def test_a_passphrase_makes_the_same_key_everywhere() -> None:
    """PBKDF2 as the specification says, against another library."""
    told = {"algorithm": "m.pbkdf2", "salt": "Sålz", "iterations": 1000, "bits": 256}
    expected = other_client.phrase_key("čtyři slova", "Sålz", 1000)
    assert secret_storage.from_passphrase("čtyři slova", told) == expected


# --- signatures ---------------------------------------------------------------------------------


@given(KEYS, st.dictionaries(st.text(max_size=5), st.integers(-(2**53), 2**53) | st.text()))
def test_signatures_are_the_same_everywhere(seed: bytes, content: dict[str, Any]) -> None:
    """Ed25519 is deterministic: another library makes the same signature and the same key."""
    content = {k: v for k, v in content.items() if k not in {"signatures", "unsigned"}}
    key, pen = SigningKey(seed), other_client.Pen(seed)
    pen.sign(content, "@a:x")
    assert key.public == pen.public
    assert content["signatures"] == {"@a:x": {f"ed25519:{key.public}": key.sign(content)}}
    assert signed_by(content, "@a:x", key.public)
    assert not signed_by(content, "@b:x", key.public)
    assert not signed_by(content | {"more": 1}, "@a:x", key.public)
    assert signed_by(content | {"unsigned": {"more": 1}}, "@a:x", key.public)


@given(JSON, JSON)
def test_no_signature_raises(signature: Any, key: Any) -> None:
    """Rubbish where signature or key should be is only not a signature."""
    for content in (
        {"signatures": signature},
        {"signatures": {"@a:x": signature}},
        {"signatures": {"@a:x": {f"ed25519:{key}": signature}}},
    ):
        assert not signed_by(content, "@a:x", key)


@given(st.binary(max_size=99))
def test_base64_with_and_without_padding(raw: bytes) -> None:
    """Both occur in the wild."""
    assert signing.decode(signing.encode(raw)) == raw
    assert signing.decode(other_client.padded(raw)) == raw


def test_a_fingerprint_is_read_aloud_in_groups() -> None:
    """As Element shows it."""
    assert fingerprint("abcdefghij") == "abcd efgh ij"
