"""Runs the bot and counts its statements on SQLite: one byte each in the file `statements`.

What triggers do inside a statement is not counted: PostgreSQL's log does not have it either.
"""

from __future__ import annotations

import os
import runpy
import sqlite3
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]

STATEMENTS: Final = "statements"

_connect = sqlite3.connect


def connect(*arguments: Any, **more: Any) -> sqlite3.Connection:  # noqa: ANN401  # as sqlite3's own
    """Open a connection whose statements are counted."""
    connection: sqlite3.Connection = _connect(*arguments, **more)
    file = os.open(STATEMENTS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(statement: str) -> None:
        if not statement.startswith("--"):
            os.write(file, b".")

    connection.set_trace_callback(note)
    return connection


if __name__ == "__main__":
    sqlite3.connect = connect  # type: ignore[assignment]
    sys.path[0] = str(ROOT)
    runpy.run_path(str(ROOT / "bot.py"), run_name="__main__")
