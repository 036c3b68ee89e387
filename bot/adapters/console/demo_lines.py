"""What the people of the demo type, so that it can be played in any three languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import cycle, islice
from typing import Final

from bot.adapters.console.story import Says, Story
from bot.language.catalog import SOURCE, translate
from bot.language.message import Msgid, _

CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "pau": ("Mme Dupont", "Léa", "Hugo"),
    "krk": ("Ms Nowak", "Maja"),
    "vol": ("Mr Pappas", "Nikos", "Eleni"),
}
"""The three classes, in the order of the languages, and who speaks for them."""
_WRITTEN_IN: Final = {"pau": "fr", "krk": "en", "vol": "en"}

# Translators: these are typed in the demo (`comenius demo`), with "!" in front, by somebody who
# speaks your language.
# They have to be understood as the English ones are. Titles and questions are translated, too.
TYPED: Final[tuple[Msgid, ...]] = (
    _("class add PAU Pau {pau} Europe/Paris 24 pupils pau.example"),
    _("class add KRK Kraków {krk} Europe/Warsaw 22 pupils krakow.example"),
    _("class add VOL Volos {vol} 19 pupils"),
    _("setup"),
    _("milestone Video call of the three classes Tuesday 1 December 10:00"),
    _("task Translate the captions by friday"),
    _("task Photos of the old river port by thursday 16:00 KRK"),
    _("task Write three lines about us by monday 30 november everyone"),
    _("3 {pau}: Write three lines about us"),
    _("remind everyone to write the diary every friday 14:00"),
    _("poll Which logo? anchor / gull / lighthouse until friday 17:00"),
    _("vote Q1 B"),
    # Translators: the day has a slip of the finger in it: "fridday".
    _("task Draw the map of the ports PAU by fridday"),
    _("task Draw the map of the ports PAU by friday"),
    # Translators: your command for the status, with a slip of the finger in it.
    _("statsu"),
    _("charter ok padlet until friday because it holds no names"),
    _("take 1"),
    _("1 done"),
    _("undo"),
    _("publish Three old ports by friday 11 december"),
    _("P1 1 2 8 ok"),
    _("P1 ready"),
    _("agenda"),
    _("3 done"),
    _("status"),
    _("task Interview a captain by friday KRK"),
    _("board"),
)
# Translators: these are said in the demo, to the others.
SAID: Final[tuple[Msgid, ...]] = (
    _("Our harbour, first try: https://padlet.com/eleni/harbour"),
    _("Lovely! Ours: https://padlet.com/maja/port"),
    _("it's done"),
)


def in_languages(story: Story, languages: tuple[str, ...]) -> Story:
    """Return the demo's *story* in a room that reads *languages*, one after the other for a class.

    What is not translated is typed as it stands in the story: the room understands that, too.
    """
    spoken = dict(zip(CLASSES, islice(cycle(languages), len(CLASSES)), strict=True))
    known = dict(_lines(_WRITTEN_IN))
    steps = []
    for step in story.steps:
        act = step.act
        if isinstance(act, Says) and act.text in known:
            text = _line(known[act.text], spoken[class_of(act.who)], spoken)
            step = replace(step, act=replace(act, text=text))  # noqa: PLW2901 - the same one
        steps.append(step)
    return replace(story, languages=languages, steps=tuple(steps))


def class_of(who: str) -> str:
    """Return the class of somebody in the demo."""
    return next(code for code, people in CLASSES.items() if who in people)


def _lines(codes: Mapping[str, str]) -> Iterator[tuple[str, Msgid]]:
    """Yield each line as it may stand in the story, with the one that it translates."""
    for msgid in (*TYPED, *SAID):
        for language in dict.fromkeys(codes.values()):
            yield _line(msgid, language, codes), msgid


def _line(msgid: Msgid, language: str, codes: Mapping[str, str]) -> str:
    """Return a line in *language*, with the languages of the classes filled in."""
    text = translate(msgid, language, SOURCE)
    for code, spoken in codes.items():
        text = text.replace(f"{{{code}}}", spoken)
    return f"!{text}" if msgid in TYPED else text
