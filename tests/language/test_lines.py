"""Lines as pupils of several languages type them, against the real catalogs."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app import declared
from bot.assistant.understanding import Reader
from bot.language.field_dates import Schedule
from bot.language.field_polls import Asked, Until
from bot.language.field_publish import Mention
from bot.language.fields import Situation
from bot.language.line import cut
from bot.language.match import Match
from bot.language.render import Reader as Eyes
from bot.language.render import render
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.people import Member, Partner, Role
from bot.model.project import Project
from bot.model.reminders import Audience
from bot.model.tasks import Task
from tests.conftest import Talk, bodies

PARIS = "Europe/Paris"
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo(PARIS))
"""A Sunday."""
READER = Reader(declared())
FRIDAY, WEDNESDAY = Due(date(2026, 11, 27)), Due(date(2026, 11, 25))
ALL, PAU = Audience(everyone=True), Audience(partners=["PAU"])
ANA = Audience(["@ana:x"])
TITLES = sorted((Path(__file__).parent / "dates").glob("titles.*.tsv"))
VERBS = {
    "ar": "مهمة", "de": "Aufgabe", "el": "εργασία", "en": "task", "es": "tarea", "fr": "tâche",
    "it": "compito", "nl": "taak", "pl": "zadanie", "pt": "tarefa", "ro": "sarcină", "tr": "görev",
}  # fmt: skip


def situation(*languages: str) -> Situation:
    project = Project("!r", NOW, zone=PARIS, ready=True)
    for code, city in (("PAU", "Pau"), ("KRK", "Kraków")):
        project.partners[code] = Partner(code, city, PARIS)
    project.members["@ana:x"] = Member("@ana:x", "Ana")
    project.members["@lea:x"] = Member("@lea:x", "Léa", "PAU")
    for number in (1, 2, 3, 14):
        project.tasks[number] = Task(number, "Film", "@lea:x", NOW)
    asker = Asker("@lea:x", "Léa", Role.COORDINATOR, languages[0], PARIS, NOW)
    return Situation(project, asker, tuple(dict.fromkeys([*languages, "en"])))


def understood(language: str, line: str) -> tuple[str, Match] | None:
    """Return the command that *line* is, and its match."""
    found = READER.read(cut(line), situation(language))
    return (
        (f"{found.command.family}.{found.command.handler.__name__}", found.match)
        if found
        else (None)
    )


def fields(language: str, line: str) -> tuple[str, dict[str, object]] | None:
    """Return the command that *line* is, and what fills its fields."""
    found = understood(language, line)
    return (found[0], found[1].values) if found else None


@pytest.mark.parametrize(
    ("line", "who", "every", "clock"),
    [
        ("her cuma 14:00 herkese hatırlat: günlük", ALL, "FREQ=WEEKLY;BYDAY=FR", time(14)),
        ("her cuma 14:00 herkese hatırlat günlük", ALL, "FREQ=WEEKLY;BYDAY=FR", time(14)),
        ("herkese her cuma 14:00 hatırlat günlük", ALL, "FREQ=WEEKLY;BYDAY=FR", time(14)),
        ("27 kasım 10:00'da bana hatırlat: günlük", None, None, time(10)),
        ("27 kasım 10:00'da hatırlat günlük", None, None, time(10)),
        ("27 kasım 10:00'da günlük hatırlat", None, None, time(10)),
        ("PAU'ya her cuma 14:00 hatırlat günlük", PAU, "FREQ=WEEKLY;BYDAY=FR", time(14)),
        ("27 kasım 10:00'da PAU'ya hatırlat günlük", PAU, None, time(10)),
        ("27 kasım 10:00'da Ana'ya hatırlat günlük", ANA, None, time(10)),
    ],
)
def test_a_date_of_several_words_begins_a_line(
    line: str, who: Audience | None, every: str | None, clock: time
) -> None:
    """Where the verb stands last, the whole date before it is read, and whom it is for."""
    command, values = fields("tr", line) or ("", {})
    assert ("reminders.remind_others" if who else "reminders.remind") == command
    assert ("günlük", who) == (values["text"], values.get("who"))
    when = values["when"]
    assert isinstance(when, Schedule)
    assert (every, date(2026, 11, 27), clock) == (when.every, when.first.day, when.first.clock)


@pytest.mark.parametrize(
    ("language", "line", "end"),
    [
        ("tr", "anket Logo? mavi / yeşil cuma 17:00'ye kadar", time(17)),
        ("tr", "anket Logo? mavi / yeşil cuma gününe kadar", None),
        ("pt", "sondagem Logo? azul / verde até sexta", None),
        ("fr", "sondage Logo ? bleu / vert jusqu'à vendredi", None),
    ],
)
def test_the_end_of_a_poll_is_no_answer(language: str, line: str, end: time | None) -> None:
    """A date that is one only with the word behind it, or before it, is not left in the answers."""
    command, values = fields(language, line) or ("", {})
    assert "polls.ask" == command
    ends, asked = values["ends"], values["asked"]
    assert isinstance(ends, Until)
    assert isinstance(asked, Asked)
    assert ends.due is not None
    assert (date(2026, 11, 27), end) == (ends.due.day, ends.due.clock)
    assert asked.options[-1] in {"yeşil", "verde", "vert"}


@pytest.mark.parametrize(
    ("language", "line", "command", "values"),
    [
        ("tr", "görev 1'i sil", "tasks.delete", {"task": 1}),
        ("tr", "görev 2yi sil", "tasks.delete", {"task": 2}),
        ("tr", "3'ü sil", "tasks.delete", {"task": 3}),
        ("tr", "M2'yi sil", "milestones.delete", {"milestone": 2}),
        ("tr", "m2yi sil", "milestones.delete", {"milestone": 2}),
        ("fi", "delete 14:n", "tasks.delete", {"task": 14}),
        ("hu", "delete 1-et", "tasks.delete", {"task": 1}),
        ("et", "delete M2-t", "milestones.delete", {"milestone": 2}),
        ("sv", "delete 1:an", "tasks.delete", {"task": 1}),
        ("el", "Μ2", "milestones.card", {"milestone": 2}),
        ("el", "#Ρ1", "publish.card", {"publication": 1}),
        ("el", "Τ14", "tasks.card", {"task": 14}),
        ("uk", "М2", "milestones.card", {"milestone": 2}),
        ("uk", "М2 27/11", "milestones.move", {"milestone": 2, "due": FRIDAY}),
        ("en", "Μ2 by friday", "milestones.move", {"milestone": 2, "due": FRIDAY}),
    ],
)  # fmt: skip
def test_numbers_as_a_language_bends_them(
    language: str, line: str, command: str, values: dict[str, object]
) -> None:
    """An ending stuck to a number, or a letter of another alphabet, does not hide it."""
    assert (command, values) == fields(language, line)


@pytest.mark.parametrize(
    ("language", "line"),
    [("tr", "görev 1'i oku"), ("tr", "görev 3A'yı çiz"), ("en", "task 1'i delete"),
     ("hu", "task 9-a poszter"), ("ro", "sarcină 9-a afiș")],
)  # fmt: skip
def test_a_title_that_begins_with_a_number_is_one(language: str, line: str) -> None:
    """Only what is a command without its endings is one with them."""
    assert ("tasks.add", {"title": line.split(" ", 1)[1]}) == fields(language, line)


@pytest.mark.parametrize(
    ("language", "front", "found"),
    [
        ("en", "by friday", {"due": FRIDAY}),
        ("en", "friday", {"due": FRIDAY}),
        ("en", "27/11", {"due": FRIDAY}),
        ("en", "friday 10:00", {"due": Due(date(2026, 11, 27), time(10), PARIS)}),
        ("en", "@ana by friday", {"who": ANA, "due": FRIDAY}),
        ("en", "by friday @ana", {"who": ANA, "due": FRIDAY}),
        ("en", "by friday for PAU", {"who": PAU, "due": FRIDAY}),
        ("en", "by friday the 27th", {"due": FRIDAY}),
        ("en", "everyone", {"who": ALL}),
        ("fr", "pour vendredi", {"due": FRIDAY}),
        ("fr", "pour vendredi 27 novembre", {"due": FRIDAY}),
        ("fr", "pour tous", {"who": ALL}),
        ("de", "bis Freitag", {"due": FRIDAY}),
        ("de", "Freitag", {"due": FRIDAY}),
        ("es", "para el viernes", {"due": FRIDAY}),
        ("it", "entro venerdì", {"due": FRIDAY}),
        ("pl", "do piątku", {"due": FRIDAY}),
        ("pt", "para quarta", {"due": WEDNESDAY}),
        ("nl", "tegen vrijdag", {"due": FRIDAY}),
        ("ro", "până vineri", {"due": FRIDAY}),
        ("el", "μέχρι την Παρασκευή", {"due": FRIDAY}),
        ("tr", "cumaya kadar", {"due": FRIDAY}),
        ("ar", "قبل الجمعة", {"due": FRIDAY}),
    ],
)
@pytest.mark.parametrize("sign", [":", " :"])
def test_a_date_in_front_with_a_colon(
    language: str, front: str, found: dict[str, object], sign: str
) -> None:
    """In every language "task by friday: Film" says what "task Film by friday" says."""
    line = f"{VERBS[language]} {front}{sign} Film 3: 10:30"
    assert ("tasks.add", {"title": "Film 3: 10:30", **found}) == fields(language, line)


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "10:30: the clock"),
        ("en", "3/4: an exercise"),
        ("en", "25 March: poems"),
        ("en", "Friday 13: superstitions"),
        ("en", "Film: by friday or not"),
        ("en", "by night: a film"),
        ("en", "friday:"),
        ("fr", "Le 14 juillet : exposé"),
        ("fr", "Vendredi 13 : superstitions"),
        ("es", "El 25 de abril: cartel"),
        ("de", "9. November: Referat"),
    ],
)
def test_a_title_with_a_colon_keeps_its_words(language: str, title: str) -> None:
    """Without a word such as "by" a day of a month before a colon is what a title is about."""
    shown = title.rstrip(":")
    assert ("tasks.add", {"title": shown}) == fields(language, f"{VERBS[language]} {title}")


def test_a_date_in_front_wins() -> None:
    """Of two dates the one before the colon is the deadline, whatever the title ends with."""
    meant = {"title": "call Tom at 10:00", "due": FRIDAY}
    assert ("tasks.add", meant) == fields("en", "task by friday: call Tom at 10:00")
    found = fields("en", "milestone 27/11: call at 10:00")
    assert ("milestones.add", {"title": "call at 10:00", "due": FRIDAY}) == found


def test_a_date_in_front_that_is_none_is_told() -> None:
    """The title keeps the words, and the answer says what is wrong with them."""
    found = understood("en", "task by 31/02: Film")
    assert found is not None
    assert {"title": "by 31/02: Film"} == found[1].values
    assert ["31/02"] == [one.words for one in found[1].troubles]


@pytest.mark.parametrize("table", TITLES, ids=lambda path: path.suffixes[0][1:])
def test_titles_with_a_colon_stay_whole(table: Path) -> None:
    """Of the titles that hold no date none loses what stands before its colon, or gets a note."""
    language = table.suffixes[0][1:]
    lines = table.read_text(encoding="utf-8").splitlines()
    titles = [line.split("\t")[0] for line in lines if line and not line.startswith("#")]
    titles = [one for one in titles if ":" in one and len(one.split()) > 1]
    others = {}
    for title in titles:
        found = understood(language, f"{VERBS[language]} {title}")
        assert found is not None
        if ({"title": title}, ()) != (found[1].values, found[1].troubles):
            others[title] = found
    assert titles or language in {"en", "fr"}
    assert {} == others


@pytest.mark.parametrize(
    ("language", "line", "due"),
    [
        ("pt", "tarefa 3 para quarta", WEDNESDAY),
        ("pt", "tarefa 3 até sexta", FRIDAY),
        ("es", "tarea 3 para el viernes", FRIDAY),
        ("fr", "tâche 3 pour vendredi", FRIDAY),
        ("de", "Aufgabe 3 bis Freitag", FRIDAY),
        ("tr", "görev 3 cumaya kadar", FRIDAY),
        ("pl", "zadanie 3 na piątek", FRIDAY),
    ],
)
def test_a_task_moves_to_a_day_behind_its_mark(language: str, line: str, due: Due) -> None:
    """A day that is one only behind "for" moves the task: nothing called "3" is added."""
    assert ("tasks.move", {"task": 3, "due": due}) == fields(language, line)


@pytest.mark.parametrize(
    ("line", "command", "values"),
    [
        ("14 done 👍", "tasks.done", {"task": 14}),
        ("14 done👍", "tasks.done", {"task": 14}),
        ("14 done 🎉🎉 👏🏽", "tasks.done", {"task": 14}),
        ("14 done :)", "tasks.done", {"task": 14}),
        ("task Film by friday 🙏", "tasks.add", {"title": "Film", "due": FRIDAY}),
        ("task Film 🎬", "tasks.add", {"title": "Film 🎬"}),
        ("task Film 🎬 by friday", "tasks.add", {"title": "Film 🎬", "due": FRIDAY}),
        ("delete 14 🗑", "tasks.delete", {"task": 14}),
        ("14 🗑", "tasks.delete", {"task": 14}),
    ],
)
def test_a_smile_at_the_end(line: str, command: str, values: dict[str, object]) -> None:
    """An emoji behind what is complete without it changes nothing."""
    assert (command, values) == fields("en", line)


@pytest.mark.parametrize(
    ("line", "vote"), [("vote 🍕", "🍕"), ("vote Q1 🍕", "🍕"), ("vote b 👍", "b 👍")]
)
def test_a_picture_may_be_what_somebody_votes_for(line: str, vote: str) -> None:
    """An emoji that fills a field is no smile at the end."""
    command, values = fields("en", line) or ("", {})
    assert ("polls.cast", vote) == (command, values["vote"])


@pytest.mark.parametrize("line", ["14 🙂", "14 🎉", "friday 👍"])
def test_a_smile_alone_is_no_command(line: str) -> None:
    """Who only smiles below a card does not ask for it."""
    assert fields("en", line) is None


@pytest.mark.parametrize(
    ("language", "line", "command", "values"),
    [
        ("en", "charter why padlet?", "charter.why", {"what": "padlet"}),
        ("fr", "charte pourquoi padlet ?", "charter.why", {"what": "padlet"}),
        ("en", "help polls?", "help.topic", {"topic": "polls"}),
        ("en", "mentions host delete", "publish.clear", {"mention": Mention.HOST}),
        ("en", "task Why is the sky blue?", "tasks.add", {"title": "Why is the sky blue?"}),
        ("en", "14 = Why?", "tasks.rename", {"task": 14, "title": "Why?"}),
    ],
)
def test_the_mark_of_a_question(
    language: str, line: str, command: str, values: dict[str, object]
) -> None:
    """What is looked up has no "?" at its end; what is kept has those that were typed."""
    assert (command, values) == fields(language, line)


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("en", "Film by the weekend", "by the weekend"),
        ("en", "Film this weekend", "this weekend"),
        ("en", "Film by the end of the week", "by the end of the week"),
        ("en", "Film by next month", "by next month"),
        ("en", "Film before the holidays", "before the holidays"),
        ("fr", "Film pour le week-end", "pour le week-end"),
        ("fr", "Film avant la fin de la semaine", "avant la fin de la semaine"),
        ("de", "Film bis Ende der Woche", "bis Ende der Woche"),
        ("de", "Film dieses Wochenende", "dieses Wochenende"),
        ("es", "Vídeo para este fin de semana", "para este fin de semana"),
        ("it", "Film entro il fine settimana", "entro il fine settimana"),
        ("pl", "Film do końca tygodnia", "do końca tygodnia"),
        ("pt", "Filme para o fim de semana", "para o fim de semana"),
        ("nl", "Film tegen het weekend", "tegen het weekend"),
        ("el", "Ταινία μέχρι το τέλος της εβδομάδας", "μέχρι το τέλος της εβδομάδας"),
        ("tr", "Film hafta sonuna kadar", "hafta sonuna kadar"),
        ("ar", "فيلم قبل نهاية الأسبوع", "قبل نهاية الأسبوع"),
    ],
)
def test_a_time_that_names_no_day_is_told(language: str, title: str, words: str) -> None:
    """The title keeps every word, and the answer says that there is no deadline."""
    found = understood(language, f"{VERBS[language]} {title}")
    assert found is not None
    assert {"title": title} == found[1].values
    assert [words] == [one.words for one in found[1].troubles]
    said = render(found[1].troubles[0].message, Eyes(("en",), PARIS, NOW)).body
    assert said.replace("\u2068", "").replace("\u2069", "") == (
        f"“{words}” does not say which day, so I set no date. Reply with a day, like 27/11."
    )


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "The weekend"),
        ("en", "Photos of the weekend"),
        ("en", "Photos of the holidays"),
        ("en", "Film by night"),
        ("en", "Sing Oh my darling by may"),
        ("en", "The end of the week"),
        ("fr", "Le week-end"),
        ("fr", "Bilan du mois"),
        ("de", "Was machst du am Wochenende"),
        ("es", "El fin de semana"),
        ("tr", "Hafta sonu"),
    ],
)
def test_a_title_about_the_weekend_is_one(language: str, title: str) -> None:
    """Nothing is said where such words are what the title is about."""
    found = understood(language, f"{VERBS[language]} {title}")
    assert found is not None
    assert ({"title": title}, ()) == (found[1].values, found[1].troubles)


def test_a_day_besides_makes_up_for_it() -> None:
    """With a deadline nothing is missing."""
    found = understood("en", "task Film before the holidays by friday")
    assert found is not None
    assert {"title": "Film before the holidays", "due": FRIDAY} == found[1].values
    assert () == found[1].troubles


async def test_the_answer_tells_it_once(talk: Talk) -> None:
    """The card shows the task as it was typed, one line says why it has no date."""
    (answer,) = bodies(await talk.say("!task Poster by the weekend"))
    title, *_rest = answer.splitlines()
    assert "Poster by the weekend" in title
    assert 1 == answer.count("does not say which day")
    assert "I could not read" not in answer


async def test_a_day_in_front_is_shown_on_the_card(talk: Talk) -> None:
    """What was taken for the deadline can be seen, and taken back."""
    (answer,) = bodies(await talk.say("!task by friday: Poster"))
    assert "Poster ·" in answer
    assert "by friday" not in answer
    assert "27 Nov" in answer


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "could you please add a task: Poster by friday"),
        ("fr", "stp tâche Poster pour vendredi"), ("de", "bitte Aufgabe Poster bis Freitag"),
        ("es", "por favor tarea Poster para el viernes"),
        ("it", "per favore compito Poster per venerdì"),
        ("pl", "proszę zadanie Poster do piątku"), ("pt", "por favor tarefa Poster até sexta"),
        ("nl", "aub taak Poster tegen vrijdag"), ("ro", "te rog sarcină Poster până vineri"),
        ("el", "παρακαλώ εργασία Poster μέχρι Παρασκευή"),
        ("tr", "lütfen görev Poster cumaya kadar"),
    ],
)  # fmt: skip
def test_who_asks_kindly_is_understood(language: str, line: str) -> None:
    """A line may begin with "please" or "can you": what follows is the command."""
    found = understood(language, line)
    assert found is not None, line
    assert ("tasks.add", "Poster", FRIDAY) == (
        found[0], found[1].values["title"], found[1].values["due"],
    )  # fmt: skip


@pytest.mark.parametrize("line", ["please", "can you", "can you sing", "please friday"])
def test_asking_for_nothing_is_no_command(line: str) -> None:
    """Kind words alone do nothing."""
    assert understood("en", line) is None
