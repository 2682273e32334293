"""Looking at the database without touching it, also while the bot runs."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from storage.database import postgres_engine
from storage.errors import ADVICE, StorageError, advice
from storage.migrations import refuse_newer
from storage.recount import find_differences, is_counting
from storage.sqlite import SqliteConnection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from storage.postgresql import PostgresConnection


def compare_totals(at: Path | str, now: datetime) -> list[str] | None:
    """Return where the totals differ from the ledger, such as `all day 2026-11-01`.

    None where they are not counted yet. Nothing is written.

    Raises:
        StorageError: the database cannot be read.
    """
    if isinstance(at, str):
        if _inspect_server(at) is None:
            return None
        with _server(at) as (server, _):
            return find_differences(server, now)
    path = at
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            db = SqliteConnection(file)
            if not _has(db, "totals") or is_counting(db):
                return None
            return find_differences(db, now)
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be read ({error}).") from error


def _has(db: SqliteConnection, table: str) -> bool:
    return bool(db.count("sqlite_master", "name = ?", [table]))


@contextmanager
def _server(url: str) -> Iterator[tuple[PostgresConnection, str]]:
    engine = postgres_engine(url)
    try:
        db = engine.connect()
        with closing(db.raw):
            yield db, engine.name
    except Exception as error:
        explained = engine.explain(error)
        if explained is error:
            raise
        raise StorageError(str(explained)) from error


def _inspect_server(url: str) -> int | None:
    from storage.postgresql_schema import applied_steps  # noqa: PLC0415  # needs a package

    with _server(url) as (db, name):
        [row] = db.fetch("select current_setting('transaction_read_only') as is_read_only")
        if row["is_read_only"] == "on":
            raise StorageError(f"{name} is read-only: connect to the primary server.")
        return db.count("jobs") if applied_steps(db, name) else None


def inspect(at: Path | str) -> int | None:
    """Return how many jobs the database holds, None where there is none yet. Nothing is written.

    Raises:
        StorageError: a bot could not use it; the text is a sentence for the operator.
    """
    if isinstance(at, str):
        return _inspect_server(at)
    path = at
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            db = SqliteConnection(file)
            [complaint] = file.execute("pragma quick_check(1)").fetchone()
            if complaint != "ok":
                raise StorageError(f"{path} is damaged: restore a backup.")
            if _has(db, "_sqlite_migrations"):
                refuse_newer(file, path)
            jobs = db.count("jobs") if _has(db, "jobs") else 0
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be read ({error}).{advice(error)}") from error
    if not os.access(path, os.W_OK):
        raise StorageError(f"{path} cannot be written. {ADVICE[sqlite3.SQLITE_READONLY]}")
    return jobs
