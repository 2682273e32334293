"""The table `settings`: what the bot remembers about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.repository import Repository, reading, writing

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteDatabase


class SettingRepository(Repository):
    """Text values by key."""

    @reading
    def get(self, db: SqliteDatabase, key: str) -> str | None:
        """Return the value, or None where none was set."""
        rows = db.query("select value from settings where key = ?", [key])
        return next((str(row["value"]) for row in rows), None)

    @writing
    def set(self, db: SqliteDatabase, key: str, value: str) -> None:
        """Store the value, in place of an older one."""
        db.table("settings").upsert({"key": key, "value": value}, pk="key")
