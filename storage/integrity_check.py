"""Looking at the database without touching it, also while the bot runs."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from storage.engines import engine_of, told_to_operator
from storage.errors import ADVICE, StorageError, advice
from storage.migrations import applied_steps
from storage.recount import find_differences, is_counting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from storage.connection import Connection, Engine


def compare_totals(at: Path | str, now: datetime) -> list[str] | None:
    """Return where the totals differ from the ledger, such as `all day 2026-11-01`.

    None where they are not counted yet. Nothing is written.

    Raises:
        StorageError: the database cannot be read.
    """
    if isinstance(at, Path) and not at.exists():
        return None
    engine = engine_of(at)
    with _opened(engine) as (db, applied):
        if "m018_totals" not in applied or is_counting(db):
            return None
        return find_differences(db, now)


def inspect(at: Path | str) -> int | None:
    """Return how many jobs the database holds, None where there is none yet. Nothing is written.

    Raises:
        StorageError: a bot could not use it; the text is a sentence for the operator.
    """
    if isinstance(at, Path) and not at.exists():
        return None
    engine = engine_of(at)
    with _opened(engine) as (db, applied):
        if isinstance(at, str):
            [row] = db.fetch("select current_setting('transaction_read_only') as is_read_only")
            if row["is_read_only"] == "on":
                raise StorageError(f"{engine.name} is read-only: connect to the primary server.")
            return db.count("jobs") if applied else None
        [row] = db.fetch("pragma quick_check(1)")
        if row["quick_check"] != "ok":
            raise StorageError(f"{at} is damaged: restore a backup.")
        if not os.access(at, os.W_OK):
            raise StorageError(f"{at} cannot be written. {ADVICE[sqlite3.SQLITE_READONLY]}")
        return db.count("jobs") if applied else 0


@contextmanager
def _opened(engine: Engine) -> Iterator[tuple[Connection, set[str]]]:
    with told_to_operator(engine):
        try:
            with closing(engine.connect()) as db:
                yield db, applied_steps(db, engine)
        except sqlite3.Error as error:
            raise StorageError(f"{engine.name} cannot be read ({error}).{advice(error)}") from error
