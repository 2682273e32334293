"""What the two engines share: a connection, and what `Database` asks of an engine.

SQLite is `storage/sqlite.py`, PostgreSQL `storage/postgresql.py`. Repositories write SQL that both
understand, with `?` or `:name` for values; `storage/postgresql_dialect.py` lists what is rewritten
for PostgreSQL. Text and integers are the only types of columns; times are ISO-8601 text in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from itertools import filterfalse
from typing import TYPE_CHECKING, Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    Parameters = Sequence[Any] | Mapping[str, Any]

P = ParamSpec("P")
R = TypeVar("R")

Row = dict[str, Any]
"""Values by the names of their columns."""


class LockScope(IntEnum):
    """What a lock is about, in the order in which locks are taken."""

    ALL = 1
    SERVER = 2
    PERSON = 3


class Lock(NamedTuple):
    """A lock that processes share, held until the end of a transaction.

    PostgreSQL takes those of a transaction before its first statement, in their order, so that no
    two processes wait for each other. SQLite has one writer, and so needs none.
    """

    scope: LockScope
    number: int = 0


@dataclass(frozen=True, slots=True)
class Sought:
    """Words, and the jobs of one person or in one channel that can be found by them.

    Attributes:
        column: names whose or where.
        where: a condition of constants.
        parameters: its values; `number` is the person's or the channel's.
    """

    words: list[str]
    column: str
    where: str
    parameters: Mapping[str, Any]


class Connection(Protocol):
    """One connection to a database, used by one thread."""

    def fetch(self, sql: str, parameters: Parameters = (), /) -> list[Row]:
        """Run a statement and return all its rows."""

    def execute(self, sql: str, parameters: Parameters = (), /) -> int:
        """Run a statement and return how many rows it changed."""

    def execute_many(self, sql: str, rows: Sequence[dict[str, Any]], /) -> None:
        """Run a statement once with each of these values."""

    def insert(
        self,
        table: str,
        row: Mapping[str, object],
        *,
        key: tuple[str, ...] = (),
        is_first_kept: bool = False,
    ) -> bool:
        """Insert a row, whose keys are the names of columns in this package.

        Args:
            key: of the table, where the row takes the place of one that has the same.
            is_first_kept: the row is left out where there is such a one; without `key`, one that
                has the same of any key.

        Returns:
            Whether the row is stored.
        """
        statement = insert_statement(table, tuple(row), key, is_first_kept=is_first_kept)
        return self.execute(statement, row) > 0

    def insert_many(self, table: str, rows: Sequence[Row], /) -> None:
        """Insert rows that have the same columns."""
        if rows:
            self.execute_many(insert_statement(table, tuple(rows[0])), rows)

    def count(self, table: str, where: str = "true", parameters: Parameters = (), /) -> int:
        """Return how many rows meet a condition."""
        # Names and conditions are constants of this package.
        [row] = self.fetch(f"select count(*) as number from {table} where {where}", parameters)  # noqa: S608
        return int(row["number"])

    def batches(self, sql: str, size: int, /) -> Iterator[list[Row]]:
        """Yield all rows of a statement, so many at a time; inside a transaction."""

    def steps(self) -> set[str]:
        """Return the names of the steps of the schema that were taken."""

    def settle_numbers(self) -> None:
        """Let rows that get their numbers from the database go on after the greatest."""

    def transaction(self) -> AbstractContextManager[object]:
        """Store all that is done in the block, or nothing; blocks may be nested."""

    def snapshot(self) -> AbstractContextManager[object]:
        """Let all that is read in the block be of the same moment."""

    def close(self) -> None:
        """End it; nothing else works after that."""

    @property
    def is_in_transaction(self) -> bool:
        """Whether what was done since `begin` can still be stored or undone."""

    def must_repeat(self, error: BaseException) -> bool:
        """Whether the whole transaction has to be repeated, as others were in its way."""

    def find_prompts(
        self, sought: Sought, before: int, wanted: int, /
    ) -> tuple[list[int], int | None]:
        """Return the numbers of some jobs whose prompts hold all words, the newest first.

        Args:
            before: only jobs with smaller numbers are looked at.
            wanted: no more are returned.

        Returns:
            The numbers, and before which to go on; None where there are no more.
        """

    def merge_words(self, pages: int, *, is_first: bool) -> bool:
        """Rewrite the full-text index, a few pages at a time, without the words that are gone.

        Args:
            is_first: of the calls that belong together; the others go on where it stopped.

        Returns:
            Whether there is more to do.
        """


class Engine(Protocol):
    """What runs statements. Each method runs on the thread that is named, one at a time.

    All but `explain` raise the errors of their library, of which `explain` makes others.

    Attributes:
        name: of the database, for sentences.
        other: what to set to use another one, for sentences.
    """

    name: str
    other: str

    def connect(self) -> Connection:
        """Return a new connection of the caller's own, for reading. Any thread."""

    def open_writer(self) -> None:
        """Take what one process may have alone, connect and bring the schema up to date.

        Writing thread.

        Raises:
            StorageError: the database cannot be used; the text is a sentence for the operator.
        """

    def open_reader(self) -> None:
        """Connect for reading. Reading thread."""

    def begin(self, locks: Iterable[Lock], close_at: float) -> Connection:
        """Begin a transaction that holds locks. Writing thread.

        Args:
            close_at: the monotonic time after which nothing is waited for.

        Raises:
            DatabaseClosedError: it is not open.
        """

    def commit(self, close_at: float) -> None:
        """Store the transaction; what is raised was not stored. Writing thread."""

    def rollback(self) -> None:
        """Undo the transaction, if there is one. Writing thread."""

    def read(
        self, query: Callable[Concatenate[Any, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a query, again where the connection was lost. Reading thread.

        Raises:
            DatabaseClosedError: it is not open.
        """

    def checkpoint(self) -> bool:
        """Part of `Database.checkpoint`. Writing thread."""

    def write_nothing(self, db: Connection) -> None:
        """Do all that a write takes, and change nothing. Writing thread."""

    def explain(self, error: Exception) -> Exception:
        """Return a StorageError for what the operator can fix, else an EngineError.

        What is neither of the engine nor of its library stays as it is.
        """

    def close_writer(self) -> None:
        """Close what `open_writer` opened. Writing thread."""

    def close_reader(self) -> None:
        """Close what `open_reader` opened. Reading thread."""


@cache
def insert_statement(
    table: str, columns: tuple[str, ...], key: tuple[str, ...] = (), *, is_first_kept: bool = False
) -> str:
    """Return the statement of `Connection.insert`; the same text each time, to be prepared once."""
    names, values = ", ".join(map('"{}"'.format, columns)), ", ".join(map(":{}".format, columns))
    statement = f"insert into {table} ({names}) values ({values})"  # noqa: S608  # constants
    if is_first_kept:
        about = f" ({', '.join(key)})" if key else ""
        return f"{statement} on conflict{about} do nothing"
    if key:
        changed = map('"{0}" = excluded."{0}"'.format, filterfalse(key.__contains__, columns))
        statement += f" on conflict ({', '.join(key)}) do update set {', '.join(changed)}"
    return statement
