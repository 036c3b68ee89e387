"""Owns what is known of people's devices: their keys, whose they are, and who vouches for them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import Enum
from typing import Any

import vodozemac
from nio.crypto.device import OlmDevice
from nio.store.models import DeviceKeys, Keys

from bot.adapters.matrix.guard import guarded
from bot.adapters.matrix.plain import mapping, sequence
from bot.adapters.matrix.trust.signing import signed_as, signed_by

_log = logging.getLogger(__name__)
_DEVICES_LIMIT = 200
"""Devices of one user that are known; whoever has more must not make all others wait."""
_GONE_LIMIT = 200
"""Deleted devices of one user whose keys are kept: what they said before can still come late."""
_NAME_LIMIT = 255
Found = dict[str, dict[str, Any]]
"""Device id -> its keys object, checked."""


class Standing(Enum):
    """Whose device a key came from, seen from the user whose message it shall open."""

    THEIRS = "theirs"
    """A device of that user, that is or was on their list."""
    SOMEBODY_ELSES = "somebody else's"
    WRONG = "wrong"
    """Their device by one key, and not by the other."""
    UNKNOWN = "unknown"
    """On nobody's list: new, deleted long ago, or of a session restored from the backup."""


class Devices:
    """The devices of all users whom we share encrypted rooms with."""

    def __init__(self, olm: Any) -> None:
        """Begin with what the store of the Olm machine *olm* knows: keys, but not who vouches."""
        self._olm = olm
        self._me: str = olm.user_id
        self._masters: dict[str, str] = {}
        self._vouched: dict[str, frozenset[str]] = {}
        self._ours: frozenset[str] = frozenset()
        self._holders: dict[str, set[tuple[str, str]]] = {}
        """Curve25519 key -> (user, device) that name it theirs. Anybody may name any key."""
        self.changes = 0
        """Grows with each change."""
        for device in olm.device_store:
            self._hold(device)

    def of(self, user: str) -> list[OlmDevice]:
        """Return the devices of *user* without this one and without deleted ones."""
        known: Mapping[str, OlmDevice] = self._olm.device_store[user] if self._has(user) else {}
        own = self._olm.device_id if user == self._me else None
        return [one for one in known.values() if not one.deleted and one.id != own]

    def judged(self, user: str) -> bool:
        """Tell whether the list of *user* came since the start, so that `vouched` means it."""
        return user in self._vouched

    def vouched(self, user: str, device: str) -> bool:
        """Tell whether *user* has cross-signed *device* (spec 11.12.2.3)."""
        return device in self._vouched.get(user, ())

    def ours(self, device: str) -> bool:
        """Tell whether *device* is another one of ours, signed by an identity that WE signed.

        The homeserver can show any identity as ours, but not one that bears our signature.
        """
        return device in self._ours

    def contested(self, curve: str) -> bool:
        """Tell whether several devices name the key *curve* theirs: one of them is lying."""
        return len(self._holders.get(curve, ())) > 1

    def sender(self, user: str, curve: str) -> OlmDevice | None:
        """Return the device of *user* whose Curve25519 key is *curve*, deleted ones too."""
        named = sorted(name for who, name in self._holders.get(curve, ()) if who == user)
        found: OlmDevice | None = self._olm.device_store[user].get(named[0]) if named else None
        return found

    def standing(self, user: str, curve: str, signing: str) -> Standing:
        """Say whose the keys *curve* and *signing* of a session are, seen from *user*.

        Whoever holds *curve* named *signing* with it, inside Olm; a device that names both, under
        the signature of *signing*, is that holder. One that names *curve* only may be anybody's.
        """
        identity = self._olm.account.identity_keys
        if curve == identity["curve25519"]:
            return Standing.THEIRS if user == self._me else Standing.SOMEBODY_ELSES
        same = {
            who
            for who, name in self._holders.get(curve, ())
            if self._olm.device_store[who][name].ed25519 == signing
        }
        if user in same:
            return Standing.THEIRS
        if same:
            return Standing.SOMEBODY_ELSES
        named = any(who == user for who, _ in self._holders.get(curve, ()))
        return Standing.WRONG if named and signing else Standing.UNKNOWN

    def take(self, user: str, listed: object, master: object, signing: object) -> bool:
        """Take over the answer of a key query about *user*; return whether anything changed.

        *listed*: device id -> device keys. *master* and *signing*: the user's master and
        self-signing key objects. What is malformed or badly signed is left out.
        """
        offered = list(mapping(listed).items())
        if len(offered) > _DEVICES_LIMIT:
            _log.warning("somebody has %d devices, too many to serve", len(offered))
        found: Found = {}
        for name, device in offered[:_DEVICES_LIMIT]:
            if checked := guarded("a device", self._checked, user, name, device):
                found[name] = checked
        changed = self._replace(user, found)
        if self._vouch(user, found, mapping(master), mapping(signing)) or changed:
            self.changes += 1
            return True
        return False

    def _has(self, user: str) -> bool:
        return user in self._olm.device_store.users  # looking it up would make an entry

    def _checked(self, user: str, name: str, device: object) -> dict[str, Any] | None:
        """Return *device* if it is one, signed by itself (spec 11.12.2.1), else None."""
        plain = {k: v for k, v in mapping(device).items() if k != "unsigned"}
        if plain.get("user_id") != user or plain.get("device_id") != name:
            return None
        keys = mapping(plain.get("keys"))
        signing, curve = keys[f"ed25519:{name}"], keys[f"curve25519:{name}"]
        for key, sort in ((signing, vodozemac.Ed25519PublicKey),
                          (curve, vodozemac.Curve25519PublicKey)):  # fmt: skip
            if sort.from_base64(key).to_base64() != key:
                return None  # the same key written in two ways would count as two
        right = len(name) <= _NAME_LIMIT and signed_as(plain, user, name, signing)
        return plain if right else None

    def _replace(self, user: str, found: Found) -> bool:
        """Make *found* the devices of *user*; a device never changes its signing key."""
        changed: dict[str, OlmDevice] = {}
        known: dict[str, OlmDevice] = self._olm.device_store[user]
        for name, plain in found.items():
            if (user, name) == (self._me, self._olm.device_id):
                continue
            signing, curve = (plain["keys"][f"{sort}:{name}"] for sort in ("ed25519", "curve25519"))
            old = known.get(name)
            if old is not None and old.ed25519 != signing:
                _log.warning("a device has another signing key than before; the old one counts")
                continue
            if old is None or old.deleted or old.curve25519 != curve:
                self._drop(old)
                known[name] = changed[name] = OlmDevice(
                    user, name, {"ed25519": signing, "curve25519": curve}
                )
                self._hold(known[name])
        for name, device in known.items():
            if name not in found and not device.deleted:
                device.deleted = True
                changed[name] = device
        if changed:
            self._olm.store.save_device_keys({user: changed})
            self._forget_old(user)
        return bool(changed)

    def _forget_old(self, user: str) -> None:
        """Forget the deleted devices of *user* that are too many, those that came first."""
        known: dict[str, OlmDevice] = self._olm.device_store[user]
        gone = [name for name, device in known.items() if device.deleted][:-_GONE_LIMIT]
        for name in gone:
            self._drop(known.pop(name))
        store = self._olm.store
        with store.database.bind_ctx(store.models):
            for name in gone:
                mine = (DeviceKeys.user_id == user) & (DeviceKeys.device_id == name)
                Keys.delete().where(Keys.device.in_(DeviceKeys.select().where(mine))).execute()
                DeviceKeys.delete().where(mine).execute()

    def _vouch(
        self, user: str, found: Found, master: Mapping[str, Any], signing: Mapping[str, Any]
    ) -> bool:
        """Note which of *found* the owner has cross-signed; return whether that changed."""
        top, second = _identity(user, master, signing)
        vouched = [name for name in found if second and signed_by(found[name], user, second)]
        known = self._olm.device_store[user]
        right = frozenset(
            name
            for name in vouched
            if name in known and known[name].ed25519 == found[name]["keys"][f"ed25519:{name}"]
        )
        before = self._masters.get(user)
        if before is not None and top and before != top:
            _log.warning("somebody has another cross-signing identity than before")
        if top:
            self._masters[user] = top
        changed = right != self._vouched.get(user)
        self._vouched[user] = right
        if user == self._me:
            own, key = self._olm.device_id, self._olm.account.identity_keys["ed25519"]
            self._ours = right if signed_as(master, user, own, key) else frozenset()
        return changed

    def _hold(self, device: OlmDevice) -> None:
        self._holders.setdefault(device.curve25519, set()).add((device.user_id, device.id))

    def _drop(self, device: OlmDevice | None) -> None:
        if device is not None:
            self._holders[device.curve25519].discard((device.user_id, device.id))


def _identity(user: str, master: Mapping[str, Any], signing: Mapping[str, Any]) -> tuple[str, str]:
    """Return the master and the self-signing key of *user*, each "" if it is not right.

    Master key signs self-signing key, which signs devices (client-server API 11.12.2.3).
    """
    top, second = _public(user, master, "master"), _public(user, signing, "self_signing")
    return top, second if top and signed_by(signing, user, top) else ""


def _public(user: str, key: Mapping[str, Any], usage: str) -> str:
    """Return the Ed25519 key inside the cross-signing key object *key* of *user*, else ""."""
    if key.get("user_id") != user or usage not in sequence(key.get("usage")):
        return ""
    if len(named := mapping(key.get("keys"))) != 1:
        return ""
    name, public = next(iter(named.items()))
    return public if isinstance(public, str) and name == f"ed25519:{public}" else ""
