"""The terminal room and the JSON-lines interface, as somebody outside uses them."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
COMENIUS = [sys.executable, "-m", "bot"]
SUNDAY = ("--now", "2026-11-22T15:00:00+01:00", "--zone", "Europe/Paris")
LEA, MAX = "@lea:pau.example", "@max:koln.example"
Line = dict[str, Any]


def run(*options: str, typed: Iterable[str], **environment: str) -> str:
    """Run comenius with these lines on standard input; return what it writes."""
    done = subprocess.run(
        [*COMENIUS, *options],
        cwd=ROOT,
        env=os.environ | environment,
        input="".join(f"{line}\n" for line in typed).encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert 0 == done.returncode, done.stderr.decode()
    assert b"" == done.stderr
    return done.stdout.decode("utf-8")


def talk(*lines: object, data: Path | None = None, start: tuple[str, ...] = SUNDAY) -> list[Line]:
    """Send JSON lines (a text goes as it is); return the answers."""
    typed = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    keep = ("--data", str(data)) if data else ()
    answered = run("console", "--jsonl", *start, *keep, typed=typed)
    return [json.loads(line) for line in answered.splitlines()]


def bodies(lines: Iterable[Line]) -> list[str]:
    return [line["body"] for line in lines if line.get("kind") in {"notice", "text"}]


def answer_to(number: int, lines: list[Line]) -> list[Line]:
    """Return what was written for the input line of this number, without its `done`."""
    ends = {line["done"]: i for i, line in enumerate(lines) if "done" in line}
    return lines[ends.get(number - 1, 0) + 1 : ends[number]]


# --- JSON lines: what comes in ---------------------------------------------------------------


BAD = [
    ("hello", "not JSON: Expecting value: line 1 column 1 (char 0)"),
    ("", "not JSON: "),
    ('["say", "!tasks"]', "an object is expected"),
    ("{}", "exactly one of say, react, redact, vote, "),
    ({"say": "!tasks", "react": "x"}, "exactly one of say, react, redact, vote, "),
    ({"sing": "!tasks"}, "exactly one of say, react, redact, vote, "),
    ({"say": 14}, "say: a text is expected"),
    ({"say": "!tasks", "as": None}, "as: a text is expected"),
    ({"say": "!tasks", "id": 7}, "id: a text is expected"),
    ({"say": "!tasks", "direct": "yes"}, "direct: true or false is expected"),
    ({"say": "!tasks", "mentions": "@lea"}, "mentions: a list of texts is expected"),
    ({"join": True, "power": "high"}, "power: a whole number is expected"),
    ({"react": "x"}, "to: a text is expected"),
    ({"clock": "tomorrow"}, "clock: an ISO 8601 moment is expected"),
    ({"clock": "2026-11-27T09:00:00"}, "clock: the moment needs an offset"),
    ({"clock": "2026-11-01T09:00:00+01:00"}, "clock: time does not go back"),
    ("[" * 100_000, "not JSON: "),
]


def test_bad_input_is_answered_and_on_it_goes() -> None:
    """Each line that cannot be taken is answered with the reason; the next one is served."""
    lines = talk(*(line for line, _error in BAD), {"say": "!tasks", "as": LEA})

    ready, *answers = lines
    assert {"ready": True, "user": "@comenius:example.org"} == ready
    errors = answers[: len(BAD)]
    assert list(range(1, len(BAD) + 1)) == [one["done"] for one in errors]
    for told, (_line, error) in zip(errors, BAD, strict=True):
        assert told["error"].startswith(error)
    assert ["Tasks · nothing open."] == bodies(answers[len(BAD) :])
    assert len(BAD) + 1 == answers[-1]["done"]


def test_bytes_that_are_no_text_are_an_error() -> None:
    """Broken UTF-8 ends nothing."""
    done = subprocess.run(
        [*COMENIUS, "console", "--jsonl", *SUNDAY],
        cwd=ROOT,
        input=b"\xff\xfe\n" + json.dumps({"say": "!tasks"}).encode() + b"\n",
        capture_output=True,
        timeout=60,
        check=True,
    )

    ready, error, notice, _done = [json.loads(line) for line in done.stdout.splitlines()]
    assert ready["ready"]
    assert "not JSON" in error["error"]
    assert "notice" == notice["kind"]


def test_a_task_from_its_card_to_its_reminder() -> None:
    """The fields of every kind of line that a first task brings."""
    lines = talk(
        {"join": True, "as": LEA, "name": "Léa"},
        {"invite": True, "as": LEA},
        {"say": "!task film by friday", "as": LEA, "id": "$1"},
        {"say": "!1 done", "as": LEA, "reply_to": "$1", "id": "$2"},
        {"redact": "$2", "as": LEA, "id": "$3"},
        {"clock": "2026-11-27T09:00:00+01:00"},
    )

    card, *buttons = [one for one in answer_to(3, lines) if one.get("kind") != "edit"]
    at = "2026-11-22T15:00:00+01:00"
    expected = {
        "event": f"${card['txn']}",
        "txn": card["txn"],
        "room": "!room:example.org",
        "kind": "notice",
        "body": "#1 · film · Fri 27 Nov, 18:00 Paris",
        "html": "#1 · <b>film</b> · Fri 27 Nov, 18:00 Paris",
        "mentions": [],
        "reply_to": "$1",
        "at": at,
    }
    assert expected == card
    assert ["✅", "✋"] == [one["key"] for one in buttons]
    assert {card["event"]} == {one["relates_to"] for one in buttons}
    join, hello, board, pin = answer_to(2, lines)
    assert ["join", "notice", "notice", "pin"] == [one["kind"] for one in (join, hello, board, pin)]
    assert board["event"] == pin["relates_to"]
    tick, edit = answer_to(4, lines)
    assert ("reaction", "✅", "$2") == (tick["kind"], tick["body"], tick["relates_to"])
    assert ("edit", card["event"], []) == (edit["kind"], edit["relates_to"], edit["mentions"])
    assert "#1 ✅ · film" in edit["body"]
    assert {"done": 3, "event": "$1"} in lines
    (ringing,) = [one for one in answer_to(6, lines) if one["kind"] == "text"]
    assert [LEA] == ringing["mentions"]
    assert "2026-11-26T18:00:00+01:00" == ringing["at"]


def test_a_made_up_id_never_repeats() -> None:
    """Where no id is given one is made up and told."""
    ids = [one["event"] for one in talk(*[{"say": "hello"}] * 20) if "done" in one]

    assert 20 == len(set(ids))


def test_the_same_id_is_done_once() -> None:
    """A message that comes twice is one message."""
    line = {"say": "!task film", "as": LEA, "id": "$same"}

    lines = talk(line, line, {"say": "!tasks", "as": LEA})

    assert [] == answer_to(2, lines)
    assert ["Tasks\n#1 · film"] == bodies(answer_to(3, lines))


def test_a_direct_message_is_answered_there() -> None:
    """What is for one person alone is told in their own room."""
    lines = talk({"say": "!task film", "as": LEA}, {"say": "my data", "as": LEA, "direct": True})

    answer, file = answer_to(2, lines)
    assert {"!direct-lea:pau.example"} == {answer["room"], file["room"]}
    assert "1 task" in answer["body"]
    assert "my-data.json" == file["file"]


def test_power_is_what_the_last_join_says() -> None:
    """Somebody who joins again with another power may do more, or less."""
    add = {"say": "!partner add PAU Pau fr", "as": MAX}
    lines = talk(
        {"join": True, "as": MAX, "power": 0},
        add,
        {"join": True, "as": MAX, "power": 50},
        add,
        {"join": True, "as": MAX, "power": 0},
        add,
    )

    assert ["Only a teacher can do that."] == bodies(answer_to(2, lines))
    assert "PAU · fr · Europe/Paris" in bodies(answer_to(4, lines))[0]
    assert ["Only a teacher can do that."] == bodies(answer_to(6, lines))


def test_what_has_no_effect_yet_is_taken() -> None:
    """Votes and files are part of the interface although nobody listens to them yet."""
    lines = talk(
        {"vote": ["1"], "to": "$poll", "as": LEA},
        {"poll_end": "$poll", "as": LEA},
        {"file": "a.csv", "content": "YQ==", "mimetype": "text/csv", "as": LEA},
        {"topic": "Ports of Europe", "as": LEA},
        {"leave": True, "as": LEA},
        {"kick": True},
    )

    assert [1, 2, 3, 4, 5, 6] == [one["done"] for one in lines[1:]]
    assert not [one for one in lines if "error" in one]


def test_time_runs_by_itself_without_now() -> None:
    """A clock that runs cannot be set."""
    lines = talk({"clock": "2100-01-01T00:00:00+00:00"}, start=())

    assert "clock: time only stands still with --now" == lines[1]["error"]


# --- JSON lines: what survives ----------------------------------------------------------------


def test_a_restart_rings_what_was_missed(tmp_path: Path) -> None:
    """Downtime is an exit and a restart on the same folder with a later --now."""
    talk({"say": "!task film by friday", "as": LEA, "id": "$1"}, data=tmp_path / "data")
    later = ("--now", "2026-11-26T22:30:00+01:00", "--zone", "Europe/Paris")

    lines = talk({"clock": "2026-11-27T07:00:00+01:00"}, data=tmp_path / "data", start=later)

    ringing = [one for one in lines if one.get("kind") == "text"]
    assert ["2026-11-27T07:00:00+01:00"] == [one["at"] for one in ringing]
    assert "film" in ringing[0]["body"]
    assert [LEA] == ringing[0]["mentions"]


def test_nothing_is_lost_or_said_twice_when_it_is_killed(tmp_path: Path) -> None:
    """Killed again and again amid 200 commands: each is done once, numbers have no gap."""
    commands = [
        {"say": f"!task Poster{number}", "as": f"@p{number % 25}:x", "id": f"$k{number}"}
        for number in range(200)
    ]
    written: list[Line] = []
    done = 0
    for stop in (1, 23, 60, 61, 110, 170, 200):
        # what was not acknowledged is sent again, and some of what was
        done = max(0, done - 3)
        done += _killed_after(stop - done, commands[done:], tmp_path, written)

    cards = {one["reply_to"]: one for one in written if one.get("kind") == "notice"}
    assert {one["id"] for one in commands} == set(cards)
    numbers: dict[str, int] = {}
    for one in written:
        if one.get("kind") == "notice":
            number, title = re.findall(r"#(\d+) · (Poster\d+)", one["body"])[0]
            assert numbers.setdefault(title, int(number)) == int(number)
    assert list(range(1, 201)) == sorted(numbers.values())
    by_transaction: dict[str, Line] = {}
    for one in written:
        if "txn" in one:
            assert by_transaction.setdefault(one["txn"], one)["event"] == one["event"]
    said = [one["reply_to"] for one in by_transaction.values() if one["kind"] == "notice"]
    assert len(said) == len(set(said))


def _killed_after(number: int, commands: list[Line], folder: Path, written: list[Line]) -> int:
    """Send all *commands*, kill at the `done` of this number; return how many were done."""
    process = subprocess.Popen(
        [*COMENIUS, "console", "--jsonl", *SUNDAY, "--data", str(folder / "data")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"".join(json.dumps(one).encode() + b"\n" for one in commands))
    process.stdin.flush()
    last = 0
    for line in process.stdout:
        told = json.loads(line)
        assert "error" not in told
        written.append(told)
        last = told.get("done", last)
        if last >= number:
            break
    process.kill()
    # What was already in the pipe was written before the kill; its last line may be cut short.
    for line in process.stdout.read().split(b"\n")[:-1]:
        written.append(json.loads(line))
        last = written[-1].get("done", last)
    process.stdin.close()
    process.stdout.close()
    process.wait()
    return last


# --- the terminal room -------------------------------------------------------------------------


def test_the_terminal_reads_from_a_pipe() -> None:
    """Everything that happens is printed, without a colour, and the end of the input ends it."""
    shown = run(
        "console",
        *SUNDAY,
        typed=[
            "!task Été by friday",
            ":as Léa",
            ":react ✅",
            ":reply #1 todo",
            ":as Max teacher",
            ":edit never mind",
            "!1 = Winter",
            ":edit !1 = Printemps",
            ":redact",
            ":who",
            ":time +1d",
            ":time fri 17:00",
            ":dm !my data",
            ":as léa",
            ":lang fr",
            "!moi",
        ],
    )

    for line in (
        "── Sunday 22 November 2026 ──",
        "15:00       Ana (coordinator) joins",
        "15:00    3  Ana> !task Été by friday",
        "15:00    4  bot> #1 · Été · Fri 27 Nov, 18:00 Paris   [✅ ✋]",
        "15:00       Léa (pupil) joins",
        "15:00       Léa ✅ on: #1 · Été · Fri 27 Nov, 18:00 Paris",
        "15:00       bot edits #1> #1 ✅ · Été · Fri 27 Nov, 18:00 Paris",
        "15:00    5  Léa (replying)> todo",
        "15:00       Max (teacher) joins",
        "            There is no message of Max yet.",
        "15:00       Max (editing)> !1 = Printemps",
        "15:00       bot edits #1> #1 · Printemps · Fri 27 Nov, 18:00 Paris",
        "15:00       Max takes back: !1 = Printemps",
        "            Max, teacher",
        "── Friday 27 November 2026 ──",
        "            You are Léa now.",
        "            Goodbye.",
    ):
        assert f"{line}\n" in shown
    assert "bot [rings Ana]> ⏰ #1 · 27.11. 18:00 Paris · @Ana" in shown
    assert "bot (to Max)> Name Max" in shown
    assert "bot> Tes tâches" in shown
    assert "\033" not in shown


CANNOT = [
    (":dance", "There is no :dance here. :help shows what there is."),
    (":help", ":as Léa"),
    (":as", "As whom? For example :as Léa, or :as Weber teacher"),
    (":time", "Until when? For example :time +1d, fri 17:00, 2026-11-27 09:00"),
    (":time +soon", "How long? For example :time +1d, +2h, +30min"),
    (":time 2026-11-01", "Until when? For example :time +1d, fri 17:00, 2026-11-27 09:00"),
    (":react", "With what? For example :react ✅, or :react 14 ✅"),
    (":react 99 ✅", "There is no message 99; the newest is 2."),
    (":react #7 ✅", "There is no message of #7 yet."),
    (":vote 1", "There is no poll to tap yet."),
    (":vote blue", "Which answer? For example :vote 2"),
    (":reply", "What? For example :reply done, or :reply 14 done"),
    (":edit", "To what? For example :edit !task Film the tour by friday"),
    (":redact 99", "There is no message 99; the newest is 2."),
    (":dm", "What? For example :dm !my data"),
]


def test_the_terminal_says_what_it_cannot_do() -> None:
    """Each line that cannot be done is answered kindly, in turn, and none changes anything."""
    rest = run("console", *SUNDAY, typed=[*(typed for typed, _told in CANNOT), "!tasks"])

    for typed, told in CANNOT:
        _before, found, rest = rest.partition(told)
        assert told == found, typed
    assert "    3  Ana> !tasks\n" in rest


def test_the_terminal_finds_its_people_again(tmp_path: Path) -> None:
    """A room that was kept is opened again, with everybody in it."""
    keep = ("console", "--data", str(tmp_path / "data"))
    run(*keep, *SUNDAY, typed=[":as Léa", "!task Film the tour by friday"])

    shown = run(*keep, "--now", "2026-11-26T18:05:00+01:00", typed=[":as léa", "!tasks"])

    assert "You are Ana (coordinator)." in shown
    assert "bot comes in" not in shown
    assert "bot [rings Léa]> ⏰ #1" in shown
    assert "#1 · Film the tour" in shown


def test_a_poll_is_tapped_in_the_terminal() -> None:
    """The newest poll, by the number of the answer; another tap changes the vote."""
    shown = run(
        "console",
        *SUNDAY,
        typed=[
            "!poll Logo? blue / green",
            ":vote 1",
            ":vote 2",
            ":as Léa",
            ":vote 2",
            ":vote",
            "!results",
        ],
    )

    assert "15:00       Ana votes 2 in: Logo?\n" in shown
    assert "15:00       Léa votes - in: Logo?\n" in shown
    assert "Q1 · Logo? · green: 1 · blue: 0" in shown


def test_with_a_running_clock_time_is_left_alone() -> None:
    """Without --now the clock is the real one."""
    shown = run("console", typed=[":time +1d"])

    assert "Time runs by itself here." in shown


def test_utf_8_whatever_the_locale_says() -> None:
    """Accents and emoji come through in a terminal that is set up for less."""
    shown = run("console", *SUNDAY, typed=["!task Été"], LC_ALL="C", PYTHONUTF8="0")

    assert "#1 · Été   [✅ ✋]" in shown


def test_two_terminals_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second one says so, without a traceback."""
    first = subprocess.Popen(
        [*COMENIUS, "console", "--jsonl", "--data", str(tmp_path / "data")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert first.stdout
    first.stdout.readline()

    second = subprocess.run(
        [*COMENIUS, "console", "--data", str(tmp_path / "data")],
        cwd=ROOT,
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )
    first.communicate(b"")

    assert 1 == second.returncode
    assert b"another process already works in" in second.stderr
    assert b"Traceback" not in second.stderr


# --- the demo -----------------------------------------------------------------------------------


def test_the_demo_plays_and_ends() -> None:
    """With nobody to type, the week is printed and that is all."""
    shown = run("demo", typed=[])

    assert shown.startswith("Ports of Europe")
    assert "bot [rings " in shown
    assert "FR  " in shown
    assert "EN  " in shown
    assert "Goodbye" not in shown


def test_the_demo_in_one_language() -> None:
    """A room that reads English only is greeted in English."""
    shown = run("demo", "--languages", "en", "--fast", typed=[])

    assert "bot> Hello! I keep tasks" in shown


# --- a person at the keyboard ---------------------------------------------------------------


def at_keyboard(*options: str, typed: Iterable[tuple[str, str]], **environment: str) -> str:
    """Run comenius in a terminal: wait for the first text of each pair, then type the second.

    Return all that the terminal showed. The exit status must be 0.
    """
    main, inside = pty.openpty()
    environment = {"TERM": "xterm", **environment}
    process = subprocess.Popen(
        [*COMENIUS, *options],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
        preexec_fn=_own_terminal,  # noqa: PLW1509 - so that Ctrl-C reaches it; no thread here
    )
    os.close(inside)
    shown = b""
    at = 0
    for wanted, keys in typed:
        while (found := shown.find(wanted.encode(), at)) < 0:
            shown += _shown(main)
        at = found + len(wanted.encode())
        os.write(main, keys.encode())
    while more := _shown(main):
        shown += more
    os.close(main)
    assert 0 == process.wait(30), shown.decode(errors="replace")
    return shown.decode(errors="replace")


def _own_terminal() -> None:
    """Take the terminal, and Ctrl-C with it: who tests in the background may be deaf to it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _shown(main: int) -> bytes:
    ready, _out, _error = select.select([main], [], [], 60)
    assert ready, "nothing is shown any more"
    try:
        return os.read(main, 65536)
    except OSError:  # the other side is closed
        return b""


def test_ctrl_d_ends_politely() -> None:
    """Somebody types, sees numbers and colours, and leaves."""
    shown = at_keyboard(
        "console",
        *SUNDAY,
        typed=[
            ("3  Ana> ", "!task Été by friday\r"),
            ("5  Ana> ", ":react 4 ✅\r"),
            ("5  Ana> ", "\x04"),
        ],
    )

    assert "\033[" in shown
    assert "#1 ✅ · Été" in shown
    assert shown.rstrip().removesuffix("\033[0m").endswith("Goodbye.")


def test_ctrl_c_ends_politely() -> None:
    """Ctrl-C is no accident, even in the middle of a line."""
    shown = at_keyboard("console", typed=[("3  Ana> ", "!task fi"), ("!task fi", "\x03")])

    assert shown.rstrip().endswith("Goodbye.")
    assert "Traceback" not in shown


def test_ctrl_c_ends_the_demo() -> None:
    """Who has seen enough may leave."""
    shown = at_keyboard("demo", "--pace", "5", typed=[("Ports of Europe", "\x03")])

    assert shown.rstrip().endswith("Goodbye.")
    assert "Traceback" not in shown


def test_after_the_demo_the_room_is_yours() -> None:
    """The same room goes on, with its people and its tasks."""
    shown = at_keyboard(
        "demo",
        "--fast",
        NO_COLOR="1",
        typed=[("Mme Dupont> ", "")] * 4
        + [
            ("The room is yours.", ""),
            ("Mme Dupont> ", ":as Maja\r"),
            ("Maja> ", "!mine\r"),
            ("Maja> ", ":time +1d\r"),
            ("Maja> ", ":quit\r"),
        ],
    )

    assert "You are Maja now." in shown
    assert "── Wednesday 2 December 2026 ──" in shown


def test_a_reminder_rings_while_somebody_types() -> None:
    """With a running clock a reminder appears by itself, and the line goes on below it."""
    shown = at_keyboard(
        "console",
        NO_COLOR="1",
        typed=[
            ("3  Ana> ", "!remind me to breathe in 2 seconds\r"),
            ("5  Ana> ", "half a li"),
            ("[rings Ana]> ⏰ R1", ""),
            ("6  Ana> ", "\x04\x03"),
        ],
    )

    assert "Reminder: breathe" in shown
