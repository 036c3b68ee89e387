"""From the text of bot.yaml to Settings, or to every mistake in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.settings.charter_text import read_articles
from bot.settings.problems import Problem, SettingsError, Wrong, did_you_mean, nearest
from bot.settings.schema import Part, Settings

PLAIN = {
    "null": (re.compile(r"~|null|"), ["~", "n", ""]),
    "bool": (re.compile(r"true|false"), ["t", "f"]),
    "int": (re.compile(r"-?\d+"), list("-0123456789")),
}
"""YAML as people mean it: an unquoted 20:00 is no number, and `no` is Norwegian."""

SHAPES = {
    "bool_parsing": ("It must be true or false.", ""),
    "bool_type": ("It must be true or false.", ""),
    "int_type": ("It must be a whole number.", "Write it without quotes."),
    "invalid_key": ("It is not the name of a setting.", ""),
    "model_type": ("It holds settings of its own.", "Write each on a line below it, indented."),
    "path_type": ("It must be the name of a file or folder.", ""),
    "string_type": ("It must be text.", "Put it between quotes."),
    "dict_type": ("It holds a line of its own for each.", "Write them below it, indented."),
    "string_too_long": ("It is too long.", "Say it in fewer words."),
    "string_too_short": ("It must not be empty.", ""),
    "tuple_type": ("It must be a list.", "Write even a single one between brackets: [it]."),
}
"""Kinds of mistake that pydantic names -> what is wrong, what to do."""


class Reader(yaml.SafeLoader):
    """Reads YAML; names that stand twice in one group are collected in `twice`."""

    def __init__(self, text: str) -> None:
        """Read `text`."""
        super().__init__(text)
        self.twice: list[Problem] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build one group of settings."""
        lines: dict[str, int] = {}
        for key, _ in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in lines:
                wrong = f"It stands twice, in lines {lines[name]} and {line}."
                self.twice.append(Problem(name, wrong, "Keep one of them."))
            lines.setdefault(name, line)
        return super().construct_mapping(node, deep=deep)


Reader.yaml_implicit_resolvers = {}
for kind, (pattern, starts) in PLAIN.items():
    whole = re.compile(rf"^(?:{pattern.pattern})$")
    Reader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", whole, starts)


def load(path: Path) -> Settings:
    """Return the settings in the file `path`; files named in it are relative to its folder.

    Raises SettingsError with every mistake at once.
    """
    settings, problems = read(path)
    if problems:
        raise SettingsError(problems)
    return settings


def read(path: Path) -> tuple[Settings, list[Problem]]:
    """Return what can be understood of the file `path`, and every mistake in it.

    What is wrong keeps its default. Raises SettingsError if nothing can be understood.
    """
    reader, raw = _parsed(path)
    problems = list(reader.twice)
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        problems += [explain(path, one) for one in error.errors()]
        settings = _without(raw, error.errors())
    settings = settings.beside(path.parent)
    return settings, [*problems, *news(read_articles(settings.charter.text)[1], problems)]


def _parsed(path: Path) -> tuple[Reader, object]:
    """Return the values that stand in the file `path`, and who read them."""
    try:
        reader = Reader(path.read_text(encoding="utf-8"))
        return reader, reader.get_single_data()
    except FileNotFoundError:
        wrong = Problem(
            str(path), "There is no such file.", "Start from bot.example.yaml. Or: comenius init"
        )
        raise SettingsError([wrong]) from None
    except OSError as error:
        wrong = Problem(str(path), f"It cannot be read: {error.strerror}.")
        raise SettingsError([wrong]) from None
    except UnicodeDecodeError:
        wrong = Problem(str(path), "It is not written in UTF-8.", "Save it again as UTF-8.")
        raise SettingsError([wrong]) from None
    except yaml.YAMLError as error:
        raise SettingsError([explain_yaml(path, error)]) from None


def _without(raw: object, errors: Iterable[ErrorDetails]) -> Settings:
    """Return the settings in `raw` but for those with `errors`: others can be looked at too."""
    kept = deepcopy(raw)
    for error in errors:
        group, name = None, None
        part = kept
        for step in error["loc"]:
            if not isinstance(part, dict) or step not in part:
                break
            group, name, part = part, step, part[step]
        if group is not None:
            group.pop(name, None)
    try:
        return Settings.model_validate(kept)
    except ValidationError:
        return Settings()


def news(more: Iterable[Problem], told: Iterable[Problem]) -> list[Problem]:
    """Return those of `more` that do not follow from mistakes that were `told` already."""
    places = [place for one in told for place in (one.path, _meant(one.path))]

    def follows(path: str) -> bool:
        pairs = [(path, place) for place in places] + [(place, path) for place in places]
        return any(f"{one}.".startswith((f"{other}.", f"{other}[")) for one, other in pairs)

    return [one for one in more if not follows(one.path)]


def _meant(path: str) -> str:
    """Return the setting that the unknown name at the end of `path` may have been meant to be."""
    *groups, word = path.split(".")
    known: dict[str, type[Part] | None] = names(Settings)
    for group in groups:
        known = names(known.get(group))
    return ".".join([*groups, nearest(word, known) or word])


def explain_yaml(path: Path, error: yaml.YAMLError) -> Problem:
    """Return what keeps `path` from being YAML at all."""
    mark = getattr(error, "problem_mark", None)
    where = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
    problem = getattr(error, "problem", None) or "there is a character that no text has"
    advice = "Compare it with bot.example.yaml: mind the colons and how far lines are indented."
    if "cannot start any token" in problem:
        advice = "Put the value between quotes."
        if "'\\t'" in problem:
            advice = "Indent with blanks, not with tabs."
    return Problem(where, f"This is not YAML: {problem}.", advice)


def explain(path: Path, error: ErrorDetails) -> Problem:
    """Return a mistake that pydantic found, as an admin would want it told."""
    place = [str(part) for part in error["loc"]]
    where = re.sub(r"\.(\d+)", r"[\1]", ".".join(place)) or str(path)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Wrong):
        return Problem(where, str(cause), cause.suggestion)
    if error["type"] == "extra_forbidden":
        return Problem(where, "There is no such setting.", nearest_setting(place))
    if error["type"] == "enum":
        known = re.findall(r"'([^']+)'", error.get("ctx", {}).get("expected", ""))
        advice = did_you_mean(str(error["input"]), known) or f"Write one of {', '.join(known)}."
        return Problem(where, f"{error['input']!r} is not one of its values.", advice)
    sentence, advice = SHAPES.get(error["type"], (f"{error['msg']}.", ""))
    return Problem(where, sentence, advice)


def nearest_setting(place: list[str]) -> str:
    """Return what the unknown name at the end of `place` may have been meant to be."""
    *groups, word = [step for step in place if not step.isdecimal()]
    known = names(Settings)
    inside = known
    for group in groups:
        inside = names(inside[group])
    near = did_you_mean(word, inside)
    if near:
        return near
    homes = [group for group, part in known.items() if part and word in names(part)]
    if homes:
        return f"It belongs under {homes[0]}."
    if groups and word in known:
        return "It belongs at the very left, in no group."
    return f"Known here: {', '.join(inside)}."


def names(part: type[Part] | None) -> dict[str, type[Part] | None]:
    """Return what may be set in `part`, under the names that stand in bot.yaml, with its group."""
    if part is None:
        return {}
    return {
        field.alias or name: next(
            (
                kind
                for kind in (field.annotation, *get_args(field.annotation))
                if isinstance(kind, type) and issubclass(kind, Part)
            ),
            None,
        )
        for name, field in part.model_fields.items()
    }
