"""Copying a whole database to the other engine, while no bot uses either."""

from __future__ import annotations

import math
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import filelock

from storage.engines import engine_of, told_to_operator
from storage.errors import StorageError
from storage.migrations import STEPS, TABLES, applied_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from storage.connection import Connection, Engine

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

USED: Final = (
    "select count(*) as number from pg_stat_activity where datname = current_database()"
    " and application_name = 'fluxcord' and pid <> pg_backend_pid()"
)


def move(source: Path | str, target: Path | str, note: Callable[[str], None]) -> None:
    """Copy every row to an empty database, in one transaction, and compare both before it ends.

    The source is never changed. What is stopped halfway leaves the target empty.

    Raises:
        StorageError: a bot uses the source, the target is not empty, one of them cannot be used, or
            the copy differs.
    """
    reader, writer = engine_of(source), engine_of(target)
    with (
        told_to_operator(reader),
        told_to_operator(writer),
        _opened(source, reader) as old,
        ExitStack() as stack,
    ):
        stack.callback(writer.close_writer)
        writer.open_writer()
        stack.callback(writer.rollback)
        new = writer.begin((), math.inf)
        if any(new.count(table) for table in TABLES):
            raise StorageError("The target is not empty. Choose a new database.")
        for table in TABLES:
            note(f"{table}: {_copy(old, new, table)} rows")
        _compare(old, new)
        new.settle_numbers()
        writer.commit(math.inf)


@contextmanager
def _opened(source: Path | str, engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees one moment of a database that no bot uses."""
    with ExitStack() as stack:
        if isinstance(source, Path):
            if not source.exists():
                raise StorageError(f"{source} not found.")
            lock = filelock.FileLock(f"{source.resolve()}.lock")
            try:
                stack.enter_context(lock.acquire(timeout=0))
            except filelock.Timeout as error:
                raise StorageError(f"A bot uses {source}. Stop it.") from error
        db = stack.enter_context(closing(engine.connect()))
        if applied_steps(db, engine) != STEPS.keys():
            raise StorageError(
                f"{engine.name} is of another version. Start the bot with it once, and stop it "
                "again."
            )
        stack.enter_context(db.snapshot())
        if isinstance(source, str) and db.fetch(USED)[0]["number"]:
            raise StorageError("A bot uses the source. Stop every process of it.")
        yield db


def _copy(old: Connection, new: Connection, table: str) -> int:
    number = 0
    for rows in old.batches(f"select * from {table}", BATCH):  # noqa: S608  # a name of the schema
        new.insert_many(table, rows)
        number += len(rows)
    return number


def _compare(old: Connection, new: Connection) -> None:
    def facts(db: Connection) -> dict[str, Any]:
        return {table: db.count(table) for table in TABLES} | {
            f"sums of {table}": db.fetch(sql) for table, sql in SUMS.items()
        }

    before, after = facts(old), facts(new)
    differing = [name for name in before if before[name] != after[name]]
    if differing:
        raise StorageError(f"The copy differs in {', '.join(differing)}. Nothing was stored.")
