"""Rows of the simplest table, to see what a transaction did."""

import sqlite_utils


def put(db: sqlite_utils.Database, key: str, value: str = "1") -> None:
    db.table("settings").insert({"key": key, "value": value})


def keys(db: sqlite_utils.Database) -> list[str]:
    return [row["key"] for row in db.query("select key from settings order by key")]
