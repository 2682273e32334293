"""Looking at the database without touching it, also while the bot runs."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from storage.errors import ADVICE, StorageError, advice
from storage.migrations import refuse_newer
from storage.recount import find_differences, is_counting
from storage.sqlite import SqliteConnection

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def compare_totals(path: Path, now: datetime) -> list[str] | None:
    """Return where the totals of a sound file differ from its ledger, such as `all day 2026-11-01`.

    None where they are not counted yet. Nothing is written.

    Raises:
        StorageError: the file cannot be read.
    """
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            db = SqliteConnection(file)
            if "totals" not in db.table_names() or is_counting(db):
                return None
            return find_differences(db, now)
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be read ({error}).") from error


def inspect(path: Path) -> int | None:
    """Return how many jobs the file holds, None where there is no file yet. Nothing is written.

    Raises:
        StorageError: a bot could not use it; the text is a sentence for the operator.
    """
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            db = SqliteConnection(file)
            [complaint] = file.execute("pragma quick_check(1)").fetchone()
            if complaint != "ok":
                raise StorageError(f"{path} is damaged: restore a backup.")
            if "_sqlite_migrations" in db.table_names():
                refuse_newer(db, path)
            jobs = db.table("jobs").count if "jobs" in db.table_names() else 0
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be read ({error}).{advice(error)}") from error
    if not os.access(path, os.W_OK):
        raise StorageError(f"{path} cannot be written. {ADVICE[sqlite3.SQLITE_READONLY]}")
    return jobs
