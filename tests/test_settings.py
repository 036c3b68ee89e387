"""bot.yaml: what is understood, and how each mistake is told."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest
import yaml

from bot.app import institution
from bot.model.charter import Article, Mode
from bot.model.institution import Institution
from bot.settings import Level, Problem, Settings, SettingsError, check, load
from bot.settings.reading import names
from bot.settings.schema import Part

EXAMPLE = Path(__file__).parent.parent / "bot.example.yaml"

READY = """
matrix:
  homeserver: "https://matrix.school.example"
  user: "@comenius:school.example"
  allow: [school.example]
"""
"""What one has to write at the least."""


def written(folder: Path, text: str) -> Path:
    """Return the path of a bot.yaml that says `text`."""
    path = folder / "bot.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(path: Path) -> list[Problem]:
    """Return what `load` finds wrong."""
    with pytest.raises(SettingsError) as caught:
        load(path)
    return list(caught.value.problems)


def test_example_equals_the_defaults() -> None:
    """The example can be loaded and says what holds when nothing is said."""
    assert Settings() == load(EXAMPLE).model_copy(update={"store": Settings().store})
    assert EXAMPLE.parent / "data" == load(EXAMPLE).store.directory


def test_example_shows_every_setting() -> None:
    """No setting is missing in the example."""

    def complete(part: type[Part], written: dict[str, object], path: str = "") -> list[str]:
        missing = [path + name for name in names(part) if name not in written]
        for name, group in names(part).items():
            below = written.get(name)
            if group is not None and isinstance(below, dict):
                missing += complete(group, below, f"{path}{name}.")
        return missing

    assert [] == complete(Settings, yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))


@pytest.mark.parametrize("text", ["", "# nothing\n", "matrix:\nstore:\nlog:\n"])
def test_nothing_said_means_the_defaults(tmp_path: Path, text: str) -> None:
    """An empty file or empty groups are not a mistake."""
    settings = load(written(tmp_path, text))

    assert Settings().matrix == settings.matrix
    assert tmp_path / "data" == settings.store.directory


def test_everything_can_be_set(tmp_path: Path) -> None:
    """Each value is read as people write it, without quotes wherever YAML lets them."""
    settings = load(
        written(
            tmp_path,
            """
matrix:
  homeserver: http://localhost:8008/
  user: "@bot:localhost:8008"
  token_file: secret.token
  password_file: /etc/comenius/password
  device_name: "Class 6b"
  allow: ["*.ac-paris.fr", "@*:partner.example", "@lea:pau.example"]
store: {directory: rooms}
languages: [no, fr, pt-BR]
zone: Europe/Warsaw
quiet: {from: 21:30, to: 6:00, weekend: no}
deadline: 16:00
leads: [2w, 30min]
limits: {commands_per_minute: 5}
log: {level: debug}
""",
        )
    )

    assert "http://localhost:8008" == settings.matrix.homeserver
    assert tmp_path / "secret.token" == settings.matrix.token_file
    assert Path("/etc/comenius/password") == settings.matrix.password_file
    assert tmp_path / "rooms" == settings.store.directory
    assert ("no", "fr", "pt_BR") == settings.languages
    assert (time(21, 30), time(6), False) == (
        settings.quiet.start,
        settings.quiet.end,
        settings.quiet.weekend,
    )
    assert time(16) == settings.deadline
    assert (timedelta(weeks=2), timedelta(minutes=30)) == settings.leads
    assert Level.DEBUG == settings.log.level


MISTAKES = [
    ("matrix: {homserver: x}", "matrix.homserver", "Did you mean homeserver?"),
    ("Matrix: {}", "Matrix", "Did you mean matrix?"),
    ("homeserver: x", "homeserver", "It belongs under matrix."),
    ("matrix: {zone: UTC}", "matrix.zone", "It belongs at the very left, in no group."),
    ("quiet: {start: x}", "quiet.start", "Known here: from, to, weekend."),
    ("colour: red", "colour", "Known here: matrix, store,"),
    ("zone: {x: 1}", "zone", "Put it between quotes."),
    ("zone: Europe/Varsovie", "zone", "Write one like Europe/Warsaw."),
    ("zone: Europe/Warsw", "zone", "Did you mean Europe/Warsaw?"),
    ("zone: warsaw", "zone", "Did you mean Europe/Warsaw?"),
    ("zone: New York", "zone", "Did you mean America/New_York?"),
    ("matrix: {homeserver: matrix.a.fr}", "matrix.homeserver", "like https://matrix.a.fr."),
    ("matrix: {homeserver: 'https://'}", "matrix.homeserver", "like https://matrix.example.org"),
    ("matrix: {homeserver: 'https://a.fr/x'}", "matrix.homeserver", "like https://a.fr."),
    ("matrix: {homeserver: 'https://me:pw@a.fr'}", "matrix.homeserver", "like https://a.fr."),
    ("matrix: {homeserver: 'https://me:pw@a.fr'}", "matrix.homeserver", "'https://...@a.fr'"),
    ("matrix: {user: comenius}", "matrix.user", "Write it whole"),
    ("matrix: {allow: example.org}", "matrix.allow", "between brackets"),
    ("matrix: {allow: [a.org, '@lea']}", "matrix.allow[1]", '"@teacher:example.org"'),
    ("log: {level: loud}", "log.level", "Write one of debug, info, warning, error."),
    ("log: {level: warnin}", "log.level", "Did you mean warning?"),
    ("matrix: {token_file: 12}", "matrix.token_file", "must be the name of a file"),
    ("matrix: {device_name: ''}", "matrix.device_name", "must not be empty"),
    ("matrix: 3", "matrix", "Write each on a line below it"),
    ("languages: en", "languages", "between brackets"),
    ("languages: []", "languages", "Write at least one."),
    ("languages: [français]", "languages[0]", "like en, fr or pl"),
    ("quiet: {from: 25:00}", "quiet.from", 'like "20:00"'),
    ("quiet: {from: 20}", "quiet.from", 'like "20:00"'),
    ("quiet: {weekend: maybe}", "quiet.weekend", "must be true or false"),
    ("deadline: evening", "deadline", "'evening' is not a time of day"),
    ("leads: [7d, a week]", "leads[1]", "Write 30min, 1h, 7d or 2w."),
    ("leads: [0d]", "leads[0]", "'0d' is not a length of time"),
    ("limits: {commands_per_minute: '20'}", "limits.commands_per_minute", "without quotes"),
    ("limits: {commands_per_minute: true}", "limits.commands_per_minute", "whole number"),
    ("limits: {commands_per_minute: 0}", "limits.commands_per_minute", "greater than or equal"),
    ("log: {level: verbose}", "log.level", "debug, info, warning, error"),
    ("charter: {mode: loud}", "charter.mode", "Write one of off, reaction, note, dry."),
    ("charter: {cooldown_days: 0}", "charter.cooldown_days", "greater than or equal"),
    ("charter: {rules: [{service: Padlett}]}", "charter.rules[0].service", "Did you mean Padlet?"),
    ("charter: {rules: [{service: Blurb}]}", "charter.rules[0].service", "Write its host"),
    ("charter: {rules: [{host: 'https://a.fr/x'}]}", "charter.rules[0].host", "without https://"),
    ("charter: {rules: [{reason: yes}]}", "charter.rules[0]", "Name one: service, host or tenant."),
    ("charter: {rules: [{host: a.fr, tenant: b}]}", "charter.rules[0]", "Name one"),
    ("charter: {rules: [{host: a.fr, until: june}]}", "charter.rules[0].until", "2027-06-30"),
    ("charter: {rules: [{hosst: a.fr}]}", "charter.rules[0].hosst", "Did you mean host?"),
    ("charter: {rules: {host: a.fr}}", "charter.rules", "between brackets"),
    ("charter: {text: {files: charte.md}}", "charter.text.files", "a line of its own for each"),
    (
        "charter: {text: {version: v1, files: {fr: gone.md}}}",
        "charter.text.files.fr",
        "no such file",
    ),
    ("zone: UTC\nlog: {}\nzone: UTC", "zone", "stands twice, in lines 1 and 3. Keep one"),
    ("log: {level: info, level: info}", "level", "Keep one of them."),
    ("- a\n- b", "bot.yaml", "holds settings of its own"),
    ("just words", "bot.yaml", "holds settings of its own"),
    ("matrix:\n  user: @c:example.org", "bot.yaml, line 2, column 9", "between quotes"),
    ("matrix:\n\tuser: x", "bot.yaml, line 2, column 1", "not with tabs"),
    ("matrix: {", "bot.yaml, line 1, column 10", "Compare it with bot.example.yaml"),
    ("zone: \x07", "bot.yaml", "This is not YAML"),
    ("1: 2", "1", "is not the name of a setting"),
]


@pytest.mark.parametrize(("text", "place", "advice"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_a_way_out(
    tmp_path: Path, text: str, place: str, advice: str
) -> None:
    """One mistake is one problem: where, what is wrong, what to do."""
    (problem,) = mistakes(written(tmp_path, text))

    assert place == problem.path.removeprefix(f"{tmp_path}/")
    assert advice in str(problem)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Nobody has to start the bot five times to find five mistakes."""
    path = written(tmp_path, "zon: x\nmatrix: {usr: x, allow: no}\nleads: [1h, x]\nzon: y")

    found = [problem.path for problem in mistakes(path)]

    assert sorted(["zon", "zon", "matrix.usr", "matrix.allow", "leads[1]"]) == sorted(found)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, a folder, not text: each is a problem, not a traceback."""
    (tmp_path / "latin.yaml").write_bytes("zone: Genève".encode("latin-1"))

    (missing,) = mistakes(tmp_path / "bot.yaml")
    (folder,) = mistakes(tmp_path)
    (latin,) = mistakes(tmp_path / "latin.yaml")

    assert "Start from bot.example.yaml." in str(missing)
    assert "It cannot be read" in str(folder)
    assert "UTF-8" in str(latin)


def test_settings_never_change() -> None:
    """Whoever has the settings cannot alter them for others."""
    with pytest.raises(ValueError, match="frozen"):
        Settings().zone = "Europe/Paris"


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    """A secret comes from its variable, else from its file, else there is none."""
    (tmp_path / "token").write_text("from-file\n", encoding="utf-8")
    matrix = load(written(tmp_path, "matrix: {token_file: token}")).matrix

    assert "from-file" == matrix.token({})
    assert "from-environment" == matrix.token({"COMENIUS_TOKEN": "from-environment"})
    assert matrix.password({}) is None
    assert "word" == matrix.password({"COMENIUS_PASSWORD": "word"})


def test_a_ready_configuration_has_no_problem(tmp_path: Path) -> None:
    """With an account, a secret and somebody who may invite it, the bot can run."""
    assert [] == check(written(tmp_path, READY), {"COMENIUS_TOKEN": "syt_x"})


def test_the_example_as_it_is_cannot_run() -> None:
    """Whoever only copies the example is told what is theirs to write."""
    found = [problem.path for problem in check(EXAMPLE, {})]

    expected = ["matrix.homeserver", "matrix.user", "matrix.token_file", "matrix.allow"]
    assert expected == found


def test_check_tells_mistakes_of_the_text_too(tmp_path: Path) -> None:
    """One command tells everything: a mistake in one place hides none in another."""
    text = (
        "zone: Paris\nlanguages: [xx]\nmatrix:\n  homserver: x\n  user: comenius\n"
        "  password_file: password\nlimits: 7\n"
        "charter:\n  cooldown_days: 0\n  text:\n    files: {fr: charte.md}\n"
    )
    found = {one.path: one for one in check(written(tmp_path, text), {})}

    assert "Did you mean Europe/Paris?" == found["zone"].suggestion
    assert {
        "zone", "languages[0]", "matrix.homserver", "matrix.user", "matrix.password_file", "limits",
        "matrix.allow", "charter.cooldown_days", "charter.text.version", "charter.text.files.fr",
    } == found.keys()  # fmt: skip


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (b"syt_x", 0o600, None),
        (b"syt_x\n", 0o400, None),
        (b"syt_x", 0o640, "Others can read"),
        (b"syt_x", 0o604, "Run: chmod 600"),
        (b"", 0o600, "does not hold one line"),
        (b"two\nlines", 0o600, "Put only the secret in it."),
        (b"\xff\xfe", 0o600, "holds no text"),
        (None, 0, "There is no file"),
    ],
)
def test_a_secret_file_is_looked_at(
    tmp_path: Path, content: bytes | None, mode: int, said: str | None
) -> None:
    """A secret that is missing, damaged or open to others is told before the bot runs."""
    if content is not None:
        (tmp_path / "token").write_bytes(content)
        (tmp_path / "token").chmod(mode)
    path = written(tmp_path, READY + "  token_file: token\n")

    found = check(path, {})

    assert [said is not None] * len(found) == [said is not None and said in str(p) for p in found]
    assert (said is None) == (found == [])


def test_a_secret_that_is_a_folder(tmp_path: Path) -> None:
    """A folder instead of a file is a problem, not a traceback."""
    (tmp_path / "token").mkdir()

    (problem,) = check(written(tmp_path, READY + "  token_file: token\n"), {})

    assert "cannot be read" in str(problem)


def test_the_folder_of_the_rooms_is_looked_at(tmp_path: Path) -> None:
    """A folder that can be made is fine, one that cannot is told."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    fine = written(tmp_path, READY + "store: {directory: new/rooms}\n")
    assert [] == check(fine, {"COMENIUS_TOKEN": "x"})

    (problem,) = check(
        written(tmp_path, READY + "store: {directory: taken/rooms}\n"), {"COMENIUS_TOKEN": "x"}
    )

    assert "store.directory" == problem.path
    assert "is a file, not a folder" in problem.sentence


def test_a_language_without_a_catalog_is_told(tmp_path: Path) -> None:
    """A room does not find out by itself that the bot does not speak its language."""
    (problem,) = check(written(tmp_path, READY + "languages: [en, xx]\n"), {"COMENIUS_TOKEN": "x"})

    assert "languages[1]" == problem.path
    assert "does not speak 'xx'" in problem.sentence


FRENCH = """
# Notre charte

Ce qui vaut pour tous.

1. Les outils de l'école. On prend les services de l'école,
ou du ministère.

## 2. Images et voix

Un **oui** écrit.

Chaque année.
"""
GERMAN = "1. Dienste der Schule. Wir nehmen sie.\n2) Bilder. Nur mit Ja.\n"


def test_an_institution_brings_its_charter(tmp_path: Path) -> None:
    """Paragraphs or headings, in every language by the same number; rules for all rooms."""
    (tmp_path / "charte.fr.md").write_text(FRENCH, encoding="utf-8")
    (tmp_path / "charta.de.md").write_text(GERMAN, encoding="utf-8")
    settings = load(
        written(
            tmp_path,
            """
matrix: {no_direct_rooms: [guests.example]}
charter:
  mode: reaction
  cooldown_days: 3
  rules:
    - service: YouTube
      reason: the board agreed
      decided_by: head
      reference: "12"
      until: 2027-08-31
    - {host: "*.Example.org", allowed: false}
    - tenant: lycee-x
  text:
    version: "2026-09"
    files: {fr: charte.fr.md, de: charta.de.md}
    numbers: {6: 2}
""",
        )
    )

    house = institution(settings)

    assert (Mode.REACTION, 3, "2026-09") == (house.mode, house.cooldown_days, house.version)
    assert ("guests.example",) == house.no_direct_rooms
    assert ["cs.youtube", "*.example.org", "lycee-x"] == [one.what for one in house.rules]
    assert [True, False, True] == [one.allowed for one in house.rules]
    assert (date(2027, 8, 31), "head", "12") == (
        house.rules[0].until,
        house.rules[0].decided_by,
        house.rules[0].reference,
    )
    assert {
        "fr": (
            Article(
                1, "Les outils de l'école", "On prend les services de l'école, ou du ministère."
            ),
            Article(2, "Images et voix", "Un oui écrit. Chaque année."),
        ),
        "de": (
            Article(1, "Dienste der Schule", "Wir nehmen sie."),
            Article(2, "Bilder", "Nur mit Ja."),
        ),
    } == house.articles
    assert {6: 2} == house.numbers


def test_nothing_said_means_the_neutral_articles() -> None:
    """And Tchap's guests, who cannot open a direct room."""
    assert Institution() == institution(Settings())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# Only a title\n\nand words", "No article was found"),
        ("1. One. Text.\n1. Again. Text.", "Article 1 stands twice"),
        (f"1. {'long ' * 30}", "The title of article 1 is too long"),
        (f"1. Short. {'long ' * 300}", "The text of article 1 is too long"),
        ("\n".join(f"{n}. T. X." for n in range(1, 70)), "more than 60 articles"),
        ("2. Two. Text.", "It lacks articles that fr has: 1."),
        ("1. One. Text.\n2. Two. Text.\n7. Seven. Text.", "It has articles that fr lacks: 7."),
    ],
)
def test_a_charter_text_that_cannot_be_used(tmp_path: Path, text: str, sentence: str) -> None:
    """Each mistake is told with its language, before anybody reads a half charter."""
    (tmp_path / "a.md").write_text(FRENCH, encoding="utf-8")
    (tmp_path / "b.md").write_text(text, encoding="utf-8")
    line = 'charter: {text: {version: "1", files: {fr: a.md, de: b.md}}}'

    found = mistakes(written(tmp_path, line))

    assert "charter.text.files.de" == found[0].path
    assert sentence in found[0].sentence


@pytest.mark.parametrize(
    ("numbers", "path", "sentence"),
    [
        ("{6: 9}", "charter.text.numbers.6", "The text has no article 9."),
        ("{16: 1}", "charter.text.numbers.16", "There is no neutral article 16."),
    ],
)
def test_numbers_of_articles_that_are_not_there(
    tmp_path: Path, numbers: str, path: str, sentence: str
) -> None:
    """Nobody is sent to an article that does not exist."""
    (tmp_path / "a.md").write_text(FRENCH, encoding="utf-8")
    line = f'charter: {{text: {{version: "1", files: {{fr: a.md}}, numbers: {numbers}}}}}'

    (found,) = mistakes(written(tmp_path, line))

    assert (path, sentence) == (found.path, found.sentence)


def test_a_charter_text_without_a_version(tmp_path: Path) -> None:
    """Who signs, signs a version: it is asked for together with all that is wrong besides."""
    found = mistakes(written(tmp_path, "charter: {text: {files: {fr: gone.md}}}"))

    assert ["charter.text.version", "charter.text.files.fr"] == [one.path for one in found]


def test_a_charter_text_that_cannot_be_read(tmp_path: Path) -> None:
    """Not written in UTF-8, or no file at all."""
    (tmp_path / "a.md").write_bytes("1. é. é".encode("latin-1"))
    (tmp_path / "b.md").mkdir()
    line = 'charter: {text: {version: "1", files: {fr: a.md, de: b.md}}}'

    found = mistakes(written(tmp_path, line))

    assert ["charter.text.files.fr", "charter.text.files.de"] == [one.path for one in found]
    assert "not written in UTF-8" in found[0].sentence
    assert "cannot be read" in found[1].sentence
