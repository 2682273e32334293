"""A row as version 1 of the table `jobs` had it; columns that came since have their defaults.

It never changes with the code, so that migrations are shown on what older versions wrote.
"""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from storage.migrations import bring_up_to_date
from storage.sqlite import SqliteConnection

EARLIER_JOB: Final[dict[str, object]] = {
    "id": "0123456789ab",
    "state": "queued",
    "created_at": "2026-10-05T12:00:00+00:00",
    "expected_at": "2026-10-05T12:00:10+00:00",
    "command": "imagine",
    "action": "generate",
    "prompt": "a quiet lake",
    "model": "flux-dev",
    "size": "1:1",
    "count": 1,
    "spoiler": 0,
    "user_id": 5001,
    "user_name": "ada",
    "guild_id": 4001,
    "guild_name": "Harbour",
    "channel_id": 3001,
    "channel_name": "pictures",
    "delivery": "message",
    "interaction_id": 1001,
    "application_id": 2001,
    "interaction_token": "interaction-token",
    "estimated_microcredits": 216000,
}


def migrate_with_stops(
    path: Path,
    step: Callable[[SqliteConnection], None],
    is_under_way: Callable[[SqliteConnection], bool],
    *,
    first: int,
    longer: int,
) -> int:
    """Migrate a file and repeat a step until it is done; return how often it was stopped.

    Args:
        first: SQLite's instructions until the first stop, in tens.
        longer: how many more there are until each later one.
    """
    db = SqliteConnection(sqlite3.connect(path))
    bring_up_to_date(db.conn)
    stops = 0
    while is_under_way(db):
        # As a kill does: what was not committed is gone.
        steps = iter([0] * (first + longer * stops))
        db.conn.set_progress_handler(partial(next, steps, 1), 10)
        try:
            step(db)
        except sqlite3.OperationalError:
            stops += 1
        db.conn.close()
        db = SqliteConnection(sqlite3.connect(path))
    db.conn.close()
    return stops
