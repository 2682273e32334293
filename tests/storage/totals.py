"""The totals beside what they are totals of, and how many steps SQLite takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from storage.recount import count_stored, find_differences, oldest_reported, recount
from storage.sqlite import SqliteConnection
from storage.totals import Unit

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from storage.connection import Connection
    from storage.database import Database


def sqlite_of(db: Connection) -> sqlite3.Connection:
    """Return the connection to a file, for what only SQLite has."""
    assert isinstance(db, SqliteConnection)
    return db.conn


Rows = set[tuple[Any, ...]]


def kept(db: Connection, now: datetime) -> Rows:
    """Return all totals of something that a report or a budget can be about."""
    rows = db.fetch(
        "select * from totals where (requests <> 0 or booked_pictures <> 0)"
        " and (unit = 'month' or since >= ? or part = '' and whose in ('all', 'server'))"
        " and (unit <> 'hour' or since >= ?)",
        [oldest_reported(now, Unit.DAY), oldest_reported(now, Unit.HOUR)],
    )
    return {
        (*(value for name, value in row.items() if name != "seconds"), *sorted(seconds.items()))
        for row in rows
        for seconds in [json.loads(row["seconds"])]
    }


def check_totals(db: Connection, now: datetime) -> None:
    """Compare the totals with the ledger, and with a count of every request from its rows."""
    assert find_differences(db, now) == []
    found = kept(db, now)
    db.execute("savepoint counted_again")
    try:
        recount(db)
        count_stored(db)
        again = kept(db, now)
        assert (found - again, again - found) == (set(), set())
    finally:
        db.execute("rollback to counted_again")
        db.execute("release counted_again")


async def steps_of(database: Database, work: Callable[[], Awaitable[object]]) -> int:
    """Return how many steps SQLite takes for something: some for each row that it reads."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    def watch(db: Connection, *, is_on: bool) -> None:
        sqlite_of(db).set_progress_handler(step if is_on else None, 1)

    for connected in (database.read, database.write):
        await connected(watch, is_on=True)
    await work()
    for connected in (database.read, database.write):
        await connected(watch, is_on=False)
    return steps
