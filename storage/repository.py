"""Repositories: the methods of one hold its statements, and run on the threads of the database."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

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
