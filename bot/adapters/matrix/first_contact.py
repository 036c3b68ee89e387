"""The first contact with a homeserver, for `init`: whether it is one and takes the login.

Reads only, but for one login that is ended at once.
"""

from __future__ import annotations

from bot.adapters.matrix.caller import CLIENT, Answer, Caller
from bot.adapters.matrix.plain import mapping, sequence, text


class Unfit(Exception):
    """It cannot be used as it is; the sentence says why, `advice` what to do."""

    def __init__(self, sentence: str, advice: str = "") -> None:
        """Keep both."""
        super().__init__(f"{sentence} {advice}".rstrip())
        self.advice = advice


async def discover(typed: str) -> str:
    """Return the address of the client API of what an admin *typed*, asked whether it is there.

    The name of a server, a user id or an address. Client-server API 4.1 "Well-known URIs". Raises
    Unfit.
    """
    typed = typed.strip().partition("/_matrix")[0]
    scheme, slashes, rest = typed.rpartition("://")
    name = (rest.partition(":")[2] if rest.startswith("@") else rest).rstrip("/")
    if not name or "/" in name or any(sign.isspace() for sign in name):
        raise Unfit("That is not the name of a server.", "Write it like school.example.")
    own = [f"{scheme.lower()}://{name}"] if slashes else []
    async with Caller() as caller:
        first = Answer()
        for address in own or [await _announced(caller, name) or f"https://{name}"]:
            first = await caller.ask("GET", f"{address}/_matrix/client/versions")
            if _is_matrix(first):
                return address
        announced = await _announced(caller, name) if own else None
        if announced and _is_matrix(
            await caller.ask("GET", f"{announced}/_matrix/client/versions")
        ):
            return announced
        if not first.status and scheme != "http" and ":" in name and await _is_open(caller, name):
            raise Unfit(
                f"{name} answers, but without encryption.",
                f"If that is meant, as on this machine, write http://{name}.",
            )
    if first.status:
        raise Unfit(
            f"{name} answers, but not as a Matrix server ({first.status}).",
            "Its admin knows the address of the client API, like https://matrix.school.example.",
        )
    raise Unfit(f"{name} cannot be reached: {first.trouble}.", "Is it spelt right?")


async def _is_open(caller: Caller, name: str) -> bool:
    """Tell whether a Matrix server answers there over http://."""
    return _is_matrix(await caller.ask("GET", f"http://{name}/_matrix/client/versions"))


async def _announced(caller: Caller, name: str) -> str | None:
    """Return the address that the server called *name* announces, if it does."""
    host = name if name.startswith("[") else name.partition(":")[0]
    answer = await caller.ask("GET", f"https://{host}/.well-known/matrix/client")
    found = text(mapping(answer.content.get("m.homeserver")).get("base_url"), 500)
    if not answer.fine or found is None or not found.startswith(("https://", "http://")):
        return None
    return found.rstrip("/")


def _is_matrix(answer: Answer) -> bool:
    return answer.fine and bool(sequence(answer.content.get("versions")))


async def try_password(address: str, user: str, password: str) -> str:
    """Log in and out again; return the whole user id. Raises Unfit."""
    if ":" in user and not user.startswith("@"):
        user = f"@{user}"
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
        "initial_device_display_name": "comenius init (signs out at once)",
    }
    async with Caller(address) as caller:
        flows = await caller.ask("GET", f"{CLIENT}/login")
        kinds = {mapping(one).get("type") for one in sequence(flows.content.get("flows"))}
        if flows.fine and "m.login.password" not in kinds:
            raise Unfit(
                "This server takes no passwords from programs (it logs in by a web page).",
                "Give an access token instead: its admin can make one.",
            )
        answer = await caller.ask("POST", f"{CLIENT}/login", body)
        caller.token = text(answer.content.get("access_token"), 5000) or ""
        found = text(answer.content.get("user_id"), 255)
        if not answer.fine or not found:
            raise Unfit(*_refused(answer))
        await caller.ask("POST", f"{CLIENT}/logout", {})
    return found


async def try_token(address: str, token: str) -> str:
    """Return the user id of the owner of *token*. Raises Unfit."""
    async with Caller(address, token) as caller:
        answer = await caller.ask("GET", f"{CLIENT}/account/whoami")
    found = text(answer.content.get("user_id"), 255)
    if not answer.fine or not found:
        raise Unfit(*_refused(answer))
    if not text(answer.content.get("device_id"), 255):
        raise Unfit("This access token belongs to no device.", "Make one by logging in.")
    return found


def _refused(answer: Answer) -> tuple[str, str]:
    """Return in a sentence and an advice why the login failed."""
    match answer.code:
        case "M_FORBIDDEN":
            return "The server does not take this user with this password.", "Try again."
        case "M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN":
            return "The server does not know this access token.", "Make a new one by logging in."
        case "M_USER_DEACTIVATED" | "M_USER_LOCKED":
            return "The account is deactivated or locked.", "Ask the admin of the server."
        case "M_LIMIT_EXCEEDED":
            return "The server wants a pause after so many attempts.", "Wait a minute."
    if answer.status:
        return f"The server refuses the login ({answer.status} {answer.code}).".replace(
            " )", ")"
        ), ""
    return f"The server cannot be reached: {answer.trouble}.", "Try again in a moment."
