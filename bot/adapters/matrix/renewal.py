"""Makes the keys of a restored crypto store safe to use, though more was done with them since.

The bot may have gone on after the backup was made, with keys that only the lost machine knew. So

- one-time keys on the server may be of the lost machine: they are claimed by ourselves until none
  is left (the fallback key comes last and so is replaced, too), and new ones are uploaded;
- a channel (Olm session) may be further on at the other end, where our next message would count as
  repeated: a new one is opened to every device, with word to it, while the old one still reads.

Megolm sessions need nothing: outbound ones are never stored. What was encrypted with keys that came
after the backup can be read again by the recovery key (`comenius trust --recover`).
"""

from __future__ import annotations

import logging
from pathlib import Path

from bot.adapters.matrix import files
from bot.adapters.matrix.client import Client, Refused, Unreachable
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.keys import Keys
from bot.adapters.matrix.plain import mapping
from bot.adapters.matrix.session import MatrixSettings, log_in
from bot.ports import Clock

_log = logging.getLogger(__name__)
MARK = "restored"
"""The file by which `comenius restore` asks for this."""
_MOST_KEYS = 500
"""A device keeps 50 on the server; more come only from a server that makes them up."""


def is_due(directory: Path) -> bool:
    """Tell whether the matrix *directory* was restored and its keys are still to be renewed."""
    return (directory / MARK).exists()


async def renew(settings: MatrixSettings, directory: Path, now: Clock) -> None:
    """Renew the keys of the store in the matrix *directory*, once.

    Raises LoginRefused. If the server does not let us finish, the next start does it again.
    """
    try:
        key = settings.pickle_key or files.key(directory / "crypto.key")
    except ValueError:
        return  # MatrixDoor.open says so
    client = Client(settings.homeserver, settings.user, str(directory), key)
    try:
        await log_in(client, settings, directory, now())
        await _drain(client)
        crypto = Crypto(client, only_cross_signed=settings.only_cross_signed)
        for user in client.device_store.users:
            for device in client.device_store.active_user_devices(user):
                if crypto.channels.to(device):
                    crypto.channels.broken[device.user_id, device.id] = device
        await Keys(client, crypto).tend()
    except (Refused, Unreachable) as failure:
        _log.warning("the restored keys could not be renewed yet (%s)", failure)
    else:
        (directory / MARK).unlink(missing_ok=True)
    finally:
        await client.shut()


async def _drain(client: Client) -> None:
    """Claim our own one-time keys until the fallback key comes, or nothing."""
    me, device = client.user_id, client.device_id or ""
    body = {"timeout": 10000, "one_time_keys": {me: {device: "signed_curve25519"}}}
    for _ in range(_MOST_KEYS):
        answer = await client.call("POST", "keys", "claim", body=body)
        claimed = mapping(mapping(mapping(answer.get("one_time_keys")).get(me)).get(device))
        if not claimed or any(mapping(one).get("fallback") is True for one in claimed.values()):
            return
