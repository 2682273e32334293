"""What the bot wrote down, read from its SQLite file as any other program would read it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord.errors import JSON

MOST_ROWS: Final = 50

READ: Final = {
    "jobs": "select * from usage order by requested_at desc limit ?",
    "ledger": (
        "select payer, kind, microcredits / 1000000.0 as credits, is_estimate, job_id, user_id,"
        " created_at from ledger order by id desc limit ?"
    ),
}
"""The newest rows of what is shown."""


def read_books(path: Path) -> dict[str, JSON]:
    """Return the columns and the newest rows of each table; none where there is no file yet."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=1.0)) as database:
            return {name: _table(database, query) for name, query in READ.items()}
    except sqlite3.Error:
        return {name: {"columns": [], "rows": []} for name in READ}


def _table(database: sqlite3.Connection, query: str) -> JSON:
    cursor = database.execute(query, (MOST_ROWS,))
    columns = [column[0] for column in cursor.description]
    # A browser's numbers are exact up to 2 ** 53 only, which ids are beyond.
    rows = [[_shown(value) for value in row] for row in cursor]
    return {"columns": columns, "rows": rows}


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)
