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


def insert(
    db: SqliteDatabase,
    table: str,
    row: Mapping[str, object],
    *,
    key: tuple[str, ...] = (),
    is_first_kept: bool = False,
) -> None:
    """Insert a row, whose keys are the names of columns in this package.

    Args:
        key: of the table, where the row takes the place of one that has the same.
        is_first_kept: the row is left out where there is such a one.
    """
    statement = _insert_statement(table, tuple(row), key)
    db.conn.execute(f"{statement} on conflict do nothing" if is_first_kept else statement, row)


def rename(
    db: SqliteDatabase,
    table: str,
    column: str,
    names: tuple[int, int],
    rest: Sequence[str],
    where: str = "true",
) -> None:
    """Change a column of a key from one value to another; rows that have that already go.

    Args:
        names: the value before and after.
        rest: the other columns of the key.
        where: of which rows.
    """
    before, after = names
    same = " and ".join(f"other.{each} = {table}.{each}" for each in rest)
    # Names of tables and columns are constants of this package.
    db.conn.execute(
        f"delete from {table} where {column} = :after and exists ("  # noqa: S608
        f"select 1 from {table} as other where other.{column} = :before and {same}) and {where}",
        {"before": before, "after": after},
    )
    db.conn.execute(
        f"update {table} set {column} = :after where {column} = :before and {where}",  # noqa: S608
        {"before": before, "after": after},
    )


@cache
def _insert_statement(table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(f":{column}" for column in columns)
    statement = f"insert into {table} ({names}) values ({values})"  # noqa: S608  # constants
    if key:
        changed = (f'"{each}" = excluded."{each}"' for each in columns if each not in key)
        statement += f" on conflict ({', '.join(key)}) do update set {', '.join(changed)}"
    return statement
