"""The order in which the files of tests run, and in which of them coverage is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from coverage import Coverage

LONG = ("test_default_limits.py", "test_kills.py", "test_long_outage.py", "test_bursts.py")
"""Files of tests that take minutes, and mostly wait, the longest first."""
MEASURED = ("commands", "language", "model")
"""Folders of the tests of what coverage is measured of: there the figure says something."""
UNMEASURED = ("test_lists.py", "test_help.py", "test_dates_languages.py", "test_corpora.py")
"""But for laws over all commands, languages or hosts, which reach again what the others reach."""
HERE = Path(__file__).parent
MEASURING = pytest.StashKey[Coverage | None]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; then a file that waits for a homeserver and one that reckons.

    There are more workers than processors (see the Makefile): while some wait, others reckon, from
    the beginning to the end.
    """
    turns: dict[Path, float] = {}
    paths = list(dict.fromkeys(item.path for item in items))
    for waiting in (True, False):
        several = [path for path in paths if ("matrix" in path.parts) is waiting]
        turns |= {path: (at + 0.5) / len(several) for at, path in enumerate(several)}
    turns |= {path: LONG.index(path.name) - len(LONG) for path in paths if path.name in LONG}
    items.sort(key=lambda item: turns[item.path])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Let coverage be measured (with `--cov`) in some folders only: it doubles what tests cost."""
    measuring = item.config.stash.setdefault(MEASURING, Coverage.current())
    folder, name = item.path.relative_to(HERE).parts[0], item.path.name
    wanted = folder in MEASURED and name not in UNMEASURED
    if measuring is None or wanted is (Coverage.current() is measuring):
        return
    while running := Coverage.current():  # pytest-cov has started a second one in each worker
        running.stop()
    if wanted:
        measuring.start()
