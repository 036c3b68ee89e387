"""Measures languages: how long a catalog takes to load from its source, what all of them hold."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from time import thread_time

from bench.figures import MILLI, Figure, figure
from bot.language.catalog import SOURCE, catalog, languages, translated
from bot.language.dates.lexicon import load_lexicon

LOAD_AIM = "< 40"
MEGABYTE = 1024 * 1024


def run(*, quick: bool = False) -> list[Figure]:
    """Return the figures of the catalogs, each measured in fresh processes."""
    turns = 2 if quick else 5
    spoken = [one for one in translated() if one != SOURCE]
    told = [_told(f"loaded({language!r})") for language in spoken for _turn in range(turns)]
    catalogs, words = zip(*(_told("held()") for _turn in range(turns)), strict=True)
    return [
        figure("a catalog from its source (.po)", "ms", [one[0] for one in told], LOAD_AIM),
        figure(f"memory of {len(spoken)} catalogs", "MB", catalogs),
        figure(f"memory of {len(languages())} lexicons of dates", "MB", words),
    ]


def _told(call: str) -> list[float]:
    command = [sys.executable, "-c", f"import bench.catalogs as m; m.{call}"]
    found = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120)
    return [float(one) for one in json.loads(found.stdout)]


def loaded(language: str) -> None:
    """Print how many milliseconds of CPU the first look into one catalog takes, as JSON."""
    begun = thread_time()
    catalog(language)
    print(json.dumps([(thread_time() - begun) * MILLI]))


def held() -> None:
    """Print how many megabytes all catalogs hold, and all lexicons of dates, as JSON."""
    catalog("xx")  # what Babel itself loads is not the catalogs'
    tracemalloc.start()
    for language in translated():
        catalog(language)
    catalogs = tracemalloc.get_traced_memory()[0]
    for language in languages():
        load_lexicon(language)
    both = tracemalloc.get_traced_memory()[0]
    print(json.dumps([catalogs / MEGABYTE, (both - catalogs) / MEGABYTE]))
