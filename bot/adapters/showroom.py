"""The showroom: a project of three classes on a homeserver of its own, to visit with any client."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

from bot.adapters.synapse import Synapse, SynapseFailed

BOT = "comenius"
TITLE = "Ports of Europe"
COORDINATOR = "dupont"
PATIENCE = 60.0
"""Seconds in which the bot must have answered."""
PEOPLE = {
    COORDINATOR: "Mme Dupont",
    "nowak": "Ms Nowak",
    "pappas": "Mr Pappas",
    "lea": "Léa",
    "maja": "Maja",
    "nikos": "Nikos",
}
TEACHERS = ("nowak", "pappas")
BEGINNING = (
    (COORDINATOR, "!classe ajouter PAU Pau fr Europe/Paris"),
    ("nowak", "!partner add KRK Kraków en Europe/Warsaw"),
    ("pappas", "!partner add VOL Volos en Europe/Athens"),
    ("nowak", "!iam KRK"),
    ("pappas", "!iam VOL"),
    (COORDINATOR, "!je suis PAU"),
    (COORDINATOR, "!configurer"),
    ("pappas", "!task Vote for a logo by friday everyone"),
)
"""What was said before visitors come. Pupils are left to tap their class themselves."""


@dataclass
class Showroom:
    """People and a room on *server*. Blocking throughout, as the server is."""

    server: Synapse
    password: str = field(default_factory=lambda: secrets.token_hex(4))
    tokens: dict[str, str] = field(default_factory=dict)
    room: str = ""
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def register(self) -> str:
        """Create the accounts; return the bot's Matrix id."""
        for user, name in PEOPLE.items():
            self.server.register(user, self.password, shown=name)
        return self.server.register(BOT, self.password, shown="Comenius")

    def furnish(self, progress: Callable[[str], None]) -> None:
        """Create the room, let everybody in and set up the classes. Raises SynapseFailed.

        The room is encrypted once that is done: whoever speaks here through plain HTTP could not
        speak in an encrypted room, and the bot would not listen.
        """
        for user in PEOPLE:
            self.tokens[user] = self._login(user)
        self.room = self._create()
        for user in PEOPLE:
            if user != COORDINATOR:
                self._ask(user, "POST", f"/join/{quote(self.room)}", {})
        progress("Waiting for Comenius to come in ...")
        self._wait(lambda: self._id(BOT) in self._members())
        progress("Three classes introduce themselves ...")
        for user, text in BEGINNING:
            event = self._say(user, text)
            self._wait(lambda event=event: self._answered(event))  # type: ignore[misc]
        algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
        self._ask(COORDINATOR, "PUT", f"{self._path}/state/m.room.encryption/", algorithm)
        for user in PEOPLE:  # devices without keys would only disturb
            self._ask(user, "POST", "/logout", {})

    def guide(self) -> str:
        """Tell visitors how to come in."""
        teachers = " and ".join(TEACHERS)
        return f"""
A real room is waiting for you on this machine:

  Homeserver   {self.server.address}
  Room         {TITLE}  ({self.room}, encrypted)
  Users        {COORDINATOR} (coordinator), {teachers} (teachers), lea, maja, nikos (pupils)
  Password     {self.password}  (for all of them)

In Element on this machine (desktop, or app.element.io in a browser): choose "Sign in", then "Edit"
beside the homeserver, enter the address above, then one of the users and the password. The room is
in the list already. A second person can sign in in a private window. Begin with  !help

Ctrl-C ends the server and the bot, and nothing of them is left."""

    # --- plain HTTP ----------------------------------------------------------------------------

    @property
    def _path(self) -> str:
        return f"/rooms/{quote(self.room)}"

    def _id(self, user: str) -> str:
        return f"@{user}:{self.server.name}"

    def _login(self, user: str) -> str:
        who = {"type": "m.id.user", "user": user}
        body = {"type": "m.login.password", "identifier": who, "password": self.password}
        return str(self._checked("POST", "/login", body, "")["access_token"])

    def _create(self) -> str:
        body = {
            "name": TITLE,
            "preset": "private_chat",
            "room_version": "12",
            "invite": [self._id(user) for user in [*PEOPLE, BOT] if user != COORDINATOR],
            "power_level_content_override": {
                "users": {self._id(user): 50 for user in TEACHERS} | {self._id(BOT): 50}
            },
        }
        return str(self._ask(COORDINATOR, "POST", "/createRoom", body)["room_id"])

    def _say(self, user: str, text: str) -> str:
        body = {"msgtype": "m.text", "body": text}
        path = f"{self._path}/send/m.room.message/{next(self._numbers)}"
        return str(self._ask(user, "PUT", path, body)["event_id"])

    def _members(self) -> dict[str, Any]:
        members = self._ask(COORDINATOR, "GET", f"{self._path}/joined_members")["joined"]
        return dict(members)

    def _answered(self, event: str) -> bool:
        """Tell whether the bot replied or reacted to *event*."""
        found = self._ask(COORDINATOR, "GET", f"{self._path}/messages?dir=b&limit=50")["chunk"]
        for one in found:
            relation = one["content"].get("m.relates_to", {})
            to = relation.get("m.in_reply_to", relation).get("event_id")
            if one["sender"] == self._id(BOT) and to == event:
                return True
        return False

    def _wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not until():
            if time.monotonic() > end:
                raise SynapseFailed(f"Comenius did not answer in {PATIENCE:.0f} seconds", "")
            time.sleep(0.2)

    def _ask(self, user: str, method: str, path: str, body: object = None) -> dict[str, Any]:
        return self._checked(method, path, body, self.tokens[user])

    def _checked(self, method: str, path: str, body: object, token: str) -> dict[str, Any]:
        answer = self.server.ask(method, f"/_matrix/client/v3{path}", body, token)
        if "errcode" in answer:
            raise SynapseFailed(f"{method} {path}: {answer.get('error', answer['errcode'])}", "")
        return answer
