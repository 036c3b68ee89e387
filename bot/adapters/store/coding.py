"""The two forms of a document beside the living one: bytes in memory, tables on disk.

A body (compact JSON of the dataclass) is what the store keeps in memory: it cannot be changed by
accident, and decoding it makes a private copy that shares nothing with anybody. Tables are what
stands in the file, for TinyDB and for people: whatever a document holds many of is a table.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import msgspec

from bot.adapters.store.migrations import migrate
from bot.adapters.store.names import Kind
from bot.model.documents import PersonDocument, RoomDocument
from bot.model.project import Project

if TYPE_CHECKING:
    from bot.adapters.store.storage import Tables

Document = RoomDocument | PersonDocument

_encoder = msgspec.json.Encoder()
_room_decoder = msgspec.json.Decoder(RoomDocument)
_person_decoder = msgspec.json.Decoder(PersonDocument)


def body_of(document: Document) -> bytes:
    """Return the body of *document*; the same document always has the same body.

    Raises UnicodeEncodeError for text that is no Unicode (lone surrogates).
    """
    return _encoder.encode(document)


def room_of(body: bytes) -> RoomDocument:
    """Return a new document made from its *body*."""
    return _room_decoder.decode(body)


def person_of(body: bytes) -> PersonDocument:
    """Return a new document made from its *body*."""
    return _person_decoder.decode(body)


class Shape(Enum):
    """How a field that holds many things becomes a table."""

    NUMBERED = auto()
    """dict[int, dataclass]: the number is the document's id in TinyDB."""
    NAMED = auto()
    """dict[str, dataclass]: the name stands in the document as `key`."""
    LISTED = auto()
    """list[dataclass]: numbered from 1, in order."""
    PLAIN = auto()
    """A dict of plain values: one document that is the dict."""


def shapes(part: type) -> dict[str, Shape]:
    """Return which fields of the dataclass *part* are tables, and of which shape."""
    found: dict[str, Shape] = {}
    for name, hint in get_type_hints(part).items():
        what = get_args(hint)
        if get_origin(hint) is dict and is_dataclass(what[1]):
            if what[0] is int:
                found[name] = Shape.NUMBERED
            elif "key" in get_type_hints(what[1]):
                raise TypeError(f"{name}: a named document cannot have a field 'key' of its own")
            else:
                found[name] = Shape.NAMED
        elif get_origin(hint) is dict:
            found[name] = Shape.PLAIN
        elif get_origin(hint) is list and is_dataclass(what[0]):
            found[name] = Shape.LISTED
    return found


# Name of the table for what is single -> shapes of the rest. `meta` comes first in every file.
_ROOM: dict[str, dict[str, Shape]] = {"meta": shapes(RoomDocument), "project": shapes(Project)}
_PERSON: dict[str, dict[str, Shape]] = {"meta": {}, "person": shapes(PersonDocument)}
for _layout in (_ROOM, _PERSON):
    _names = [*_layout, *(name for part in _layout.values() for name in part)]
    if len(_names) != len(set(_names)):
        raise TypeError(f"two tables of one name among {_names}")


def tables_of(kind: Kind, body: bytes) -> Tables:
    """Return the tables in which a document is stored, made from its *body*.

    Whatever needs no rearranging stays JSON (msgspec.Raw), to be written as it is.
    """
    values: dict[str, Any] = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    if kind is Kind.PROJECT:
        project = msgspec.json.decode(values.pop("project"), type=dict[str, msgspec.Raw])
        layout, parts = _ROOM, {"meta": values, "project": project}
    else:
        layout, parts = _PERSON, {"meta": {"schema": values.pop("schema")}, "person": values}
    parts["meta"] = {"kind": kind.value, "schema": parts["meta"].pop("schema"), **parts["meta"]}
    tables: Tables = {}
    for name, many in layout.items():
        tables[name] = {"1": {key: one for key, one in parts[name].items() if key not in many}}
    for name, many in layout.items():
        tables.update((key, _rows(shape, parts[name][key])) for key, shape in many.items())
    return tables


def document_of(kind: Kind, tables: Tables) -> Document:
    """Return the document stored in *tables*, migrated to the schema of this version.

    Raises TooNew, or ValueError saying what is wrong without a word of the content.
    """
    try:
        tables = migrate(tables)
        layout = _ROOM if kind is Kind.PROJECT else _PERSON
        if tables["meta"]["1"].pop("kind") != kind:
            raise ValueError("of another kind")
        values: dict[str, Any] = {}
        for name, many in layout.items():
            part = dict(tables[name]["1"])
            for key, shape in many.items():
                if key in tables:
                    part[key] = _value(shape, tables[key])
            if name == "project":
                values["project"] = part
            else:
                values.update(part)
        if kind is Kind.PROJECT:
            return msgspec.convert(values, RoomDocument, str_keys=True)
        return msgspec.convert(values, PersonDocument)
    except msgspec.ValidationError as error:  # its text names the place, never the value
        raise ValueError(f"not a {kind}: {_place(error)}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a {kind}: {type(error).__name__}") from None


def as_loaded(document: RoomDocument) -> RoomDocument:
    """Return *document* as it counts after a restart: nobody knows what was already attempted."""
    for entry in document.outbox:
        entry.tried = True
    return document


def _rows(shape: Shape, value: msgspec.Raw) -> Any:
    """Return the table that holds *value*."""
    match shape:
        case Shape.NUMBERED:
            return value
        case Shape.NAMED:
            named: dict[str, Any] = msgspec.json.decode(value)
            return {str(n): {"key": key, **named[key]} for n, key in enumerate(named, 1)}
        case Shape.LISTED:
            listed = msgspec.json.decode(value, type=list[msgspec.Raw])
            return {str(n): one for n, one in enumerate(listed, 1)}
        case Shape.PLAIN:
            return {"1": value}


def _value(shape: Shape, rows: dict[str, Any]) -> Any:
    """Return what `_rows` made into the table *rows*."""
    match shape:
        case Shape.NUMBERED:
            return rows
        case Shape.NAMED:
            return {row.pop("key"): row for row in rows.values()}
        case Shape.LISTED:
            return list(rows.values())
        case Shape.PLAIN:
            return rows["1"]


def _place(error: msgspec.ValidationError) -> str:
    """Return the place that *error* names, which may hold keys, reduced to what may be logged."""
    what, _, _ = str(error).partition(" - at ")
    return what if "Invalid enum value" not in what else "Invalid enum value"
