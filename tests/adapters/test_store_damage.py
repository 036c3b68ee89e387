"""Files that cannot be read, directories that cannot be written, pairs that do not fit."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.adapters.store import Damage, Damaged, DirectoryUnusable, FileStore
from bot.adapters.store.backend import Write
from bot.adapters.store.coding import body_of
from bot.adapters.store.names import Key, Kind
from bot.adapters.store.repair import doubtful, mend
from bot.adapters.store.storage import AtomicStorage
from bot.model.documents import SCHEMA, PersonDocument
from tests.adapters.store_samples import LEA, ROOM, a_room

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OTHER = "!other:x"


async def filled(directory: Path) -> None:
    """Leave two rooms and a person behind."""
    store = FileStore(directory, keep_free=0)
    for room in (ROOM, OTHER):
        async with store.hold(room, [LEA]) as held:
            held.room = a_room(room, members=(LEA,), tasks=3)
            held.people.setdefault(LEA, PersonDocument(LEA, language="fr")).rooms.append(room)
            await held.commit()
    await store.close()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def trailing(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"}")


def overwritten(path: Path) -> None:
    path.write_bytes(b"\0" * 4096)


def not_text(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"Film", b"\xff\xfe\xfd\xfc"))


def too_deep(path: Path) -> None:
    path.write_bytes(b"[" * 100_000)


def not_tables(path: Path) -> None:
    path.write_bytes(b'{"tasks": []}')


def of_another(path: Path) -> None:
    path.write_bytes(Key(Kind.PROJECT, OTHER).path(path.parents[2]).read_bytes())


@pytest.mark.parametrize(
    "spoil",
    [emptied, truncated, trailing, overwritten, not_text, too_deep, not_tables, of_another],
)
async def test_a_damaged_room_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    """It is kept, reported once without a name, never started empty; the others go on."""
    await filled(tmp_path)
    path = Key(Kind.PROJECT, ROOM).path(tmp_path)
    spoil(path)
    content = path.read_bytes()
    reported: list[Damage] = []
    store = FileStore(tmp_path, keep_free=0, on_damage=reported.append)
    assert [one.project.room async for one in store.rooms()] == [OTHER]
    for _ in range(2):
        with pytest.raises(Damaged):
            async with store.hold(ROOM, [LEA]):
                pass
    async with store.hold(OTHER, [LEA]) as held:
        assert held.room
        held.room.entries = 1
        await held.commit()
    assert await store.rooms_of(LEA) == [OTHER]
    await store.close()
    (kept,) = (tmp_path / "quarantine").rglob("*.json.*")
    assert kept.read_bytes() == content
    assert reported == store.damaged
    assert [(one.kind, one.quarantined) for one in reported] == [("project", True)]
    assert reported[0].reference[:2] == path.parent.name
    for name in ("Tour", "pau", "lea", "Film"):
        assert name not in caplog.text


async def test_a_damaged_room_stays_refused_until_somebody_acts(tmp_path: Path) -> None:
    """After a restart too; putting a good file in its place brings the room back."""
    await filled(tmp_path)
    path = Key(Kind.PROJECT, ROOM).path(tmp_path)
    good = path.read_bytes()
    emptied(path)
    for _ in range(2):
        store = FileStore(tmp_path)
        with pytest.raises(Damaged):
            async with store.hold(ROOM):
                pass
        assert [one.project.room async for one in store.rooms()] == [OTHER]
        assert len(store.damaged) == 1
        await store.close()
    path.write_bytes(good)
    store = FileStore(tmp_path)
    async with store.hold(ROOM) as held:
        assert held.room
        assert len(held.room.project.tasks) == 3
    await store.close()


async def test_forgetting_a_damaged_room_lets_it_begin_anew(tmp_path: Path) -> None:
    """Erased for good means the copy in quarantine too."""
    await filled(tmp_path)
    emptied(Key(Kind.PROJECT, ROOM).path(tmp_path))
    store = FileStore(tmp_path)
    with pytest.raises(Damaged):
        async with store.hold(ROOM):
            pass
    await store.forget(ROOM)
    async with store.hold(ROOM) as held:
        assert held.room is None
    assert [path for path in (tmp_path / "quarantine").rglob("*") if path.is_file()] == []
    await store.close()


async def test_a_damaged_person_is_asked_again(tmp_path: Path) -> None:
    """A person's file is kept and reported, and locks nobody out of their rooms."""
    await filled(tmp_path)
    truncated(Key(Kind.PERSON, LEA).path(tmp_path))
    store = FileStore(tmp_path)
    assert await store.rooms_of(LEA) == []
    async with store.hold(ROOM, [LEA]) as held:
        assert held.room
        assert held.people == {}
        held.people[LEA] = PersonDocument(LEA, rooms=[ROOM])
        await held.commit()
    assert await store.rooms_of(LEA) == [ROOM]
    assert [one.kind for one in store.damaged] == ["person"]
    await store.close()


@pytest.mark.parametrize("key", [Key(Kind.PROJECT, ROOM), Key(Kind.PERSON, LEA)])
async def test_a_newer_file_is_left_alone(tmp_path: Path, key: Key) -> None:
    """What a newer version wrote is neither served nor moved nor changed."""
    await filled(tmp_path)
    path = key.path(tmp_path)
    tables = json.loads(path.read_text())
    tables["meta"]["1"]["schema"] = SCHEMA + 1
    path.write_text(json.dumps(tables))
    content = path.read_bytes()
    store = FileStore(tmp_path)
    with pytest.raises(Damaged, match="newer"):
        async with store.hold(ROOM, [LEA]):
            pass
    await store.close()
    assert path.read_bytes() == content
    assert not store.damaged[0].quarantined


async def test_a_file_that_the_disk_will_not_give_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the disk says nothing about the file: the room is back when the disk is."""
    await filled(tmp_path)
    store = FileStore(tmp_path)

    def broken(path: Path) -> bytes:
        raise OSError(5, "Input/output error", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.read_bytes", broken)
        with pytest.raises(Damaged, match="Input/output error"):
            async with store.hold(ROOM):
                pass
    async with store.hold(ROOM) as held:
        assert held.room
    await store.close()


async def test_leftovers_of_a_crash_are_removed(tmp_path: Path) -> None:
    """A file that was being written when the power went holds people's words: it goes."""
    await filled(tmp_path)
    path = Key(Kind.PROJECT, ROOM).path(tmp_path)
    leftover = path.with_name(f"{path.name}.tmp")
    leftover.write_text("{")
    (tmp_path / "LOCK").write_text("running\n")  # as a crash leaves it
    store = FileStore(tmp_path)
    assert not leftover.exists()
    async with store.hold(ROOM) as held:
        assert held.room
    await store.close()


def test_a_file_is_not_a_directory(tmp_path: Path) -> None:
    """Where no store can be, that is said at once, with the place and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DirectoryUnusable) as caught:
        FileStore(tmp_path / "file")
    assert caught.value.directory == tmp_path / "file"
    assert caught.value.reason


def test_tinydb_writes_through_our_storage(tmp_path: Path) -> None:
    """The storage is a whole one of TinyDB's: tables can be changed through it, atomically."""
    from tinydb import TinyDB  # noqa: PLC0415 - the only test that needs it

    path = tmp_path / "a" / "b.json"
    with TinyDB(path, storage=AtomicStorage) as file:
        assert file.storage.read() is None
        assert file.table("tasks").insert({"title": "one"}) == 1
        file.table("tasks").insert({"title": "two"})
        file.drop_table("none")
    assert json.loads(path.read_text()) == {"tasks": {"1": {"title": "one"}, "2": {"title": "two"}}}
    assert [one.name for one in path.parent.iterdir()] == ["b.json"]


# A directory that turns read-only while the store is open, and one that is so from the start. Root
# may write anywhere, so that this runs in a process of its own which gives up its rights.
READ_ONLY = """
import asyncio, os, shutil, sys, tempfile
from pathlib import Path
from bot.adapters.store import DirectoryUnusable, FileStore
from bot.ports import StoreFull
from tests.adapters.store_samples import ROOM, a_room

async def play(directory, turn):
    store = FileStore(directory)
    async with store.hold(ROOM) as held:
        held.room = a_room()
        await held.commit()
    turn(0o500)
    async with store.hold(ROOM) as held:
        held.room.project.title = "new"
        try:
            await held.commit()
        except StoreFull as error:
            print("refused", bool(error.strerror))
    async with store.hold(ROOM) as held:
        print("still", repr(held.room.project.title))
    try:
        await store.forget(ROOM)
    except StoreFull:
        print("not erased")
    await store.close()
    try:
        await FileStore(directory).close()
    except DirectoryUnusable as error:
        print("unusable", error.directory == directory, bool(error.reason))
    turn(0o700)
    store = FileStore(directory)
    print("rooms", len([one async for one in store.rooms()]))
    await store.close()

def turn(mode):
    for folder in [top, *(path for path in top.rglob("*") if path.is_dir())]:
        folder.chmod(mode)

top = Path(tempfile.mkdtemp())
try:
    if os.geteuid() == 0:
        asyncio.run(play(top / "warm", lambda mode: None))  # imports what it will need
        shutil.rmtree(top / "warm")
        os.chown(top, 65534, 65534)
        os.seteuid(65534)
        print("-- now without rights")
    asyncio.run(play(top, turn))
finally:
    if os.getuid() == 0:
        os.seteuid(0)
    shutil.rmtree(top)
"""


def test_a_read_only_directory(request: pytest.FixtureRequest) -> None:
    """While open: it can be read, commits are refused politely. At the start: a clear error."""
    ended = subprocess.run(
        [sys.executable, "-c", READ_ONLY],
        check=False,
        capture_output=True,
        text=True,
        cwd=request.config.rootpath,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.rpartition("-- now without rights\n")[2].splitlines() == [
        "refused True",
        "still ''",
        "not erased",
        "unusable True True",
        "rooms 1",
    ]


def test_a_person_learns_of_a_room_that_knows_them() -> None:
    """Rooms are the truth: a present member's list names the room, a stranger's does not."""
    person = PersonDocument(LEA, rooms=[OTHER])
    assert mend(person, ROOM, a_room(members=(LEA,)))
    assert person.rooms == [OTHER, ROOM]
    assert not mend(person, ROOM, a_room(members=(LEA,)))
    assert mend(person, OTHER, a_room(OTHER))
    assert person.rooms == [ROOM]
    assert mend(person, ROOM, None)
    assert person.rooms == []


def test_who_left_may_be_listed_or_not() -> None:
    """A member who is no longer there is not a torn pair, either way."""
    left = a_room(members=(LEA,))
    left.project.members[LEA].present = False
    assert not mend(PersonDocument(LEA), ROOM, left)
    assert not mend(PersonDocument(LEA, rooms=[ROOM]), ROOM, left)
    person = PersonDocument(LEA, rooms=[ROOM])
    assert doubtful(person, {ROOM: False, OTHER: False}, {ROOM, OTHER}, complete=True) == []


@pytest.mark.parametrize(
    ("rooms", "complete", "expected"),
    [({ROOM, OTHER}, True, [OTHER, ROOM]), ({ROOM}, True, [OTHER, ROOM]), ({ROOM}, False, [ROOM])],
)
def test_an_unreadable_room_stays_listed(
    rooms: set[str], expected: list[str], *, complete: bool
) -> None:
    """A room that was not read is taken out of a list only if all rooms could be read."""
    person = PersonDocument(LEA, rooms=[OTHER])
    assert doubtful(person, {ROOM: True}, rooms, complete=complete) == expected


async def torn(directory: Path) -> None:
    """Leave what a power cut between two files leaves: a room newer than its person."""
    await filled(directory)
    store = FileStore(directory)
    person = PersonDocument(LEA, language="fr", rooms=["!gone:x", OTHER])
    key = Key(Kind.PERSON, LEA)
    assert store._backend.commit([[Write(key, body_of(person), None)]]) == [None]
    await store.close()


async def test_a_torn_pair_is_mended_where_it_is_held(tmp_path: Path) -> None:
    """Holding room and person shows them in agreement; the next commit writes that."""
    await torn(tmp_path)
    store = FileStore(tmp_path)
    async with store.hold(ROOM, [LEA]) as held:
        assert held.people[LEA].rooms == ["!gone:x", OTHER, ROOM]
        await held.commit()
    assert await store.rooms_of(LEA) == [OTHER, ROOM]
    assert "Tour" in Key(Kind.PERSON, LEA).path(tmp_path).read_text()
    await store.close()


async def test_after_a_crash_the_scan_mends_every_torn_pair(tmp_path: Path) -> None:
    """When the last run was cut short, the scan brings all persons into agreement."""
    await torn(tmp_path)
    (tmp_path / "LOCK").write_text("running\n")
    store = FileStore(tmp_path)
    assert len([one async for one in store.rooms()]) == 2
    async with store.hold("!new:x", [LEA]) as held:
        assert held.people[LEA] == PersonDocument(LEA, language="fr", rooms=[OTHER, ROOM])
    assert not store._documents._shelf.dirty()
    await store.close()


async def test_damage_is_an_error_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An admin who reads the log finds one line, with the reference and what became of it."""
    await filled(tmp_path)
    emptied(Key(Kind.PROJECT, ROOM).path(tmp_path))
    store = FileStore(tmp_path)
    with caplog.at_level(logging.ERROR):
        assert len([one async for one in store.rooms()]) == 1
    await store.close()
    (line,) = caplog.messages
    assert "a project file cannot be read" in line
    assert "quarantine" in line
    assert store.damaged[0].reference in line
