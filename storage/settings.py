"""The tables `settings` and `guild_settings`: what the bot remembers, and what servers chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteDatabase

    from storage.database import Database


class SettingRepository:
    """Text values by key: of the bot, and of each server."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        """Return the value, or None where none was set."""
        return await self._database.read(_select_value, key)

    async def set(self, key: str, value: str) -> None:
        """Store the value, in place of an older one."""
        await self._database.write(_upsert_value, key, value)

    async def get_of_guild(self, guild_id: int, key: str) -> str | None:
        """Return what a server chose, or None where it chose nothing."""
        return await self._database.read(_select_guild_value, guild_id, key)

    async def list_of_guild(self, guild_id: int) -> dict[str, str]:
        """Return all that a server chose, by key."""
        return await self._database.read(_select_guild_values, guild_id)

    async def list_by_guild(self, key: str) -> dict[int, str]:
        """Return what each server chose that chose something."""
        return await self._database.read(_select_by_guild, key)

    async def set_of_guild(self, guild_id: int, key: str, value: str) -> None:
        """Store what a server chose, in place of an older choice."""
        await self._database.write(_upsert_guild_value, guild_id, key, value)


def _select_value(db: SqliteDatabase, key: str) -> str | None:
    rows = db.query("select value from settings where key = ?", [key])
    return next((str(row["value"]) for row in rows), None)


def _upsert_value(db: SqliteDatabase, key: str, value: str) -> None:
    db.table("settings").upsert({"key": key, "value": value}, pk="key")


def _select_guild_value(db: SqliteDatabase, guild_id: int, key: str) -> str | None:
    return _select_guild_values(db, guild_id).get(key)


def _select_guild_values(db: SqliteDatabase, guild_id: int) -> dict[str, str]:
    rows = db.query("select key, value from guild_settings where guild_id = ?", [guild_id])
    return {row["key"]: row["value"] for row in rows}


def _select_by_guild(db: SqliteDatabase, key: str) -> dict[int, str]:
    rows = db.query("select guild_id, value from guild_settings where key = ?", [key])
    return {row["guild_id"]: row["value"] for row in rows}


def _upsert_guild_value(db: SqliteDatabase, guild_id: int, key: str, value: str) -> None:
    row = {"guild_id": guild_id, "key": key, "value": value}
    db.table("guild_settings").upsert(row, pk=("guild_id", "key"))
