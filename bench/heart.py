"""What understanding and answering cost: CPU from heard to outcome, without disk and network."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

from bench.figures import MICRO, MILLI, Figure, figure, scaled, timed
from bench.rooms import ASKER, NOW, copies, document
from bot.app import declared
from bot.assistant import Assistant, Manners, Reach
from bot.assistant.understanding import Reader
from bot.heard import Said
from bot.language.catalog import translate
from bot.language.dates import DateTrouble, read_date
from bot.language.fields import Situation
from bot.language.line import Line, cut
from bot.model.asker import Asker
from bot.model.documents import PersonDocument, RoomDocument
from bot.model.people import Role

SIZES = (20, 200)
LINES = {
    "en": (
        ("!14", "card"),
        ("!task Film the school tour by friday @ana", "task"),
        ("!tasks", "list"),
        ("!remidn me tomorrow at 9 Bring the forms", "offer"),
        ("See you all tomorrow at 10 in the gym, and bring the posters!", "silence"),
    ),
    "fr": (
        ("!14", "card"),
        ("!tâche Filmer la visite de l'école pour vendredi @ana", "task"),
        ("!tâches", "list"),
        ("!rappelel-moi demain à 9h Apporter les formulaires", "offer"),
        ("À demain 10 h au gymnase, et n'oubliez pas les affiches !", "silence"),
    ),
}
"""By language: what is heard, and what should come of it."""
PHRASES = {
    "en": (
        "tomorrow", "friday", "next monday at 9", "27 november", "november 27th 18:00", "27/11",
        "in 3 days", "in two weeks", "the 3rd of december at noon", "end of the month",
        "every monday at 9:00 until june", "2026-12-24", "tonight", "monday to friday",
        "friday the 27th at half past four", "before the weekend", "blue whale", "32 december",
    ),
    "fr": (
        "demain", "vendredi", "lundi prochain à 9h", "27 novembre", "le 27 novembre à 18h", "27/11",
        "dans 3 jours", "dans deux semaines", "le 3 décembre à midi", "fin du mois",
        "tous les lundis à 9h jusqu'en juin", "24/12/2026", "ce soir", "du lundi au vendredi",
        "vendredi 27 à 16h30", "avant le week-end", "baleine bleue", "32 décembre",
    ),
}  # fmt: skip
"""Dates as people type them; the last three are none, or perhaps none."""


def run(*, quick: bool = False) -> list[Figure]:
    """Return the figures; takes some 20 seconds, *quick* 6."""
    turns, heart = 24 if quick else 150, assistant()
    return [
        *(
            _heard(heart, size, language, one, turns)
            for size in SIZES
            for language, lines in LINES.items()
            for one in lines
        ),
        *(_understanding(size, language, turns) for size in SIZES for language in LINES),
        *(_dates(language, turns) for language in PHRASES),
    ]


def assistant() -> Assistant:
    """Return one with all commands, whom nobody can be too fast for."""
    manners = Manners(("fr", "en"), "Europe/Paris", commands_per_minute=1_000_000)
    return Assistant(declared(), "@comenius:school.example", manners)


def _heard(
    heart: Assistant, size: int, language: str, expected: tuple[str, str], turns: int
) -> Figure:
    """Hear a line so many times, each time in a fresh copy of the room."""
    (line, wanted), numbers = expected, count()
    languages = (language, "en") if language != "en" else ("en",)
    fresh = copies(document(size, languages=languages))

    def hear(room: RoomDocument) -> RoomDocument:
        number = next(numbers)
        now = NOW + timedelta(seconds=number)
        said = Said(room.project.room, f"$in{number}", ASKER, now, body=line)
        person = PersonDocument(ASKER, language, rooms=[room.project.room])
        heart.hear(room, said, now, Reach(people={ASKER: person}))
        return room

    came = _outcome(hear(fresh()), size)
    seconds = timed(fresh, hear, turns)
    shown = line if len(line) <= 30 else f"{line[:29]}…"
    outcome = came if came == wanted else f"{came} instead of {wanted}"
    return figure(f"{size} tasks, {language}, {shown} → {outcome}", "ms", scaled(seconds, MILLI))


def _outcome(room: RoomDocument, before: int) -> str:
    """Return what came of a line: time means nothing if it was not what it should be."""
    first = room.outbox[0].body if room.outbox else ""
    if len(room.project.tasks) > before:
        return "task"
    if room.offers:
        return "offer"
    if first.startswith("#14"):
        return "card"
    if "\n#1 " in first:
        return "list"
    return "answer" if first else "silence"


def _understanding(size: int, language: str, turns: int) -> Figure:
    """Read the example of every command, in *language*, once per turn; count it by line."""
    commands = declared()
    reader = Reader(commands)
    room = document(size, languages=(language,))
    person = "Ana", Role.TEACHER, language, "Europe/Paris"
    asker = Asker(ASKER, *person, NOW.astimezone(ZoneInfo("Europe/Paris")))
    situation = Situation(room.project, asker, tuple(dict.fromkeys((language, "en"))))
    lines = [cut(text.removeprefix("!")) for text, wanted in LINES[language] if wanted != "silence"]
    lines += [cut(translate(one.example, language)) for one in commands.all]
    seconds = timed(lambda: lines, lambda several: _read(reader, several, situation), turns // 4)
    per_line = [one / len(lines) for one in seconds]
    what = f"{size} tasks, {language}, understanding alone, a line (of {len(lines)})"
    return figure(what, "µs", scaled(per_line, MICRO))


def _read(reader: Reader, lines: list[Line], situation: Situation) -> None:
    for line in lines:
        reader.read(line, situation)


def _dates(language: str, turns: int) -> Figure:
    """Read each phrase once per turn; count it by phrase."""
    phrases = PHRASES[language]
    seconds = timed(lambda: phrases, lambda several: _read_dates(several, language), turns // 2)
    per_phrase = [one / len(phrases) for one in seconds]
    return figure(
        f"{language}, dates alone, a phrase (of {len(phrases)})", "µs", scaled(per_phrase, MICRO)
    )


def _read_dates(phrases: tuple[str, ...], language: str) -> None:
    now = NOW.astimezone(ZoneInfo("Europe/Paris"))
    for phrase in phrases:
        with suppress(DateTrouble):
            read_date(phrase, languages=(language, "en"), now=now)
