"""`comenius init`: an admin's first five minutes, through a pipe, a terminal and a script."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import select
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.matrix import first_contact
from bot.adapters.matrix.caller import Answer, Caller
from bot.adapters.matrix.first_contact import Unfit, discover
from bot.beginning import Answers, Login, configuration, example, local_zone, write
from bot.settings import Settings, load
from bot.settings.problems import Wrong
from tests.test_command_line import comenius

SECRET = "correct-horse-7"
ROOT = Path(__file__).parents[1]


class Homeserver:
    """As much of a homeserver as the first contact needs; what was asked is written down."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answers: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {
            ("GET", "/_matrix/client/versions"): (200, {"versions": ["v1.1", "v1.12"]}),
            ("GET", "/_matrix/client/v3/login"): (200, {"flows": [{"type": "m.login.password"}]}),
            ("POST", "/_matrix/client/v3/logout"): (200, {}),
        }
        self.ahead = 0.0
        """Seconds of its clock."""
        home = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            home: ClassVar[Homeserver]

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.partition("?")[0]
                home.asked.append((self.command, path))
                status, content = home.answer(self.command, path, self.headers, body)
                raw = json.dumps(content).encode()
                self.send_response_only(status)
                self.send_header("Date", formatdate(time.time() + home.ahead, usegmt=True))
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def answer(
        self, method: str, path: str, headers: Any, body: bytes
    ) -> tuple[int, dict[str, Any]]:
        if (method, path) in self.answers:
            return self.answers[method, path]
        token = (headers.get("Authorization") or "").removeprefix("Bearer ")
        if (method, path) == ("POST", "/_matrix/client/v3/login"):
            told = json.loads(body)
            if told["password"] != SECRET or "comenius" not in told["identifier"]["user"]:
                return 403, {"errcode": "M_FORBIDDEN", "error": "Invalid"}
            mine = {"user_id": "@comenius:school.example", "device_id": "ABC"}
            return 200, mine | {"access_token": "syt_new"}
        if path.endswith("/whoami"):
            if token != "syt_good":
                return 401, {"errcode": "M_UNKNOWN_TOKEN", "error": "no"}
            return 200, {"user_id": "@comenius:school.example", "device_id": "ABC"}
        return 404, {"errcode": "M_UNRECOGNIZED"}

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def homeserver() -> Iterator[Homeserver]:
    server = Homeserver()
    yield server
    server.close()


def lines(*answers: str) -> str:
    return "".join(f"{answer}\n" for answer in answers)


def test_a_few_answers_make_a_bot(homeserver: Homeserver, tmp_path: Path) -> None:
    """Six answers, most of them Enter: bot.yaml is written, right, and the next command is told."""
    folder = tmp_path / "comenius"
    said = lines(homeserver.address, "comenius", SECRET, "", "fr, en", "Europe/Paris", "yes")
    done = comenius("init", str(folder), said=said)

    assert (0, "") == (done.returncode, done.stderr)
    settings = load(folder / "bot.yaml")
    assert "@comenius:school.example" == settings.matrix.user
    assert homeserver.address == settings.matrix.homeserver
    assert ("school.example",) == settings.matrix.allow
    assert (("fr", "en"), "Europe/Paris") == (settings.languages, settings.zone)
    assert SECRET == settings.matrix.password({})
    assert 0o600 == stat.S_IMODE((folder / "password").stat().st_mode)
    assert SECRET not in done.stdout
    assert SECRET not in (folder / "bot.yaml").read_text(encoding="utf-8")
    assert "all is well" in done.stdout
    assert f"comenius run --config {folder / 'bot.yaml'}" in done.stdout
    assert ("POST", "/_matrix/client/v3/logout") in homeserver.asked


def test_the_file_keeps_every_comment(homeserver: Homeserver, tmp_path: Path) -> None:
    """What is written is the example with the answers in it: all settings, all reasons."""
    answers = Answers(homeserver.address, "@c:x.example", Login.PASSWORD, allow=("x.example",))
    written = configuration(answers, tmp_path)
    comments = [one for one in example().splitlines() if one.lstrip().startswith("#")]
    kept = [one for one in comments if one in written.splitlines()]
    assert len(comments) - 1 == len(kept)
    assert "# Copy this file" not in written
    (tmp_path / "bot.yaml").write_text(written, encoding="utf-8")
    loaded = load(tmp_path / "bot.yaml")
    rest = {"matrix", "store"}
    assert Settings().model_dump(exclude=rest) == loaded.model_dump(exclude=rest)


@given(
    name=st.from_regex(r"[a-z0-9.=_/+-]{1,30}", fullmatch=True),
    server=st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z]{2,8}){0,2}", fullmatch=True),
    allow=st.lists(st.sampled_from(["*.school.example", "@t:x.example", "no", "null", "1.2"])),
)
def test_whatever_is_answered_is_what_is_read(name: str, server: str, allow: list[str]) -> None:
    """Nothing that a user id or a server may be called turns into something else in YAML."""
    answers = Answers(f"https://{server}", f"@{name}:{server}", None, allow=allow)
    raw = yaml.safe_load(configuration(answers, Path("/nowhere")))
    assert raw["matrix"]["user"] == f"@{name}:{server}"
    assert raw["matrix"]["allow"] == allow
    assert raw["matrix"]["homeserver"] == f"https://{server}"


def test_a_mistake_is_asked_again(homeserver: Homeserver, tmp_path: Path) -> None:
    """A wrong address, password, server, language or zone costs one more line, nothing else."""
    said = lines(
        "no server at all", "http://127.0.0.1:1", homeserver.address,
        "comenius", "wrong", "comenius", SECRET,
        "school example!", "school.example, @anna:partner.example",
        "xx", "fr",
        "Paris", "Europe/Paris", "no",
    )  # fmt: skip
    done = comenius("init", str(tmp_path), said=said)

    assert (0, "") == (done.returncode, done.stderr)
    for words in (
        "That is not the name of a server.", "cannot be reached", "does not take this user",
        "neither a server nor a person", "does not speak 'xx'", "Did you mean Europe/Paris?",
    ):  # fmt: skip
        assert words in done.stdout, done.stdout
    assert ("school.example", "@anna:partner.example") == load(tmp_path / "bot.yaml").matrix.allow
    assert not {"wrong", SECRET} & set(done.stdout.split())


def test_an_access_token_instead(homeserver: Homeserver, tmp_path: Path) -> None:
    """Who gives no password is asked for a token; whose it is, the server says."""
    said = lines(
        homeserver.address, "comenius", "", "bad", "comenius", "", "syt_good", "", "", "UTC", "n"
    )
    done = comenius("init", str(tmp_path), said=said)

    assert (0, "") == (done.returncode, done.stderr)
    assert "does not know this access token" in done.stdout
    assert "syt_good\n" == (tmp_path / "token").read_text(encoding="utf-8")
    assert 0o600 == stat.S_IMODE((tmp_path / "token").stat().st_mode)
    matrix = load(tmp_path / "bot.yaml").matrix
    assert ("syt_good", None) == (matrix.token({}), matrix.password_file)


def scripted(homeserver: Homeserver, folder: Path, *more: str) -> list[str]:
    options = ["--homeserver", homeserver.address, "--user", "@comenius:school.example"]
    options += ["--allow", "school.example,*.partner.example", "--languages", "en"]
    return ["init", str(folder), *options, "--zone", "UTC", *more]


def test_a_script_needs_no_answers(homeserver: Homeserver, tmp_path: Path) -> None:
    """With all options nothing is asked; the password stays in the file that was named."""
    secret = tmp_path / "elsewhere"
    secret.write_text(SECRET, encoding="utf-8")
    secret.chmod(0o600)
    folder = tmp_path / "bot"
    done = comenius(*scripted(homeserver, folder, "--password-file", str(secret)))

    assert (0, "") == (done.returncode, done.stderr)
    settings = load(folder / "bot.yaml")
    assert secret == settings.matrix.password_file
    assert ["bot.yaml"] == [one.name for one in folder.iterdir()]
    assert ("school.example", "*.partner.example") == settings.matrix.allow


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--zone", "Paris", "--zone: 'Paris' is not a time zone. Did you mean Europe/Paris?"),
        ("--languages", "fr,xx", "--languages: The bot does not speak 'xx' yet."),
        ("--allow", "a b!", "--allow: 'b!' is neither a server nor a person."),
        ("--homeserver", "http://127.0.0.1:1", "--homeserver: 127.0.0.1:1 cannot be reached"),
        ("--password-file", "/nowhere", "There is no file /nowhere."),
        ("--password-file", "OPEN", "Run: chmod 600"),
        ("--password-file", "WRONG", "does not take this user with this password"),
        ("--token-file", "WRONG", "One is enough"),
    ],
)
def test_a_wrong_option_is_told(
    homeserver: Homeserver, tmp_path: Path, option: str, value: str, words: str
) -> None:
    """A script gets one sentence and status 1; nothing was written."""
    for name, mode, content in (
        ("GOOD", 0o600, SECRET),
        ("OPEN", 0o644, SECRET),
        ("WRONG", 0o600, "x"),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
        (tmp_path / name).chmod(mode)
    place = tmp_path / value
    value = str(place) if value in {"OPEN", "WRONG"} else value
    arguments = scripted(homeserver, tmp_path / "new", "--password-file", str(tmp_path / "GOOD"))
    done = comenius(*arguments, option, value)

    assert 1 == done.returncode
    assert words in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("present", ["bot.yaml", "password"])
def test_nothing_is_written_over(homeserver: Homeserver, tmp_path: Path, present: str) -> None:
    """A file that is there stays as it is, and no other is written beside it."""
    (tmp_path / present).write_text("mine", encoding="utf-8")
    said = lines(homeserver.address, "comenius", SECRET, "", "", "UTC", "n")
    done = comenius("init", str(tmp_path), said=said)

    assert 1 == done.returncode
    assert "is there already, and stays as it is" in done.stderr
    assert ["mine"] == [one.read_text(encoding="utf-8") for one in tmp_path.iterdir()]


@pytest.mark.parametrize("answers", range(6))
def test_standard_input_may_end(homeserver: Homeserver, tmp_path: Path, answers: int) -> None:
    """Wherever the answers end: one sentence, no traceback, nothing written."""
    given_lines = [homeserver.address, "comenius", SECRET, "", "", "UTC"][:answers]
    done = comenius("init", str(tmp_path), said=lines(*given_lines))

    assert 1 == done.returncode
    assert "There is no answer to that" in done.stderr
    assert "Traceback" not in done.stderr
    assert [] == list(tmp_path.iterdir())


def test_the_answers_end_at_the_last_question(homeserver: Homeserver, tmp_path: Path) -> None:
    """All is written by then: to look at it is left out, and what comes next is told."""
    done = comenius("init", str(tmp_path), said=lines(homeserver.address, "comenius", SECRET,
                                                      "", "", "UTC"))  # fmt: skip
    assert (0, "") == (done.returncode, done.stderr)
    assert "Written: " in done.stdout
    assert "comenius run --config" in done.stdout


def test_no_standard_input_at_all(tmp_path: Path) -> None:
    """`comenius init <&-`, as some schedulers start programs: one sentence."""
    command = f"exec {sys.executable} -m bot init {tmp_path} <&-"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert 1 == done.returncode
    assert "There is no answer to that" in done.stderr
    assert "Traceback" not in done.stderr


def test_where_nothing_can_be_written(homeserver: Homeserver, tmp_path: Path) -> None:
    """It is told before the first question, not after the last."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    done = comenius("init", str(tmp_path / "file" / "new"))
    assert (1, "") == (done.returncode, done.stdout)
    assert "Nothing can be written there." in done.stderr
    (tmp_path / "password").write_text("mine", encoding="utf-8")
    done = comenius("init", str(tmp_path), said=lines(homeserver.address, "comenius", SECRET))
    assert "or use it: comenius init --password-file" in done.stderr
    assert "may invite it" not in done.stdout


def test_every_new_folder_is_private(tmp_path: Path) -> None:
    """Whatever the umask is."""
    before = os.umask(0)
    try:
        answers = Answers("https://x.example", "@c:x.example", Login.TOKEN)
        write(tmp_path / "one" / "two", answers, "secret")
    finally:
        os.umask(before)
    modes = {one.stat().st_mode & 0o777 for one in (tmp_path / "one").rglob("*") if one.is_dir()}
    assert {0o700} == modes | {(tmp_path / "one").stat().st_mode & 0o777}


class Terminal:
    """`comenius` in a terminal of its own, and what is to be seen there."""

    def __init__(self, *arguments: str, script: str = "") -> None:
        what = ["-c", script] if script else ["-m", "bot", *arguments]
        self.process, self.end = pty.fork()
        if self.process == 0:
            os.execv(sys.executable, [sys.executable, *what])  # noqa: S606 - our own program
        self.shown = ""

    def until(self, words: str) -> None:
        deadline = time.monotonic() + 30
        while words not in self.shown:
            ready, _, _ = select.select([self.end], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{words!r} did not come: {self.shown}"
            try:
                piece = os.read(self.end, 4096).decode("utf-8", "replace")
            except OSError:  # Linux tells the end of a terminal so
                piece = ""
            assert piece, f"ended before {words!r}: {self.shown}"
            self.shown += piece

    def type(self, text: str) -> None:
        time.sleep(0.05)  # getpass empties what was typed before it asks
        os.write(self.end, text.encode())

    def status(self) -> int:
        while True:
            try:
                piece = os.read(self.end, 4096)
            except OSError:
                piece = b""
            if not piece:
                break
            self.shown += piece.decode("utf-8", "replace")
        _, status = os.waitpid(self.process, 0)
        os.close(self.end)
        return os.waitstatus_to_exitcode(status)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Terminal]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return Terminal


def test_in_a_terminal_no_secret_is_shown(
    homeserver: Homeserver, tmp_path: Path, terminal: Callable[..., Terminal]
) -> None:
    """Questions and answers are seen, but for the password."""
    screen = terminal("init", str(tmp_path))
    for question, answer in (
        ("Matrix server", homeserver.address), ("user", "comenius"), ("password", SECRET),
        ("may invite", ""), ("Languages", ""), ("Time zone", "Europe/Warsaw"), ("Check it", ""),
    ):  # fmt: skip
        screen.until(question)
        screen.type(f"{answer}\n")
    assert 0 == screen.status()
    assert SECRET not in screen.shown
    assert "Europe/Warsaw" in screen.shown
    assert SECRET == (tmp_path / "password").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("question", ["Matrix server", "password"])
def test_ctrl_c_at_a_question(
    homeserver: Homeserver, tmp_path: Path, terminal: Callable[..., Terminal], question: str
) -> None:
    """It ends, quietly, and nothing was written."""
    screen = terminal("init", str(tmp_path))
    screen.until("Matrix server")
    if question == "password":
        screen.type(f"{homeserver.address}\n")
        screen.until("user")
        screen.type("comenius\n")
        screen.until("password")
    screen.type("\x03")
    assert screen.status() != 0
    assert "Traceback" not in screen.shown
    assert [] == list(tmp_path.iterdir())


def test_a_password_that_is_no_utf8(
    homeserver: Homeserver, tmp_path: Path, terminal: Callable[..., Terminal]
) -> None:
    """A terminal in Latin-1: it is asked again, and nothing breaks."""
    screen = terminal("init", str(tmp_path), "--homeserver", homeserver.address, "--user", "bot")
    screen.until("password")
    time.sleep(0.05)
    os.write(screen.end, b"caf\xe9\n")
    screen.until("your terminal does not write UTF-8")
    screen.type("\x03")
    assert screen.status() != 0
    assert "Traceback" not in screen.shown


def test_ctrl_c_ends_a_question_in_an_event_loop(tmp_path: Path) -> None:
    """Asyncio takes SIGINT for itself; whoever is asked by `comenius trust` still gets out."""
    script = (
        "import asyncio; from bot.cli.asking import yes\n"
        "async def main():\n"
        "    try: yes('Well', default=False)\n"
        "    finally:\n"
        "        await asyncio.sleep(0); print('tidied', flush=True)\n"
        "asyncio.run(main())\n"
    )
    screen = Terminal(script=script)
    screen.until("Well [y/N]: ")
    screen.type("\x03")
    assert screen.status() != 0
    assert "tidied" in screen.shown


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """If bot.yaml does not fit, the secret goes, too."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    script = (
        "import os, sys; from pathlib import Path; from bot import beginning; real = os.fsync\n"
        "def full(number):\n"
        "    if 'bot.yaml' in os.readlink(f'/proc/self/fd/{number}'): raise OSError(28, 'full')\n"
        "    real(number)\n"
        "os.fsync = full\n"
        "a = beginning.Answers('https://x.example', '@c:x.example', beginning.Login.PASSWORD)\n"
        "beginning.write(Path(sys.argv[1]), a, 'secret')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "new")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "OSError" in done.stderr
    assert [] == list((tmp_path / "new").iterdir())


def test_the_zone_is_guessed() -> None:
    """From TZ if it is one; UTC has one name only."""
    assert "Europe/Warsaw" == local_zone({"TZ": ":Europe/Warsaw"})
    assert local_zone({"TZ": "nonsense"}) in {"UTC", local_zone({})}
    assert "UTC" == local_zone({"TZ": "Etc/UTC"})


@pytest.mark.parametrize(
    ("typed", "announced", "address"),
    [
        ("school.example", "https://matrix.school.example/", "https://matrix.school.example"),
        ("@bot:school.example", "https://matrix.school.example", "https://matrix.school.example"),
        ("school.example", None, "https://school.example"),
        ("school.example:8448", None, "https://school.example:8448"),
        ("https://school.example/", None, "https://school.example"),
        ("https://school.example//_matrix/client/v3", None, "https://school.example"),
        ("https://www.school.example", "https://m.school.example", "https://m.school.example"),
        ("  school.example ", 7, "https://school.example"),
    ],
)
def test_the_name_of_a_server_is_enough(
    monkeypatch: pytest.MonkeyPatch, typed: str, announced: object, address: str
) -> None:
    """Its well-known file tells the address; without one it is the name itself."""

    async def ask(self: Caller, method: str, path: str, body: object = None) -> Answer:
        if path.endswith("/.well-known/matrix/client"):
            assert re.fullmatch(r"https://(www\.)?school\.example/.well-known/.*", path)
            found = {"m.homeserver": {"base_url": announced}}
            return Answer(200, found) if announced else Answer(404)
        if path == f"{address}/_matrix/client/versions":
            return Answer(200, {"versions": ["v1.11"]})
        return Answer(404)

    monkeypatch.setattr(Caller, "ask", ask)
    assert address == asyncio.run(discover(typed))


@pytest.mark.parametrize("typed", ["", "@bot", "a b", "https://", "http://", "x/y", "ftp"])
def test_what_is_no_server(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    """It is told as a sentence, whatever was typed."""

    async def ask(self: Caller, method: str, path: str, body: object = None) -> Answer:
        return Answer(trouble="its name is not known")

    monkeypatch.setattr(Caller, "ask", ask)
    with pytest.raises(Unfit):
        asyncio.run(discover(typed))


async def test_a_server_without_passwords(homeserver: Homeserver) -> None:
    """Where one logs in by a web page, the advice is a token."""
    homeserver.answers["GET", "/_matrix/client/v3/login"] = (
        200,
        {"flows": [{"type": "m.login.sso"}]},
    )
    with pytest.raises(Unfit, match="access token"):
        await first_contact.try_password(homeserver.address, "comenius", SECRET)


async def test_a_token_of_no_device(homeserver: Homeserver) -> None:
    """Tokens of admins and bridges have no device: nothing could be encrypted with one."""
    path = "/_matrix/client/v3/account/whoami"
    homeserver.answers["GET", path] = 200, {"user_id": "@comenius:school.example"}
    with pytest.raises(Unfit, match="belongs to no device"):
        await first_contact.try_token(homeserver.address, "syt_admin")


def test_two_inits_at_once_do_not_mix(tmp_path: Path) -> None:
    """The second finds the first one's files, and leaves them."""
    answers = Answers("https://x.example", "@c:x.example", Login.TOKEN)
    write(tmp_path, answers, "first")
    with pytest.raises(Exception, match="is there already"):
        write(tmp_path, answers, "second")
    assert "first\n" == (tmp_path / "token").read_text(encoding="utf-8")


def test_no_language_is_no_answer() -> None:
    """A bot without a language would be silent."""
    from bot.beginning import spoken  # noqa: PLC0415 - beside what it proves

    with pytest.raises(Wrong):
        spoken(" , ")
