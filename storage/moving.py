"""Copying a whole database to the other engine, while no bot uses either."""

from __future__ import annotations

import math
import sqlite3
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import filelock
from sqlite_utils import Database

from storage.database import postgres_engine
from storage.errors import StorageError
from storage.migrations import data_tables, empty_schema, known_steps, migrations
from storage.sqlite import SqliteConnection, SqliteEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from storage.connection import Connection, Engine
    from storage.postgresql import PostgresConnection

BATCH: Final = 2_000
"""Rows that are read and written at once."""

SUMS: Final = {
    "ledger": "select payer, kind, count(*) as number, sum(microcredits) as microcredits,"
    " sum(pictures) as pictures from ledger group by payer, kind order by payer, kind",
    "totals": "select whose, part, unit, count(*) as number, sum(requests) as requests,"
    " sum(booked_pictures) as pictures, sum(microcredits) as microcredits,"
    " sum(house_microcredits) as house from totals group by whose, part, unit"
    " order by whose, part, unit",
}
"""What has to come to the same in both, besides the number of rows of each table."""

PREPARED: Final = "Start the bot with it once, and stop it again."

USED: Final = (
    "select count(*) as number from pg_stat_activity where datname = current_database()"
    " and application_name = 'fluxcord' and pid <> pg_backend_pid()"
)


def move(source: Path | str, target: Path | str, note: Callable[[str], None]) -> None:
    """Copy every row to an empty database, in one transaction, and compare both before it ends.

    The source is never changed. What is stopped halfway leaves the target empty.

    Args:
        source: an SQLite file, or the address of a PostgreSQL database.
        note: takes a line for each table.

    Raises:
        StorageError: a bot uses the source, the target is not empty, one of them cannot be used, or
            the copy differs.
    """
    engines = [
        SqliteEngine(at) if isinstance(at, Path) else postgres_engine(at) for at in (source, target)
    ]
    try:
        with _opened(source) as old:
            _move(old, engines[1], note)
    except StorageError:
        raise
    except Exception as error:
        explained = next(
            (found for each in engines if (found := each.explain(error)) is not error), None
        )
        if explained is None:
            raise
        raise StorageError(str(explained)) from error


def _move(old: Connection, engine: Engine, note: Callable[[str], None]) -> None:
    blank = empty_schema()
    tables = [table.name for table in data_tables(blank)]
    blank.close()
    with ExitStack() as stack:
        stack.callback(engine.close_writer)
        engine.open_writer()
        stack.callback(engine.rollback)
        new = engine.begin((), math.inf)
        if any(new.count(table) for table in tables):
            raise StorageError("The target is not empty. Choose a new database.")
        for table in tables:
            note(f"{table}: {_copy(old, new, table)} rows")
        _compare(old, new, tables)
        new.settle_numbers()
        engine.commit(math.inf)


@contextmanager
def _connected(url: str) -> Iterator[PostgresConnection]:
    engine = postgres_engine(url)
    db = engine.connect()
    with closing(db.raw):
        from storage.postgresql_schema import applied_steps  # noqa: PLC0415  # needs a package

        if applied_steps(db, engine.name) != {*known_steps()}:
            raise StorageError(f"{engine.name} is of another version. {PREPARED}")
        yield db


@contextmanager
def _opened(source: Path | str) -> Iterator[Connection]:
    """Yield a connection that sees one moment of a database that no bot uses."""
    if isinstance(source, str):
        with _connected(source) as server, server.snapshot():
            if server.fetch(USED)[0]["number"]:
                raise StorageError("A bot uses the source. Stop every process of it.")
            yield server
        return
    if not source.exists():
        raise StorageError(f"{source} not found.")
    try:
        lock = filelock.FileLock(f"{source.resolve()}.lock").acquire(timeout=0)
    except filelock.Timeout as error:
        raise StorageError(f"A bot uses {source}. Stop it.") from error
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with lock, closing(sqlite3.connect(uri, uri=True)) as file:
        db = SqliteConnection(file)
        if [step.name for step in migrations.applied(Database(file))] != known_steps():
            raise StorageError(f"{source} is of another version. {PREPARED}")
        with db.snapshot():
            yield db


def _copy(old: Connection, new: Connection, table: str) -> int:
    number = 0
    for rows in old.batches(f"select * from {table}", BATCH):  # noqa: S608  # a name of the schema
        new.insert_many(table, rows)
        number += len(rows)
    return number


def _compare(old: Connection, new: Connection, tables: Sequence[str]) -> None:
    def facts(db: Connection) -> dict[str, Any]:
        return {table: db.count(table) for table in tables} | {
            f"sums of {table}": db.fetch(sql) for table, sql in SUMS.items()
        }

    before, after = facts(old), facts(new)
    differing = [name for name in before if before[name] != after[name]]
    if differing:
        raise StorageError(f"The copy differs in {', '.join(differing)}. Nothing was stored.")
