"""How the files of older versions become those of this one.

A migration is a pure function from tables to tables: `MIGRATIONS[n]` takes the content of a file
of schema n + 1 and returns that of schema n + 2. A field with a default needs none. They run when
a file is loaded, in memory; the next commit writes the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bot.model.documents import SCHEMA

if TYPE_CHECKING:
    from bot.adapters.store.storage import Tables

Migration = Callable[["Tables"], "Tables"]

MIGRATIONS: tuple[Migration, ...] = ()
"""As long as SCHEMA - 1."""


class TooNew(ValueError):
    """The file was written by a newer version of the bot: it must not be touched."""

    def __init__(self, schema: int) -> None:
        """Remember the *schema* that the file is in."""
        super().__init__(f"schema {schema} is newer than this version's {SCHEMA}")
        self.schema = schema


def migrate(
    tables: Tables, migrations: Sequence[Migration] = MIGRATIONS, newest: int = SCHEMA
) -> Tables:
    """Return *tables* in the *newest* schema. Raises TooNew, or ValueError without a schema."""
    schema = tables.get("meta", {}).get("1", {}).get("schema")
    if not isinstance(schema, int) or schema < 1:
        raise ValueError("no schema number")
    if schema > newest:
        raise TooNew(schema)
    for migration in migrations[schema - 1 : newest - 1]:
        tables = migration(tables)
    tables["meta"]["1"]["schema"] = newest
    return tables
