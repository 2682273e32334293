"""Rows of the simplest table, to see what a transaction did."""

from storage.connection import Connection


def put(db: Connection, key: str, value: str = "1") -> None:
    db.insert("settings", {"key": key, "value": value})


def keys(db: Connection) -> list[str]:
    return [row["key"] for row in db.fetch("select key from settings order by key")]
