"""Where a server asks who we are: every answer that a server may give, without a server."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.matrix.client import Client, Refused
from bot.adapters.matrix.trust import interactive_auth
from bot.adapters.matrix.trust.state import Untrusted

Answer = dict[str, Any]
GIVEN = "geheim"
ME = "@comenius:schule.example"
PASSWORD: Answer = {"stages": ["m.login.password"]}


class Server:
    """Answers with 401 as often as it has something to ask."""

    user_id = ME

    def __init__(self, *asks: Answer) -> None:
        self.asks = list(asks)
        self.got: list[Answer] = []

    async def call(self, _method: str, *_path: str, body: Answer) -> Answer:
        self.got.append(dict(body))
        if not self.asks:
            return {}
        content = self.asks.pop(0)
        refusal = Refused(401, content.get("errcode", ""), None, soft=False)
        refusal.content = content
        raise refusal


async def post(server: Server, password: str | None = GIVEN) -> None:
    async def before() -> None:
        server.got.append({"before": len(server.got)})

    path = ("keys", "device_signing", "upload")
    await interactive_auth.post(cast("Client", server), path, {"a": 1}, password, before)


async def test_a_server_that_does_not_ask() -> None:
    """Nothing but the request is sent, and no objection is looked for."""
    server = Server()
    await post(server)
    assert server.got == [{"a": 1}]


async def test_stages_one_after_the_other() -> None:
    """A flow of several stages is gone through; one that a browser needs is left aside."""
    flows = [{"stages": ["m.login.sso"]}, {"stages": ["m.login.dummy", "m.login.password"]}]
    first: Answer = {"session": "s", "flows": flows}
    server = Server(first, first | {"completed": ["m.login.dummy"]})
    await post(server)
    proof = {"identifier": {"type": "m.id.user", "user": ME}, "password": "geheim"}
    assert server.got == [
        {"a": 1},
        {"before": 1},
        {"a": 1, "auth": {"type": "m.login.dummy", "session": "s"}},
        {"a": 1, "auth": {"type": "m.login.password", "session": "s"} | proof},
    ]


@pytest.mark.parametrize("stage", ["m.oauth", "org.matrix.cross_signing_reset"])
async def test_consent_in_a_browser(stage: str) -> None:
    """The page where the owner agrees is told, whatever the server calls it (MSC4312)."""
    address = "https://account.schule.example/?action=org.matrix.cross_signing_reset"
    flows = [{"stages": ["m.oauth"]}, {"stages": ["org.matrix.cross_signing_reset"]}]
    server = Server({"session": "dummy", "flows": flows, "params": {stage: {"url": address}}})
    with pytest.raises(Untrusted) as told:
        await post(server)
    assert address in str(told.value)
    assert ME in str(told.value)


@pytest.mark.parametrize(
    "address", ["javascript:x", "https://a\nhttps://b", None, 5, "https://" + "x\u202e"]
)
async def test_no_address_is_passed_on_blindly(address: object) -> None:
    """What is no web address is not shown; the admin's way is."""
    server = Server({"flows": [{"stages": ["m.oauth"]}], "params": {"m.oauth": {"url": address}}})
    with pytest.raises(Untrusted, match="_allow_cross_signing_replacement_without_uia") as told:
        await post(server)
    assert str(address) not in str(told.value)


async def test_single_sign_on() -> None:
    """A flow that only a browser can go through names the admin's way."""
    with pytest.raises(Untrusted, match=r"ask its admin for POST /_synapse/admin"):
        await post(Server({"flows": [{"stages": ["m.login.sso"]}]}))


async def test_no_password_at_hand() -> None:
    """A bot that runs on a token says that the password is wanted once."""
    with pytest.raises(Untrusted, match="COMENIUS_PASSWORD"):
        await post(Server({"flows": [PASSWORD]}), password=None)


async def test_wrong_password() -> None:
    """It is given once, not until the account is locked."""
    asked: Answer = {"flows": [PASSWORD], "session": "s"}
    server = Server(asked, *[asked | {"errcode": "M_FORBIDDEN"}] * 9)
    with pytest.raises(Untrusted, match="does not take"):
        await post(server)
    assert len([got for got in server.got if "auth" in got]) == 1


async def test_a_server_that_asks_for_ever() -> None:
    """After some rounds it is enough."""
    server = Server(*[{"flows": [PASSWORD], "session": "s"}] * 99)
    with pytest.raises(Untrusted, match="again and again"):
        await post(server)
    assert len(server.got) < 10


async def test_an_ordinary_refusal_is_passed_on() -> None:
    """A 401 that asks for no proof is an expired token."""
    with pytest.raises(Refused):
        await post(Server({"errcode": "M_UNKNOWN_TOKEN"}))


JSON = st.recursive(
    st.none() | st.integers() | st.sampled_from(["m.login.password", "m.oauth", "stages", ""]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["stages", "url", "m.oauth"]), inner)
    ),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"flows": JSON, "params": JSON, "completed": JSON, "session": JSON}))
async def test_any_shape_ends_with_an_advice(content: Answer) -> None:
    """No answer of a server makes anything else than success or an advice."""
    server = Server(content)
    advice = ""
    try:
        await post(server)
    except Untrusted as told:
        advice = str(told)
    proof = server.got[-1].get("auth", {"type": None})["type"]
    assert advice.endswith(".") != (proof in {"m.login.password", "m.login.dummy"})
