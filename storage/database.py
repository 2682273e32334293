"""The bot's database: a thread that writes, a thread that reads, and an engine below them."""

from __future__ import annotations

import asyncio
import math
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, Self, TypeVar

from storage.errors import DatabaseClosedError, Outage, StorageError, TooSlowError
from storage.group_commit import Waiting, Write, commit_together
from storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from storage.connection import Engine

P = ParamSpec("P")
R = TypeVar("R")

CLOSE_PATIENCE_S: Final = 15.0


def engine_of(at: Path | str) -> Engine:
    """Return the engine of a database.

    Args:
        at: an SQLite file, or the `postgresql://` address of a PostgreSQL database.

    Raises:
        StorageError: the package for PostgreSQL is missing, or the address is malformed.
    """
    if isinstance(at, Path):
        return SqliteEngine(at)
    try:
        from storage.postgresql import PostgresEngine  # noqa: PLC0415  # needs a package
    except ImportError as error:
        raise StorageError(
            f"DATABASE_URL needs another package ({error}). "
            "Run: pip install -r requirements-postgres.txt"
        ) from error
    return PostgresEngine(at)


@contextmanager
def told_to_operator(engine: Engine) -> Iterator[None]:
    """Raise a StorageError, a sentence for the operator, for each error of an engine."""
    try:
        yield
    except Exception as error:
        explained = engine.explain(error)
        if explained is error:
            raise
        raise StorageError(str(explained)) from error


class Database:
    """The bot's only way to its database.

    Every write runs on one thread inside one transaction and is on disk when it returns. Writes
    that wait at the same time share a transaction and its commit, each in a savepoint of its own:
    committing takes most of the time, and a new request must not wait for the commits of a hundred
    steps of other jobs. Reads run on a second thread with a connection of its own, so that
    no report delays an acknowledgement.

    What reads or writes raises StorageError where the database cannot be used now,
    DatabaseClosedError where it never can be again, and EngineError for a fault of the bot's own.

    Args:
        at: what `engine_of` takes, or an engine.
        close_patience_s: how long `close` waits for writes that another program or a server that
            is unavailable holds up.
    """

    def __init__(
        self, at: Path | str | Engine, *, close_patience_s: float = CLOSE_PATIENCE_S
    ) -> None:
        self.engine = engine_of(at) if isinstance(at, Path | str) else at
        self._close_patience_s = close_patience_s
        self._close_at = math.inf
        self._writer_thread = ThreadPoolExecutor(1, thread_name_prefix="database-writer")
        self._waiting = Waiting(self._writer_thread, self._make)
        self._reader_thread = ThreadPoolExecutor(1, thread_name_prefix="database-reader")
        self._unwritable = Outage("the database cannot be written")
        self._unreadable = Outage("the database cannot be read")

    async def open(self) -> None:
        """Connect, and bring the schema up to date.

        Raises:
            StorageError: another bot or another program has it, a newer Fluxcord wrote it, or it
                cannot be created, read or written.
        """
        try:
            await self._on(self._writer_thread, self.engine.open_writer)
            await self._on(self._reader_thread, self.engine.open_reader)
        except Exception:
            await self.close()
            raise

    async def close(self) -> None:
        self._close_at = time.monotonic() + self._close_patience_s
        self._waiting.close()
        await self._on(self._reader_thread, self.engine.close_reader)
        await self._on(self._writer_thread, self.engine.close_writer)
        self._reader_thread.shutdown()
        self._writer_thread.shutdown()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def write(
        self, change: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `change` on the writing thread; all of it is stored, or nothing.

        It may be run again where what was written with it could not be stored: it must do nothing
        but use the database, by the `Connection` that is its first argument.

        A caller that is cancelled does not undo it: a write that was begun is finished. After an
        error nothing of it is stored, and the next write may work, such as once there is room.
        """
        return await self.make(Write((), change, *args, **kwargs))

    async def make(
        self, write: Write[R], *, begin_within_s: float | None = None, along_within_s: float = 0.0
    ) -> R:
        """Make a change like `write`.

        Args:
            begin_within_s: seconds until it has to be begun; None is no limit. One that was begun
                is waited for, however long its commit takes. So what this returns or raises stays
                true, even if the process ends at that instant.
            along_within_s: seconds in which it may wait for the next write of anybody, whose commit
                is then its own. A crash before that loses it.

        Raises:
            TooSlowError: it was not begun in time and never will be.
        """
        writing = self._waiting.add(write, within_s=along_within_s)
        if begin_within_s is not None:
            loop = write.told.get_loop()
            write.timer = loop.call_later(begin_within_s, write.withdraw, TooSlowError)
        return await writing

    async def is_writable(self) -> bool:
        """Write something that changes nothing, with all that a write takes.

        Raises:
            StorageError: the database cannot be written now.
        """
        await self.write(self.engine.write_nothing)
        return True

    async def read(
        self, query: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `query` on the reading thread; only through a pooler can its connection write."""
        asking = partial(self.engine.read, query, *args, **kwargs)
        try:
            found = await self._on(self._reader_thread, asking)
        except DatabaseClosedError:
            raise
        except StorageError as error:
            self._unreadable.failed(error)
            raise
        if self._unreadable.is_on:
            self._unreadable.worked()
        return found

    async def checkpoint(self) -> bool:
        """Empty SQLite's write-ahead log into the file, so that nothing deleted is left in it.

        False where another program reads the file just now: it waits for none, and may be called
        again. PostgreSQL removes what was deleted by itself.
        """
        return await self._on(self._writer_thread, self.engine.checkpoint)

    def _make(self, group: Sequence[Write[Any]]) -> None:
        commit_together(group, self.engine, self._close_at)
        for write in group:
            error = write.error
            if isinstance(error, Exception):
                error = write.error = self.engine.explain(error)
            if error is None and self._unwritable.is_on:
                self._unwritable.worked()
            elif isinstance(error, StorageError) and not isinstance(error, DatabaseClosedError):
                self._unwritable.failed(error)

    async def _on(self, thread: ThreadPoolExecutor, work: Callable[[], R]) -> R:
        try:
            working = asyncio.get_running_loop().run_in_executor(thread, work)
        except RuntimeError as error:  # a thread that was shut down takes no more work
            raise DatabaseClosedError from error
        try:
            return await working
        except Exception as error:
            explained = self.engine.explain(error)
            if explained is error:
                raise
            raise explained from error
