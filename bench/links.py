"""What the charter guard's reading of links costs: a message, 64 kB of malice, loading, memory.

Alone: `python -m bench.links [--quick]`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from time import thread_time
from urllib.parse import urlsplit

from linkify_it import LinkifyIt  # type: ignore[import-untyped]

from bench.figures import MICRO, MILLI, Figure, figure, scaled, table, timed
from bot.language.links import find
from bot.language.links.catalogue import shipped

MESSAGES = {
    "no link": "Bonjour à tous, voici le programme de la semaine. On se voit demain à 10h.",
    "2 links": (
        "Regardez https://www.youtube.com/watch?v=abc et le mur https://padlet.com/classe/mur "
        "avant vendredi, merci à toutes et à tous !"
    ),
    "2 bare hosts": "Our film is on youtu.be/abc, the questions are on forms.gle/xyz. See you!",
}
HTML = (
    '<p>Regardez <a href="https://www.youtube.com/watch?v=abc">notre film</a> et '
    '<a href="https://padlet.com/classe/mur">le mur</a> avant vendredi, merci !</p>'
)
HOSTILE = (
    *("a.", "x", "http://", "//", "[.]", "%68", "<a href=", "@", "a.b ", "a.com ", "#a:b.com "),
    *("é-youtube.com ", "\u0315\u0300", "日.", "<b>", "&#46;", "\n> ", "(a"),
)
KILO = 1_024
SIZES = (8, 16, 32, 64)
MESSAGE_AIM, HOSTILE_AIM, LOAD_AIM = "≤ 60", "≤ 5", "≤ 10"

_DOT = " a.b"
"""Without any dot nothing would have to be looked at."""

_PLAIN = re.compile(r"https?://\S+")
_PLAIN_BARE = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}\S*", re.IGNORECASE)


def run(*, quick: bool = False) -> list[Figure]:
    """Return the figures; takes some 10 seconds, *quick* 3."""
    turns = 200 if quick else 2_000
    return [*_messages(turns), *_hostile(2 if quick else 7), *_loading(3 if quick else 9)]


def _messages(turns: int) -> list[Figure]:
    """Read what people write, beside what a plain pattern does, in turns."""
    figures = []
    for name, text in MESSAGES.items():
        ours = scaled(_alone(partial(find, text), turns), MICRO)
        figures.append(figure(f"{name}, {len(text)} characters", "µs", ours, MESSAGE_AIM))
        for what, pattern in (("https:// only", _PLAIN), ("bare hosts too", _PLAIN_BARE)):
            ratios = _ratios(partial(find, text), _split(pattern, text), turns // 10)
            figures.append(figure(f"  / a pattern ({what}) and urlsplit", "×", ratios))
        ratios = _ratios(partial(find, text), _linkified(text), turns // 10)
        figures.append(figure("  / linkify-it-py and urlsplit", "×", ratios))
    both = scaled(_alone(partial(find, "notre film et le mur", HTML), turns), MICRO)
    return [*figures, figure("2 links behind words, formatted", "µs", both, MESSAGE_AIM)]


def _split(pattern: re.Pattern[str], text: str) -> Callable[[], object]:
    """Return what many programs do: a pattern, then the host of each hit."""

    def read() -> list[str | None]:
        hosts = []
        for one in pattern.findall(text):
            with suppress(ValueError):
                hosts.append(urlsplit(one).hostname)
        return hosts

    return read


def _linkified(text: str) -> Callable[[], object]:
    """Return what a library for links does, then the host of each hit."""
    linkify = LinkifyIt()

    def read() -> list[str | None]:
        return [urlsplit(hit.url).hostname for hit in linkify.match(text) or ()]

    return read


def _hostile(turns: int) -> list[Figure]:
    """Read 64 kB of each shape in both bodies; then how time grows with the length (2: linear)."""
    figures = []
    for shape in HOSTILE:
        texts = [(shape * size * KILO)[: size * KILO - len(_DOT)] + _DOT for size in SIZES]
        grown = [min(_alone(partial(find, text, text), turns)) for text in texts]
        largest = scaled(_alone(partial(find, texts[-1]), turns), MILLI)
        name = json.dumps(shape, ensure_ascii=shape.isascii() or shape[0] == "\u0315")
        figures.append(figure(f"64 kB of {name}", "ms", largest, HOSTILE_AIM))
        if grown[0] * MILLI > 0.1:
            doubled = [after / before for before, after in pairwise(grown)]
            figures.append(figure("  each time it is doubled", "×", doubled, "≤ 2.5"))
    return figures


def _loading(turns: int) -> list[Figure]:
    """Load the catalogue in so many fresh processes; what it holds is counted apart from that."""
    command = [sys.executable, "-c", "from bench.links import loaded; loaded()"]
    told = [
        json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout)
        for _ in range(turns)
    ]
    milliseconds, kilobytes = zip(*told, strict=True)
    return [
        figure(f"loading {len(shipped().services)} services", "ms", milliseconds, LOAD_AIM),
        figure("memory that they hold", "kB", kilobytes),
    ]


def loaded() -> None:
    """Print how many milliseconds the first look takes and how many kB stay, as JSON."""
    begun = thread_time()
    shipped()
    spent = (thread_time() - begun) * MILLI
    shipped.cache_clear()
    tracemalloc.start()
    shipped()
    print(json.dumps([spent, tracemalloc.get_traced_memory()[0] / KILO]))


def _alone(work: Callable[[], object], turns: int) -> list[float]:
    return timed(lambda: None, lambda _: work(), turns)


def _ratios(work: Callable[[], object], other: Callable[[], object], turns: int) -> list[float]:
    """Return how many times longer *work* takes than *other*, ten of each, in turns."""

    def ten(one: Callable[[], object]) -> float:
        return sum(_alone(one, 10))

    return [ten(work) / max(ten(other), 1e-9) for _ in range(turns)]


if __name__ == "__main__":
    print(table({"links": run(quick="--quick" in sys.argv)}))
