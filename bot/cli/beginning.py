"""Commands for the first five minutes: init, check."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import typer

from bot import beginning
from bot.beginning import Answers, Login, Present
from bot.cli.asking import ask, until_right, yes
from bot.cli.ending import end, end_with, told
from bot.cli.languages import problems as catalog_problems
from bot.cli.options import HERE
from bot.language.catalog import languages as catalogs
from bot.settings import SettingsError
from bot.settings import check as check_settings
from bot.settings.problems import Wrong
from bot.settings.schema import PASSWORD_VARIABLE, TOKEN_VARIABLE
from bot.settings.secret_files import check_secret, read_secret
from bot.settings.values import known_zone, web_address

Value = TypeVar("Value")
_TRUSTED_HOSTS = {"127.0.0.1", "::1", "localhost"}


def init(  # noqa: PLR0913 - these are the options of a command line
    folder: Annotated[Path, typer.Argument(help="Where bot.yaml shall lie.")] = Path(),
    *,
    homeserver: Annotated[
        str | None, typer.Option("--homeserver", help="Name or address of the server.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", help="The bot's account.")] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="A file that holds its password.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="Or one that holds an access token.")
    ] = None,
    allow: Annotated[
        str | None, typer.Option("--allow", help="Servers and people who may invite it.")
    ] = None,
    languages: Annotated[
        str | None, typer.Option("--languages", help="Languages of the rooms: fr,en")
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", help="IANA time zone, like Europe/Paris.")
    ] = None,
) -> None:
    """Ask a few questions and write bot.yaml; what is given as an option is not asked."""
    try:
        beginning.ready(folder)
    except Present as present:
        end(f"{present} Look at it with: comenius check {folder / beginning.CONFIG}")
    except OSError as trouble:
        end(f"Nothing can be written there. {told(trouble)}")
    address = _settled("--homeserver", homeserver, _found, "Matrix server (its name is enough)")
    if urlsplit(address).scheme == "http" and urlsplit(address).hostname not in _TRUSTED_HOSTS:
        typer.echo("  Mind: http:// sends the password and all messages unprotected.")
    login, secret, file, account = _log_in(address, user, password_file, token_file)
    typer.echo(f"  Logged in as {account}.")
    _place_for(folder, login if secret is not None else None)
    server = account.partition(":")[2]
    allowed = _settled(
        "--allow", allow, beginning.servers, "Servers or people who may invite it", server
    )
    known = ", ".join(catalogs())
    spoken = _settled(
        "--languages", languages, beginning.spoken, f"Languages of the rooms ({known})", "en"
    )
    place = beginning.local_zone(os.environ)
    chosen = _settled("--zone", zone, known_zone, "Time zone", place)
    answers = Answers(address, account, login, file, allowed, spoken, chosen)
    try:
        new = beginning.write(folder, answers, secret)
    except Present as present:
        end(str(present))
    except OSError as trouble:
        end(f"Nothing was written. {told(trouble)}")
    for path in new:
        typer.echo(f"Written: {path}")
    options = (homeserver, user, password_file or token_file, allow, languages, zone)
    _what_next(folder / beginning.CONFIG, asked=None in options)


def _place_for(folder: Path, login: Login | None) -> None:
    """End if the file for a secret of this *login* is there already: before more is asked."""
    try:
        beginning.ready(folder, login)
    except Present as present:
        end(f"{present} Move it away first, or use it: comenius init --{login}-file {present.path}")


def check(
    config: Annotated[Path, typer.Argument(help="Your bot.yaml.")] = HERE,
) -> None:
    """Tell every mistake of a configuration at once, and what to do about each."""
    sys.exit(1 if _checked(config) else 0)


def _checked(config: Path) -> int:
    """Show what is wrong with *config*; return how much it is."""
    problems = [*check_settings(config, os.environ), *catalog_problems()]
    for problem in problems:
        typer.echo(str(problem))
    typer.echo(f"{config}: all is well." if not problems else f"{len(problems)} to look at.")
    return len(problems)


def _what_next(config: Path, *, asked: bool) -> None:
    """Offer to look at *config*, then tell the commands that come next."""
    if not asked or yes("Check it now?", default=True):
        _checked(config)
    typer.echo("Then:")
    typer.echo(f"  comenius doctor --config {config}   # is the server as it should be?")
    typer.echo(f"  comenius run --config {config}      # Ctrl-C stops it")


def _settled(
    option: str,
    given: str | None,
    read: Callable[[str], Value],
    question: str,
    default: str = "",
) -> Value:
    """Return the value of what was *given* as an option, else of the answer to *question*."""
    if given is None:
        return until_right(question, read, default)
    try:
        return read(given)
    except Wrong as wrong:
        end(f"{option}: {wrong} {wrong.suggestion}".rstrip())


def _found(typed: str) -> str:
    """Return the address of the server that was *typed*. Raises Wrong."""
    from bot.adapters.matrix import first_contact  # noqa: PLC0415 - nio loads slowly

    return web_address(_asked(first_contact.discover(typed)))


def _asked(question: Coroutine[Any, Any, str]) -> str:
    """Return what a server answers. Raises Wrong where it says no."""
    from bot.adapters.matrix.first_contact import Unfit  # noqa: PLC0415 - nio loads slowly

    try:
        return asyncio.run(question)
    except Unfit as unfit:
        raise Wrong(str(unfit)) from None


def _log_in(
    address: str, user: str | None, password_file: Path | None, token_file: Path | None
) -> tuple[Login | None, str | None, Path | None, str]:
    """Return how to log in, the secret to be written or the file it lies in, and the user id."""
    if password_file and token_file:
        end("One is enough: --password-file or --token-file.")
    file = password_file or token_file
    login = Login.TOKEN if token_file else Login.PASSWORD if password_file else None
    secret = _read(file, f"--{login}-file") if file else None
    if secret is None and os.environ.get(TOKEN_VARIABLE):
        login, secret = Login.TOKEN, os.environ[TOKEN_VARIABLE]
    elif secret is None and os.environ.get(PASSWORD_VARIABLE):
        login, secret = Login.PASSWORD, os.environ[PASSWORD_VARIABLE]
    if login is None or secret is None:
        return _log_in_by_hand(address, user)
    try:
        name = user or ("" if login is Login.TOKEN else ask("Its user, like comenius"))
        account = _whose(address, name, login, secret)
    except Wrong as wrong:
        end(str(wrong))
    return (login if file else None), None, file, account


def _log_in_by_hand(address: str, user: str | None) -> tuple[Login, str, None, str]:
    """Ask for user and password, or for a token, until the server takes them."""
    while True:
        name = user or ask("The bot's user, like comenius")
        login, secret = (
            Login.PASSWORD,
            ask("Its password (or just Enter: an access token)", hidden=True),
        )
        if not secret:
            login, secret = Login.TOKEN, ask("Its access token", hidden=True)
        try:
            if not secret:
                raise Wrong("Without one of them the bot cannot log in.")  # noqa: TRY301 - told below
            return login, secret, None, _whose(address, name, login, secret)
        except Wrong as wrong:
            typer.echo(f"  {wrong}")


def _whose(address: str, user: str, login: Login, secret: str) -> str:
    """Return the user id of the account that *secret* opens. Raises Wrong."""
    from bot.adapters.matrix import first_contact  # noqa: PLC0415 - nio loads slowly

    if login is Login.PASSWORD:
        return _asked(first_contact.try_password(address, user, secret))
    found = _asked(first_contact.try_token(address, secret))
    if user and user.lstrip("@").partition(":")[0] != found[1:].partition(":")[0]:
        raise Wrong(f"This access token is not of {user}.")
    return found


def _read(file: Path, option: str) -> str:
    """Return the secret in *file*, or say what is wrong with it and end."""
    if problems := check_secret(option, file):
        end_with(SettingsError(problems))
    return read_secret(option, file) or ""
