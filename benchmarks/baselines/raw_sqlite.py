"""Plain sqlite3: the least that storing a row durably takes."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def milliseconds_per_commit(path: Path, commits: int) -> list[float]:
    """Insert rows of a request's size, each in a commit that is on disk when it returns."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("create table requests (id integer primary key, request text)")
        times = []
        for _ in range(commits):
            start = time.perf_counter()
            db.execute("begin immediate")
            db.execute("insert into requests (request) values (?)", ["x" * 500])
            db.execute("commit")
            times.append((time.perf_counter() - start) * 1_000)
        return times
