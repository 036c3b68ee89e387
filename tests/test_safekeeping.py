"""`comenius backup` and `comenius restore`: all of it or nothing, and of one moment."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import safekeeping
from bot.safekeeping import CannotKeep, CannotRestore, NeverStill, restoring
from bot.safekeeping import snapshot as snapshots
from bot.safekeeping.archive import LIST, good_name
from bot.safekeeping.folders import staging
from bot.safekeeping.snapshot import SYNC, snapshot
from bot.settings import load
from tests.played import played
from tests.test_command_line import comenius

CONFIG = """
matrix:
  homeserver: http://127.0.0.1:9
  user: "@comenius:kol.example"
  password_file: password
  crypto_key_file: {key}
  allow: [kol.example]
charter:
  text: {{version: "1", files: {{en: texts/charter.md}}}}
store:
  directory: data
"""


@pytest.fixture
def home(worked: Path, tmp_path: Path) -> Path:
    """Return the folder of a bot that has worked and was stopped: settings, rooms, keys."""
    folder = tmp_path / "home"
    (folder / "texts").mkdir(parents=True)
    key = tmp_path / "elsewhere.key"
    files = {
        folder / "bot.yaml": CONFIG.format(key=key),
        folder / "password": "horse",
        folder / "texts" / "charter.md": "1. Be kind. Always.",
        key: "lock",
    }
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
    shutil.copytree(worked, folder / "data")
    matrix = folder / "data" / "matrix"
    matrix.mkdir(mode=0o700)
    (matrix / "session.json").write_text('{"user_id": "@comenius:kol.example"}')
    (matrix / "sync.json").write_text('{"next_batch": "s1", "number": 3}')
    with closing(sqlite3.connect(matrix / "@comenius_ABC.db")) as database:
        database.execute("create table olm (word text)")
        database.execute("insert into olm values ('ratchet')")
        database.commit()
    return folder


def keep(home: Path, file: Path, **options: bool) -> safekeeping.Kept:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    config = home / "bot.yaml"
    return safekeeping.keep(config, load(config), file, now, **options)


def tree(folder: Path) -> dict[str, bytes]:
    """Return name -> content of all that counts below *folder*; a database by its rows."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in {"LOCK", "restored"}:
            content = path.read_bytes()
            if content.startswith(b"SQLite"):
                with closing(sqlite3.connect(path)) as database:
                    content = "\n".join(database.iterdump()).encode()
            found[str(path.relative_to(folder))] = content
    return found


def test_moving_machines(home: Path, tmp_path: Path) -> None:
    """One file carries the whole bot; on the new machine it goes on where it was."""
    file, new = tmp_path / "comenius.tar", tmp_path / "new"
    new.mkdir()
    out = comenius("backup", str(file), "--config", str(home / "bot.yaml"))
    assert (0, "") == (out.returncode, out.stderr)
    assert "1 room, 1 person, " in out.stdout
    assert "bot.yaml, password, texts/charter.md" in out.stdout
    assert f"Not in it, keep it too: {tmp_path / 'elsewhere.key'}" in out.stdout
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    before = tree(home)
    shutil.rmtree(home)

    done = comenius("restore", str(file), "--config", str(new / "bot.yaml"))
    assert (0, "") == (done.returncode, done.stderr)
    assert before == tree(new)
    for path in (new / "data").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert (new / "data" / restoring.RENEW).exists()
    shown = played(new / "data", {"say": "!1", "as": "@weber:kol.example"})
    assert any("Film the tour" in str(one.get("body")) for one in shown)


def test_a_configuration_that_is_there_stays(home: Path, tmp_path: Path) -> None:
    """A new machine may have settings of its own; the data go where those say."""
    file, new = tmp_path / "comenius.tar", tmp_path / "new"
    keep(home, file)
    new.mkdir()
    mine = "store:\n  directory: deep/rooms\n"
    (new / "bot.yaml").write_text(mine, encoding="utf-8")
    done = comenius("restore", str(file), "--config", str(new / "bot.yaml"))

    assert (0, "") == (done.returncode, done.stderr)
    assert "stays as it is" in done.stdout
    assert mine == (new / "bot.yaml").read_text(encoding="utf-8")
    assert {"bot.yaml", "deep"} == {one.name for one in new.iterdir()}
    assert tree(home / "data") == tree(new / "deep" / "rooms")


def test_a_backup_is_not_written_over(home: Path, tmp_path: Path) -> None:
    """Only with --replace, and then in one step."""
    file = tmp_path / "comenius.tar"
    arguments = ["backup", str(file), "--config", str(home / "bot.yaml")]
    assert 0 == comenius(*arguments).returncode
    first = file.stat()
    again = comenius(*arguments)
    assert 1 == again.returncode
    assert "exists already. Choose another name, or say --replace." in again.stderr
    assert first.st_ino == file.stat().st_ino
    assert 0 == comenius(*arguments, "--replace").returncode
    assert first.st_ino != file.stat().st_ino
    assert {"home", "elsewhere.key", "comenius.tar"} == {one.name for one in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("home/data/x.tar", "would be lost with it"),
        ("home", "is a folder"),
        ("none/x.tar", "There is no folder"),
    ],
)
def test_why_there_is_no_backup(home: Path, tmp_path: Path, name: str, words: str) -> None:
    """One sentence, and nothing left behind."""
    before = tree(tmp_path)
    done = comenius("backup", str(tmp_path / name), "--config", str(home / "bot.yaml"))
    assert (1, "") == (done.returncode, done.stdout)
    assert words in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())
    assert before == tree(tmp_path)


def test_only_a_backup_is_written_over(home: Path, tmp_path: Path) -> None:
    """--replace is for older archives: not for the settings, a link or a device."""
    pipe, link, other = tmp_path / "pipe", tmp_path / "link", tmp_path / "other"
    os.mkfifo(pipe)
    keep(home, tmp_path / "x.tar")
    link.symlink_to(tmp_path / "x.tar")
    other.write_text("comenius", encoding="utf-8")
    before = tree(tmp_path)
    for target in (home / "bot.yaml", home / "password", other, link, pipe):
        with pytest.raises(CannotKeep, match="is no backup, so it stays as it is"):
            keep(home, target, replace=True)
    assert before == tree(tmp_path)
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


def test_the_recovery_key_in_a_backup_is_told(home: Path, tmp_path: Path) -> None:
    """Who has not written it down yet learns that the archive holds it, and what to do."""
    arguments = ["--config", str(home / "bot.yaml")]
    without = comenius("backup", str(tmp_path / "one.tar"), *arguments)
    (home / "data" / "matrix" / "recovery.key").write_text("{}", encoding="utf-8")
    holding = comenius("backup", str(tmp_path / "two.tar"), *arguments)
    assert "recovery key" not in without.stdout
    assert "The recovery key is in it, too." in holding.stdout


def test_a_killed_backup_is_tidied_up(home: Path, tmp_path: Path) -> None:
    """SIGKILL leaves a folder with secrets: the next backup removes it, but no other's at work."""
    script = (
        "import os, signal, sys; from pathlib import Path; from bot.safekeeping import keeping\n"
        "from bot.settings import load; from datetime import UTC, datetime\n"
        "keeping.archive.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "config = Path(sys.argv[1])\n"
        "keeping.keep(config, load(config), Path(sys.argv[2]), datetime.now(UTC))\n"
    )
    command = [sys.executable, "-c", script, str(home / "bot.yaml"), str(tmp_path / "x.tar")]
    done = subprocess.run(command, check=False, timeout=60)
    assert -signal.SIGKILL == done.returncode
    left = list(tmp_path.glob(".comenius-backup-*"))
    assert (1, True) == (len(left), (left[0] / "data" / "matrix" / "session.json").exists())
    with staging(tmp_path, ".comenius-backup-") as at_work:
        assert not left[0].exists()
        keep(home, tmp_path / "x.tar")
        assert at_work.exists()
    assert [] == list(tmp_path.glob(".comenius-*"))


def test_nothing_to_keep_and_links(home: Path, tmp_path: Path) -> None:
    """A bot that never ran has nothing to keep; what a link leads to would be missing."""
    (home / "data" / "projects" / "link").symlink_to(tmp_path)
    with pytest.raises(OSError, match="only files and folders"):
        keep(home, tmp_path / "x.tar")
    shutil.rmtree(home / "data")
    with pytest.raises(CannotKeep, match="nothing to keep"):
        keep(home, tmp_path / "x.tar")
    assert {"home", "elsewhere.key"} == {one.name for one in tmp_path.iterdir()}


def test_a_full_disk_while_keeping(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No half archive, no copies of secrets lying about."""

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep(home, tmp_path / "x.tar")
    assert {"home", "elsewhere.key"} == {one.name for one in tmp_path.iterdir()}


# --- of one moment -------------------------------------------------------------------------------


class Worker(threading.Thread):
    """Does what the bot does: documents first, the place in the stream after them.

    Event n goes to one room; its document notes it as done, and as seen until sync.json covers it.
    """

    def __init__(self, directory: Path, pause: float) -> None:
        super().__init__(daemon=True)
        self.directory = directory
        self.pause = pause
        self.rooms: dict[int, dict[str, list[int]]] = {}
        self.stop = threading.Event()
        self.random = Random(7)  # noqa: S311 - which room, no secret
        self.covered = 0

    def put(self, name: str, content: object) -> None:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.tmp")
        new.write_text(json.dumps(content))
        new.replace(path)

    def run(self) -> None:
        event = 0
        while not self.stop.is_set():
            first = event + 1
            for _ in range(self.random.randrange(1, 4)):
                event += 1
                number = self.random.randrange(8)
                room = self.rooms.setdefault(number, {"done": [], "seen": []})
                room["done"].append(event)
                room["seen"] = [one for one in room["seen"] if one > self.covered] + [event]
                self.put(f"projects/{number:02}/room.json", room)
            self.put(SYNC, {"number": event, "first": first})
            self.covered = event
            time.sleep(self.pause * self.random.random())


def test_a_snapshot_beside_a_working_bot_is_of_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heard again from where the copy stands, each event is done once, with a slow disk too."""
    copied = snapshots._copy

    def slowly(source: Path, target: Path) -> None:
        time.sleep(0.002)
        copied(source, target)

    monkeypatch.setattr(snapshots, "_copy", slowly)
    data = tmp_path / "data"
    data.mkdir()
    worker = Worker(data, pause=0.02)
    worker.start()
    rounds = []
    try:
        for turn in range(25):
            time.sleep(0.03)
            copy = tmp_path / f"copy{turn}"
            rounds.append(snapshot(data, copy))
            place = json.loads((copy / SYNC).read_text())["number"]
            done: list[int] = []
            for path in copy.glob("projects/*/room.json"):
                room = json.loads(path.read_text())
                done += [one for one in room["done"] if one <= place]
                twice = [one for one in room["done"] if one > place and one not in room["seen"]]
                assert [] == twice, "these would be done twice"
            assert sorted(done) == list(range(1, place + 1)), "some would be lost"
    finally:
        worker.stop.set()
        worker.join()
    assert max(rounds) > 1, "the worker was never in the way: nothing was proved"


def test_a_bot_that_is_never_still(tmp_path: Path) -> None:
    """Better no backup than one that loses commands: it is said, and what to do."""
    data = tmp_path / "data"
    data.mkdir()
    worker = Worker(data, pause=0)
    for number in range(200):
        worker.put(f"projects/{number:03}/room.json", {"big": "x" * 20_000})
    worker.start()
    real = worker.put

    try:
        until = time.monotonic() + 30
        while not (data / SYNC).exists():
            assert time.monotonic() < until
        with pytest.raises(NeverStill, match="stop it first"):
            _restless(real, data, tmp_path / "copy")
    finally:
        worker.stop.set()
        worker.join()


def _restless(put: Callable[[str, object], None], data: Path, copy: Path) -> None:
    """Take a snapshot while a new room comes with each look at the folder."""
    numbers = iter(range(1000, 10**6))
    walk = os.walk

    def moving(folder: Path) -> Any:
        put(f"projects/{next(numbers)}/room.json", {})
        return walk(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "walk", moving)
        snapshot(data, copy, seconds=0.5)


def test_a_database_that_is_written_to(tmp_path: Path) -> None:
    """What is committed is in the copy, whole, also while somebody writes."""
    data = tmp_path / "data"
    (data / "matrix").mkdir(parents=True)
    with closing(sqlite3.connect(data / "matrix" / "x.db")) as database:
        database.execute("pragma journal_mode=wal")
        database.execute("create table pair (a int, b int)")
        database.execute("insert into pair values (1, 1)")
        database.commit()
        database.execute("insert into pair values (2, 2)")  # not committed
        snapshot(data, tmp_path / "copy")
        database.rollback()
    with closing(sqlite3.connect(tmp_path / "copy" / "matrix" / "x.db")) as copied:
        assert [(1, 1)] == copied.execute("select a, b from pair").fetchall()
    assert ["x.db"] == [one.name for one in (tmp_path / "copy" / "matrix").iterdir()]


# --- what is not taken up ------------------------------------------------------------------------


@pytest.fixture
def archive(home: Path, tmp_path: Path) -> Path:
    file = tmp_path / "comenius.tar"
    keep(home, file)
    return file


def altered(file: Path, change: Callable[[dict[str, Any], list[Any]], None]) -> Path:
    """Write the archive anew after a *change* to its list and its members (head, content)."""
    with tarfile.open(file) as tar:
        members = [(one, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]
    told = json.loads(members.pop(0)[1])
    change(told, members)
    raw = json.dumps(told).encode()
    first = tarfile.TarInfo(LIST)
    first.size = len(raw)
    with tarfile.open(file, "w:") as tar:
        tar.addfile(first, io.BytesIO(raw))
        for head, content in members:
            tar.addfile(head, io.BytesIO(content))
    return file


def _named(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> Callable[..., None]:
    """Return a change: one more member, listed like all others."""

    def change(told: dict[str, Any], members: list[Any]) -> None:
        head = tarfile.TarInfo(name)
        head.type, head.linkname = kind, to
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        told["files"][name] = [0, empty]
        members.append((head, b""))

    return change


def _told(**head: object) -> Callable[..., None]:
    def change(told: dict[str, Any], _members: list[Any]) -> None:
        told["comenius"] |= head

    return change


def _sizes(size: object) -> Callable[..., None]:
    def change(told: dict[str, Any], _members: list[Any]) -> None:
        told["files"] = {name: [size, line[1]] for name, line in told["files"].items()}

    return change


def _changed(told: dict[str, Any], members: list[Any]) -> None:
    head, content = members[0]
    members[0] = (head, b"X" + content[1:])


def _larger(told: dict[str, Any], _members: list[Any]) -> None:
    name = next(iter(told["files"]))
    told["files"][name][0] -= 1


BAD: list[tuple[str, Callable[..., None]]] = [
    ("up", _named("data/../../escaped")),
    ("absolute", _named("/srv/escaped")),
    ("elsewhere", _named("etc/escaped")),
    ("backslash", _named("data\\..\\escaped")),
    ("dot", _named("data/./escaped")),
    ("double", _named("data//escaped")),
    ("newline", _named("data/esca\nped")),
    ("deep", _named("data/" + "x/" * 20 + "escaped")),
    ("long", _named("data/" + "x" * 900)),
    ("link", _named("data/escaped", tarfile.SYMTYPE, "/etc/passwd")),
    ("hard link", _named("data/escaped", tarfile.LNKTYPE, "/etc/passwd")),
    ("folder", _named("data/escaped", tarfile.DIRTYPE)),
    ("device", _named("data/escaped", tarfile.CHRTYPE)),
    ("pipe", _named("data/escaped", tarfile.FIFOTYPE)),
    ("twice", lambda _told, members: members.append(members[0])),
    ("unlisted", lambda told, _members: told["files"].popitem()),
    ("missing", lambda _told, members: members.pop()),
    ("changed", _changed),
    ("larger than listed", _larger),
    ("not named by bot.yaml", _named("settings/authorized_keys")),
    ("somebody's own folder", _named("settings/.ssh/authorized_keys")),
    ("newer", _told(backup=2)),
    ("no moment", _told(made="yesterday")),
    ("no zone", _told(made="2026-11-22T10:00:00")),
    ("bad list", lambda told, _members: told.pop("files")),
    ("endless", _sizes(10**15)),
    ("negative", _sizes(-1)),
    ("words", _sizes("1")),
]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody may ever write into it."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CannotRestore, match="is no file"):
        safekeeping.restore(tmp_path / "pipe", tmp_path / "bot.yaml")


def test_the_paths_of_what_was_written_are_alike(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are told as --config was typed."""
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path)
    found = safekeeping.restore(Path(archive.name), Path("there/bot.yaml"))
    assert Path("there/data") == found.directory
    told = {"there/bot.yaml", "there/password", "there/texts/charter.md"}
    assert told == {str(one) for one in found.settings}


@pytest.mark.parametrize(("kind", "change"), BAD, ids=[kind for kind, _ in BAD])
def test_a_forged_archive_changes_nothing(
    archive: Path, tmp_path: Path, kind: str, change: Callable[..., None]
) -> None:
    """Whatever is wrong with it: one sentence, and the disk is as it was."""
    altered(archive, change)
    new = tmp_path / "new"
    new.mkdir()
    before = tree(tmp_path)
    with pytest.raises(CannotRestore):
        safekeeping.restore(archive, new / "bot.yaml")
    assert before == tree(tmp_path)
    assert [] == list(new.iterdir())


@pytest.mark.parametrize(
    "content", [b"", b"no tar at all", b"\x1f\x8b" + b"0" * 600, b"\0" * 10240]
)
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    """From the command line: one sentence, no traceback."""
    file = tmp_path / "x.tar"
    file.write_bytes(content)
    done = comenius("restore", str(file), "--config", str(tmp_path / "bot.yaml"))
    assert (1, "") == (done.returncode, done.stdout)
    assert "no backup of Comenius" in done.stderr
    assert "Traceback" not in done.stderr
    assert [file] == list(tmp_path.iterdir())


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_archive_is_noticed(archive: Path, tmp_path: Path, data: st.DataObject) -> None:
    """A bit that fell over, or an end that is missing: all is taken up as it was, or nothing."""
    raw = bytearray(archive.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=3)):
        raw[place] ^= data.draw(st.integers(1, 255))
    if data.draw(st.booleans()):
        del raw[data.draw(st.integers(0, len(raw))) :]
    new = tmp_path / "damaged"
    new.mkdir()
    (tmp_path / "damaged.tar").write_bytes(raw)
    try:
        safekeeping.restore(tmp_path / "damaged.tar", new / "bot.yaml")
    except CannotRestore:
        assert [] == list(new.iterdir())
    else:
        home = tmp_path / "home"
        assert {**tree(home)} == tree(new)
    finally:
        shutil.rmtree(new)


@given(st.text(alphabet=st.sampled_from("ab./\\\0~: "), max_size=30))
def test_a_good_name_stays_inside(name: str) -> None:
    """Wherever it is unpacked, it is below that folder."""
    if good_name(f"data/{name}"):
        place = os.path.normpath(f"/target/{name}")
        assert place.startswith("/target/")
        assert place == f"/target/{name}"


def test_only_an_empty_folder_is_written_to(archive: Path, home: Path, tmp_path: Path) -> None:
    """A file of somebody stays; a lock that an earlier start left is nobody's."""
    before = tree(home)
    done = comenius("restore", str(archive), "--config", str(home / "bot.yaml"))
    assert 1 == done.returncode
    assert "is not empty. Move it away first; nothing was changed." in done.stderr
    assert before == tree(home)
    shutil.rmtree(home / "data")
    (home / "data").mkdir()
    (home / "data" / "LOCK").touch()
    assert 0 == comenius("restore", str(archive), "--config", str(home / "bot.yaml")).returncode
    assert before == tree(home)


def test_a_running_bot_is_not_restored_under(archive: Path, tmp_path: Path) -> None:
    """The lock is seen before anything else."""
    new = tmp_path / "new"
    new.mkdir()
    (new / "bot.yaml").write_text("store:\n  directory: data\n", encoding="utf-8")
    bot = subprocess.Popen(
        [sys.executable, "-m", "bot", "console", "--jsonl", "--data", str(new / "data")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert bot.stdin is not None
    assert bot.stdout is not None
    bot.stdout.readline()
    done = comenius("restore", str(archive), "--config", str(new / "bot.yaml"))
    bot.stdin.close()
    bot.wait(30)
    bot.stdout.close()
    assert 1 == done.returncode
    assert "Stop it, and move the folder away." in done.stderr


def test_a_folder_that_is_a_mount(
    archive: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume cannot be replaced: what was restored moves into it."""
    monkeypatch.setattr(os.path, "ismount", lambda _path: True)
    new = tmp_path / "new"
    (new / "data").mkdir(parents=True)
    inode = (new / "data").stat().st_ino
    safekeeping.restore(archive, new / "bot.yaml")
    assert inode == (new / "data").stat().st_ino
    assert tree(home) == tree(new)


@pytest.mark.parametrize("step", ["_finish", "_put", "_write_settings"])
def test_a_full_disk_while_restoring(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """At whatever step: no data, no settings, no leftovers."""

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restoring, step, full)
    new = tmp_path / "new"
    new.mkdir()
    with pytest.raises(OSError, match="No space"):
        safekeeping.restore(archive, new / "bot.yaml")
    assert [] == list(new.iterdir())
