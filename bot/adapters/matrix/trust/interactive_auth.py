"""Answers a server that wants to be sure it is us: password and dummy stages, else what to do.

Client-server API 5.3 "User-Interactive Authentication API"; MSC4312 for servers whose accounts
live elsewhere (Matrix Authentication Service).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.adapters.matrix.client import Client, Refused
from bot.adapters.matrix.plain import mapping, sequence, text
from bot.adapters.matrix.trust.state import Untrusted

_UNAUTHORISED = 401
_MOST_ROUNDS = 6
_PASSWORD, _DUMMY = "m.login.password", "m.login.dummy"
_IN_BROWSER = ("m.oauth", "org.matrix.cross_signing_reset")
"""Stages that give an address where the owner agrees."""


async def post(
    client: Client,
    path: tuple[str, ...],
    body: Mapping[str, Any],
    password: str | None,
    before: Callable[[], Awaitable[None]],
) -> None:
    """POST *body* to *path*, and prove who we are if the server asks for it.

    Before the first proof *before* is awaited: it raises if none may be given. Raises Untrusted
    with what to do where we cannot prove it; Refused or Unreachable.
    """
    sent = dict(body)
    for attempt in range(_MOST_ROUNDS):
        try:
            await client.call("POST", *path, body=sent)
        except Refused as refusal:
            if refusal.status != _UNAUTHORISED or "flows" not in refusal.content:
                raise
            if attempt == 0:
                await before()
            elif refusal.code == "M_FORBIDDEN":
                raise Untrusted(
                    "The server does not take the account's password: correct it in the settings."
                ) from None
            sent["auth"] = _proof(refusal.content, client.user_id, password)
        else:
            return
    raise Untrusted("The server asks again and again who we are: ask its admin.")


def _proof(asked: Mapping[str, Any], user: str, password: str | None) -> dict[str, Any]:
    """Return the answer to the next stage of a flow that we can go through to its end."""
    done = {stage for stage in sequence(asked.get("completed")) if isinstance(stage, str)}
    able = {_DUMMY} if password is None else {_DUMMY, _PASSWORD}
    flows = [_stages(flow) for flow in sequence(asked.get("flows"))]
    for stages in flows:
        left = [stage for stage in stages if stage not in done]
        if not left or not able.issuperset(left):
            continue
        proof: dict[str, Any] = {"type": left[0], "session": asked.get("session")}
        if left[0] == _PASSWORD:
            identifier = {"type": "m.id.user", "user": user}
            proof |= {"identifier": identifier, "password": password}
        return proof
    raise Untrusted(_advice(asked, flows, user))


def _stages(flow: object) -> list[str]:
    found = sequence(mapping(flow).get("stages"))
    return [stage for stage in found if isinstance(stage, str)]


def _advice(asked: Mapping[str, Any], flows: list[list[str]], user: str) -> str:
    """Return what a person has to do where the bot cannot prove who it is."""
    for stage in _IN_BROWSER:
        address = text(mapping(mapping(asked.get("params")).get(stage)).get("url"), 500)
        if address and address.startswith(("https://", "http://")) and address.isprintable():
            return (
                f"The server wants the owner's consent: open {address} in a browser, log in as"
                f" {user} and agree; the bot then goes on by itself within the hour."
            )
    if any(_PASSWORD in stages for stages in flows):
        return "The server asks for the account's password: set COMENIUS_PASSWORD for one start."
    return (
        "The server wants this confirmed in a browser, which a bot cannot do: ask its admin for"
        f" POST /_synapse/admin/v1/users/{user}/_allow_cross_signing_replacement_without_uia,"
        " then start the bot again."
    )
