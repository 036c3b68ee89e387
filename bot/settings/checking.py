"""What only a look at this machine tells: secrets, folders, catalogs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bot.language.catalog import languages
from bot.settings.problems import Problem, SettingsError, did_you_mean
from bot.settings.reading import news, read
from bot.settings.schema import PASSWORD_VARIABLE, TOKEN_VARIABLE, Matrix, Settings
from bot.settings.secret_files import check_secret


def check(path: Path, environment: Mapping[str, str]) -> list[Problem]:
    """Return everything that would keep a bot with the file `path` from running well."""
    try:
        settings, problems = read(path)
    except SettingsError as error:
        return list(error.problems)
    more = [
        *check_account(settings.matrix, environment),
        *check_directory(settings.store.directory),
        *check_languages(settings),
    ]
    return [*problems, *news(more, problems)]


def check_account(matrix: Matrix, environment: Mapping[str, str]) -> list[Problem]:
    """Return what keeps the bot from logging in, or anybody from inviting it."""
    found = [
        Problem(f"matrix.{name}", "This is still the example's.", "Write your own.")
        for name in ("homeserver", "user")
        if getattr(matrix, name) == Matrix.model_fields[name].default
    ]
    found += check_secret("matrix.token_file", matrix.token_file)
    found += check_secret("matrix.password_file", matrix.password_file)
    found += check_secret("matrix.crypto_key_file", matrix.crypto_key_file)
    variables = environment.get(TOKEN_VARIABLE) or environment.get(PASSWORD_VARIABLE)
    if not (matrix.token_file or matrix.password_file or variables):
        found.append(
            Problem(
                "matrix.token_file",
                "There is neither a token nor a password, so the bot cannot log in.",
                f"Name a file that holds one, or set {TOKEN_VARIABLE}.",
            )
        )
    if not matrix.allow:
        found.append(
            Problem(
                "matrix.allow",
                "It is empty, so nobody may invite the bot.",
                f"Write the servers of your schools, like [{matrix.user.partition(':')[2]}].",
            )
        )
    return found


def check_directory(directory: Path) -> list[Problem]:
    """Return why nothing can be kept in `directory`, which may not be there yet."""
    there = next(place for place in (directory, *directory.absolute().parents) if place.exists())
    if not there.is_dir():
        wrong = f"{there} is a file, not a folder."
        return [Problem("store.directory", wrong, "Name another folder.")]
    if not os.access(there, os.W_OK | os.X_OK):
        wrong = f"The bot may not write in {there}."
        return [Problem("store.directory", wrong, "Give it to the user that runs the bot.")]
    return []


def check_languages(settings: Settings) -> list[Problem]:
    """Return the languages that the bot does not speak."""
    spoken = languages()
    return [
        Problem(
            f"languages[{place}]",
            f"The bot does not speak {language!r} yet.",
            did_you_mean(language, spoken) or f"It speaks {', '.join(spoken)}.",
        )
        for place, language in enumerate(settings.languages)
        if language not in spoken
    ]
