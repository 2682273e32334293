"""Plain SQL for what runs with each request: `db.query` and `insert` look at the schema each time.

The statements are constants, so that the connection prepares each of them once.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlite_utils import Database as SqliteDatabase


def fetch(
    db: SqliteDatabase, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()
) -> list[dict[str, Any]]:
    """Run a statement and return all its rows by the names of their columns."""
    cursor = db.conn.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def insert(db: SqliteDatabase, table: str, row: Mapping[str, object], *, verb: str = "") -> None:
    """Insert a row, whose keys are the names of columns in this package.

    Args:
        verb: `replace` or `ignore`, where there is such a row already.
    """
    db.conn.execute(_insert_statement(table, tuple(row), verb), row)


@cache
def _insert_statement(table: str, columns: tuple[str, ...], verb: str) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(f":{column}" for column in columns)
    conflict = f" or {verb}" if verb else ""
    return f"insert{conflict} into {table} ({names}) values ({values})"  # constants
