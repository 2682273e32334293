"""The tables `guild_settings` and `user_settings`: what servers and people chose for themselves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

from storage.repository import CachedRepository, changing, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from storage.connection import Connection
    from storage.database import Database

Value = str | int | bool | None

SWITCH: Final = {"on": True, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildChoices:
    """What a server chose; a field's name is its key, None where nothing was chosen.

    Attributes:
        language: of what everybody in the server reads, as Discord names it.
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
    avatars: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChoices:
    """What a person chose; a field's name is its key, None where nothing was chosen.

    Attributes:
        private: whether their pictures are shown to them alone.
        counted: whether they may be named in statistics; they may unless it is False.
        avatar: whether others may edit their avatar; they may unless it is False.
        dm: whether they get their results by direct message too.
    """

    default_model: str | None = None
    default_edit_model: str | None = None
    default_size: str | None = None
    private: bool | None = None
    counted: bool | None = None
    avatar: bool | None = None
    dm: bool | None = None


K = TypeVar("K", GuildChoices, UserChoices)


class Choices(CachedRepository[K]):
    """The table of what one kind of owner chose."""

    def __init__(self, database: Database, kind: type[K], table: str, column: str) -> None:
        super().__init__(database)
        self.empty = kind()
        self._kind: type[K] = kind
        self._table = table
        self._column = column

    def select(self, db: Connection, owner_id: int | None) -> dict[int, K]:
        """Part of `CachedRepository`; what cannot be read counts as not chosen."""
        values: dict[int, dict[str, str]] = {}
        for row in rows_of(db, self._table, self._column, owner_id):
            values.setdefault(row[self._column], {})[row["key"]] = row["value"]
        return {each_id: self._read(each) for each_id, each in values.items()}

    async def change(self, owner_id: int, **changes: Value) -> K:
        """Store what an owner chooses, None to reset it, as `replace`; return all their choices."""
        await self.replace(owner_id, changes, {})
        return self.of(owner_id)

    @changing
    def replace(
        self,
        db: Connection,
        owner_id: int,
        changes: Mapping[str, Value],
        expected: Mapping[str, str],
    ) -> bool:
        """Store what an owner chooses if they have not chosen anything else meanwhile.

        Args:
            expected: what was stored, as `texts_of` returns it, "" for what was not chosen.

        Returns:
            Whether that was still stored, and the changes are now.
        """
        unknown = changes.keys() - {field.name for field in fields(self._kind)}
        if unknown:
            raise TypeError(f"nobody chooses {', '.join(sorted(unknown))}")
        stored = texts_of(self.select(db, owner_id).get(owner_id, self.empty))
        if any(stored.get(key, "") != text for key, text in expected.items()):
            return False
        for key, value in changes.items():
            if value is None:
                db.execute(
                    f"delete from {self._table} where {self._column} = ? and key = ?",  # noqa: S608
                    [owner_id, key],
                )
            else:
                row = {self._column: owner_id, "key": key, "value": _text(value)}
                db.insert(self._table, row, key=(self._column, "key"))
        return True

    def _read(self, values: Mapping[str, str]) -> K:
        read: K = self._kind(
            **{
                field.name: _READ[str(field.type)](values[field.name])
                for field in fields(self._kind)
                if field.name in values
            }
        )
        return read


class ChoiceRepository:
    """What servers and people chose."""

    def __init__(self, database: Database) -> None:
        self.guilds = Choices(database, GuildChoices, "guild_settings", "guild_id")
        self.users = Choices(database, UserChoices, "user_settings", "user_id")

    async def load(self) -> None:
        await self.guilds.load()
        await self.users.load()

    def unnamed(self) -> frozenset[int]:
        """Return who is not to be named in statistics."""
        return frozenset(
            user_id for user_id, chosen in self.users.by_owner().items() if chosen.counted is False
        )


def texts_of(chosen: GuildChoices | UserChoices) -> dict[str, str]:
    """Return what was chosen as the table holds it, by key."""
    values = ((field.name, getattr(chosen, field.name)) for field in fields(chosen))
    return {key: _text(value) for key, value in values if value is not None}


def _text(value: str | int | bool) -> str:  # noqa: FBT001  # one kind of value
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value).replace("\0", "")


_READ: Final[dict[str, Callable[[str], Any]]] = {
    "str | None": str,
    "int | None": lambda text: int(text) if text.isdecimal() else None,
    "bool | None": SWITCH.get,
}
"""By the type of a field, how its text in the table is read."""
