"""The tables `guild_settings` and `user_settings`: what servers and people chose for themselves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlite_utils import Database as SqliteDatabase

    from storage.database import Database

Value = str | int | bool | None

SWITCH: Final = {"on": True, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildChoices:
    """What a server chose; a field's name is its key, None where nothing was chosen.

    Attributes:
        default_model: of pictures from words.
        default_size: of pictures from words.
        language: of what everybody in the server reads, as Discord names it.
        log_channel_id: where moderators are told of every picture.
        retention_days: how long prompts and pictures are kept; 0 is for ever.
        reply_edits: whose reply to a picture edits it.
        mention_generates: whether a mention with words alone makes a picture.
    """

    default_model: str | None = None
    default_edit_model: str | None = None
    default_size: str | None = None
    default_count: int | None = None
    spoiler: bool | None = None
    language: str | None = None
    log_channel_id: int | None = None
    retention_days: int | None = None
    reply_edits: str | None = None
    mention_generates: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChoices:
    """What a person chose; a field's name is its key, None where nothing was chosen.

    Attributes:
        default_model: of pictures from words.
        default_size: of pictures from words.
        private: whether their pictures are shown to them alone.
        counted: whether they may be named in statistics; they may unless it is False.
    """

    default_model: str | None = None
    default_edit_model: str | None = None
    default_size: str | None = None
    private: bool | None = None
    counted: bool | None = None


class ChoiceRepository:
    """What was chosen, kept in memory too: every request asks for it, and nobody else writes it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guilds: dict[int, GuildChoices] = {}
        self._users: dict[int, UserChoices] = {}

    async def load(self) -> None:
        """Read what was chosen before."""
        # In line with what changes it, so that no later choice is overlooked.
        self._guilds = await self._database.write(_select_guilds)
        self._users = await self._database.write(_select_users)

    def of_guild(self, guild_id: int | None) -> GuildChoices:
        """Return what a server chose; nothing where it is None, as of direct messages."""
        return self._guilds.get(guild_id or 0, _NO_GUILD_S)

    def of_user(self, user_id: int | None) -> UserChoices:
        """Return what a person chose; nothing where it is None."""
        return self._users.get(user_id or 0, _NO_USER_S)

    def unnamed(self) -> frozenset[int]:
        """Return who is not to be named in statistics."""
        return frozenset(
            user_id for user_id, chosen in self._users.items() if chosen.counted is False
        )

    def retention_days(self) -> dict[int, int]:
        """Return how long servers that chose keep prompts and pictures; 0 is for ever."""
        days = {guild_id: chosen.retention_days for guild_id, chosen in self._guilds.items()}
        return {guild_id: each for guild_id, each in days.items() if each is not None}

    async def change_of_guild(self, guild_id: int, **changes: Value) -> GuildChoices:
        """Store what a server chooses anew, None for nothing any more; return all its choices."""
        _check_names(GuildChoices, changes)
        chosen = await self._database.write(_change_guild, guild_id, changes)
        self._guilds[guild_id] = chosen
        return chosen

    async def change_of_user(self, user_id: int, **changes: Value) -> UserChoices:
        """Store what a person chooses anew, None for nothing any more; return all their choices."""
        _check_names(UserChoices, changes)
        chosen = await self._database.write(_change_user, user_id, changes)
        self._users[user_id] = chosen
        return chosen


_NO_GUILD_S: Final = GuildChoices()
_NO_USER_S: Final = UserChoices()


def _check_names(kind: type[GuildChoices | UserChoices], changes: Mapping[str, Value]) -> None:
    unknown = changes.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise TypeError(f"nobody chooses {', '.join(sorted(unknown))}")


def _select_guilds(db: SqliteDatabase) -> dict[int, GuildChoices]:
    rows = db.query("select guild_id as id, key, value from guild_settings")
    return {guild_id: _guild_choices(values) for guild_id, values in _by_id(rows).items()}


def _select_users(db: SqliteDatabase) -> dict[int, UserChoices]:
    rows = db.query("select user_id as id, key, value from user_settings")
    return {user_id: _user_choices(values) for user_id, values in _by_id(rows).items()}


def _by_id(rows: Iterable[dict[str, Any]]) -> dict[int, dict[str, str]]:
    values: dict[int, dict[str, str]] = {}
    for row in rows:
        values.setdefault(row["id"], {})[row["key"]] = row["value"]
    return values


def _change_guild(db: SqliteDatabase, guild_id: int, changes: Mapping[str, Value]) -> GuildChoices:
    _write(db, "guild_settings", "guild_id", guild_id, changes)
    rows = db.query("select key, value from guild_settings where guild_id = ?", [guild_id])
    return _guild_choices({row["key"]: row["value"] for row in rows})


def _change_user(db: SqliteDatabase, user_id: int, changes: Mapping[str, Value]) -> UserChoices:
    _write(db, "user_settings", "user_id", user_id, changes)
    rows = db.query("select key, value from user_settings where user_id = ?", [user_id])
    return _user_choices({row["key"]: row["value"] for row in rows})


def _write(
    db: SqliteDatabase, table: str, column: str, owner_id: int, changes: Mapping[str, Value]
) -> None:
    for key, value in changes.items():
        if value is None:
            db.table(table).delete_where(f"{column} = ? and key = ?", [owner_id, key])
        else:
            row = {column: owner_id, "key": key, "value": _text(value)}
            db.table(table).upsert(row, pk=(column, "key"))


def _text(value: str | int | bool) -> str:  # noqa: FBT001  # one kind of value
    if isinstance(value, bool):
        return next(word for word, means in SWITCH.items() if means is value)
    return str(value)


def _guild_choices(values: Mapping[str, str]) -> GuildChoices:
    """Return what the rows say; what cannot be read counts as not chosen."""
    return GuildChoices(
        default_model=values.get("default_model"),
        default_edit_model=values.get("default_edit_model"),
        default_size=values.get("default_size"),
        default_count=_number(values.get("default_count")),
        spoiler=SWITCH.get(values.get("spoiler", "")),
        language=values.get("language"),
        log_channel_id=_number(values.get("log_channel_id")),
        retention_days=_number(values.get("retention_days")),
        reply_edits=values.get("reply_edits"),
        mention_generates=SWITCH.get(values.get("mention_generates", "")),
    )


def _user_choices(values: Mapping[str, str]) -> UserChoices:
    return UserChoices(
        default_model=values.get("default_model"),
        default_edit_model=values.get("default_edit_model"),
        default_size=values.get("default_size"),
        private=SWITCH.get(values.get("private", "")),
        counted=SWITCH.get(values.get("counted", "")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
