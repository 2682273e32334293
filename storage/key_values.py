"""The table `settings`: what the bot remembers about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteDatabase

    from storage.database import Database


class SettingRepository:
    """Text values by key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        """Return the value, or None where none was set."""
        return await self._database.read(_select_value, key)

    async def set(self, key: str, value: str) -> None:
        """Store the value, in place of an older one."""
        await self._database.write(_upsert_value, key, value)


def _select_value(db: SqliteDatabase, key: str) -> str | None:
    rows = db.query("select value from settings where key = ?", [key])
    return next((str(row["value"]) for row in rows), None)


def _upsert_value(db: SqliteDatabase, key: str, value: str) -> None:
    db.table("settings").upsert({"key": key, "value": value}, pk="key")
