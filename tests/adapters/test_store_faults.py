"""A disk that fails at any step: memory and disk say the same, and the next commit works."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.adapters.store import FileStore
from bot.adapters.store.files import Files
from bot.adapters.store.names import Key, Kind
from bot.model.documents import PersonDocument
from bot.ports import StoreFull
from tests.adapters.store_samples import LEA, ROOM, a_room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.model.documents import RoomDocument

CALLS = ("open", "write", "fsync", "replace", "unlink", "mkdir")
KEYS = (Key(Kind.PROJECT, ROOM), Key(Kind.PERSON, LEA))


class Disk:
    """The operating system's calls, one of which fails: the n-th, or all from the n-th on."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.fail_at: int | None = None
        self.for_ever = False
        self.code = errno.ENOSPC
        self.failed = False
        for name in CALLS:
            patch.setattr(os, name, self._wrapped(getattr(os, name)))

    def _wrapped(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            if self.fail_at is not None:
                self.count += 1
                if self.count == self.fail_at or (self.for_ever and self.count > self.fail_at):
                    self.failed = True
                    raise OSError(self.code, os.strerror(self.code))
            return call(*arguments, **options)

        return wrapped

    def break_at(self, step: int, code: int, *, for_ever: bool) -> None:
        self.fail_at, self.count, self.failed = step, 0, False
        self.code, self.for_ever = code, for_ever

    def heal(self) -> None:
        self.fail_at = None


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk(monkeypatch)
    yield disk
    disk.heal()


async def as_seen(store: FileStore) -> tuple[RoomDocument | None, dict[str, PersonDocument]]:
    async with store.hold(ROOM, [LEA]) as held:
        return held.room, held.people


def assert_memory_is_disk(store: FileStore, directory: Path) -> None:
    look = Files(directory)
    for key in KEYS:
        slot = store._documents._shelf.peek(key)
        if slot is not None:  # else nothing is claimed: the next to hold it asks the disk
            assert slot.current == slot.durable == look.load(key)
    assert not list(directory.rglob("*.tmp"))
    look.close()


async def change(store: FileStore, number: int) -> None:
    async with store.hold(ROOM, [LEA]) as held:
        held.room = held.room or a_room(members=(LEA,))
        held.room.entries = number
        person = held.people.setdefault(LEA, PersonDocument(LEA, rooms=[ROOM]))
        person.language = str(number)
        await held.commit()


async def refused(store: FileStore) -> StoreFull | None:
    try:
        await change(store, 2)
    except StoreFull as error:
        return error
    return None


@pytest.mark.parametrize("new", [True, False], ids=["new", "replaced"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
async def test_a_failure_at_any_step_changes_nothing(
    tmp_path: Path, disk: Disk, code: int, *, new: bool
) -> None:
    """Each single call may fail: StoreFull says why, all is as before, and it works afterwards."""
    steps = 0
    while True:
        steps += 1
        directory = tmp_path / str(steps)
        store = FileStore(directory, keep_free=0)
        if not new:
            await change(store, 1)
        before = await as_seen(store)
        disk.break_at(steps, code, for_ever=False)
        refusal = await refused(store)
        disk.heal()
        if refusal is not None:
            assert (refusal.errno, refusal.strerror) == (code, os.strerror(code))
            assert await as_seen(store) == before
        assert_memory_is_disk(store, directory)
        await change(store, 3)
        assert_memory_is_disk(store, directory)
        await store.close()
        if not disk.failed:
            break
    assert steps > 8  # two files and two folders, at least


@pytest.mark.parametrize("new", [True, False], ids=["new", "replaced"])
async def test_a_disk_that_fails_for_good(tmp_path: Path, disk: Disk, *, new: bool) -> None:
    """When every call fails from some step on, memory says what the disk says; it may heal."""
    steps = 0
    while True:
        steps += 1
        directory = tmp_path / str(steps)
        store = FileStore(directory, keep_free=0)
        if not new:
            await change(store, 1)
        disk.break_at(steps, errno.EROFS, for_ever=True)
        await refused(store)
        disk.heal()
        store._backend.sweep()  # what could not be removed then goes at the next start
        assert_memory_is_disk(store, directory)
        await change(store, 3)
        assert_memory_is_disk(store, directory)
        await store.close()
        if not disk.failed:
            break


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc to name open files")
async def test_a_commit_is_on_the_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is synced before it takes its place, and each folder after that."""
    store = FileStore(tmp_path, keep_free=0)
    await change(store, 1)
    steps: list[tuple[str, Path]] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(file: int) -> None:
        real_fsync(file)
        steps.append(("sync", Path(f"/proc/self/fd/{file}").readlink()))

    def replace(source: Path, target: Path) -> None:
        real_replace(source, target)
        steps.append(("replace", target))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    await change(store, 2)
    room, person = (key.path(tmp_path) for key in KEYS)
    written = {("sync", path.with_name(f"{path.name}.tmp")) for path in (room, person)}
    assert set(steps[:2]) == written
    assert steps[2:4] == [("replace", person), ("replace", room)]  # the truth comes last
    assert set(steps[4:]) == {("sync", path.parent) for path in (room, person)}
    await store.close()


async def test_one_failure_of_many_is_only_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one batch, the room whose file fails is refused; the others are committed."""
    store = FileStore(tmp_path, keep_free=0)
    real_replace = os.replace
    bad = Key(Kind.PROJECT, "!bad:x").path(tmp_path)

    def replace(source: Path, target: Path) -> None:
        if target == bad:
            raise OSError(errno.EIO, "Input/output error")
        real_replace(source, target)

    async def put(room: str) -> None:
        async with store.hold(room) as held:
            held.room = a_room(room)
            await held.commit()

    monkeypatch.setattr(os, "replace", replace)
    names = ["!a:x", "!bad:x", "!c:x"]
    results = await asyncio.gather(*(put(name) for name in names), return_exceptions=True)
    assert [isinstance(one, StoreFull) for one in results] == [False, True, False]
    assert sorted([one.project.room async for one in store.rooms()]) == ["!a:x", "!c:x"]
    await store.close()


async def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that takes only some bytes at a time loses none."""
    store = FileStore(tmp_path, keep_free=0)
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real_write(file, data[:7]))
    await change(store, 1)
    assert_memory_is_disk(store, tmp_path)
    await store.close()


async def test_an_almost_full_disk_is_left_to_others(tmp_path: Path) -> None:
    """Below the watermark a project cannot grow, but it can shrink, and be erased."""
    store = FileStore(tmp_path, keep_free=0)
    async with store.hold(ROOM) as held:
        held.room = a_room(tasks=9)
        await held.commit()
    store._backend._keep_free = 2**63
    async with store.hold(ROOM) as held:
        assert held.room
        held.room.project.title = "longer"
        with pytest.raises(StoreFull, match="almost full"):
            await held.commit()
        held.room = a_room()
        await held.commit()
    await store.forget(ROOM)
    assert await as_seen(store) == (None, {})
    await store.close()


async def test_settled_changes_wait_for_the_disk(tmp_path: Path, disk: Disk) -> None:
    """What is settled stays visible while the disk refuses, and is written when it takes it."""
    store = FileStore(tmp_path, keep_free=0, idle=0.0)
    await change(store, 1)
    disk.break_at(1, errno.ENOSPC, for_ever=True)
    async with store.hold(ROOM) as held:
        assert held.room
        held.room.project.title = "settled"
        held.settle()
    while not disk.failed:  # noqa: ASYNC110 - the thread tells nobody
        await asyncio.sleep(0)
    with pytest.raises(StoreFull):
        await change(store, 2)
    room, _ = await as_seen(store)
    assert room
    assert room.project.title == "settled"
    disk.heal()
    await store.close()
    assert "settled" in KEYS[0].path(tmp_path).read_text()


async def test_a_refused_commit_keeps_what_was_settled_before(tmp_path: Path, disk: Disk) -> None:
    """At whatever step a commit fails, what people already saw stays as they saw it."""
    steps = 0
    while True:
        steps += 1
        store = FileStore(tmp_path / str(steps), keep_free=0, idle=3600)
        await change(store, 1)
        async with store.hold(ROOM) as held:
            assert held.room
            held.room.project.title = "settled"
            held.settle()
        disk.break_at(steps, errno.EIO, for_ever=False)
        refusal = await refused(store)
        disk.heal()
        room, _ = await as_seen(store)
        assert room
        assert (room.project.title, room.entries) == ("settled", 1 if refusal else 2)
        await store.close()
        if not disk.failed:
            break


async def test_closing_on_a_full_disk_says_so_and_unlocks(tmp_path: Path, disk: Disk) -> None:
    """A store that cannot write what was settled raises at its end, and leaves the directory."""
    store = FileStore(tmp_path, keep_free=0, idle=3600)
    async with store.hold(ROOM) as held:
        held.room = a_room()
        held.settle()
    disk.break_at(1, errno.ENOSPC, for_ever=True)
    with pytest.raises(StoreFull):
        await store.close()
    disk.heal()
    await FileStore(tmp_path).close()


async def test_a_fault_of_ours_is_not_blamed_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the backend reaches the one who commits as what it is; the writer lives on."""
    store = FileStore(tmp_path, keep_free=0)

    def stumble(_batch: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(store._backend, "commit", stumble)
        with pytest.raises(ZeroDivisionError):
            await change(store, 1)
    assert await as_seen(store) == (None, {})
    await change(store, 2)
    await store.close()
