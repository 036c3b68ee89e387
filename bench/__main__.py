"""Measures Comenius: a table, and JSON. `make bench`, or `python -m bench --help`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from bench import agenda, catalogs, dates, disk, heart, links, memory, whole
from bench.figures import Figure, table

SUBJECTS: dict[str, Callable[..., list[Figure]]] = {
    "heart": heart.run,
    "agenda": agenda.run,
    "dates": dates.run,
    "catalogs": catalogs.run,
    "links": links.run,
    "memory": memory.run,
    "store": disk.run,
    "matrix": whole.run,
}


def main() -> None:
    """Measure, and say what was found."""
    options = _options()
    names = options.only or list(SUBJECTS)
    found: dict[str, list[Figure]] = {}
    for name in names:
        begun = monotonic()
        _say(f"{name} ...")
        found[name] = SUBJECTS[name](quick=options.quick)
        _say(f"{name}: {monotonic() - begun:.0f} s")
    print(table(found))
    everything = _everything(found, quick=options.quick)
    if options.json:
        text = json.dumps(everything, indent=1, ensure_ascii=False)
        options.json.write_text(text + "\n", encoding="utf-8")
    else:
        print(json.dumps(everything, ensure_ascii=False))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, less exact")
    parser.add_argument(
        "--only",
        action="append",
        choices=SUBJECTS,
        metavar="NAME",
        help=f"may be given several times: {', '.join(SUBJECTS)}",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the JSON there; else it is the last line"
    )
    return parser.parse_args()


def _everything(found: dict[str, list[Figure]], *, quick: bool) -> dict[str, object]:
    """Return the figures, and on what they were measured, without any name or place."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "figures": {name: [_plain(one) for one in several] for name, several in found.items()},
    }


def _plain(one: Figure) -> dict[str, object]:
    """Return a figure as JSON has it, which knows no NaN."""
    return {name: None if value != value else value for name, value in asdict(one).items()}  # noqa: PLR0124 - NaN alone is not itself


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
