"""The command line: run, console, demo, try, check, export, import."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import typer

from bot import app as pieces
from bot import survival, tryout
from bot.adapters.console.keyboard import somebody_types, speak_utf8
from bot.adapters.console.lines import FIRST_YEAR, LAST_YEAR
from bot.adapters.store import Damaged, DirectoryInUse, DirectoryUnusable
from bot.adapters.synapse import SynapseFailed, SynapseMissing
from bot.language.catalog import SOURCE
from bot.language.catalog import languages as catalogs
from bot.model.sifting import MOST_BYTES
from bot.ports import StoreFull
from bot.settings import Settings, SettingsError, load
from bot.settings import check as check_settings

LOG = "%(asctime)s %(levelname)s %(name)s: %(message)s"

app = typer.Typer(
    name="comenius",
    help="Comenius keeps tasks, deadlines and reminders for partner classes in Matrix rooms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
tries = typer.Typer(help="See what would be understood, as JSON lines.", no_args_is_help=True)
app.add_typer(tries, name="try")
Config = Annotated[Path | None, typer.Option("--config", help="A bot.yaml.")]
Data = Annotated[Path | None, typer.Option("--data", help="Keep the rooms in this folder.")]
Now = Annotated[str | None, typer.Option("--now", help="Let time stand still at this moment.")]
Zone = Annotated[str | None, typer.Option("--zone", help="IANA time zone, like Europe/Paris.")]
Language = Annotated[str, typer.Option("--language", help="Language of the lines: fr")]
Languages = Annotated[str | None, typer.Option("--languages", help="Languages of the room: fr,de")]


def _settings(config: Path | None, zone: str | None, languages: str | None) -> Settings:
    """Return the settings of *config*, or the defaults, changed by the options."""
    settings = _load(config) if config else Settings()
    changes: dict[str, object] = {}
    if zone:
        if zone not in available_timezones():
            raise typer.BadParameter(f"no such time zone: {zone}", param_hint="--zone")
        changes["zone"] = zone
    if languages:
        changes["languages"] = tuple(one.strip() for one in languages.split(",") if one.strip())
    return settings.model_copy(update=changes)


def _moment(text: str | None, zone: str) -> datetime | None:
    """Return the aware moment of *text*; one without offset is meant in *zone*."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("an ISO 8601 moment is expected", param_hint="--now") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        wanted = f"a year from {FIRST_YEAR} to {LAST_YEAR} is expected"
        raise typer.BadParameter(wanted, param_hint="--now")
    place = ZoneInfo(zone)
    return moment.replace(tzinfo=place) if moment.tzinfo is None else moment


@app.command()
def console(  # noqa: PLR0913 - these are the options of a command line
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Speak JSON lines.")] = False,
    data: Data = None,
    config: Config = None,
    now: Now = None,
    zone: Zone = None,
    languages: Languages = None,
) -> None:
    """Open a room in the terminal: no account, no server."""
    settings = _settings(config, zone, languages)
    start = _moment(now, settings.zone)
    patterns = settings.matrix.allow if config else ("*",)
    if jsonl:
        asyncio.run(pieces.json_lines(settings, data, start, tuple(patterns)))
    else:
        _in_terminal(pieces.terminal_room(settings, data, start, colour=_in_colour()))


@app.command()
def demo(
    *,
    pace: Annotated[
        float, typer.Option("--pace", min=0, max=10, help="Seconds between two lines.")
    ] = 0.1,
    fast: Annotated[bool, typer.Option("--fast", help="Without pauses.")] = False,
    languages: Languages = None,
    matrix: Annotated[
        bool, typer.Option("--matrix", help="Serve a room on a real Matrix server instead.")
    ] = False,
) -> None:
    """Play a week of a three-country project; then the room is yours to type in."""
    if matrix:
        sys.exit(_matrix_demo())
    chosen = _settings(None, None, languages).languages if languages else ()
    pause = 0 if fast or not sys.stdout.isatty() else pace
    _in_terminal(pieces.demo(tuple(chosen), pause, colour=_in_colour(), stay=somebody_types()))


def _matrix_demo() -> int:
    """Serve a real room until Ctrl-C; return the exit status."""
    logging.basicConfig(level=logging.WARNING, format=LOG)
    try:
        return asyncio.run(_until_stopped(pieces.matrix_demo(typer.echo)))
    except (SynapseMissing, SynapseFailed) as trouble:
        typer.echo(str(trouble), err=True)
        return 1


def _in_colour() -> bool:
    """Tell whether colours would be seen, and are wanted (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _in_terminal(room: Coroutine[None, None, None]) -> None:
    """Run what a person watches; Ctrl-C ends it politely."""
    speak_utf8()
    try:
        asyncio.run(room)
    except KeyboardInterrupt:
        typer.echo("\nGoodbye.")


@app.command()
def run(
    config: Annotated[Path, typer.Option("--config", help="Your bot.yaml.")] = Path("bot.yaml"),
) -> None:
    """Serve the rooms of the bot's Matrix account."""
    settings = _load(config)
    logging.basicConfig(level=settings.log.level.upper(), format=LOG)
    sys.exit(asyncio.run(_until_stopped(pieces.run(settings, os.environ, typer.echo))))


async def _until_stopped(work: Coroutine[None, None, None]) -> int:
    """Run until SIGINT or SIGTERM; return the exit status."""
    from bot.adapters.matrix import LoginRefused  # noqa: PLC0415 - nio loads slowly

    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        typer.echo("Stopped.")
        return 0
    except LoginRefused as refused:
        typer.echo(f"The homeserver refuses the login. {refused.advice}", err=True)
        return 3
    except OSError as trouble:
        typer.echo(str(trouble), err=True)
        return 1
    return 0


@tries.command("date")
def try_date(language: Language = "en", now: Now = None, zone: Zone = None) -> None:
    """Read phrases, one a line, as dates: "vendredi 18h", "every monday 9:00 until june"."""
    start = _present(now, _settings(None, zone, None).zone)
    _answer_lines(lambda lines: tryout.try_date(lines, language=language, now=start), language)


@tries.command("phrase")
def try_phrase(language: Language = "en", now: Now = None, zone: Zone = None) -> None:
    """Read lines as commands: "tâche film pour vendredi"; which one, and its fields."""
    place = _settings(None, zone, None).zone
    start, commands = _present(now, place), pieces.declared()

    def answer(lines: Iterable[str]) -> Iterator[dict[str, object]]:
        return tryout.try_phrase(lines, commands, language=language, now=start, zone=place)

    _answer_lines(answer, language)


@tries.command("link")
def try_link(
    countries: Annotated[
        str, typer.Option("--countries", help="Countries of the room's partners: FR,PL")
    ] = "",
) -> None:
    """Read texts, one a line, as the charter guard does: the services that their links lead to."""
    try:
        codes = tryout.countries_told(countries)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--countries") from None
    _answer_lines(lambda lines: tryout.try_link(lines, countries=codes), SOURCE)


def _present(now: str | None, zone: str) -> datetime:
    """Return the moment *now* in *zone*; without it the present one."""
    place = ZoneInfo(zone)
    return (_moment(now, zone) or datetime.now(place)).astimezone(place)


def _answer_lines(
    answer: Callable[[Iterable[str]], Iterator[dict[str, object]]], language: str
) -> None:
    """Answer each line of standard input with one of JSON, at once."""
    if language not in catalogs():
        typer.echo(f"There is no catalog for {language} yet: English is used.", err=True)
    speak_utf8()
    for told in answer(sys.stdin):
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        sys.stdout.flush()


@app.command()
def check(
    config: Annotated[Path, typer.Argument(help="Your bot.yaml.")] = Path("bot.yaml"),
) -> None:
    """Tell every mistake of a configuration at once, and what to do about each."""
    problems = check_settings(config, os.environ)
    for problem in problems:
        typer.echo(str(problem))
    typer.echo(f"{config}: all is well." if not problems else f"{len(problems)} to look at.")
    sys.exit(1 if problems else 0)


@app.command("export")
def take_out(  # noqa: PLR0913 - these are the options of a command line
    room: Annotated[str, typer.Argument(help="The room: its id or its title.")],
    *,
    data: Data = None,
    config: Config = None,
    csv: Annotated[bool, typer.Option("--csv", help="Only the tasks, as a table.")] = False,
    kanboard: Annotated[
        bool, typer.Option("--kanboard", help="Only the tasks, as a board for WeKan or Kanboard.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", help="The file to write.")] = None,
) -> None:
    """Write the project of a room into one readable file; the bot must not be running."""
    if csv and kanboard:
        _end("One file at a time: --csv or --kanboard.")
    tasks = survival.Form.CSV if csv else survival.Form.KANBOARD
    form = tasks if csv or kanboard else survival.Form.ARCHIVE
    work = survival.take_out(_folder(data, config), room, form, datetime.now(UTC))
    file = _moved(work, otherwise="!export in the room")
    path = output or Path(file.name)
    try:
        with path.open("xb") as written:
            path.chmod(0o600)
            written.write(file.content)
    except FileExistsError:
        _end(f"{path} exists already. Choose another name with --output.")
    except OSError as error:
        _end(f"{path} cannot be written: {error.strerror}.")
    typer.echo(f"{path}: it holds names, keep it safe.")


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="What `comenius export` wrote.")],
    room: Annotated[str, typer.Option("--room", help="The id of the new room: !id:server")],
    *,
    data: Data = None,
    config: Config = None,
) -> None:
    """Take an exported project up for a new room; the bot must not be running."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        _end(f"{file} cannot be read: {error.strerror}.")
    folder, now = _folder(data, config), datetime.now(UTC)
    work = survival.take_in(folder, content, room, now)
    found = _moved(work, otherwise="!project adopt in the room, with the file")
    counts = f"tasks {len(found.tasks)}, milestones {len(found.milestones)}"
    people = f"people {len(found.members)}"
    typer.echo(f"Taken up: {counts}, {people}. Now invite the bot into the room.")


Moved = TypeVar("Moved")


def _moved(work: Coroutine[None, None, Moved], *, otherwise: str) -> Moved:
    """Return what *work* gives, or say in one sentence why it cannot be done and end.

    *otherwise* is what can be written while the bot is running.
    """
    try:
        return asyncio.run(work)
    except DirectoryInUse as trouble:
        _end(f"{trouble}. Stop the bot first, or write {otherwise}.")
    except (survival.CannotMove, StoreFull, Damaged) as trouble:
        _end(str(trouble))


def _folder(data: Path | None, config: Path | None) -> Path:
    """Return the folder of the store: as said, else as configured."""
    if data is not None:
        return data
    path = config or Path("bot.yaml")
    if not path.exists():
        _end("Where are the rooms? Say --data FOLDER or --config bot.yaml.")
    return _load(path).store.directory


def _end(sentence: str) -> NoReturn:
    """Say *sentence* and end with status 1."""
    typer.echo(sentence, err=True)
    sys.exit(1)


def _load(config: Path) -> Settings:
    """Return the settings of *config*, or say all that is wrong with it and end."""
    try:
        return load(config)
    except SettingsError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        sys.exit(1)


@app.callback()
def _comenius() -> None:
    """Keep tasks, deadlines and reminders for partner classes in Matrix rooms."""


def main() -> None:
    """Run the command line."""
    try:
        app()
    except (DirectoryInUse, DirectoryUnusable) as trouble:
        typer.echo(str(trouble), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
