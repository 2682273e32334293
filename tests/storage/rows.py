"""Rows of the simplest table, to see what a transaction did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlite_utils

if TYPE_CHECKING:
    from storage.connection import Connection
    from storage.sqlite import SqliteConnection


def library(db: SqliteConnection) -> sqlite_utils.Database:
    """Return a connection of the bot as that of a library that knows tables and schemas."""
    return sqlite_utils.Database(db.conn, execute_plugins=False)


def put(db: Connection, key: str, value: str = "1") -> None:
    db.insert("settings", {"key": key, "value": value})


def keys(db: Connection) -> list[str]:
    return [row["key"] for row in db.fetch("select key from settings order by key")]
