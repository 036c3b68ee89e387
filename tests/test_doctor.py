"""`comenius doctor`: a line for each thing, and what to do where it is not well."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nio.crypto.sessions import OlmAccount

from bot.adapters.matrix.caller import Answer, Caller
from bot.adapters.matrix.checkup import Session, Trusted, look, trusted
from bot.adapters.matrix.trust.signing import SigningKey
from bot.adapters.matrix.trust.state import TrustState
from bot.adapters.store.directory import Directory
from bot.adapters.store.survey import is_running, survey
from bot.cli import trusting
from bot.doctor import Finding, Level, examine, homeserver, machine
from bot.doctor.findings import Patient
from bot.settings import Settings, load
from tests.test_command_line import comenius
from tests.test_init import Homeserver

USER = "@comenius:school.example"
CLIENT = "/_matrix/client/v3"
MEDIA = ("GET", "/_matrix/client/v1/media/config")


@pytest.fixture
def server() -> Iterator[Homeserver]:
    """Return a homeserver on which all is well."""
    home = Homeserver()
    home.answers |= {
        MEDIA: (200, {"m.upload.size": 50 * 2**20}),
        ("GET", f"{CLIENT}/room_keys/version"): (200, {"version": "1", "count": 12}),
        ("GET", f"{CLIENT}/devices"): (200, {"devices": [{"device_id": "ABC"}]}),
        ("POST", f"{CLIENT}/keys/query"): (200, signed_keys()),
    }
    yield home
    home.close()


def signed_keys() -> dict[str, Any]:
    """Return what `/keys/query` says of a cross-signed device, with true signatures."""
    master, signing = SigningKey(), SigningKey()
    keys = {}
    for usage, one in (("master", master), ("self_signing", signing)):
        public = {f"ed25519:{one.public}": one.public}
        keys[usage] = {"user_id": USER, "usage": [usage], "keys": public}
    top = {USER: {f"ed25519:{master.public}": master.sign(keys["self_signing"])}}
    device: dict[str, Any] = {"user_id": USER, "device_id": "ABC", "keys": {"ed25519:ABC": "x"}}
    below = {USER: {f"ed25519:{signing.public}": signing.sign(device)}}
    return {
        "device_keys": {USER: {"ABC": device | {"signatures": below}}},
        "master_keys": {USER: keys["master"]},
        "self_signing_keys": {USER: keys["self_signing"] | {"signatures": top}},
    }


def crypto_store(path: Path, key: str) -> None:
    """Make a crypto store as nio does, locked by *key*; of all that is in it only the account."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("create table accounts (account blob)")
        database.execute("insert into accounts values (?)", (OlmAccount().pickle(key),))
        database.commit()


@pytest.fixture
def config(server: Homeserver, worked: Path, tmp_path: Path) -> Path:
    """Return the bot.yaml of a bot that is logged in and has worked."""
    shutil.copytree(worked, tmp_path / "data")
    matrix = tmp_path / "data" / "matrix"
    matrix.mkdir(mode=0o700)
    session = {"user_id": USER, "device_id": "ABC", "access_token": "syt_good"}
    (matrix / "session.json").write_text(json.dumps(session), encoding="utf-8")
    (matrix / "crypto.key").write_text('{"key": "lock"}', encoding="utf-8")
    crypto_store(matrix / f"{USER}_ABC.db", "lock")
    (tmp_path / "password").write_text("horse", encoding="utf-8")
    (tmp_path / "password").chmod(0o600)
    path = tmp_path / "bot.yaml"
    path.write_text(
        f"matrix:\n  homeserver: {server.address}\n  user: '{USER}'\n  password_file: password\n"
        "  allow: [school.example]\nlanguages: [en, fr]\nzone: Europe/Warsaw\n",
        encoding="utf-8",
    )
    return path


def found(config: Path) -> dict[str, Finding]:
    """Return name -> finding."""
    return {one.name: one for one in asyncio.run(examine(config, {}))}


def levels(findings: dict[str, Finding]) -> dict[str, str]:
    """Return what is not well."""
    return {name: one.level for name, one in findings.items() if one.level is not Level.OK}


def test_a_healthy_bot(config: Path, server: Homeserver) -> None:
    """All is ok but what cannot be seen; it cost nine requests, none of which changes anything."""
    findings = found(config)
    assert {"rate limits": "warn"} == {
        name: level for name, level in levels(findings).items() if name not in {"disk", "zones"}
    } | {"rate limits": levels(findings)["rate limits"]}
    assert "override_ratelimit" in findings["rate limits"].advice
    assert 9 >= len(server.asked)
    assert {("POST", f"{CLIENT}/keys/query")} == {one for one in server.asked if one[0] != "GET"}
    for part in ("settings", "process", "server", "clock", "login", "device", "key backup",
                 "uploads", "store", "disk", "zones", "language fr", "invitations", "python",
                 "packages"):  # fmt: skip
        assert part in findings


def test_one_line_each_and_a_status(config: Path, server: Homeserver) -> None:
    """Each line begins with ok, warn or FAIL; the status is 1 if one of them is FAIL."""
    done = comenius("doctor", "--config", str(config))
    assert (0, "") == (done.returncode, done.stderr)
    assert {"ok", "warn"} == {line.split()[0] for line in done.stdout.splitlines()}
    server.ahead = 3600
    late = comenius("doctor", "--config", str(config))
    assert 1 == late.returncode
    (line,) = [one for one in late.stdout.splitlines() if one.startswith("FAIL")]
    assert "clock" in line
    assert "timedatectl set-ntp true" in line


def test_nothing_that_is_secret_or_of_others(config: Path, server: Homeserver) -> None:
    """No token, no password, no id but the bot's own, whatever the server answers."""
    soon = {"device_id": "OTHERDEVICE", "display_name": "Comenius"}
    other = soon | {"last_seen_ts": time.time() * 1000}
    server.answers["GET", f"{CLIENT}/devices"] = 200, {"devices": [other]}
    shown = comenius("doctor", "--config", str(config)).stdout
    assert "Another session called Comenius" in shown
    for secret in ("syt_good", "horse", "OTHERDEVICE", "ABC", "@weber", "!room", "kol.example"):
        assert secret not in shown


OWNER, VERSIONS = ("GET", f"{CLIENT}/account/whoami"), ("GET", "/_matrix/client/versions")
EXPIRED = {"errcode": "M_UNKNOWN_TOKEN"}
SAID = [
    (VERSIONS, (502, {}), "server", "FAIL", "answers 502"),
    (VERSIONS, (200, {"versions": ["r0.6.1"]}), "server", "FAIL", "Ask its admin"),
    (VERSIONS, (200, {"versions": ["v1.2"]}), "server", "warn", "v1.2"),
    (OWNER, (401, EXPIRED), "login", "FAIL", "remove"),
    (OWNER, (401, EXPIRED | {"soft_logout": True}), "login", "warn", "by itself"),
    (OWNER, (500, {}), "login", "FAIL", "in a minute"),
    (OWNER, (200, {"user_id": "@b:x"}), "login", "warn", "@b:x"),
    (("POST", f"{CLIENT}/keys/query"), (200, {}), "device", "FAIL", "not published"),
    (("GET", f"{CLIENT}/room_keys/version"), (404, {}), "key backup", "warn", "comenius trust"),
    (MEDIA, (200, {"m.upload.size": 9999}), "uploads", "warn", "max_upload_size"),
]
"""A request, what comes back, and then: line, level, words."""


@pytest.mark.parametrize("said", SAID, ids=[f"{one[2]} {one[4]}" for one in SAID])
def test_what_the_server_says(config: Path, server: Homeserver, said: Any) -> None:
    """Each trouble has its line, and the line says what to do."""
    request, answer, line, level, words = said
    server.answers[request] = answer
    finding = found(config)[line]
    assert level == finding.level
    assert words in str(finding)


def test_a_server_that_is_away(config: Path, server: Homeserver) -> None:
    """The rest is looked at all the same; nothing hangs."""
    text = config.read_text(encoding="utf-8").replace(server.address, "http://127.0.0.1:9")
    config.write_text(text, encoding="utf-8")
    findings = found(config)
    assert "cannot be reached: nothing answers there" in findings["server"].sentence
    assert "login" not in findings
    assert Level.OK is findings["store"].level


def test_before_the_first_start(config: Path, server: Homeserver) -> None:
    """A bot that never ran is no failure: it is told to run."""
    (config.parent / "data" / "matrix" / "session.json").unlink()
    findings = found(config)
    assert Level.WARN is findings["login"].level
    assert "Run: comenius run --config" in findings["login"].advice
    assert [("GET", "/_matrix/client/versions")] == server.asked


def _other_key(matrix: Path) -> None:
    (matrix / "crypto.key").write_text('{"key": "another"}', encoding="utf-8")


def _no_sqlite(matrix: Path) -> None:
    (matrix / f"{USER}_ABC.db").write_bytes(b"what a disk leaves")


KEYS: list[tuple[Callable[[Path], object], Level, str]] = [
    (lambda matrix: (matrix / f"{USER}_ABC.db").unlink(), Level.FAIL, "store is missing"),
    (_no_sqlite, Level.FAIL, "store is damaged"),
    (_other_key, Level.FAIL, "made with another key"),
    (lambda matrix: (matrix / "crypto.key").unlink(), Level.WARN, "cannot be seen from here"),
    (lambda matrix: (matrix / "crypto.key").write_text("{"), Level.FAIL, "crypto.key cannot be"),
    (lambda matrix: (matrix / "sync.json").write_text("["), Level.FAIL, "sync.json cannot be"),
]


@pytest.mark.parametrize(("harm", "level", "words"), KEYS, ids=[words for _, _, words in KEYS])
def test_keys_that_the_next_start_would_miss(
    config: Path, harm: Callable[[Path], object], level: Level, words: str
) -> None:
    """What would end `run` with status 3 is told before; a good store is not talked about."""
    assert "keys" not in found(config)
    harm(config.parent / "data" / "matrix")
    finding = found(config)["keys"]
    assert (level, True) == (finding.level, words in finding.sentence), finding
    assert finding.advice


async def test_a_revoked_token_is_not_taken_for_a_server_that_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Synapse answers 401 even to the question for its versions if such a token comes along."""
    asked: dict[str, str] = {}

    async def ask(self: Caller, _method: str, path: str, _body: object = None) -> Answer:
        asked[path.rpartition("/")[2]] = self.token
        return Answer(401 if self.token else 200, {"errcode": "M_UNKNOWN_TOKEN"})

    monkeypatch.setattr(Caller, "ask", ask)
    seen = await look("https://school.example", "syt_revoked", USER)
    assert {"versions": "", "whoami": "syt_revoked"} == asked
    assert (True, 401) == (seen.versions.fine, seen.owner.status)


def test_a_damaged_session_hides_nothing_else(config: Path) -> None:
    """The server is looked at, too, whatever is wrong with the login here."""
    (config.parent / "data" / "matrix" / "session.json").write_text("{", encoding="utf-8")
    findings = found(config)
    assert Level.FAIL is findings["login"].level
    assert Level.OK is findings["server"].level


def test_a_folder_that_is_a_file(config: Path) -> None:
    """The settings line says so; no other guesses at it."""
    shutil.rmtree(config.parent / "data")
    (config.parent / "data").write_text("x", encoding="utf-8")
    findings = found(config)
    assert Level.FAIL is findings["settings"].level
    assert {"store", "keys"}.isdisjoint(findings)


def test_the_server_of_the_example_is_not_asked(tmp_path: Path) -> None:
    """A file that was not filled in yet lets nobody be called."""
    (tmp_path / "bot.yaml").write_text("", encoding="utf-8")
    findings = found(tmp_path / "bot.yaml")
    assert Level.FAIL is findings["settings"].level
    assert "server" not in findings
    run = comenius("run", "--config", str(tmp_path / "bot.yaml"))
    assert (1, True) == (run.returncode, "names no homeserver of yours yet" in run.stderr)


def test_anybody_may_invite_it(config: Path) -> None:
    """One star lets the whole world in: that is said."""
    text = config.read_text(encoding="utf-8").replace("[school.example]", "['*']")
    config.write_text(text, encoding="utf-8")
    assert Level.WARN is found(config)["invitations"].level


def test_the_recovery_key_waits(config: Path) -> None:
    """As long as it lies there, it is said."""
    (config.parent / "data" / "matrix" / "recovery.key").touch()
    assert Level.WARN is found(config)["recovery key"].level


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    """Each mistake is a line; without a file there is still something to say."""
    path = tmp_path / "bot.yaml"
    path.write_text("zone: Paris\nlanguages: [xx]\n", encoding="utf-8")
    lines = [str(one) for one in asyncio.run(examine(path, {}))]
    assert any(line.startswith("FAIL  settings: zone:") for line in lines)
    assert any(line.startswith("FAIL  settings: languages[0]:") for line in lines)
    assert any(line.startswith("warn  invitations: Nobody") for line in lines)
    none = asyncio.run(examine(tmp_path / "none.yaml", {}))
    assert ["settings", "python", "packages"] == [one.name for one in none]


def test_rooms_that_are_damaged(config: Path) -> None:
    """A damaged file is counted, and left where it is: the doctor mends nothing."""
    (room,) = (config.parent / "data" / "projects").glob("*/*.json")
    room.write_text("{", encoding="utf-8")
    finding = found(config)["store"]
    assert Level.FAIL is finding.level
    assert "1 file is damaged" in finding.sentence
    assert "{" == room.read_text(encoding="utf-8")


def test_others_on_the_machine(config: Path) -> None:
    """A folder that is open to all is a failure; chmod mends it."""
    data = config.parent / "data"
    data.chmod(0o755)
    (data / "matrix" / "session.json").chmod(0o644)
    finding = found(config)["privacy"]
    assert Level.FAIL is finding.level
    subprocess.run(finding.advice.removeprefix("Run: ").split(), check=True)
    assert 0o700 == stat.S_IMODE(data.stat().st_mode)
    assert "privacy" not in found(config)


def test_beside_a_running_bot(config: Path) -> None:
    """It is seen to run, and is not disturbed: nothing in its folder changes."""
    data = config.parent / "data"
    lock = Directory(data)
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    assert is_running(data)
    done = comenius("doctor", "--config", str(config))
    assert "The bot is running." in done.stdout
    assert before == {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    lock.release(whole=True)
    assert not is_running(data)


def test_signatures_are_checked() -> None:
    """A server that makes a signature up, or swaps a key, convinces nobody."""
    keys = signed_keys()
    assert Trusted.YES is trusted(Answer(200, keys), USER, "ABC")
    assert Trusted.NO_KEYS is trusted(Answer(200, keys), USER, "XYZ")
    other = signed_keys()
    swapped = keys | {"master_keys": other["master_keys"]}
    assert Trusted.NO_IDENTITY is trusted(Answer(200, swapped), USER, "ABC")
    unsigned = keys | {"device_keys": other["device_keys"]}
    assert Trusted.NOT_SIGNED is trusted(Answer(200, unsigned), USER, "ABC")
    nonsense: list[dict[str, Any]] = [
        {},
        {"device_keys": 7},
        {"device_keys": {USER: {"ABC": []}}},
        keys | {"master_keys": []},
    ]
    for rubbish in nonsense:
        assert Trusted.YES is not trusted(Answer(200, rubbish), USER, "ABC")


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(None, "warn"), (0.4, "ok"), (-4.9, "ok"), (5.1, "warn"), (-59, "warn"), (61, "FAIL")],
)
def test_clocks(seconds: float | None, level: str) -> None:
    """Five seconds do no harm; more than a minute makes reminders wrong."""
    assert level == homeserver.clock(seconds).level


def test_how_fast_the_bot_may_speak(tmp_path: Path) -> None:
    """An admin sees the limit; a monitor has counted; else the sentence for the admin is told."""

    def told(limits: Answer, throttled: int | None) -> dict[str, str]:
        return {one.name: one.level for one in homeserver.pace(limits, USER, throttled)}

    forbidden = Answer(403)
    assert {"rate limits": "warn"} == told(forbidden, None)
    assert {"rate limits": "warn"} == told(forbidden, 3)
    assert {"rate limits": "ok"} == told(forbidden, 0)
    override = Answer(200, {"messages_per_second": 0, "burst_count": 0})
    assert {"power": "warn", "rate limits": "ok"} == told(override, None)
    assert {"power": "warn", "rate limits": "warn"} == told(Answer(200), None)


def test_time_zones_grow_old() -> None:
    """Two years without an update, and deadlines may be an hour off."""
    assert Level.OK is machine.zones("UTC", datetime(2026, 1, 1, tzinfo=UTC)).level
    assert Level.WARN is machine.zones("UTC", datetime(2045, 1, 1, tzinfo=UTC)).level


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Told before it is too late, and when it is."""
    for free, level in ((10**6, "FAIL"), (10**8, "warn"), (10**12, "ok")):
        monkeypatch.setattr(
            shutil, "disk_usage", lambda _path, free=free: type("D", (), {"free": free})
        )
        assert level == machine.space(tmp_path / "not" / "there").level


def test_languages() -> None:
    """A language without a catalog cannot be spoken."""
    assert Level.FAIL is machine.catalog("xx").level
    assert "sentences" in machine.catalog("fr").sentence


def test_a_survey_of_nothing(tmp_path: Path) -> None:
    """A folder that is not there yet is empty."""
    seen = survey(tmp_path / "none")
    assert (0, 0, 0, "") == (seen.unreadable, seen.quarantined, seen.exposed, seen.trouble)
    assert not is_running(tmp_path / "none")


def test_a_second_copy() -> None:
    """Only another session of our name that was at work just now."""
    kept = Session(USER, "ABC", "t")
    now = time.time() * 1000
    for device, name, seen, count in (
        ("ABC", "Comenius", now, 0), ("X", "Element", now, 0), ("X", "Comenius", now - 10**7, 0),
        ("X", "Comenius", None, 0), ("X", "Comenius", now, 1),
    ):  # fmt: skip
        one = {"device_id": device, "display_name": name, "last_seen_ts": seen}
        answer = Answer(200, {"devices": [one, 7]})
        assert count == len(list(homeserver.other_copies(answer, kept, "Comenius")))


def test_figures_of_a_running_bot(config: Path, server: Homeserver) -> None:
    """Where a monitor may ask, the doctor does, too: was it told to wait."""
    port = int(server.address.rpartition(":")[2])
    settings = load(config).model_copy(
        update={"health": Settings().health.model_copy(update={"port": port})}
    )
    patient = Patient(config, settings, {}, running=True)
    assert asyncio.run(homeserver.throttled(patient)) is None
    assert ("GET", "/metrics") in server.asked


def test_a_session_needs_no_password(config: Path) -> None:
    """Who is logged in is not asked for what systemd gives at each start; who is not, is."""
    text = config.read_text(encoding="utf-8").replace("  password_file: password\n", "")
    config.write_text(text, encoding="utf-8")
    assert Level.OK is found(config)["settings"].level
    (config.parent / "data" / "matrix" / "session.json").unlink()
    assert Level.FAIL is found(config)["settings"].level


def test_what_trust_tells() -> None:
    """An admin reads whether all is well, and what to do if not."""
    values = {"device": "ABC", "fingerprint": "abcd efgh", "cross_signed": True, "backup": "3",
              "identity": "ours", "secret_storage": True, "backed_up": 7, "sessions": 8,
              "fallback_key": True, "recovery_key_waits": False, "trouble": ""}  # fmt: skip
    good = TrustState(**values)  # type: ignore[arg-type]
    lines = trusting.told(good)
    assert "Device ABC, fingerprint abcd efgh" == lines[0]
    assert "Cross-signed: others see this device as verified by its owner." == lines[1]
    assert "Key backup: version 3, 7 of 8 room keys are in it." == lines[2]
    assert 4 == len(lines)
    for identity, words in (("none", "no identity yet"), ("foreign", "not of here")):
        change = {"cross_signed": False, "identity": identity, "backup": None, "trouble": "Do it."}
        lines = trusting.told(TrustState(**{**values, **change}))  # type: ignore[arg-type]
        assert words in lines[1]
        assert "Key backup: none." in lines[2]
        assert "Do it." == lines[-1]
