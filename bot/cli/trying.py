"""Commands that show what would be understood: try date, try phrase, try link."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot import app as pieces
from bot import tryout
from bot.adapters.console.keyboard import speak_utf8
from bot.cli.options import Language, Now, Zone, moment, settings_for
from bot.language.catalog import SOURCE, languages, translated

tries = typer.Typer(help="See what would be understood, as JSON lines.", no_args_is_help=True)


@tries.command("date")
def try_date(language: Language = "en", now: Now = None, zone: Zone = None) -> None:
    """Read phrases, one a line, as dates: "vendredi 18h", "every monday 9:00 until june"."""
    start = _present(now, settings_for(None, zone, None).zone)
    _answer_lines(
        lambda lines: tryout.try_date(lines, language=language, now=start), language, languages()
    )


@tries.command("phrase")
def try_phrase(language: Language = "en", now: Now = None, zone: Zone = None) -> None:
    """Read lines as commands: "tâche film pour vendredi"; which one, and its fields."""
    place = settings_for(None, zone, None).zone
    start, commands = _present(now, place), pieces.declared()

    def answer(lines: Iterable[str]) -> Iterator[dict[str, object]]:
        return tryout.try_phrase(lines, commands, language=language, now=start, zone=place)

    _answer_lines(answer, language, translated())


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
    _answer_lines(lambda lines: tryout.try_link(lines, countries=codes), SOURCE, translated())


def _present(now: str | None, zone: str) -> datetime:
    """Return the moment *now* in *zone*; without it the present one."""
    place = ZoneInfo(zone)
    return (moment(now, zone) or datetime.now(place)).astimezone(place)


def _answer_lines(
    answer: Callable[[Iterable[str]], Iterator[dict[str, object]]],
    language: str,
    known: Sequence[str],
) -> None:
    """Answer each line of standard input with one of JSON, at once."""
    if language not in known:
        typer.echo(f"There is no catalog for {language} yet: English is used.", err=True)
    speak_utf8()
    for told in answer(sys.stdin):
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        sys.stdout.flush()
