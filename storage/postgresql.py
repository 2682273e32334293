"""PostgreSQL: a database that several processes share; needs `requirements-postgres.txt`."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import time
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper, NumericLoader
from psycopg.types.string import StrDumperUnknown

from storage.connection import Connection, Engine
from storage.errors import DatabaseClosedError, StorageError
from storage.postgresql_dialect import (
    APPLIED,
    bring_up_to_date,
    explain,
    find_prompts,
    translated,
)
from storage.recount import count_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from storage.connection import Lock, Parameters, Row

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)

DEFAULTS: Final = {
    "application_name": "fluxcord",
    "client_encoding": "utf8",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Seconds, and milliseconds for the last; what DATABASE_URL says itself goes before."""

HANGING_S: Final = 30
"""After which a transaction ends whose process hangs, so that others do not wait for long."""

ASK_AGAIN_S: Final = 0.5
"""While it is unknown whether a commit reached the disk, as the server is unavailable."""

BACKEND: Final = "select pg_backend_pid() as pid"
"""Not what the server said when it was connected to: then a pooler such as PgBouncer is between."""

REPEATED: Final = frozenset({"40001", "40P01"})
"""SQLSTATEs of a transaction that others were in the way of."""


class _Text(StrDumperUnknown):
    """Writes texts without NUL, which PostgreSQL takes in none."""

    def dump(self, obj: str) -> Any:  # noqa: ANN401  # bytes of several kinds
        return super().dump(obj.replace("\0", ""))


class _Number(NumericLoader):
    """Reads sums of integers, and quotients."""

    def load(self, data: Any) -> Any:  # noqa: ANN401  # bytes of several kinds
        text = bytes(data)
        return float(text) if b"." in text else int(text)


class PostgresConnection(Connection):
    """A connection to a server."""

    def __init__(self, conninfo: str, *, is_read_only: bool = False) -> None:
        self.raw = psycopg.connect(conninfo, autocommit=True, row_factory=dict_row)
        self.raw.adapters.register_dumper(str, _Text)
        self.raw.adapters.register_dumper(int, Int8Dumper)
        self.raw.adapters.register_loader("numeric", _Number)
        [row] = self.fetch(BACKEND)
        if row["pid"] != self.raw.info.backend_pid:
            self.raw.prepare_threshold = None  # the next transaction may be in another session
        elif is_read_only:
            self.raw.execute("set default_transaction_read_only = on")

    def fetch(self, sql: str, parameters: Parameters = (), /) -> list[Row]:
        return self.raw.execute(translated(sql).encode(), parameters).fetchall()

    def execute(self, sql: str, parameters: Parameters = (), /) -> int:
        if sql.startswith("create"):  # takes no parameters from outside the statement
            with psycopg.ClientCursor(self.raw, row_factory=dict_row) as cursor:
                return cursor.execute(translated(sql).encode(), parameters).rowcount
        return self.raw.execute(translated(sql).encode(), parameters).rowcount

    def execute_many(self, sql: str, rows: Sequence[dict[str, Any]], /) -> None:
        with self.raw.cursor() as cursor:
            cursor.executemany(translated(sql).encode(), rows)

    def batches(self, sql: str, size: int, /) -> Iterator[list[Row]]:
        with self.raw.cursor(name="batches") as cursor:
            cursor.execute(sql.encode())
            while rows := cursor.fetchmany(size):
                yield rows

    def steps(self) -> set[str]:
        [found] = self.fetch("select to_regclass(?) is not null as exists", [APPLIED])
        rows = self.fetch(f"select name from {APPLIED}") if found["exists"] else []  # noqa: S608
        return {row["name"] for row in rows}

    def settle_numbers(self) -> None:
        for row in self.fetch(
            "select table_name from information_schema.columns"
            " where is_identity = 'YES' and table_schema = current_schema()"
        ):
            table = row["table_name"]
            self.execute(
                f"select setval(pg_get_serial_sequence('{table}', 'id'), max(id)) from {table}"  # noqa: S608
            )

    def transaction(self) -> AbstractContextManager[object]:
        return self.raw.transaction()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Part of `Connection`; not for writing, as it may be older than a lock."""
        self.raw.execute("begin isolation level repeatable read read only")
        try:
            yield
        finally:
            if not self.raw.closed:
                self.raw.execute("rollback")

    def close(self) -> None:
        self.raw.close()

    @property
    def is_in_transaction(self) -> bool:
        return self.raw.info.transaction_status in {
            TransactionStatus.INTRANS,
            TransactionStatus.INERROR,
        }

    def must_repeat(self, error: BaseException) -> bool:
        return isinstance(error, psycopg.Error) and error.sqlstate in REPEATED

    find_prompts = find_prompts

    def merge_words(self, pages: int, *, is_first: bool) -> bool:
        """Return False: PostgreSQL's own vacuum does it."""
        del pages, is_first
        return False

    def begin(self, locks: Sequence[Lock]) -> int:
        """Begin a transaction, take locks in their order, and return the transaction's number.

        READ COMMITTED: each statement sees what was stored before it. The one snapshot of a
        stricter level would be older than the locks that it waits for.
        """
        keys = ",".join(str(_key(lock)) for lock in locks)
        taking = f"; select pg_advisory_xact_lock(key) from unnest('{{{keys}}}'::bigint[]) as key"  # noqa: S608
        # One message for all: numbers are the only values.
        cursor = self.raw.execute(
            "begin isolation level read committed"
            f"; set local idle_in_transaction_session_timeout = '{HANGING_S}s'"
            f"{taking if locks else ''}"
            "; select pg_current_xact_id()::text as number".encode()
        )
        while cursor.nextset():
            pass
        [row] = cursor.fetchall()
        return int(row["number"])

    def is_stored(self, number: int) -> bool | None:
        """Return whether a transaction was committed; None while it goes on."""
        [row] = self.fetch(
            "select case when :number::xid8 < pg_snapshot_xmax(pg_current_snapshot())"
            " then pg_xact_status(:number::xid8) else 'aborted' end as status",
            {"number": str(number)},
        )
        return None if row["status"] == "in progress" else row["status"] == "committed"


def _key(lock: Lock) -> int:
    digest = hashlib.blake2b(f"fluxcord {lock.scope.name} {lock.number}".encode(), digest_size=8)
    return int.from_bytes(digest.digest(), signed=True)


def _parts(url: str) -> dict[str, Any]:
    with contextlib.suppress(psycopg.ProgrammingError):
        parts = conninfo_to_dict(url)
        # Of a password with an @ or a / in it, the library takes a part for another one.
        names = (str(parts.get(key) or "") for key in ("host", "dbname"))
        port = str(parts.get("port") or "").replace(",", "")
        if not any("@" in name[1:] for name in names) and (not port or port.isdecimal()):
            return parts
    raise StorageError(
        "DATABASE_URL is malformed. Write it like postgresql://user:password@host/fluxcord,"
        " with %40 for an @ and %2F for a / in the password."
    )


MIGRATION_LOCK: Final = 0x666C7578636F7264
"""Held while the schema is looked at and changed."""


class PostgresEngine(Engine):
    """A connection that writes and one that reads, each made again where it was lost."""

    def __init__(self, url: str) -> None:
        parts = _parts(url)
        self.name = f"the database {parts.get('dbname', '')} at {parts.get('host', 'localhost')}"
        self.other = "DATABASE_URL to another database"
        settings: dict[str, Any] = {**DEFAULTS, **parts}
        self.conninfo = make_conninfo(**settings)
        self._writer: PostgresConnection | None = None
        self._reader: PostgresConnection | None = None
        self._is_open = {"writer": False, "reader": False}
        self._transaction = 0

    def connect(self) -> PostgresConnection:
        return PostgresConnection(self.conninfo)

    def open_writer(self) -> None:
        db = self._writer = self.connect()
        with db.transaction():
            db.execute("select pg_advisory_xact_lock(?)", [MIGRATION_LOCK])
            bring_up_to_date(db, self)
            count_stored(db)
        db.begin(())
        self.write_nothing(db)
        self.rollback()
        self._is_open["writer"] = True

    def open_reader(self) -> None:
        self._is_open["reader"] = True
        self._reader = PostgresConnection(self.conninfo, is_read_only=True)

    def begin(self, locks: Iterable[Lock], close_at: float) -> PostgresConnection:
        """Part of `Engine`; connects again where the connection was lost."""
        del close_at
        if not self._is_open["writer"]:
            raise DatabaseClosedError
        locks = [*locks]
        if self._writer is not None and not self._writer.raw.closed:
            try:
                self._transaction = self._writer.begin(locks)
            except psycopg.Error:
                self.rollback()
                if not self._writer.raw.closed:
                    raise
            else:
                return self._writer
        self._writer = self.connect()
        self._transaction = self._writer.begin(locks)
        return self._writer

    def commit(self, close_at: float) -> None:
        """Part of `Engine`; asks a server that was lost meanwhile whether it was stored."""
        db = self._writer
        if db is None:
            raise DatabaseClosedError
        try:
            db.raw.execute("commit")
        except psycopg.OperationalError as error:
            if not db.raw.closed or not self._was_stored(error, close_at):
                raise

    def _was_stored(self, error: psycopg.Error, close_at: float) -> bool:
        logger.warning("%s was lost during a commit, which is looked up (%s)", self.name, error)
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                self._writer = self.connect()
                stored = self._writer.is_stored(self._transaction)
                if stored is not None:
                    return stored
            if time.monotonic() > close_at:
                return False
            time.sleep(ASK_AGAIN_S)  # noqa: TID251  # this thread has nothing else to do

    def rollback(self) -> None:
        db = self._writer
        if db is not None and db.is_in_transaction:
            with contextlib.suppress(psycopg.OperationalError):
                db.raw.execute("rollback")

    def read(
        self, query: Callable[Concatenate[Any, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Part of `Engine`; connects again where the connection was lost."""
        if not self._is_open["reader"]:
            raise DatabaseClosedError
        if self._reader is not None and not self._reader.raw.closed:
            try:
                return query(self._reader, *args, **kwargs)
            except psycopg.OperationalError:
                if not self._reader.raw.closed:
                    raise
        self._reader = PostgresConnection(self.conninfo, is_read_only=True)
        return query(self._reader, *args, **kwargs)

    def checkpoint(self) -> bool:
        return True

    def write_nothing(self, db: Any) -> None:  # noqa: ANN401  # its own connection
        """Store the name of the first step again."""
        db.execute(f"update {APPLIED} set name = name where name like 'm001_%'")  # noqa: S608

    def explain(self, error: Exception) -> Exception:
        return explain(error, self.name) if isinstance(error, psycopg.Error) else error

    def close_writer(self) -> None:
        self._is_open["writer"] = False
        if self._writer is not None:
            self._writer.raw.close()

    def close_reader(self) -> None:
        self._is_open["reader"] = False
        if self._reader is not None:
            self._reader.raw.close()
