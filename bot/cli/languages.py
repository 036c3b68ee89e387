"""The commands for those who translate: how far each language is, and a new one begun."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot import wording
from bot.app import declared
from bot.cli.ending import end
from bot.language.catalog import SOURCE, translated
from bot.settings import Problem

languages = typer.Typer(
    invoke_without_command=True, help="How far each language is; `add` begins a new one."
)
_NEXT = """\
{path} is there: {count} sentences, all still in English.

  1. docs/translating.md, and docs/glossary/ for how others did it
  2. translate in Poedit, Weblate or any editor; what is empty is said in the room's next language
  3. dates: {dates}
  4. make test
"""
_DATES = {
    "by hand": "bot/data/dates/{code}.hand.json knows how pupils write them",
    "CLDR": "read as CLDR writes them; how pupils write them: bot/data/dates/{code}.hand.json",
    "figures": "only figures are read so far; docs/dates.md says how to have words generated",
}


@languages.callback()
def show(context: typer.Context) -> None:
    """List every language: sentences translated, and where its words for dates are from."""
    if context.invoked_subcommand is not None:
        return
    for one in wording.coverage():
        name = one.name if one.name == one.own else f"{one.name}, {one.own}"
        share = 100 * one.translated // one.sentences if one.sentences else 0
        typer.echo(f"{one.code:<4} {share:>3} %  {one.translated:>4} of {one.sentences} sentences  "
                   f"dates: {one.dates:<8} {name}")  # fmt: skip
    for problem in problems():
        typer.echo(str(problem))


@languages.command("add")
def add(
    language: Annotated[str, typer.Argument(help="The code of the language, like lb.")],
    checkout: Annotated[Path, typer.Option("--in", help="A checkout of Comenius.")] = Path(),
) -> None:
    """Begin a catalog for a new language."""
    try:
        path = wording.begin(language, checkout)
    except wording.CannotBegin as trouble:
        end(str(trouble))
    source = next(one for one in wording.coverage() if one.code == SOURCE)
    kind = wording.dates_of(language)
    dates = _DATES[kind].format(code=language)
    typer.echo(_NEXT.format(path=path, count=source.sentences, dates=dates))


def problems() -> list[Problem]:
    """Return what is wrong with the catalogs: English stands in for these lines."""
    commands, found = declared(), []
    for language in translated():
        try:
            bad = list(wording.unusable(language, commands))
        except KeyError:
            continue  # English may do without a catalog
        except ValueError:
            found.append(Problem(f"locales/{language}", "The catalog cannot be read."))
            continue
        found += [
            Problem(f"locales/{one.language}", f"“{one.english}” is said in English: {one.reason}.")
            for one in bad
        ]
    return found
