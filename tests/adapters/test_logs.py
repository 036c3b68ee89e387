"""The log: one line each, its facts by name, and nobody in it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import faults
from bot.adapters.logs import HIDDEN, LONGEST, JsonForm, TextForm, mask, set_up
from bot.app import declared
from bot.settings.schema import Form, Level, Log
from tests.commands.conftest import LEA, MARTIN, WEBER
from tests.conftest import Open, bodies

SetUp = Callable[..., io.StringIO]


@pytest.fixture
def logged() -> Iterator[SetUp]:
    """Return a function that sets the log up and returns what will be written."""
    root, names = logging.getLogger(), ("bot", "commands")
    handlers, levels = root.handlers[:], {one: logging.getLogger(one).level for one in names}
    level, hooks = root.level, (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def set_up_here(form: Form = Form.TEXT, wanted: Level = Level.DEBUG) -> io.StringIO:
        stream = io.StringIO()
        for one in root.handlers[:]:  # pytest's own: `force` would close them
            root.removeHandler(one)
        set_up(Log(form=form, level=wanted), stream)
        return stream

    yield set_up_here
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def failed(error: Exception) -> Exception:
    """Return *error* as it is when it was raised somewhere."""

    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        fail()
    return error


# --- how a line looks -----------------------------------------------------------------------------


def test_a_line_for_people(logged: SetUp) -> None:
    """Time in UTC, level, logger's short name, sentence, facts as name=value."""
    log = logged()
    logging.getLogger("bot.adapters.matrix.engine").warning(
        "no sync, again in %.1f s", 2.5, extra=faults.facts("AB12", failures=3, why="hung up")
    )

    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ WARNING matrix\.engine: no sync, again in 2\.5 s"
        r' reference=AB12 failures=3 why="hung up"\n',
        log.getvalue(),
    )


def test_a_line_for_programs(logged: SetUp) -> None:
    """One object a line, with the same in it."""
    log = logged(Form.JSON)
    logging.getLogger("bot.delivery").info("all is sent", extra=faults.facts("AB12", entries=4))
    (line,) = log.getvalue().splitlines()
    told = json.loads(line)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told.pop("time"))
    assert {
        "level": "info",
        "logger": "delivery",
        "event": "all is sent",
        "reference": "AB12",
        "facts": {"entries": 4},
    } == told


def test_a_mistake_is_told_by_its_place(logged: SetUp) -> None:
    """Kind and place of an exception, none of its words, in one line."""
    log = logged(Form.JSON)
    error = failed(ValueError("Léa wrote a poem"))
    faults.tell(logging.getLogger("bot.dispatcher"), "a bug while hearing", error, "AB12")
    logging.getLogger("bot.language.catalog").error("a catalog is broken", exc_info=error)
    first, second = (json.loads(line) for line in log.getvalue().splitlines())

    assert "AB12" == first["reference"]
    assert "a bug while hearing" == first["event"]
    for one in (first, second):
        assert "ValueError" == one["facts"]["error"]
        assert one["facts"]["at"].startswith("test_logs.py:")
    assert "poem" not in log.getvalue()


def test_what_is_not_wanted_is_not_written(logged: SetUp) -> None:
    """The level counts for ours; of libraries only warnings and worse are told, at any level."""
    log = logged(wanted=Level.INFO)
    logging.getLogger("bot.app").debug("a detail")
    logging.getLogger("aiohttp.access").info("GET /")
    assert "" == log.getvalue()
    log = logged(wanted=Level.ERROR)
    logging.getLogger("bot.app").warning("a warning")
    logging.getLogger("asyncio").warning("a warning")
    assert "" == log.getvalue()


def test_a_record_is_one_line(logged: SetUp) -> None:
    """Nobody writes a second line by a line break, nor colours by control signs."""
    log = logged()
    logging.getLogger("bot.app").info("one%s", "\r\n2026-11-22 ERROR forged\x1b[31m\u2028\u202e")

    assert 1 == log.getvalue().count("\n")
    assert log.getvalue()[:-1].isprintable()


@pytest.mark.parametrize("form", list(Form))
def test_facts_that_are_no_facts(logged: SetUp, form: Form) -> None:
    """A value of another kind is told by its kind; a broken record is a line all the same."""

    class Broken:
        def __str__(self) -> str:
            raise ValueError("Léa's words")

    log = logged(form)
    logger = logging.getLogger("bot.app")
    extra = {"facts": {"list": ["Léa"], "none": None, "nan": float("nan")}, "reference": Broken()}
    logger.info("strange", extra=extra)
    logger.info("also strange", extra={"facts": "Léa"})
    logger.info("%s", Broken())
    logger.info("%d", "Léa")
    written = log.getvalue()

    assert 4 == written.count("\n")
    assert "Léa" not in written
    assert 2 == written.count("a message that cannot be told, from test_logs.py:")
    if form is Form.JSON:
        told = json.loads(written.splitlines()[0])
        assert {"list": "list", "none": "NoneType", "nan": "nan"} == told["facts"]


def test_a_stream_that_is_gone_shows_nothing(
    logged: SetUp, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python would print the record with its arguments instead."""
    logged().close()
    logging.getLogger("bot.app").info("of %s", "Léa")

    assert ("", "") == capsys.readouterr()


# --- nobody is in it ------------------------------------------------------------------------------

LETTERS = st.characters(codec="utf-8", exclude_categories=("Z", "C"), exclude_characters=":")
LOCAL = st.text(LETTERS, max_size=30).map(lambda one: f"zq{one}")
_HOST = r"(zq[a-z0-9-]{1,10}(\.[a-z]{2,8}){0,2}|\[::zq1\])(:[0-9]{2,5})?"
SERVER = st.from_regex(_HOST, fullmatch=True)
BASE64 = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=41)
SHORT = st.from_regex(r"[A-Za-z0-9_]{8,20}", fullmatch=True)
KINDS = st.sampled_from(["syt", "syr", "syl", "mat", "mcr", "mct"])
OLD_IDS = st.builds(lambda sign, local, server: f"{sign}{local}:{server}",
                    st.sampled_from("@!$#+"), LOCAL, SERVER)  # fmt: skip
NEW_IDS = st.builds(lambda sign, rest: f"{sign}zq{rest[:41]}", st.sampled_from("!$"),
                    BASE64 | SHORT)  # fmt: skip
IN_PATHS = st.builds(lambda sign, local, server: f"/rooms/%{sign}{local}%3A{server}/send",
                     st.sampled_from(["40", "21", "24", "23", "2B", "2b"]),
                     st.from_regex(r"zq[A-Za-z0-9._=-]{1,20}", fullmatch=True), SERVER)  # fmt: skip
TOKENS = st.builds(lambda kind, rest: f"{kind}_zq{rest}", KINDS, BASE64 | SHORT)
SECRETS = st.one_of(
    OLD_IDS,
    NEW_IDS,
    IN_PATHS,
    TOKENS,
    BASE64.map(lambda one: f"zq{one[:41]}"),
    SERVER.map(lambda one: f"https://zq:zq@{one}/zq?access_token=zq"),
    SERVER.map(lambda one: f"mxc://{one}/zqzqzq"),
    LOCAL.map(lambda one: f"Bearer {one}"),
    LOCAL.map(lambda one: f"zq{one}@zq.example"),
)
AROUND = st.text(st.characters(codec="ascii", exclude_characters="zq"), max_size=30)
PLACES = ["%s", "'%s'", "(%s)", "for %s, again", '{"room": "%s"}', "%s\n%s", "%s %s", "zu %s."]


@given(st.lists(SECRETS, min_size=1, max_size=4), AROUND, AROUND, st.sampled_from(PLACES),
       st.sampled_from([TextForm, JsonForm]))  # fmt: skip
def test_whatever_looks_like_an_id_or_a_secret_is_hidden(
    secrets: list[str], before: str, after: str, place: str, form: type[logging.Formatter]
) -> None:
    """In a sentence, its values, its facts and its reference; alone, in quotes, side by side."""
    where = place.replace("%s", " ".join(secrets))
    text = f"{before} {where} {after}"
    for message, values in (("%s", (text,)), (text.replace("%", "%%"), ()), (text, ())):
        record = logging.makeLogRecord({"name": "bot.app", "msg": message, "args": values})
        vars(record).update(reference=secrets[0], facts={"kind": where, f"is {where}": text})
        line = form().format(record)

        assert "zq" not in line.casefold()
        assert line.isprintable()


@given(st.text())
def test_masking_twice_changes_nothing(text: str) -> None:
    """What is masked is safe; and it is never longer than a line may be."""
    masked = mask(text)
    assert masked == mask(masked)
    assert LONGEST >= len(masked)


@pytest.mark.parametrize(
    "text",
    [
        "no sync (ServerDisconnectedError), again in 12.5 s",
        "403 M_FORBIDDEN",
        "ValueError at heart.py:332 < dispatcher.py:120",
        "health.port 8099: address already in use",
        "a project file cannot be read (checksum); 3 set aside, ref 9F3A-11",
        "maintenance forget rooms that were left failed",
        "Each time Ezra used this word here",
        "#14, M2 and R7: 3 of 400 (75 %) in +2 h, 5 < 6 > 4",
    ],
)
def test_what_an_admin_needs_stays(text: str) -> None:
    """Kinds, numbers, places in code and short references are told."""
    assert text == mask(text)


@pytest.mark.parametrize(
    "secret",
    [
        "EsTc 5F5U 4bAx ZYRP 6Z8V vNcj 8dPD wkC4 kAz8 RRxB mbGf 3CB5",
        "JLAFKJWSCS",
        "MDAxOGxvY2F0aW9uIHN5bmFwc2UKMDAxM2lkZW50aWZpZXIga2V5",
    ],
)
def test_keys_and_devices_are_hidden(secret: str) -> None:
    """A recovery key as it is written down, a device, a macaroon."""
    assert f"it is {HIDDEN}" == mask(f"it is {secret}")


def test_an_endless_word_costs_little_and_is_left_out() -> None:
    """Half an id at the place of the cut is not told, nor does a megabyte take seconds."""
    assert mask("a" * 10_000_000).endswith("…")
    assert "zq" not in mask("x " * (LONGEST - 3) + "@zqzqzqzqzqzqzqzq:zq.example")


def test_libraries_are_told_without_their_words(logged: SetUp) -> None:
    """They put names and words where nobody expects them, in sentences made beforehand."""
    log = logged()
    for name in ("nio", "nio.crypto", "aiohttp.server", "apscheduler", "asyncio", "peewee"):
        logging.getLogger(name).warning("Léa Martin wrote: I love %s", "Tom")
        logging.getLogger(name).error("by Léa", exc_info=failed(ValueError("Léa")))
    lines = [line for line in log.getvalue().splitlines() if "nio" not in line]

    assert "Léa" not in log.getvalue()
    assert "Tom" not in log.getvalue()
    assert 6 <= len(lines)  # whoever speaks Matrix has silenced nio and peewee
    for line in lines:
        assert re.search(r": a message of a library, from test_logs\.py:\d+", line)


async def test_a_task_that_nobody_awaits(logged: SetUp) -> None:
    """Asyncio tells the exception with its words; only its kind and place come through."""
    log = logged()

    async def broken() -> None:
        raise KeyError("Léa")

    task = asyncio.ensure_future(broken())
    await asyncio.wait({task})
    loop = asyncio.get_running_loop()
    loop.call_exception_handler(
        {"message": "never retrieved Léa", "exception": task.exception(), "future": task}
    )

    assert re.search(r"ERROR asyncio: .*error=KeyError at=test_logs\.py:\d+", log.getvalue())
    assert "Léa" not in log.getvalue()


def test_what_python_would_print_itself(logged: SetUp, capsys: pytest.CaptureFixture[str]) -> None:
    """An exception that nobody caught, in a thread too, a warning: told, without their words."""
    log = logged()
    error = failed(RuntimeError("Léa"))
    sys.excepthook(RuntimeError, error, error.__traceback__)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    thread = threading.Thread(target=lambda: int("Léa"))
    thread.start()
    thread.join()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("Léa", stacklevel=1)
    lines = log.getvalue().splitlines()

    assert ["RuntimeError", "ValueError"] == re.findall(r"error=(\w+)", log.getvalue())
    assert 3 == len(lines)
    assert " WARNING py.warnings: " in lines[2]
    assert "Léa" not in log.getvalue()
    assert ("", "") == capsys.readouterr()


# --- the whole conversation -----------------------------------------------------------------------


@dataclass
class Broken:
    """Stands for a part of the bot that breaks, with what people wrote in its complaint."""

    def __call__(self, *words: object, **_more: object) -> None:
        raise ValueError(repr(words))


async def test_a_whole_conversation_holds_no_word_and_no_id(
    open_talk: Open, logged: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long story at level DEBUG, then a bug: every line is a line, and nobody is in it."""
    log = logged(Form.JSON)
    async with open_talk() as talk:
        await talk.join(WEBER, "Webersecret", 100)
        await talk.join(LEA, "Leasecret")
        await talk.say("!partner add PAU Pausecret fr", WEBER)
        for who in (WEBER, LEA, MARTIN):
            for one in declared().all:
                await talk.say(f"!{one.example}", who)
                await talk.until(timedelta(seconds=10))
        await talk.say("!task wordsecret by frdiay @lea", MARTIN)
        monkeypatch.setattr(talk.room.dispatcher.assistant.reader, "read", Broken())
        said = bodies(await talk.say("!task my secret wish", LEA))
        monkeypatch.undo()
        await talk.until(timedelta(days=30))
        await talk.kick()
    written = log.getvalue()
    (reference,) = re.findall(r"\(Reference (\w{4})\)", said[0])

    assert [] == [one for one in ("secret", "@", "$in", ".example", "!room") if one in written]
    (line,) = [one for one in written.splitlines() if reference in one]
    told = json.loads(line)
    assert (reference, "ValueError") == (told["reference"], told["facts"]["error"])
