"""Any sequence of holding, committing, settling, failing, forgetting and restarting."""

from __future__ import annotations

import asyncio
import copy
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.adapters.store import FileStore
from bot.model.documents import PersonDocument, RoomDocument
from bot.ports import StoreFull
from tests.adapters.store_samples import a_room

if TYPE_CHECKING:
    from collections.abc import Coroutine

ROOMS = st.sampled_from(["!a:x", "!b:x", "!C:x", "!c:x"])
USERS = st.sampled_from(["@a:x", "@b:x"])
STEPS = st.sampled_from(["open", "write", "fsync", "replace"])

Result = TypeVar("Result")
Documents = dict[str, RoomDocument | PersonDocument]


class StoreMachine(RuleBasedStateMachine):
    """The store beside two dicts: what people see, and what must survive."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.seen: Documents = {}
        self.durable: Documents = {}

    @initialize()
    def begin(self) -> None:
        self.store = self.opened()

    def opened(self) -> FileStore:
        async def open_() -> FileStore:
            return FileStore(Path(self.folder.name), cache=2, keep_free=0, idle=3600)

        return self.run(open_())

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    async def change(self, room: str, user: str, title: str, how: str) -> None:
        async with self.store.hold(room, [user]) as held:
            held.room = held.room or a_room(room)
            held.room.project.title = title
            person = held.people.setdefault(user, PersonDocument(user))
            person.language = title
            if how == "settle":
                held.settle()
            elif how == "commit":
                await held.commit()
            else:
                return
            kept: Documents = copy.deepcopy({room: held.room, user: person})
        self.seen.update(kept)
        if how == "commit":
            self.durable.update(kept)

    @rule(room=ROOMS, user=USERS, title=st.text(max_size=3))
    def commit(self, room: str, user: str, title: str) -> None:
        self.run(self.change(room, user, title, "commit"))

    @rule(room=ROOMS, user=USERS, title=st.text(max_size=3))
    def settle(self, room: str, user: str, title: str) -> None:
        self.run(self.change(room, user, title, "settle"))

    @rule(room=ROOMS, user=USERS)
    def change_and_let_go(self, room: str, user: str) -> None:
        self.run(self.change(room, user, "lost", "nothing"))

    @rule(room=ROOMS, user=USERS, title=st.text(max_size=3), step=STEPS)
    def commit_on_a_bad_disk(self, room: str, user: str, title: str, step: str) -> None:
        def fail(*_arguments: Any, **_options: Any) -> None:
            raise OSError(28, "No space left on device")

        before = copy.deepcopy([self.seen.get(room), self.seen.get(user)])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, step, fail)
            try:
                self.run(self.change(room, user, title, "commit"))
            except StoreFull:
                assert [self.seen.get(room), self.seen.get(user)] == before

    @rule(room=ROOMS)
    def forget(self, room: str) -> None:
        self.run(self.store.forget(room))
        self.seen.pop(room, None)
        self.durable.pop(room, None)

    @rule(user=USERS)
    def forget_person(self, user: str) -> None:
        self.run(self.store.forget_person(user))
        self.seen.pop(user, None)
        self.durable.pop(user, None)

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.durable = copy.deepcopy(self.seen)
        self.store = self.opened()

    @rule()
    def crash(self) -> None:
        self.abandon()
        self.seen = copy.deepcopy(self.durable)
        self.store = self.opened()

    def abandon(self) -> None:
        """Do what the death of the process does: the lock goes, nothing more is written."""
        self.store._documents._writer.close()
        self.store._backend.close()
        self.store._directory.release(whole=False)
        if self.store._documents._flush:
            self.store._documents._flush.cancel()

    @invariant()
    def what_is_seen_is_what_was_kept(self) -> None:
        async def look() -> Documents:
            found: Documents = {}
            for room in ("!a:x", "!b:x", "!C:x", "!c:x"):
                async with self.store.hold(room, ["@a:x", "@b:x"]) as held:
                    found.update({room: held.room} if held.room else {})
                    found.update(held.people)
            return found

        assert self.run(look()) == self.seen

    def teardown(self) -> None:
        self.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()


def test_the_store_does_what_two_dicts_would() -> None:
    """Whatever happens in whatever order, people see what was kept, and the disk has it."""
    run_state_machine_as_test(
        StoreMachine, settings=settings(deadline=None, max_examples=30, stateful_step_count=25)
    )
