"""Repositories: the methods of one hold its statements, and run on the threads of the database."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from storage.connection import Connection, Lock
    from storage.database import Database

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Repository")


class Repository:
    """Statements about some of the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database


def reading(
    query: Callable[Concatenate[S, Connection, P], R],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """Let a method be awaited without its connection, which `Database.read` passes to it."""

    @wraps(query)
    async def read(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._database.read(partial(query, self), *args, **kwargs)

    return read


def writing(
    change: Callable[Concatenate[S, Connection, P], R],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """Let a method be awaited without its connection, which `Database.write` passes to it."""

    @wraps(change)
    async def write(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._database.write(partial(change, self), *args, **kwargs)

    return write


def holding(
    *locks: Lock,
) -> Callable[
    [Callable[Concatenate[S, Connection, P], R]],
    Callable[Concatenate[S, P], Coroutine[Any, Any, R]],
]:
    """Return `writing` for methods whose transaction holds locks."""

    def holding_them(
        change: Callable[Concatenate[S, Connection, P], R],
    ) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
        @wraps(change)
        async def write(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            changing = partial(change, self)
            return await self._database.write_soon(None, locks, changing, *args, **kwargs)

        return write

    return holding_them


def rename(
    db: Connection,
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
    db.execute(
        f"delete from {table} where {column} = :after and exists ("  # noqa: S608
        f"select 1 from {table} as other where other.{column} = :before and {same}) and {where}",
        {"before": before, "after": after},
    )
    db.execute(
        f"update {table} set {column} = :after where {column} = :before and {where}",  # noqa: S608
        {"before": before, "after": after},
    )


def setting(db: Connection, key: str) -> str | None:
    """Return what the bot remembers by a key of the table `settings`, None where it has none."""
    rows = db.fetch("select value from settings where key = ?", [key.replace("\0", "")])
    return str(rows[0]["value"]) if rows else None


def remember(db: Connection, key: str, value: str) -> None:
    """Store a value in the table `settings`, in place of an older one; both without NUL."""
    row = {"key": key.replace("\0", ""), "value": value.replace("\0", "")}
    db.insert("settings", row, key=("key",))


def forget(db: Connection, key: str) -> None:
    """Remove a value from the table `settings`."""
    db.execute("delete from settings where key = ?", [key])


class SettingRepository(Repository):
    """What the bot remembers about itself: the table `settings`."""

    @reading
    def get(self, db: Connection, key: str) -> str | None:
        """Return the value, or None where none was set."""
        return setting(db, key)

    @writing
    def set(self, db: Connection, key: str, value: str) -> None:
        """Store the value, in place of an older one."""
        remember(db, key, value)
