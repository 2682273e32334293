"""Repositories: the methods of one hold its statements, and run on the threads of the database.

Records become rows and back: each field is a column. What every request reads is kept in memory
too (`CachedRepository`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache, partial, wraps
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Final,
    Generic,
    ParamSpec,
    Protocol,
    TypeVar,
    get_args,
    get_type_hints,
)

from domain.limits import Allowance
from domain.models import MessageRef, PictureRef, Place, Ticket
from storage.connection import Lock, LockScope
from storage.database import Write
from storage.settings import PERSON_KEY, pseudonym, remember, setting

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from _typeshed import DataclassInstance

    from storage.connection import Connection, Row
    from storage.database import Database

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Repository")
V = TypeVar("V")
O = TypeVar("O", bound="int | Owned")  # noqa: E741  # an owner
C = TypeVar("C", bound="CachedRepository[Any]")
Record = TypeVar("Record", bound="DataclassInstance")

WRITE_DEADLINE_S: Final = 1.0
"""For a change of what is cached, of the 3 s in which Discord takes an answer."""


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


def holding(
    *locks: Lock,
) -> Callable[
    [Callable[Concatenate[S, Connection, P], R]],
    Callable[Concatenate[S, P], Coroutine[Any, Any, R]],
]:
    """Return `writing`, for methods whose transaction holds locks."""

    def holding_them(
        change: Callable[Concatenate[S, Connection, P], R],
    ) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
        @wraps(change)
        async def write(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            return await self._database.make(Write(locks, partial(change, self), *args, **kwargs))

        return write

    return holding_them


writing = holding()
"""Let a method be awaited without its connection, which `Database.write` passes to it."""


class SettingRepository(Repository):
    """What the bot remembers about itself: the table `settings`."""

    @reading
    def get(self, db: Connection, key: str) -> str | None:
        return setting(db, key)

    @writing
    def set(self, db: Connection, key: str, value: str) -> None:
        remember(db, key, value)


class Owned(Protocol):
    """A row of a server's, or of the whole bot's."""

    @property
    def guild_id(self) -> int: ...


class CachedRepository(Repository, Generic[V]):
    """Tables whose rows are few, belong to a server or a person, and are read without waiting.

    A change is stored first; in the same transaction its owner's rows are read again. Only erasures
    write beside it, and `load` follows them.

    Attributes:
        empty: what an owner without rows has.
        tell: tells other processes, within a change's transaction, whose rows it is about.
    """

    empty: V
    tell: Callable[[Connection, int], None] | None = None

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._held: dict[int, V] = {}
        self._person_key: str | None = None
        self._turn = asyncio.Lock()
        self._changes: set[asyncio.Task[Any]] = set()

    def select(self, db: Connection, owner_id: int | None) -> dict[int, V]:
        """Return what the tables hold, by owner; of all owners where None is given."""
        raise NotImplementedError

    async def load(self) -> None:
        """Read all rows: before any request is taken, and after somebody's data was deleted.

        Raises:
            StorageError: they cannot be read.
        """
        # In turn with changes: what is read here must not take the place of a later one.
        async with self._turn:
            self._held, self._person_key = await self._database.read(
                lambda db: (self.select(db, None), setting(db, PERSON_KEY))
            )

    async def reload(self, owner_id: int) -> None:
        """Read an owner's rows, which another process has changed.

        Raises:
            StorageError: they cannot be read.
        """
        async with self._turn:
            found = await self._database.read(self.select, owner_id)
            self._held[owner_id] = found.get(owner_id, self.empty)

    def of(self, owner_id: int | None) -> V:
        """Return what an owner has; nothing where it is None, as of direct messages."""
        return self.empty if owner_id is None else self._held.get(owner_id, self.empty)

    def by_owner(self) -> dict[int, V]:
        """Return what each owner has that has something."""
        return self._held

    def alias_of(self, user_id: int) -> int:
        """Return a person's pseudonym in rows from before they deleted their data, if any."""
        return user_id if self._person_key is None else pseudonym(self._person_key, user_id)

    async def write_through(self, owner_id: int, change: Callable[[Connection], R]) -> R:
        """Run statements about an owner's rows, and hold what they are then."""

        def changed(db: Connection) -> tuple[R, V]:
            result = change(db)
            if self.tell is not None:
                self.tell(db, owner_id)
            return result, self.select(db, owner_id).get(owner_id, self.empty)

        # Of an owner no more rows are stored than are allowed, whatever process stores one.
        write = Write((Lock(LockScope.SERVER, owner_id),), changed)
        # Memory and disk have to agree on which of two changes came last.
        async with self._turn:
            result, self._held[owner_id] = await self._database.make(write)
        return result


def changing(
    change: Callable[Concatenate[C, Connection, O, P], R],
) -> Callable[Concatenate[C, O, P], Coroutine[Any, Any, R]]:
    """Let a method be awaited without its connection, and be written through.

    Its first argument is the owner's id, or a row of the owner's. It then also raises:
        StorageError: it cannot be written.
        TimeoutError: it was not written within `WRITE_DEADLINE_S`; it may be later.
    """

    @wraps(change)
    async def changed(self: C, about: O, /, *args: P.args, **kwargs: P.kwargs) -> R:
        owner_id = about if isinstance(about, int) else about.guild_id
        writing = self.write_through(
            owner_id, lambda db: partial(change, self)(db, about, *args, **kwargs)
        )
        # The caller may be cancelled: what is written is valid in memory all the same.
        task = asyncio.create_task(writing)
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        async with asyncio.timeout(WRITE_DEADLINE_S):
            return await asyncio.shield(task)

    return changed


NAMES: Final[Mapping[tuple[type, str], str]] = {
    (Place, "locale"): "place_locale",
    (Ticket, "token"): "interaction_token",
    (MessageRef, "channel_id"): "source_channel_id",
    (MessageRef, "message_id"): "source_message_id",
    (PictureRef, "job_id"): "parent_job_id",
    (PictureRef, "position"): "parent_position",
    (Allowance, "kind"): "allowance",
    (Allowance, "used"): "allowance_used",
    (Allowance, "most"): "allowance_most",
}
"""Columns of records within a job that are not named like their fields."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a record.

    Attributes:
        columns: its own, or all those of the record that it holds.
        kind: its type without None.
    """

    name: str
    columns: tuple[str, ...]
    kind: type
    holds_record: bool


@cache
def fields_of(record: Any) -> tuple[_Field, ...]:  # noqa: ANN401  # a class of records
    """Return the fields of a class of records; derived once."""
    types = get_type_hints(record, localns={"Allowance": Allowance, "datetime": datetime})
    found = []
    for each in fields(record):
        kind = next(iter(get_args(types[each.name])), types[each.name])
        holds_record = bool(is_dataclass(kind))
        columns: tuple[str, ...] = (NAMES.get((record, each.name), each.name),)
        if holds_record:
            columns = columns_of(kind)
        found.append(_Field(each.name, columns, kind, holds_record))
    return tuple(found)


def columns_of(record: Any) -> tuple[str, ...]:  # noqa: ANN401  # a class of records
    """Return the columns of `row_from_record`, in its order: what never changes is derived once."""
    return tuple(name for field in fields_of(record) for name in field.columns)


def row_from_record(record: DataclassInstance) -> dict[str, object]:
    """Return the columns of a record, with those of the records that it holds."""
    row: dict[str, object] = {}
    for field in fields_of(type(record)):
        value = getattr(record, field.name)
        if field.holds_record:
            row |= dict.fromkeys(field.columns) if value is None else row_from_record(value)
            continue
        if isinstance(value, str):
            value = value.replace("\0", "")  # which not every engine takes in a text
        elif isinstance(value, datetime):
            value = value.astimezone(UTC).isoformat()
        elif isinstance(value, bool):
            value = int(value)
        row[field.columns[0]] = value
    return row


def record_from_row(record: type[Record], row: Mapping[str, Any]) -> Record:
    """Return the record of a row, which may have other columns too.

    Raises:
        ValueError: an enumeration has no such value, or a text is no time.
    """
    values = {}
    for field in fields_of(record):
        value = row[field.columns[0]]
        if field.holds_record:
            # A record that is optional has no optional fields, so that one column decides.
            value = None if value is None else record_from_row(field.kind, row)
        elif value is not None and type(value) is not field.kind:
            value = datetime.fromisoformat(value) if field.kind is datetime else field.kind(value)
        values[field.name] = value
    return record(**values)


def text_from_time(time: datetime | None) -> str | None:
    """Return a time as ISO-8601 text in UTC, as every table holds it, so that texts compare."""
    return time.astimezone(UTC).isoformat() if time else None


def rows_of(
    db: Connection, table: str, column: str, owner_id: int | None, *, order_by: str | None = None
) -> list[Row]:
    """Return the rows of one owner, or of all where None is given."""
    where, given = (f" where {column} = ?", [owner_id]) if owner_id is not None else ("", [])
    order = f" order by {order_by}" if order_by else ""
    # Names are constants of this package.
    return db.fetch(f"select * from {table}{where}{order}", given)  # noqa: S608


def by_guild(kind: Callable[..., V], **records: Iterable[Owned]) -> dict[int, V]:
    """Return what each server, and the whole bot, has: its records, in order, by field."""
    found: dict[int, dict[str, list[Owned]]] = {}
    for name, each in records.items():
        for record in each:
            found.setdefault(record.guild_id, {}).setdefault(name, []).append(record)
    return {
        guild_id: kind(**{name: tuple(each) for name, each in of_guild.items()})
        for guild_id, of_guild in found.items()
    }
