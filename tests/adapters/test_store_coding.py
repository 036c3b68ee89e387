"""The forms of a document: living, in memory, on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from bot.adapters.store.coding import (
    Document,
    as_loaded,
    body_of,
    document_of,
    person_of,
    room_of,
    shapes,
    tables_of,
)
from bot.adapters.store.migrations import MIGRATIONS, Migration, TooNew, migrate
from bot.adapters.store.names import Key, Kind, key_of
from bot.adapters.store.storage import Tables
from bot.model.documents import SCHEMA, PersonDocument, RoomDocument
from tests.adapters.store_samples import (
    LEA,
    ROOM,
    a_room,
    an_entry,
    person_documents,
    room_documents,
)

thorough = settings(deadline=None, suppress_health_check=list(HealthCheck))


def tables_with(document: Document) -> Tables:
    """Return what TinyDB reads where *document* was written."""
    tables = tables_of(key_of(document).kind, body_of(document))
    read: Tables = msgspec.json.decode(msgspec.json.encode(tables))
    return read


def there_and_back(document: Document) -> Document:
    return document_of(key_of(document).kind, tables_with(document))


@thorough
@given(room_documents)
def test_a_room_comes_back_the_same(document: RoomDocument) -> None:
    """Nothing is lost or changed between a project, its body and its tables."""
    assert room_of(body_of(document)) == document
    assert there_and_back(document) == document


@thorough
@given(person_documents)
def test_a_person_comes_back_the_same(document: PersonDocument) -> None:
    """Nothing is lost or changed between a person, their body and their tables."""
    assert person_of(body_of(document)) == document
    assert there_and_back(document) == document


@thorough
@given(room_documents)
def test_a_body_says_whether_something_changed(document: RoomDocument) -> None:
    """A document that went through any form has the body it had: comparing bodies is enough."""
    body = body_of(document)
    assert body_of(room_of(body)) == body
    assert body_of(there_and_back(document)) == body


@pytest.mark.parametrize("fold", [0, 1])
def test_a_moment_keeps_its_instant(fold: int) -> None:
    """An aware moment is the same instant afterwards, in the repeated hour of autumn too."""
    moment = datetime(2027, 10, 31, 2, 30, tzinfo=ZoneInfo("Europe/Warsaw"), fold=fold)
    document = a_room()
    document.project.reminded_until = moment
    back = there_and_back(document)
    assert isinstance(back, RoomDocument)
    assert back.project.reminded_until is not None
    assert back.project.reminded_until.astimezone(UTC) == moment.astimezone(UTC)


def test_what_there_are_many_of_is_a_table() -> None:
    """Tasks are numbered, members named, the outbox listed; what is single stands in two rows."""
    document = a_room(members=(LEA,), tasks=14)
    document.outbox = [an_entry(1), an_entry(2)]
    document.seen["$x"] = 7
    tables = tables_with(document)
    assert list(tables)[:2] == ["meta", "project"]
    assert tables["meta"]["1"]["schema"] == SCHEMA
    assert tables["project"]["1"]["languages"] == ["fr", "pl"]
    assert tables["tasks"]["14"]["title"] == "Film the tour, part 14"
    assert tables["members"]["1"]["key"] == LEA
    assert [tables["outbox"][number]["id"] for number in ("1", "2")] == ["e1", "e2"]
    assert tables["seen"]["1"] == {"$x": 7}


def test_what_is_missing_takes_its_default() -> None:
    """A file from before a field existed is read: the field has its default."""
    tables = tables_with(a_room(tasks=1))
    del tables["offers"], tables["project"]["1"]["quiet"], tables["tasks"]["1"]["tags"]
    assert document_of(Kind.PROJECT, tables) == a_room(tasks=1)


def test_copies_share_nothing() -> None:
    """Two copies of one body have no list or dict in common, however deep."""
    document = a_room()
    document.extra = {"once": [1, {"a": []}]}
    body = body_of(document)
    copy = room_of(body)
    copy.extra["once"][1]["a"].append("changed")
    copy.project.languages.append("de")
    assert room_of(body) == document


def test_after_a_restart_everything_counts_as_tried() -> None:
    """Nobody knows what was attempted before a crash, so it must not be altered any more."""
    document = a_room()
    document.outbox = [an_entry(1)]
    assert not room_of(body_of(document)).outbox[0].tried
    assert as_loaded(document).outbox[0].tried


@pytest.mark.parametrize(
    "spoil",
    [
        lambda tables: tables.clear(),
        lambda tables: tables.pop("meta"),
        lambda tables: tables["meta"]["1"].pop("schema"),
        lambda tables: tables["meta"]["1"].update(schema="1"),
        lambda tables: tables["meta"]["1"].update(schema=0),
        lambda tables: tables["meta"].update({"1": []}),
        lambda tables: tables["meta"]["1"].update(kind="person"),
        lambda tables: tables.pop("project"),
        lambda tables: tables["project"]["1"].pop("room"),
        lambda tables: tables["project"]["1"].update(created="secret"),
        lambda tables: tables["tasks"]["1"].update(state="secret"),
        lambda tables: tables["tasks"].update(secret={}),
        lambda tables: tables["tasks"].update({"1": "secret"}),
        lambda tables: tables["members"]["1"].pop("key"),
        lambda tables: tables["seen"].update({"1": ["secret"]}),
        lambda tables: tables["seen"].clear(),
    ],
)
def test_wrong_tables_are_refused_without_quoting_them(spoil: Migration) -> None:
    """Whatever is wrong in a file, it is one kind of error, with no word of the content in it."""
    tables = tables_with(a_room(members=(LEA,), tasks=1))
    spoil(tables)
    with pytest.raises(ValueError, match=r".") as caught:
        document_of(Kind.PROJECT, tables)
    assert "secret" not in str(caught.value)
    assert not isinstance(caught.value, TooNew)


def test_text_that_is_no_unicode_is_refused() -> None:
    """Half a surrogate pair cannot be stored; that is noticed before anything is written."""
    with pytest.raises(UnicodeEncodeError):
        body_of(PersonDocument("@\ud800:x"))


def test_each_schema_has_its_migration() -> None:
    """There is one step from each historic schema to the next."""
    assert len(MIGRATIONS) == SCHEMA - 1


def test_migrations_run_in_order_from_the_schema_of_the_file() -> None:
    """A file passes through every step after its own schema, and through no earlier one."""

    def step(name: str) -> Migration:
        def run(tables: Tables) -> Tables:
            return {**tables, "steps": {**tables.get("steps", {}), name: {}}}

        return run

    steps = [step("1 to 2"), step("2 to 3"), step("3 to 4")]
    old: Tables = {"meta": {"1": {"schema": 2, "kept": True}}}
    assert migrate(old, steps, 4) == {
        "meta": {"1": {"schema": 4, "kept": True}},
        "steps": {"2 to 3": {}, "3 to 4": {}},
    }


def test_a_newer_schema_is_refused() -> None:
    """A file of a version that does not exist yet is not guessed at."""
    with pytest.raises(TooNew) as caught:
        migrate({"meta": {"1": {"schema": SCHEMA + 1}}})
    assert caught.value.schema == SCHEMA + 1


def test_a_named_document_may_not_have_a_key_of_its_own() -> None:
    """A field `key` would be overwritten by the name in the table: that is found at import."""

    @dataclass
    class Named:
        key: str

    @dataclass
    class Many:
        named: dict[str, Named] = field(default_factory=dict)

    Many.__annotations__["named"] = dict[str, Named]
    with pytest.raises(TypeError, match="named"):
        shapes(Many)


def test_names_of_files_tell_rooms_but_not_people(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A room is found by its id, a person only by who knows it; very long ids become a digest."""
    top = tmp_path_factory.getbasetemp()
    assert Key(Kind.PROJECT, ROOM).path(top).name == "%21Tour%3Apau.example.json"
    assert "lea" not in str(Key(Kind.PERSON, LEA).path(top).relative_to(top))
    version_12 = "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"
    assert Key(Kind.PROJECT, version_12).path(top).stem == f"%21{version_12[1:]}"
    long = Key(Kind.PROJECT, "!" + "ż" * 100).path(top)
    assert len(long.name) == 64 + len(".json")


def test_ids_cannot_leave_the_directory(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No room id, however strange, names a file elsewhere."""
    top = tmp_path_factory.getbasetemp() / "data"
    for room in ("../../x", "/etc/passwd", ".", "..", "", "a\0b", "!\ud800", "C:\\x"):
        path = Key(Kind.PROJECT, room).path(top)
        assert path.parent.parent == top / "projects"
        assert "\0" not in path.name
