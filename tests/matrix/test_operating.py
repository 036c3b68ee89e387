"""docs/operating.md is typed as it stands, on a real Synapse; every line it shows is compared."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import socket
import stat
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import typer.main

from bot.adapters.synapse import Synapse
from bot.cli.program import app
from tests.matrix.people import DEADLINE, Person
from tests.matrix.typing_it import Block, Played, Terminal, blocks

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operating.md"
TEXT = PAGE.read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
ADDRESS, PORT = "https://matrix.school.example", "8099"
BOT, PASSWORD, NEW_PASSWORD = "@comenius:school.example", "correct-horse-7", "battery-staple-8"
NOT_RUN = {
    "it fetches packages, and the tests run in what it has made": "make setup",
    "the journal belongs to systemd": "journalctl -u comenius | grep 7F3A",
}
"""Why a block cannot be typed here -> what stands in it."""
QUOTED = re.compile(r'"([A-Z][^"]* [^"]*\.[^"]*)"', re.DOTALL)
REFERENCE = re.compile(r" \(Reference [^)]*\)")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the page is about Linux")


@pytest.fixture(scope="module")
def school() -> Iterator[Synapse]:
    """Start the homeserver of the page."""
    with Synapse(name="school.example") as server:
        server.register("comenius", PASSWORD, shown="Comenius")
        server.register("admin", PASSWORD, admin=True)
        server.register("weber", PASSWORD, shown="Ms Weber")
        yield server


def token(server: Synapse, user: str) -> str:
    """Return an access token of *user*."""
    who = {"type": "m.id.user", "user": user}
    body = {"type": "m.login.password", "identifier": who, "password": PASSWORD}
    return str(server.ask("POST", "/_matrix/client/v3/login", body)["access_token"])


class Meanwhile:
    """What others do between two blocks, by the words with which the page tells it."""

    def __init__(self, server: Synapse, folder: Path, admin: str, port: str) -> None:
        self.server, self.folder, self.admin, self.port = server, folder, admin, port
        self.all: dict[str, Callable[[], object]] = {
            "a teacher gives a task in an encrypted room": lambda: asyncio.run(self._task()),
            "the homeserver answers for the first time": self._until_well,
            "somebody signs the bot out": self._sign_out,
            "the homeserver stops": server.halt,
            "the homeserver is back": server.start,
            "the session is over and the password changed": self._change_password,
        }

    async def _task(self) -> None:
        teacher = Person(self.server, "weber", PASSWORD, self.folder)
        try:
            await teacher.enter()
            room = await teacher.room(BOT, encrypted=True)
            await teacher.see(lambda one: one.sender == BOT and "📌" in _body(one))
            await teacher.say(room, "!task Film the school tour")
            await teacher.see(lambda one: one.sender == BOT and _body(one).startswith("#1"))
        finally:
            await teacher.close()

    def _until_well(self) -> None:
        deadline = time.monotonic() + DEADLINE
        address = f"http://127.0.0.1:{self.port}/health"
        while True:
            with urllib.request.urlopen(address, timeout=DEADLINE) as answer:
                if json.load(answer)["status"] == "well":
                    return
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def _sign_out(self) -> None:
        kept = json.loads(Path("data/matrix/session.json").read_text(encoding="utf-8"))
        path = "/_matrix/client/v3/logout"
        assert {} == self.server.ask("POST", path, {}, kept["access_token"])

    def _change_password(self) -> None:
        path = f"/_synapse/admin/v1/reset_password/{BOT}"
        body = {"new_password": NEW_PASSWORD, "logout_devices": False}
        assert {} == self.server.ask("POST", path, body, self.admin)
        Path("data/matrix/session.json").unlink()


def _body(event: Any) -> str:
    return str(event.source.get("content", {}).get("body", ""))


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@linux
@pytest.mark.synapse
@pytest.mark.timeout(290)
def test_the_page_is_played_from_top_to_bottom(
    school: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An admin who types what it says, in an empty folder, sees what it says."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in [one for one in os.environ if one.startswith("COMENIUS_")]:
        monkeypatch.delenv(name)
    admin, port = token(school, "admin"), free_port()
    monkeypatch.setenv("ADMIN_TOKEN", admin)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.setenv("COLUMNS", "200")
    others = Meanwhile(school, tmp_path / "teacher", admin, port)
    played = Played({ADDRESS: school.address, PORT: port}, {"Its password": PASSWORD})
    try:
        for block in blocks(TEXT):
            if not block.not_run:
                if block.meanwhile:
                    others.all.pop(block.meanwhile)()
                played.play(block)
    finally:
        played.close()

    assert not others.all, "the page tells of none of these any more"
    assert played.key, "the recovery key was never shown"
    assert [] == exposed(folder)
    assert [] == unlisted(folder)


def exposed(folder: Path) -> list[str]:
    """Return what others on the machine may read of the bot's files in *folder*."""
    wanted = {True: 0o700, False: 0o600}
    found = [*folder.glob("*"), *folder.glob("data/**/*")]
    ours = [one for one in found if one.name != "there"]
    return [str(one) for one in ours if stat.S_IMODE(one.stat().st_mode) != wanted[one.is_dir()]]


def unlisted(folder: Path) -> list[str]:
    """Return the files below *folder* that the page's table does not tell of."""
    table = TEXT.partition("## What is on the disk")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = [pattern for row in rows for pattern in re.findall(r"`([^`]+)`", row)]
    assert len(told) > 10
    files = [one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()]
    ours = [one for one in files if one != "comenius.tar" and not one.startswith("there/")]
    return [one for one in ours if not any(fnmatch(one, pattern) for pattern in told)]


def test_what_is_not_run_is_known_with_its_reason() -> None:
    """A block is left out only for one of these reasons; all others are typed."""
    left_out = {one.not_run: one.commands[0].line for one in blocks(TEXT) if one.not_run}

    assert NOT_RUN == left_out
    assert 25 < sum(len(one.commands) for one in blocks(TEXT))


def constants(folder: Path) -> Iterator[str]:
    """Yield every text in the code below *folder*."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield " ".join(node.value.split())


def test_every_sentence_of_the_bot_is_its_own() -> None:
    """What the pages quote it with is what the code says, but for values."""
    said = "\n".join({*constants(ROOT / "bot"), *constants(ROOT / "commands")})
    quoted = [" ".join(one.split()) for one in QUOTED.findall(TEXT)]
    tables = (ROOT / "docs" / "bad-input.md").read_text(encoding="utf-8").partition("For the admin")
    cells = [line.strip("|").split("|")[-1] for line in tables[2].splitlines() if "| " in line]
    written = [one.strip() for one in cells if "." in one]
    assert len(quoted) >= 4
    assert len(written) >= 4

    for sentence in (*quoted, *written):
        for part in re.split(r"…|`[^`]*`|(?<=[.?]) (?=[A-Z])", REFERENCE.sub("", sentence)):
            assert part.strip() in said, sentence


@pytest.mark.parametrize("page", [TEXT, README], ids=["operating.md", "README.md"])
def test_every_command_and_option_exists(page: str) -> None:
    """Also in a sentence, and in a block that is not typed."""
    known: Any = typer.main.get_command(app)
    found = re.findall(r"comenius ([a-z]+)((?:(?! # )[^`\n])*)", page)
    typed = [(name, rest) for name, rest in found if name in known.commands]
    assert len(typed) > 5

    for name, rest in typed:
        options = {one for param in known.commands[name].params for one in param.opts}
        assert set() == set(re.findall(r"(?<= )--[a-z-]+", rest)) - options - {"--help", "--matrix"}


def test_every_page_that_is_linked_is_there() -> None:
    """Relative links lead to files."""
    links = re.findall(r"\]\(([^)#]+)", TEXT)
    assert len(links) > 3
    assert [] == [one for one in links if not (PAGE.parent / one).exists()]


def test_a_page_that_is_wrong_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: by a word, by a line too few, by an answer that nobody asks for."""
    monkeypatch.chdir(tmp_path)
    played = Played({}, {})
    played.play(Block("", "", ["$ printf 'a\\nb c\\n'", "a", "b …", "$ cat /dev/null", "…"]))
    for wrong in (["a"], ["a", "b d"], ["a", "b c", "d"], ["b c", "a"]):
        with pytest.raises(AssertionError):
            played.play(Block("", "", ["$ printf 'a\\nb c\\n'", *wrong]))


def test_answers_are_typed_where_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows a prompt on the page is what is typed there."""
    monkeypatch.chdir(tmp_path)
    script = "read -rp 'Name: ' name; read -rsp 'Secret: ' secret; echo; echo $name $secret"
    played = Played({}, {"Secret": "x y"})
    played.play(Block("", "", [f"$ {script}", "Name: Ana B.", "Secret:", "Ana B. x y"]))


def test_a_terminal_that_is_closed_leaves_nothing_behind() -> None:
    """What is still running goes with it."""
    terminal = Terminal("sleep 1000")
    terminal.close()
    with pytest.raises(ProcessLookupError):
        os.kill(terminal.process, 0)
