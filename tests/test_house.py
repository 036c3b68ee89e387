"""The house is in order: what lies where, how big it is, what it is built from."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from locales.compile_catalogs import compile_catalog
from tests.together import together

ROOT = Path(__file__).parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

TOP_LEVEL = {
    # the house
    "bot", "commands", "locales", "tests", "bot.example.yaml", "pyproject.toml",
    # what a visitor expects
    "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "bench", "deploy", "docs", ".github", ".ci",
    # what the tools need
    "requirements.lock", ".gitignore", ".editorconfig",
}  # fmt: skip
"""All that may lie at the top (DESIGN 1)."""

LONGEST = 400
"""Lines of a module that can still be read in one go."""

MODULES = sorted(
    path for package in ("bot", "commands", "locales") for path in (ROOT / package).rglob("*.py")
)


def tracked() -> set[str]:
    """Return the files that Git knows or would take, or none outside a repository."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return set(done.stdout.splitlines())


def test_top_level_holds_only_what_a_visitor_expects() -> None:
    """Whoever opens the project sees its parts and nothing else."""
    assert set() == {path.split("/")[0] for path in tracked()} - TOP_LEVEL


@together([(module,) for module in MODULES], columns=0)
def test_a_module_can_be_read_in_one_go(module: Path) -> None:
    """A module says in its first line what it owns, and is short enough to own one thing."""
    text = module.read_text(encoding="utf-8")

    assert LONGEST >= text.count("\n")
    assert ast.get_docstring(ast.parse(text)), "its first line says nothing"


def test_nothing_is_called_utils() -> None:
    """A module is named after what it owns."""
    vague = {"utils", "util", "helpers", "helper", "core", "common", "misc"}

    assert set() == vague & {part for path in MODULES for part in (path.stem, path.parent.name)}


def test_every_pin_has_its_hashes() -> None:
    """What is installed is what was looked at."""
    pins = re.split(r"\n(?=\S)", LOCK.strip())

    assert [] == [pin for pin in pins if not re.match(r"[a-z0-9-]+==\S+", pin)]
    assert [] == [pin for pin in pins if "--hash=sha256:" not in pin]


def test_lock_names_no_address() -> None:
    """Everybody uses the package index they already have."""
    assert not re.search(r"://|index-url|find-links|^-", LOCK, flags=re.MULTILINE)


def test_lock_holds_all_that_is_asked_for() -> None:
    """pyproject.toml and the lock tell the same story."""
    project = tomllib.loads(PYPROJECT)["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {re.split(r"[^A-Za-z0-9._-]", one)[0].lower() for group in groups for one in group}
    pinned = set(re.findall(r"^([a-z0-9-]+)==", LOCK, flags=re.MULTILINE))

    assert {project["name"]} == names - pinned


@pytest.mark.parametrize(
    "group",
    [r"^dependencies = \[", r"^ignore = \[", r'^"tests/\*\*" = \[', r"^filterwarnings = \["],
)
def test_every_choice_has_its_reason(group: str) -> None:
    """Each dependency, each rule that is not followed, each warning let through says why."""
    start = re.search(group, PYPROJECT, flags=re.MULTILINE)
    assert start
    lines = PYPROJECT[start.end() :].split("\n]")[0].strip().split("\n")

    assert [] == [line for line in lines if "#" not in line]


def test_a_catalog_is_compiled_without_what_is_fuzzy(tmp_path: Path) -> None:
    """The wheel holds what translators have finished."""
    source = catalog(tmp_path, 'msgid "Yes"\nmsgstr "Tak"\n\n#, fuzzy\nmsgid "No"\nmsgstr "?"\n')

    compile_catalog(source, tmp_path / "messages.mo")

    with (tmp_path / "messages.mo").open("rb") as compiled:
        spoken = GNUTranslations(compiled)
    assert ("Tak", "No") == (spoken.gettext("Yes"), spoken.gettext("No"))


def test_a_broken_catalog_stops_the_build(tmp_path: Path) -> None:
    """A wheel never lacks a language because somebody mistyped a keyword."""
    source = catalog(tmp_path, 'msgid "Yes"\nmsgstrr "Tak"\n')

    with pytest.raises(PoFileError):
        compile_catalog(source, tmp_path / "messages.mo")


def catalog(folder: Path, entries: str) -> Path:
    """Return a Polish catalog in `folder` with these entries."""
    path = folder / "pl" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(f'msgid ""\nmsgstr ""\n\n{entries}', encoding="utf-8")
    return path
