"""SQLite: one file, which one process has alone."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import filelock

from storage.connection import Connection, Engine
from storage.errors import DatabaseClosedError, StorageError, explain, result_code
from storage.migrations import STEPS, applied_steps, bring_up_to_date
from storage.private_files import files_of_database, make_private
from storage.recount import count_stored
from storage.sqlite_dialect import find_prompts, index_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from storage.connection import Lock, Parameters, Row

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_MS: Final = 5_000
"""How long a statement waits for another program that has the file locked."""

READ_CACHE_KB: Final = 8_000
"""Of pages that were read; taken as it is needed."""

LOG_PAGES: Final = 4_000
"""Of 4 KB, after which a commit writes what is in the write-ahead log to the file."""

LOCK_PATIENCE_S: Final = 1.0


class SqliteConnection(Connection):
    """A connection to a file.

    Statements are constants, so that it prepares each of them once.
    """

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        conn.execute("PRAGMA recursive_triggers = on")

    def execute(self, sql: str, parameters: Parameters = (), /) -> int:
        return self.conn.execute(sql, parameters).rowcount

    def fetch(self, sql: str, parameters: Parameters = (), /) -> list[Row]:
        cursor = self.conn.execute(sql, parameters)
        names = [*map(itemgetter(0), cursor.description)]
        return [*map(dict, map(zip, repeat(names), cursor))]

    def execute_many(self, sql: str, rows: Sequence[dict[str, Any]], /) -> None:
        self.conn.executemany(sql, rows)

    def batches(self, sql: str, size: int, /) -> Iterator[list[Row]]:
        cursor = self.conn.execute(sql)
        names = [column[0] for column in cursor.description]
        while rows := cursor.fetchmany(size):
            yield [dict(zip(names, row, strict=True)) for row in rows]

    def steps(self) -> set[str]:
        if not self.count("sqlite_master", "name = '_sqlite_migrations'"):
            return set()
        rows = self.fetch("select name from _sqlite_migrations where migration_set = 'fluxcord'")
        return {row["name"] for row in rows}

    def settle_numbers(self) -> None:
        """Part of `Connection`; SQLite does so by itself."""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Part of `Connection`; within another one it is a part of that."""
        self.conn.execute("savepoint part")
        try:
            yield
            self.conn.execute("release part")
        except BaseException:
            if self.conn.in_transaction:  # some errors have ended it
                self.conn.execute("rollback to part")
                self.conn.execute("release part")
            raise

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        self.conn.execute("begin")
        try:
            yield
        finally:
            self.conn.rollback()

    def close(self) -> None:
        self.conn.close()

    @property
    def is_in_transaction(self) -> bool:
        return self.conn.in_transaction

    def must_repeat(self, error: BaseException) -> bool:
        """Return False: one process writes alone."""
        del error
        return False

    find_prompts = find_prompts

    def merge_words(self, pages: int, *, is_first: bool) -> bool:
        before = self.conn.total_changes
        self.execute(
            "insert into prompts (prompts, rank) values ('merge', ?)",
            [-pages if is_first else pages],
        )
        # One row is the command itself; sqlite.org/fts5.html, the 'merge' command.
        return self.conn.total_changes - before > 1


class SqliteEngine(Engine):
    """The file, a connection that writes and one that reads.

    Args:
        busy_timeout_ms: how long a statement waits for another program before it asks again.
        lock_patience_s: how long opening waits for the lock. A bot that was killed while it started
            a process holds it until that one runs its own program.
    """

    def __init__(
        self,
        path: Path,
        *,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        lock_patience_s: float = LOCK_PATIENCE_S,
    ) -> None:
        self.name = str(path)
        self.other = "DATABASE_PATH to another file"
        self._path = path
        self._busy_timeout_ms = busy_timeout_ms
        self._lock_patience_s = lock_patience_s
        # Beside the file itself: a link to it must not lead around the lock.
        self._lock = filelock.FileLock(f"{path.resolve()}.lock")
        self._writer: SqliteConnection | None = None
        self._reader: SqliteConnection | None = None

    def open_writer(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=self._lock_patience_s)
            if not self._path.exists():
                self._path.touch(mode=0o600)  # SQLite gives files beside it the same permissions
            make_private(files_of_database(self._path))
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
            self._connect_writer()
        except sqlite3.Error as error:
            explained = explain(error, self._path)
            if isinstance(explained, StorageError):
                raise explained from error
            raise StorageError(
                f"{self._path} cannot be used as the database ({error}). "
                "Set DATABASE_PATH to another file."
            ) from error

    def _connect_writer(self) -> None:
        db = self._writer = SqliteConnection(sqlite3.connect(self._path))
        db.conn.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms:d}")
        is_current = applied_steps(db, self) == STEPS.keys()
        db.conn.execute("PRAGMA journal_mode = wal")
        db.conn.execute("PRAGMA synchronous = FULL")
        # Emptying the log holds up a request for 10 ms: of SQLite's 1,000 pages, each fiftieth.
        db.conn.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES:d}")
        # Else pages are copied to a temporary file before statements that may fail halfway.
        db.conn.execute("PRAGMA temp_store = MEMORY")
        db.conn.execute("PRAGMA foreign_keys = ON")
        # What is deleted is overwritten, not only let go of; SQLite does it page by page.
        db.conn.execute("PRAGMA secure_delete = ON")
        if not is_current:
            bring_up_to_date(db.conn)
        count_stored(db)
        index_stored(db)
        # Each time, so that a full or read-only disk is reported now and not at a request.
        self.write_nothing(db)

    def connect(self) -> SqliteConnection:
        """Part of `Engine`; it cannot write."""
        uri, timeout_s = f"{self._path.absolute().as_uri()}?mode=ro", self._busy_timeout_ms / 1000
        return SqliteConnection(sqlite3.connect(uri, uri=True, timeout=timeout_s))

    def open_reader(self) -> None:
        self._reader = self.connect()
        # As much as a search looks at: the next one, a keystroke later, reads the same pages.
        self._reader.conn.execute(f"PRAGMA cache_size = -{READ_CACHE_KB:d}")

    def begin(self, locks: Iterable[Lock], close_at: float) -> SqliteConnection:
        """Part of `Engine`; the lock of the file is that of everything."""
        del locks
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
                is_late = time.monotonic() > close_at
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or is_late:
                    raise
                logger.warning("another program has locked the database, waiting")
            else:
                return self._writer

    def commit(self, close_at: float) -> None:
        del close_at
        if self._writer is not None:
            self._writer.conn.commit()

    def rollback(self) -> None:
        if self._writer is not None:
            self._writer.conn.rollback()

    def read(
        self, query: Callable[Concatenate[Any, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        if self._reader is None:
            raise DatabaseClosedError
        return query(self._reader, *args, **kwargs)

    def checkpoint(self) -> bool:
        if self._writer is None:
            raise DatabaseClosedError
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

    def write_nothing(self, db: Any) -> None:  # noqa: ANN401  # its own connection
        """Write a number that nobody reads to the file's first page, as it was."""
        db.conn.execute("PRAGMA user_version = 0")

    def explain(self, error: Exception) -> Exception:
        return explain(error, self._path) if isinstance(error, sqlite3.Error) else error

    def close_writer(self) -> None:
        if self._writer is not None:
            self._writer.conn.close()
            self._writer = None
        self._lock.release()

    def close_reader(self) -> None:
        if self._reader is not None:
            self._reader.conn.close()
            self._reader = None
