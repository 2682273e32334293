"""Repositories: the methods of one hold its statements, and run on the threads of the database.

What runs with each request is plain SQL, by `fetch` and `insert`: `db.query` and `insert` of the
library look at the schema each time. Such statements are constants, so that the connection prepares
each of them once.
"""

from __future__ import annotations

from functools import cache, partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from sqlite_utils import Database as SqliteDatabase

    from storage.database import Database

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Repository")


class Repository:
    """Statements about some of the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database


def reading(
    query: Callable[Concatenate[S, SqliteDatabase, P], R],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """Let a method be awaited without its connection, which `Database.read` passes to it."""

    @wraps(query)
    async def read(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._database.read(partial(query, self), *args, **kwargs)

    return read


def writing(
    change: Callable[Concatenate[S, SqliteDatabase, P], R],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """Let a method be awaited without its connection, which `Database.write` passes to it."""

    @wraps(change)
    async def write(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._database.write(partial(change, self), *args, **kwargs)

    return write


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


def setting(db: SqliteDatabase, key: str) -> str | None:
    """Return what the bot remembers by a key of the table `settings`, None where it has none."""
    rows = fetch(db, "select value from settings where key = ?", [key])
    return str(rows[0]["value"]) if rows else None


def remember(db: SqliteDatabase, key: str, value: str) -> None:
    """Store a value in the table `settings`, in place of an older one."""
    insert(db, "settings", {"key": key, "value": value}, key=("key",))


def forget(db: SqliteDatabase, key: str) -> None:
    """Remove a value from the table `settings`."""
    db.conn.execute("delete from settings where key = ?", [key])


class SettingRepository(Repository):
    """What the bot remembers about itself: the table `settings`."""

    @reading
    def get(self, db: SqliteDatabase, key: str) -> str | None:
        """Return the value, or None where none was set."""
        return setting(db, key)

    @writing
    def set(self, db: SqliteDatabase, key: str, value: str) -> None:
        """Store the value, in place of an older one."""
        remember(db, key, value)
