"""One SQLite file: a thread that writes, a thread that reads, and a lock for the process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, Self, TypeVar

import filelock
import sqlite_utils

from storage.errors import (
    DatabaseClosedError,
    Outage,
    StorageError,
    TooSlowError,
    explain,
    result_code,
)
from storage.finding import index_stored
from storage.group_commit import Waiting, Write, commit_together
from storage.migrations import migrations, refuse_newer
from storage.private_files import files_of_database, make_private
from storage.recount import count_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_MS: Final = 5_000
"""How long a statement waits for another program that has the file locked."""

READ_CACHE_KB: Final = 8_000
"""Of pages that were read; taken as it is needed."""

CLOSE_PATIENCE_S: Final = 15.0
LOCK_PATIENCE_S: Final = 1.0


class Database:
    """The bot's only way to SQLite.

    Every write runs on one thread inside one `BEGIN IMMEDIATE` transaction and is on disk when it
    returns (`synchronous=FULL`). Writes that wait at the same time share a transaction and its
    commit, each in a savepoint of its own: committing takes most of the time, and a new request
    must not wait for the commits of a hundred steps of other jobs. Reads run on a second thread
    with a read-only connection, so that no report delays an acknowledgement.

    What reads or writes raises StorageError where the file cannot be used now, and
    DatabaseClosedError where it never can be again.

    Args:
        busy_timeout_ms: how long a statement waits for another program before it asks again.
        close_patience_s: how long `close` waits for writes that another program holds up.
        lock_patience_s: how long `open` waits for the lock. A bot that was killed while it started
            a process holds it until that one runs its own program.
    """

    def __init__(
        self,
        path: Path,
        *,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        close_patience_s: float = CLOSE_PATIENCE_S,
        lock_patience_s: float = LOCK_PATIENCE_S,
    ) -> None:
        self._path = path
        self._busy_timeout_ms = busy_timeout_ms
        self._close_patience_s = close_patience_s
        self._lock_patience_s = lock_patience_s
        self._close_at = math.inf
        # Beside the file itself: a link to it must not lead around the lock.
        self._lock = filelock.FileLock(f"{path.resolve()}.lock")
        self._writer_thread = ThreadPoolExecutor(1, thread_name_prefix="database-writer")
        self._waiting = Waiting(self._writer_thread, self._make)
        self._reader_thread = ThreadPoolExecutor(1, thread_name_prefix="database-reader")
        self._unwritable = Outage("the database cannot be written")
        self._unreadable = Outage("the database cannot be read")
        self._writer: sqlite_utils.Database | None = None
        self._reader: sqlite_utils.Database | None = None

    async def open(self) -> None:
        """Lock, open and migrate the file.

        Raises:
            StorageError: another bot or another program has it, a newer Fluxcord wrote it, or it
                cannot be created, read or written.
        """
        try:
            await self._on(self._writer_thread, self._take_lock)
        except filelock.Timeout as error:
            raise StorageError(
                f"Another Fluxcord is already using {self._path}. Stop it, or give this one "
                "a DATABASE_PATH of its own."
            ) from error
        except OSError as error:
            raise StorageError(
                f"{self._path.parent} cannot be written ({error.strerror}). Make it writable, "
                "or set DATABASE_PATH to another place."
            ) from error
        try:
            with self._explaining():
                await self._on(self._writer_thread, self._open_writer)
                await self._on(self._reader_thread, self._open_reader)
        except StorageError:
            await self.close()
            raise
        except sqlite3.Error as error:
            await self.close()
            raise StorageError(
                f"{self._path} cannot be used as the database ({error}). "
                "Set DATABASE_PATH to another file."
            ) from error

    async def close(self) -> None:
        """Finish what is in progress, close the file and release the lock."""
        self._close_at = time.monotonic() + self._close_patience_s
        self._waiting.close()
        await self._on(self._reader_thread, self._close_reader)
        await self._on(self._writer_thread, self._close_writer)
        await self._on(self._writer_thread, self._lock.release)
        self._reader_thread.shutdown()
        self._writer_thread.shutdown()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def write(
        self,
        change: Callable[Concatenate[sqlite_utils.Database, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run `change` on the writing thread; all of it is stored, or nothing.

        It may be run again where what was written with it could not be stored: it must do nothing
        but use the database.

        A caller that is cancelled does not undo it: a write that was begun is finished. After an
        error nothing of it is stored, and the next write may work, such as once there is room.
        """
        return await asyncio.shield(self._queue(Write(change, *args, **kwargs)))

    async def write_along(self, within_s: float, change: Callable[[sqlite_utils.Database], R]) -> R:
        """Run `change` like `write`, in the commit of the next write of anybody.

        It has a commit of its own where none comes within so many seconds. A crash before that
        loses it.
        """
        return await asyncio.shield(self._queue(Write(change), within_s=within_s))

    async def write_soon(
        self,
        begin_within_s: float | None,
        change: Callable[Concatenate[sqlite_utils.Database, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run `change` like `write`, but only where it is begun within so many seconds.

        One that was begun is waited for, however long its commit takes. So what this returns or
        raises stays true, even if the process ends at that instant. None is no limit.

        Raises:
            TooSlowError: it was not begun in time and never will be.
        """
        write = Write(change, *args, **kwargs)
        writing = self._queue(write)
        if begin_within_s is not None:
            write.withdraw_after(begin_within_s, TooSlowError)
        return await asyncio.shield(writing)

    async def is_writable(self) -> bool:
        """Write something that changes nothing, with all that a write takes.

        Raises:
            StorageError: the file cannot be written now.
        """
        await self.write(_write_nothing)
        return True

    async def read(
        self,
        query: Callable[Concatenate[sqlite_utils.Database, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run `query` on the reading thread, with a connection that cannot write."""
        reading = partial(self._reading, lambda db: query(db, *args, **kwargs))
        return await self._on(self._reader_thread, reading)

    async def checkpoint(self) -> bool:
        """Empty the write-ahead log into the file, so that nothing deleted is left in it.

        False where another program reads the file just now: it waits for none, and may be called
        again.
        """
        return await self._on(self._writer_thread, self._checkpoint)

    def _queue(self, write: Write[R], *, within_s: float = 0.0) -> asyncio.Future[R]:
        try:
            self._waiting.add(write, within_s=within_s)
        except RuntimeError as error:  # a thread that was shut down takes no more work
            raise DatabaseClosedError from error
        return write.told

    def _make(self, group: Sequence[Write[Any]]) -> None:
        commit_together(group, self._begin)
        for write in group:
            error = write.error
            if isinstance(error, sqlite3.Error):
                error = write.error = explain(error, self._path)
            if error is None:
                self._unwritable.worked()
            elif isinstance(error, StorageError) and not isinstance(error, DatabaseClosedError):
                self._unwritable.failed(error)

    def _begin(self) -> sqlite_utils.Database:
        if self._writer is None:
            raise DatabaseClosedError
        while True:
            try:
                # IMMEDIATE takes the write lock at once: a deferred transaction that reads first
                # can be refused its upgrade halfway through.
                self._writer.conn.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                # Nothing was begun, and what is to be written may be the only trace of a paid
                # request: another program that holds the file is waited for.
                is_late = time.monotonic() > self._close_at
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or is_late:
                    raise
                logger.warning("another program has locked the database, waiting")
            else:
                return self._writer

    def _checkpoint(self) -> bool:
        if self._writer is None:
            raise DatabaseClosedError
        with self._explaining():
            # Everything that is to be stored waits for this.
            self._writer.conn.execute("PRAGMA busy_timeout = 0")
            try:
                [(is_busy, _, _)] = self._writer.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.OperationalError as error:
                if result_code(error) != sqlite3.SQLITE_BUSY:
                    raise
                is_busy = True
            finally:
                self._writer.conn.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms:d}")
        return not is_busy

    def _reading(self, query: Callable[[sqlite_utils.Database], R]) -> R:
        if self._reader is None:
            raise DatabaseClosedError
        try:
            with self._explaining():
                found = query(self._reader)
        except StorageError as error:
            self._unreadable.failed(error)
            raise
        self._unreadable.worked()
        return found

    @contextlib.contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            explained = explain(error, self._path)
            if explained is error:
                raise
            raise explained from error

    def _open_writer(self) -> None:
        self._writer = sqlite_utils.Database(self._path, execute_plugins=False)
        self._writer.conn.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms:d}")
        refuse_newer(self._writer, self._path)
        self._writer.enable_wal()
        self._writer.conn.execute("PRAGMA synchronous = FULL")
        # Else pages are copied to a temporary file before statements that may fail halfway.
        self._writer.conn.execute("PRAGMA temp_store = MEMORY")
        self._writer.conn.execute("PRAGMA foreign_keys = ON")
        # What is deleted is overwritten, not only let go of; SQLite does it page by page.
        self._writer.conn.execute("PRAGMA secure_delete = ON")
        migrations.apply(self._writer)
        count_stored(self._writer)
        index_stored(self._writer)
        # Each time, so that a full or read-only disk is reported now and not at a request.
        _write_nothing(self._writer)

    def _open_reader(self) -> None:
        uri, timeout_s = f"{self._path.absolute().as_uri()}?mode=ro", self._busy_timeout_ms / 1000
        reader = sqlite3.connect(uri, uri=True, timeout=timeout_s)
        # Looking for sqlite-utils' plugins among all that is installed takes 5 ms.
        self._reader = sqlite_utils.Database(reader, execute_plugins=False)
        # As much as a search looks at: the next one, a keystroke later, reads the same pages.
        self._reader.conn.execute(f"PRAGMA cache_size = -{READ_CACHE_KB:d}")

    def _take_lock(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock.acquire(timeout=self._lock_patience_s)
        if not self._path.exists():
            self._path.touch(mode=0o600)  # SQLite gives the files beside it the same permissions
        make_private(files_of_database(self._path))

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    @staticmethod
    async def _on(thread: ThreadPoolExecutor, work: Callable[[], R]) -> R:
        try:
            working = asyncio.get_running_loop().run_in_executor(thread, work)
        except RuntimeError as error:  # a thread that was shut down takes no more work
            raise DatabaseClosedError from error
        return await working


def _write_nothing(db: sqlite_utils.Database) -> None:
    """Write a number that nobody reads to the file's first page, as it was."""
    db.conn.execute("PRAGMA user_version = 0")
