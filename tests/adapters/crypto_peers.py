"""Other people's devices, made with vodozemac alone, and a homeserver that only passes keys on."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import vodozemac

from bot.adapters.matrix.client import Client
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.intake import Intake
from bot.adapters.matrix.keys import Keys
from bot.adapters.matrix.ledger import Batch
from bot.adapters.matrix.memory import Memory
from bot.adapters.matrix.trust.signing import SigningKey, canonical
from bot.heard import Heard

ME, DEVICE, ROOM = "@bot:x", "BOTDEVICE", "!room:x"
OLM, MEGOLM = "m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
numbers = itertools.count(1)
Json = dict[str, Any]


def unpadded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


@dataclass
class Server:
    """What /keys and /sendToDevice do, in memory."""

    devices: dict[str, dict[str, Json]] = field(default_factory=dict)
    masters: dict[str, Json] = field(default_factory=dict)
    signing: dict[str, Json] = field(default_factory=dict)
    one_time: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)
    fallback: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)
    sent: list[tuple[str, str, str, Json]] = field(default_factory=list)
    """Kind, user, device and content of each to-device message."""
    asked: list[tuple[str, Any]] = field(default_factory=list)
    """Path and body of each request."""
    changed: dict[str, Json] = field(default_factory=dict)
    """Path -> answer to give instead, once."""
    failures: list[BaseException] = field(default_factory=list)
    """Raised instead of an answer, one by one."""

    async def call(self, _method: str, *path: str, body: Any = None, **_more: Any) -> Json:
        self.asked.append(("/".join(path[:2]), body))
        if self.failures:
            raise self.failures.pop(0)
        if (instead := self.changed.pop("/".join(path[:2]), None)) is not None:
            return instead
        if path[0] == "sendToDevice":
            for user, devices in body["messages"].items():
                for device, content in devices.items():
                    self.sent.append((path[1], user, device, content))
            return {}
        answer: Json = getattr(self, path[1])(body)
        return answer

    def upload(self, body: Json) -> Json:
        if "device_keys" in body:
            self.devices.setdefault(ME, {})[DEVICE] = body["device_keys"]
        mine = self.one_time.setdefault((ME, DEVICE), {})
        mine.update(body.get("one_time_keys", {}))
        self.fallback.setdefault((ME, DEVICE), {}).update(body.get("fallback_keys", {}))
        return {"one_time_key_counts": {"signed_curve25519": len(mine)}}

    def query(self, body: Json) -> Json:
        wanted = body["device_keys"]
        return {
            "device_keys": {u: dict(self.devices[u]) for u in wanted if u in self.devices},
            "master_keys": {u: self.masters[u] for u in wanted if u in self.masters},
            "self_signing_keys": {u: self.signing[u] for u in wanted if u in self.signing},
        }

    def claim(self, body: Json) -> Json:
        found: dict[str, dict[str, Json]] = {}
        for user, devices in body["one_time_keys"].items():
            for device in devices:
                if key := self.take(user, device):
                    found.setdefault(user, {})[device] = key
        return {"one_time_keys": found}

    def take(self, user: str, device: str) -> Json:
        """Give away a one-time key, or the fallback key if there is none left."""
        left = self.one_time.get((user, device), {})
        if left:
            name = next(iter(left))
            return {name: left.pop(name)}
        return dict(self.fallback.get((user, device), {}))


class Peer:
    """One device of somebody."""

    def __init__(
        self, server: Server, user: str, device: str, bot: tuple[str, str] = (ME, DEVICE)
    ) -> None:
        self.server, self.user, self.device, self.bot = server, user, device, bot
        self.account = vodozemac.Account()
        self.megolm = vodozemac.GroupSession()
        self.first_key = self.megolm.session_key.to_base64()
        self.channel: vodozemac.Session | None = None
        self.publish()

    @property
    def bot_keys(self) -> dict[str, str]:
        keys: dict[str, str] = self.server.devices[self.bot[0]][self.bot[1]]["keys"]
        return keys

    @property
    def curve(self) -> str:
        return self.account.curve25519_key.to_base64()

    @property
    def signing(self) -> str:
        return self.account.ed25519_key.to_base64()

    def sign(self, thing: Json) -> Json:
        signature = self.account.sign(canonical(thing)).to_base64()
        return {**thing, "signatures": {self.user: {f"ed25519:{self.device}": signature}}}

    def keys(self, **change: Any) -> Json:
        names = {f"curve25519:{self.device}": self.curve, f"ed25519:{self.device}": self.signing}
        keys = {"user_id": self.user, "device_id": self.device, "algorithms": [OLM, MEGOLM]}
        return self.sign({**keys, "keys": names, **change})

    def publish(self, *, one_time: int = 5) -> None:
        self.server.devices.setdefault(self.user, {})[self.device] = self.keys()
        self.give(one_time)

    def give(self, count: int) -> None:
        """Upload one-time keys."""
        self.account.generate_one_time_keys(count)
        named = self.server.one_time.setdefault((self.user, self.device), {})
        for name, key in self.account.one_time_keys.items():
            named[f"signed_curve25519:{name}"] = self.sign({"key": key.to_base64()})
        self.account.mark_keys_as_published()

    def cross_sign(self, identity: Identity) -> None:
        device = self.server.devices[self.user][self.device]
        device["signatures"][self.user][f"ed25519:{identity.second.public}"] = identity.second.sign(
            device
        )

    # --- Olm -------------------------------------------------------------------------------------

    def seal(self, plaintext: str) -> Json:
        """Return the content of an m.room.encrypted to-device event for the bot."""
        curve = self.bot_keys[f"curve25519:{self.bot[1]}"]
        if self.channel is None:
            key = next(iter(self.server.take(*self.bot).values()))["key"]
            self.channel = self.account.create_outbound_session(
                vodozemac.Curve25519PublicKey.from_base64(curve),
                vodozemac.Curve25519PublicKey.from_base64(key),
            )
        sort, raw = self.channel.encrypt(plaintext.encode()).to_parts()
        box = {"type": sort, "body": unpadded(raw)}
        return {
            "algorithm": OLM,
            "sender_key": self.curve,
            "ciphertext": {curve: box},
        }

    def payload(self, kind: str, content: Any, **change: Any) -> Json:
        return {
            "sender": self.user,
            "recipient": self.bot[0],
            "recipient_keys": {"ed25519": self.bot_keys[f"ed25519:{self.bot[1]}"]},
            "keys": {"ed25519": self.signing},
            "type": kind,
            "content": content,
            **change,
        }

    def room_key(self, room: str = ROOM, *, now: bool = False) -> Json:
        """Return the key to all that this device says, or only to what it says from now on."""
        return {
            "algorithm": MEGOLM,
            "room_id": room,
            "session_id": self.megolm.session_id,
            "session_key": self.megolm.session_key.to_base64() if now else self.first_key,
        }

    def to_device(self, content: Json, kind: str = "m.room.encrypted") -> Json:
        return {"type": kind, "sender": self.user, "content": content}

    def gives_key(self, content: Json | None = None, **change: Any) -> Json:
        """Return a to-device event with the room key *content*, else with that of our session."""
        payload = self.payload("m.room_key", content or self.room_key(), **change)
        return self.to_device(self.seal(json.dumps(payload)))

    def opened(self, content: Json) -> Json:
        """Decrypt what the bot sealed for this device."""
        box = content["ciphertext"][self.curve]
        raw = base64.b64decode(box["body"] + "=" * (-len(box["body"]) % 4))
        message = vodozemac.AnyOlmMessage.from_parts(box["type"], raw)
        if box["type"] == 0:
            key = vodozemac.Curve25519PublicKey.from_base64(content["sender_key"])
            opening = message.to_pre_key()
            assert opening is not None
            if self.channel is None or not self.channel.session_matches(opening):
                self.channel, plain = self.account.create_inbound_session(key, opening)
                return dict(json.loads(plain))
        assert self.channel is not None
        return dict(json.loads(self.channel.decrypt(message)))

    # --- Megolm ----------------------------------------------------------------------------------

    def sealed(self, plaintext: str, **change: Any) -> Json:
        """Return an m.room.encrypted event of the room with *plaintext* inside."""
        content = {
            "algorithm": MEGOLM,
            "ciphertext": self.megolm.encrypt(plaintext.encode()).to_base64(),
            "session_id": self.megolm.session_id,
            "sender_key": self.curve,
            "device_id": self.device,
        }
        return {
            "type": "m.room.encrypted",
            "event_id": f"$e{next(numbers)}",
            "sender": self.user,
            "origin_server_ts": int(NOW.timestamp() * 1000),
            "content": content,
            **change,
        }

    def says(self, body: str, room: str = ROOM, **change: Any) -> Json:
        content = {"msgtype": "m.text", "body": body}
        plain = {"type": "m.room.message", "room_id": room, "content": content}
        return self.sealed(json.dumps(plain), **change)


class Identity:
    """Somebody's cross-signing keys."""

    def __init__(self, server: Server, user: str) -> None:
        self.first, self.second = SigningKey(), SigningKey()
        self.user = user
        server.masters[user] = self.key(self.first, "master")
        second = self.key(self.second, "self_signing")
        signature = self.first.sign(second)
        second["signatures"] = {user: {f"ed25519:{self.first.public}": signature}}
        server.signing[user] = second

    def key(self, key: SigningKey, usage: str) -> Json:
        return {
            "user_id": self.user,
            "usage": [usage],
            "keys": {f"ed25519:{key.public}": key.public},
        }


class Desk:
    """The bot's crypto and intake on a real store, with a server in memory."""

    def __init__(self, directory: Path, *, only_cross_signed: bool = False) -> None:
        self.server = Server()
        self.directory = directory
        self.only_cross_signed = only_cross_signed
        self.sit()

    def sit(self) -> None:
        """Begin as at a start of the program."""
        self.client = Client("http://127.0.0.1:9", ME, str(self.directory), "key")
        self.client.restore_login(ME, DEVICE, "token")
        self.client.call = self.server.call  # type: ignore[method-assign, assignment]
        self.olm: Any = self.client.olm
        self.crypto = Crypto(self.client, only_cross_signed=self.only_cross_signed)
        self.keys = Keys(self.client, self.crypto)
        self.memory = Memory(self.directory / "sync.json")
        self.intake = Intake(ME, self.crypto, self.memory)

    def rise(self) -> None:
        """Close the store, as at the end of the program."""
        self.crypto.close()
        assert self.client.store is not None
        self.client.store.database.close()

    def batch(self) -> Batch:
        return Batch(next(numbers), "t", NOW)

    def enter(self, *users: str) -> None:
        """Be in the encrypted room with *users*."""
        state: list[Json] = [
            {"type": "m.room.create", "state_key": "", "content": {"room_version": "11"}},
            {"type": "m.room.name", "state_key": "", "content": {"name": "Projekt"}},
            {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": MEGOLM}},
        ]
        for user in (ME, *users):
            member = {"membership": "join", "displayname": user[1:4]}
            state.append({"type": "m.room.member", "state_key": user, "content": member})
        self.intake.settle(ROOM, {"state": {"events": state}})

    def absorb(self, *events: Any, **more: Any) -> set[tuple[str, str]]:
        return self.crypto.absorb({"to_device": {"events": list(events)}, **more})

    def hear(self, *events: Mapping[str, Any]) -> list[Heard]:
        part = {"timeline": {"events": list(events)}}
        return self.intake.walk(ROOM, [], part, closed=True, batch=self.batch())

    def late(self, keys: set[tuple[str, str]]) -> list[Heard]:
        return self.intake.late(keys, self.batch(), NOW).get(ROOM, [])

    def state(self) -> Any:
        """Return all that strangers must not change."""
        rooms = {
            room.id: (dict(room.members), room.levels, room.name, room.topic, room.encrypted)
            for room in self.intake.rooms.values()
        }
        outbound = {r: s.id for r, s in self.olm.outbound_group_sessions.items()}
        users = {room: set(users) for room, users in self.crypto.users.items()}
        return rooms, outbound, users, set(self.crypto.encrypted), self.crypto.rotation(ROOM)
