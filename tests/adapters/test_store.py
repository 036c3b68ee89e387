"""The store as the assistant meets it: holding, committing, settling, forgetting."""

# These tests look at the disk between two steps, and wait for threads by looking.
# ruff: noqa: ASYNC110, ASYNC240

from __future__ import annotations

import asyncio
import stat
import threading
from typing import TYPE_CHECKING

import pytest
from tinydb import TinyDB, where

from bot.adapters.store import DirectoryInUse, FileStore
from bot.adapters.store.names import Key, Kind
from bot.model.documents import PersonDocument
from tests.adapters.store_samples import LEA, ROOM, a_room, an_entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from bot.adapters.store.backend import Failure, Unit
    from bot.ports import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[FileStore]:
    store = FileStore(tmp_path, keep_free=0)
    yield store
    await store.close()


class Gate:
    """Keeps the writing thread waiting, and counts what it is given."""

    def __init__(self, store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[int] = []
        self.reached = threading.Event()
        self.open = threading.Event()
        commit = store._backend.commit

        def wait(batch: Sequence[Unit]) -> list[Failure | None]:
            self.batches.append(len(batch))
            self.reached.set()
            self.open.wait()
            return commit(batch)

        monkeypatch.setattr(store._backend, "commit", wait)


async def put(store: Store, room: str = ROOM, *users: str) -> None:
    async with store.hold(room, users) as held:
        held.room = a_room(room, members=users)
        for user in users:
            held.people[user] = PersonDocument(user, rooms=[room])
        await held.commit()


async def title(store: Store, room: str = ROOM) -> str | None:
    async with store.hold(room) as held:
        return held.room.project.title if held.room else None


async def test_what_is_new_is_nothing(store: Store) -> None:
    """An unknown room and unknown people are absent, and asking for them makes no file."""
    async with store.hold(ROOM, [LEA]) as held:
        assert held.room is None
        assert held.people == {}
    assert [one async for one in store.rooms()] == []


async def test_a_commit_is_there_after_a_restart(tmp_path: Path) -> None:
    """Room and person come back from the disk as they were committed."""
    store = FileStore(tmp_path)
    await put(store, ROOM, LEA)
    await store.close()
    store = FileStore(tmp_path)
    async with store.hold(ROOM, [LEA]) as held:
        assert held.room == a_room(members=(LEA,))
        assert held.people == {LEA: PersonDocument(LEA, rooms=[ROOM])}
    await store.close()


async def test_copies_are_private(store: Store) -> None:
    """What is changed and not committed is seen by nobody."""
    await put(store, ROOM, LEA)
    async with store.hold(ROOM, [LEA]) as held:
        assert held.room
        held.room.project.title = "changed"
        held.people[LEA].rooms.append("!other")
    async with store.hold(ROOM, [LEA]) as held:
        assert held.room == a_room(members=(LEA,))
        assert held.people[LEA].rooms == [ROOM]


async def test_a_commit_takes_what_stood_there_at_that_moment(store: Store) -> None:
    """What is changed after a commit needs another one."""
    await put(store)
    async with store.hold(ROOM) as held:
        assert held.room
        held.room.project.title = "first"
        await held.commit()
        held.room.project.title = "second"
    assert await title(store) == "first"


async def test_unchanged_is_not_written(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit without a change does not touch the disk."""
    await put(store, ROOM, LEA)
    gate = Gate(store, monkeypatch)
    async with store.hold(ROOM, [LEA]) as held:
        await held.commit()
        held.settle()
    assert gate.batches == []


async def test_only_those_asked_for_can_be_kept(store: Store) -> None:
    """A person or room that is not locked is refused, since somebody else may be changing it."""
    async with store.hold(ROOM, [LEA]) as held:
        held.people["@other:x"] = PersonDocument("@other:x")
        with pytest.raises(LookupError):
            await held.commit()
    async with store.hold(ROOM) as held:
        held.room = a_room("!another:x")
        with pytest.raises(LookupError):
            await held.commit()
    await put(store)
    async with store.hold(ROOM) as held:
        held.room = None
        with pytest.raises(LookupError):
            await held.commit()


async def test_nothing_is_kept_after_letting_go(store: Store) -> None:
    """Held documents cannot be committed once their locks are gone."""
    async with store.hold(ROOM) as held:
        held.room = a_room()
    with pytest.raises(RuntimeError):
        await held.commit()
    with pytest.raises(RuntimeError):
        held.settle()


async def test_one_room_is_held_by_one_at_a_time(store: Store) -> None:
    """Of many that change one room at once, none overwrites what another did."""
    await put(store, ROOM, LEA)

    async def add() -> None:
        async with store.hold(ROOM, [LEA]) as held:
            assert held.room
            await asyncio.sleep(0)
            held.room.entries += 1
            await held.commit()

    await asyncio.gather(*(add() for _ in range(50)))
    async with store.hold(ROOM) as held:
        assert held.room
        assert held.room.entries == 50


async def test_different_rooms_are_held_at_the_same_time(store: Store) -> None:
    """Whoever holds one room keeps nobody out of another."""
    async with store.hold("!a:x", ["@a:x"]):
        await asyncio.create_task(put(store, "!b:x", "@b:x"))


async def test_people_in_any_order_do_not_wait_for_each_other(store: Store) -> None:
    """Two rooms with the same people, named in opposite order, never block for ever."""

    async def both(room: str, people: list[str]) -> None:
        for _ in range(20):
            async with store.hold(room, people):
                await asyncio.sleep(0)

    await asyncio.gather(both("!a:x", ["@a:x", "@b:x"]), both("!b:x", ["@b:x", "@a:x"]))


async def test_holding_twice_is_an_error_and_not_a_hang(store: Store) -> None:
    """A task that wants what it already holds is told so."""
    async with store.hold(ROOM, [LEA]):
        with pytest.raises(RuntimeError):
            async with store.hold("!b:x", [LEA]):
                pass
        with pytest.raises(RuntimeError):
            await store.forget(ROOM)


async def test_what_waits_is_written_together(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the disk is busy with the first, commits gather; then they all go in one batch."""
    gate = Gate(store, monkeypatch)
    commits = [asyncio.create_task(put(store, f"!{number}:x")) for number in range(20)]
    await asyncio.to_thread(gate.reached.wait)
    while store._documents._writer._orders.qsize() < 20 - sum(gate.batches):
        await asyncio.sleep(0)
    gate.open.set()
    await asyncio.gather(*commits)
    assert len(gate.batches) <= 2
    assert sum(gate.batches) == 20


async def test_a_commit_under_way_is_finished_though_cancelled(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelling neither tears a commit nor lets the lock go before it is known how it went."""
    gate = Gate(store, monkeypatch)
    commit = asyncio.create_task(put(store, ROOM, LEA))
    await asyncio.to_thread(gate.reached.wait)
    for _ in range(3):  # insisting does not help
        commit.cancel()
        await asyncio.sleep(0)
    assert not commit.done()
    assert store._documents._shelf._slots[Key(Kind.PROJECT, ROOM)].lock.locked()
    gate.open.set()
    with pytest.raises(asyncio.CancelledError):
        await commit
    async with store.hold(ROOM, [LEA]) as held:
        assert held.room == a_room(members=(LEA,))
        assert LEA in held.people


async def test_settled_is_seen_at_once_and_written_soon(tmp_path: Path) -> None:
    """A settled change is visible to the next who looks, and durable without another commit."""
    store = FileStore(tmp_path, idle=0.0)
    await put(store)
    async with store.hold(ROOM) as held:
        assert held.room
        held.room.project.title = "settled"
        held.settle()
    assert await title(store) == "settled"
    while store._documents._shelf.dirty():
        await asyncio.sleep(0)
    path = Key(Kind.PROJECT, ROOM).path(tmp_path)
    assert "settled" in path.read_text()
    await store.close()


async def test_settled_goes_with_the_next_commit(tmp_path: Path) -> None:
    """A commit takes along what was settled before."""
    store = FileStore(tmp_path, idle=3600)
    await put(store)
    async with store.hold(ROOM) as held:
        assert held.room
        held.room.project.title = "settled"
        held.settle()
    async with store.hold(ROOM) as held:
        assert held.room
        held.room.entries = 1
        await held.commit()
    text = Key(Kind.PROJECT, ROOM).path(tmp_path).read_text()
    assert "settled" in text
    assert not store._documents._shelf.dirty()
    await store.close()


async def test_settled_is_written_at_the_end(tmp_path: Path) -> None:
    """Closing leaves nothing behind in memory."""
    store = FileStore(tmp_path, idle=3600)
    async with store.hold(ROOM, [LEA]) as held:
        held.room = a_room()
        held.people[LEA] = PersonDocument(LEA, language="fr")
        held.settle()
    await store.close()
    store = FileStore(tmp_path)
    async with store.hold(ROOM, [LEA]) as held:
        assert held.room == a_room()
        assert held.people[LEA].language == "fr"
    await store.close()


async def test_a_settled_change_taken_back_is_no_change(tmp_path: Path) -> None:
    """Committing what is on the disk already replaces what was only settled."""
    store = FileStore(tmp_path, idle=3600)
    await put(store)
    async with store.hold(ROOM) as held:
        assert held.room
        held.room.project.title = "settled"
        held.settle()
        held.room.project.title = ""
        await held.commit()
    assert await title(store) == ""
    await store.close()


async def test_forgotten_is_gone(store: FileStore, tmp_path: Path) -> None:
    """Nothing of a forgotten room or person is left below the directory, nor in memory."""
    await put(store, ROOM, LEA)
    unfinished = Key(Kind.PROJECT, ROOM).path(tmp_path)
    unfinished.with_name(f"{unfinished.name}.tmp").write_text("left by a crash")
    await store.forget(ROOM)
    await store.forget_person(LEA)
    await store.forget("!never:seen")
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"LOCK"}
    async with store.hold(ROOM, [LEA]) as held:
        assert held.room is None
        assert held.people == {}


async def test_a_forgotten_room_can_begin_anew(store: Store) -> None:
    """After forgetting, the same room starts with nothing of its past."""
    await put(store, ROOM, LEA)
    await store.forget(ROOM)
    await put(store)
    async with store.hold(ROOM) as held:
        assert held.room == a_room()


async def test_tinydb_opens_what_we_wrote(store: FileStore, tmp_path: Path) -> None:
    """An admin reads a room with the library as it comes, or with their eyes."""
    async with store.hold(ROOM) as held:
        held.room = a_room(tasks=14)
        held.room.outbox = [an_entry(1)]
        await held.commit()
    path = Key(Kind.PROJECT, ROOM).path(tmp_path)
    with TinyDB(path, access_mode="r", encoding="utf-8") as room:
        task = room.table("tasks").get(doc_id=14)
        assert not isinstance(task, list)
        assert task
        assert task["title"] == "Film the tour, part 14"
        assert room.table("tasks").count(where("state") == "todo") == 14
    lines = path.read_text(encoding="utf-8").splitlines()
    assert '      "title": "Film the tour, part 14",' in lines
    assert any("Zażółć gęślą jaźń" in line for line in lines)


async def test_only_we_can_read_it(store: FileStore, tmp_path: Path) -> None:
    """Files are 0600 and folders 0700, whatever the umask says."""
    await put(store, ROOM, LEA)
    for path in tmp_path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


async def test_the_directory_belongs_to_one_store(store: FileStore, tmp_path: Path) -> None:
    """A second store on the same directory is refused, and says which directory."""
    with pytest.raises(DirectoryInUse) as caught:
        FileStore(tmp_path)
    assert caught.value.directory == tmp_path


async def test_the_directory_is_free_after_closing(tmp_path: Path) -> None:
    """Closing unlocks, also when it is done twice; a closed store refuses work."""
    store = FileStore(tmp_path)
    await store.close()
    await store.close()
    with pytest.raises(RuntimeError):
        await put(store)
    await FileStore(tmp_path).close()


async def test_memory_is_bounded(tmp_path: Path) -> None:
    """Only so many rooms are kept in memory; the others are read again, and are all there."""
    store = FileStore(tmp_path, cache=3)
    for number in range(10):
        await put(store, f"!{number}:x")
    assert len(store._documents._shelf._slots) == 3
    assert [await title(store, f"!{number}:x") for number in range(10)] == [""] * 10
    await store.close()


async def test_what_is_not_written_stays_in_memory(tmp_path: Path) -> None:
    """A settled change survives though the room was not used for long."""
    store = FileStore(tmp_path, cache=1, idle=3600)
    await put(store)
    async with store.hold(ROOM) as held:
        assert held.room
        held.room.project.title = "settled"
        held.settle()
    for number in range(5):
        await put(store, f"!{number}:x")
    assert await title(store) == "settled"
    await store.close()


async def test_what_is_held_stays_locked_when_memory_is_short(tmp_path: Path) -> None:
    """A room in use is not pushed out of memory: whoever else wants it waits for it."""
    store = FileStore(tmp_path, cache=1)
    await put(store)
    order: list[str] = []

    async def second() -> None:
        async with store.hold(ROOM):
            order.append("second")

    async with store.hold(ROOM):
        for number in range(3):
            await asyncio.create_task(put(store, f"!{number}:x"))
        waiting = asyncio.create_task(second())
        await asyncio.create_task(put(store, "!last:x"))
        order.append("first")
    await waiting
    assert order == ["first", "second"]
    await store.close()


async def test_what_was_attempted_is_known_until_the_restart(tmp_path: Path) -> None:
    """Within one run an untried entry stays untried; after a restart it counts as tried."""

    async def tried(store: Store) -> bool:
        async with store.hold(ROOM) as held:
            assert held.room
            return held.room.outbox[0].tried

    store = FileStore(tmp_path, cache=1)
    async with store.hold(ROOM) as held:
        held.room = a_room()
        held.room.outbox = [an_entry(1)]
        await held.commit()
    await put(store, "!b:x")  # pushes the room out of memory
    assert not await tried(store)
    await store.close()
    store = FileStore(tmp_path)
    assert await tried(store)
    await store.close()


async def test_the_scan_yields_every_room_as_it_stands(tmp_path: Path) -> None:
    """All rooms come, each once, with what was settled; ids without a server part too."""
    store = FileStore(tmp_path, idle=3600)
    ids = {f"!{number}:x" for number in range(100)} | {"!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1J"}
    for room in ids:
        await put(store, room)
    async with store.hold("!7:x") as held:
        assert held.room
        held.room.project.title = "settled"
        held.settle()
    found = [one async for one in store.rooms()]
    assert sorted(one.project.room for one in found) == sorted(ids)
    assert [one.project.room for one in found if one.project.title == "settled"] == ["!7:x"]
    await store.close()


async def test_the_rooms_of_a_person(store: Store) -> None:
    """Those rooms are named in which the person is a member; nobody else has any."""
    await put(store, ROOM, LEA)
    async with store.hold("!b:x", [LEA]) as held:
        held.room = a_room("!b:x", members=(LEA,))
        held.people[LEA].rooms.append("!b:x")
        await held.commit()
    assert await store.rooms_of(LEA) == [ROOM, "!b:x"]
    assert await store.rooms_of("@nobody:x") == []
    await store.forget("!b:x")
    assert await store.rooms_of(LEA) == [ROOM]
