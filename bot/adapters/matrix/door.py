"""The Matrix door: what comes in through nio, and what goes out to the homeserver."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.adapters.matrix import files, media
from bot.adapters.matrix.budget import Budget, Budgets
from bot.adapters.matrix.client import Client, Refused, Unreachable
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.delivery import Courier
from bot.adapters.matrix.engine import NEVER, Engine, Means
from bot.adapters.matrix.invites import Invite, MayOpenDirect, enter, forget
from bot.adapters.matrix.keys import Keys
from bot.adapters.matrix.lookup import Lookup
from bot.adapters.matrix.memory import Memory
from bot.adapters.matrix.patience import Patience
from bot.adapters.matrix.rooms import SPACE
from bot.adapters.matrix.session import (
    LoginRefused,
    MatrixSettings,
    Progress,
    device_since,
    log_in,
    renew,
)
from bot.adapters.matrix.trust.identity import Trust
from bot.adapters.matrix.trust.state import Restored, TrustState
from bot.adapters.matrix.writing import MESSAGE, REACTION, SEALED, kind_of
from bot.faults import where
from bot.heard import Heard, Invited, Left, Posted
from bot.model.allow import allowed
from bot.model.documents import Entry, Kind
from bot.ports import Clock, Hear, Later, Never
from bot.vitals import Vitals

_log = logging.getLogger(__name__)
_SOON, _SYNC_SOON, _LOCKED = 0.5, 2.0, 300.0
_STUMBLES = 3
"""Times that an entry may break by a mistake of ours, which may have passed by the next time."""


class MatrixDoor:
    """One account on one homeserver. `open`, `run` (until cancelled), `close`."""

    def __init__(  # noqa: PLR0913 - all but three have a default
        self,
        settings: MatrixSettings,
        directory: Path,
        clock: Clock,
        *,
        may_open_direct: MayOpenDirect | None = None,
        progress: Progress | None = None,
        budget: Budget | None = None,
        patience: Patience | None = None,
        vitals: Vitals | None = None,
    ) -> None:
        """Keep session, place in the stream and crypto store in *directory* (made, mode 0700).

        *may_open_direct* says who may open a direct room beyond `settings.allow`.
        """
        self._settings = settings
        self._directory = directory
        self._clock = clock
        self._may_open_direct = may_open_direct
        self._progress = progress or (lambda _sentence: None)
        self._patience = patience or Patience()
        self._vitals = vitals or Vitals()
        self._budgets = Budgets(budget, self._vitals)
        self._client: Client | None = None
        self._means: Means | None = None
        self._engine: Engine | None = None
        self._loop: asyncio.Task[None] | None = None
        self._anew = False
        """The loop was ended to begin another one."""
        self._courier: Courier | None = None
        self._stumbled: Counter[str] = Counter()
        self._trust: Trust | None = None
        self.user = settings.user
        """The full id once the door is open."""

    @property
    def covered(self) -> int:
        """Number of the newest batch whose token is durable."""
        return self._means.memory.number if self._means else 0

    @property
    def heard_until(self) -> datetime:
        """When the newest batch came that was heard; long ago as long as there was none."""
        return self._engine.heard_until if self._engine else NEVER

    async def open(self) -> None:
        """Log in, however long the server is away. Raises LoginRefused if that will not help."""
        if self._means is not None:
            return
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory.chmod(0o700)
        try:
            pickle_key = self._settings.pickle_key or files.key(self._directory / "crypto.key")
            memory = Memory.load(self._directory / "sync.json")
        except ValueError:
            raise LoginRefused("", "crypto.key or sync.json is damaged: restore them.") from None
        if self._client is None:
            self._client = Client(
                self._settings.homeserver, self._settings.user, str(self._directory), pickle_key
            )
        client = self._client
        self._progress("Logging in ...")
        while True:
            try:
                await log_in(client, self._settings, self._directory, self._clock())
            except (Refused, Unreachable) as failure:
                seconds = self._patience.next(getattr(failure, "retry_after", None))
                _log.warning("no login (%s), again in %.1f s", failure, seconds)
                self._progress(f"The homeserver does not answer ({failure}); trying again.")
                await self._patience.sleep(seconds)
            else:
                break
        self._patience.reset()
        memory = memory if memory.path.exists() else Memory(memory.path)  # another account's
        crypto = Crypto(client, only_cross_signed=self._settings.only_cross_signed)
        keys = Keys(client, crypto)
        self.user = client.user_id
        since = device_since(self._directory)
        lookup = Lookup(client, self._budgets.reads, self._clock, since)
        self._courier = Courier(client, crypto, keys, self._budgets, lookup)
        trust = self._trust = Trust(client, self._settings, self._directory, keys.tend)
        await trust.start(self._progress)

        async def tend() -> None:
            await keys.tend()
            await trust.tend()

        self._means = Means(
            client=client,
            crypto=crypto,
            memory=memory,
            clock=self._clock,
            patience=self._patience,
            progress=self._progress,
            vitals=self._vitals,
            welcome=self._welcome,
            renew=lambda: renew(client, self._settings, self._directory),
            tend=tend,
            know=keys.know,
        )

    async def run(self, hear: Hear) -> None:
        """Hand over what is heard, until cancelled. Raises LoginRefused."""
        await self.open()
        assert self._means is not None  # noqa: S101 - for mypy: open() made it
        self._progress("Connected.")
        while True:
            self._engine = Engine(self._means, partial(self._hand_over, hear))
            self._loop = asyncio.create_task(self._engine.run())
            try:
                await self._loop
            except asyncio.CancelledError:
                ours = asyncio.current_task()
                if not self._anew or (ours is not None and ours.cancelling()):
                    raise  # it is us who are to end
            self._anew = False

    def begin_anew(self) -> None:
        """End the loop, which hangs; `run` begins another one where all was durable."""
        if self._loop is not None:
            self._anew = True
            self._loop.cancel()

    async def deliver(self, room: str, entry: Entry) -> str | None:
        """Send *entry* once the rooms are known; return its event id. Raises Later or Never."""
        engine, courier = self._engine, self._courier
        if engine is None or courier is None:
            raise Later(_SYNC_SOON)
        await engine.ready.wait()
        if entry.kind is Kind.JOIN and entry.key and self._client is not None:
            await enter(self._client, room, entry.key)
            return None
        if entry.kind not in {Kind.JOIN, Kind.LEAVE} and room not in engine.intake.rooms:
            # not even whether it is encrypted is known: a sync will tell, unless we are not in it
            raise await self._absent(room)
        if entry.kind is not Kind.LEAVE and self._is_space(room):
            raise Never("nobody talks in a space")
        try:
            return await courier.deliver(room, entry)
        except Later as later:
            if later.locked and self._lacks_only(room, kind_of(entry)):
                raise Never(f"{entry.kind} is not for us here") from None
            if isinstance(later.__cause__, Unreachable) and await engine.outage.outlast(
                later.seconds
            ):
                raise Later(_SOON) from later
            raise
        except Never:
            raise
        except Exception as error:  # noqa: BLE001 - it would be tried for ever
            _log.error("an entry could not be made into an event: %s", where(error))
            raise self._stumble(entry, error) from None

    def _stumble(self, entry: Entry, error: Exception) -> Later | Never:
        """Say what becomes of *entry*, which broke once more."""
        self._stumbled[entry.id] += 1
        if self._stumbled[entry.id] < _STUMBLES:
            return Later(_SYNC_SOON)
        self._stumbled.clear()
        return Never(type(error).__name__)

    async def fetch(self, _room: str, posted: Posted) -> bytes:
        """Return the content of a file that was posted, decrypted. Raises Later or Never."""
        if self._client is None:
            raise Later(_SYNC_SOON)
        try:
            return await media.fetch(self._client, posted.handle)
        except (Later, Never):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a stranger put into a file
            _log.error("a file could not be read: %s", where(error))
            raise Never(type(error).__name__) from None

    def encrypted(self, room: str) -> bool:
        """Tell whether *room* is known to be encrypted, from real state."""
        known = self._engine.intake.rooms.get(room) if self._engine else None
        return known is not None and known.encrypted

    def power(self, room: str, user: str) -> int | None:
        """Return the power level of *user* in *room* from real state, if the room is known."""
        known = self._engine.intake.rooms.get(room) if self._engine else None
        return known.power(user) if known else None

    def members(self, room: str) -> dict[str, str]:
        """Return user id -> display name (else the local part) of those in *room*."""
        known = self._engine.intake.rooms.get(room) if self._engine else None
        if known is None:
            return {}
        return {user: name or user[1:].partition(":")[0] for user, name in known.members.items()}

    async def trust(self) -> TrustState:
        """Return how far others can trust this device, once the door is open; never raises."""
        assert self._trust is not None  # noqa: S101 - for mypy: the door is open
        fallback_key = self._means.crypto.fallback_unused if self._means else None
        return await self._trust.state(fallback_key=fallback_key)

    async def recover(self, recovery_key: str) -> Restored:
        """Make this device trusted by the account's recovery key, and read its key backup.

        For an open door. Raises Untrusted with what to do; Refused or Unreachable.
        """
        assert self._trust is not None  # noqa: S101 - for mypy: the door is open
        return await self._trust.recover(recovery_key)

    def waiting_recovery_key(self) -> str | None:
        """Return the recovery key that still lies on this machine, once the door is open."""
        return self._trust.waiting() if self._trust else None

    def forget_recovery_key(self) -> None:
        """Remove it from this machine: it is written down elsewhere. Raises OSError."""
        if self._trust:
            self._trust.forget()

    async def close(self) -> None:
        """Close connections and crypto store; `run` must have ended."""
        client, self._client = self._client, None
        if self._means is not None:
            self._means.crypto.close()
        self._means = self._engine = self._courier = self._trust = None
        if client is not None:
            await client.shut()

    async def _hand_over(self, hear: Hear, heard: Heard) -> None:
        """Hand over what is *heard*, with what only the rooms' state tells of it.

        A room that we are not in any more is forgotten once that is durable.
        """
        assert self._engine is not None  # noqa: S101 - for mypy: it is the one who tells
        if isinstance(heard, Invited):
            asked = allowed(heard.sender, self._settings.allow)
            heard = replace(self._engine.intake.upgrades.invited(heard), asked=asked)
        await hear(heard)
        if isinstance(heard, Left) and heard.user == self.user and self._client is not None:
            await forget(self._client, heard.room)

    def _is_space(self, room: str) -> bool:
        known = self._engine.intake.rooms.get(room) if self._engine else None
        return known is not None and known.kind == SPACE

    async def _welcome(self, invite: Invite) -> bool:
        if allowed(invite.sender, self._settings.allow):
            return True
        if self._engine is not None and self._engine.intake.upgrades.names(invite.room):
            return True  # a room of ours goes on there
        if not invite.direct or self._may_open_direct is None:
            return False
        try:
            return await self._may_open_direct(invite.sender)
        except Exception as error:  # noqa: BLE001 - then it is no
            _log.error("an invitation could not be judged: %s", where(error))
            return False

    def _lacks_only(self, room: str, kind: str) -> bool:
        """Tell whether we may speak in *room*, and only events of *kind* ask for more power.

        A room where reactions or polls are for moderators would count as locked all the time.
        """
        known = self._engine.intake.rooms.get(room) if self._engine else None
        if known is None:
            return False
        words = SEALED if known.encrypted else MESSAGE
        sent = words if known.encrypted and kind != REACTION else kind
        return known.may_send(self.user, words) and not known.may_send(self.user, sent)

    async def _absent(self, room: str) -> Later:
        """Say why nothing can be sent to *room*, which no sync has shown."""
        assert self._client is not None  # noqa: S101 - for mypy: the engine runs
        path = ("rooms", room, "state", "m.room.member", self.user)
        try:
            member = await self._client.call("GET", *path)
        except (Refused, Unreachable) as failure:
            forbidden = isinstance(failure, Refused) and not failure.passing
            return Later(_LOCKED if forbidden else _SYNC_SOON, locked=forbidden)
        here = member.get("membership") == "join"
        return Later(_SYNC_SOON if here else _LOCKED, locked=not here)
