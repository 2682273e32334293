"""The table `styles`: words that people and servers use again, by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from storage.repository import Repository, reading, record_from_row, row_from_record, writing

if TYPE_CHECKING:
    from datetime import datetime

    from storage.connection import Connection


MAX_STYLES: Final = 25
"""Of one person, and of one server; Discord suggests as many at once."""


class StyleOwner(StrEnum):
    """Whose a style is."""

    USER = "user"
    GUILD = "guild"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Words, and perhaps a model and a size, that are used again by name; a row of `styles`.

    Attributes:
        before: words before the prompt; empty, like those after it, where there are none.
    """

    owner: StyleOwner
    owner_id: int
    name: str
    before: str = ""
    after: str = ""
    model: str | None = None
    size: str | None = None
    saved_by: int
    saved_at: datetime


class StyleRepository(Repository):
    """Styles by owner and name; names differ by more than case and spaces."""

    @writing
    def save(self, db: Connection, style: Style) -> bool:
        """Store a style, in place of an older one of that name; return whether there was one.

        Raises:
            UserError: it is new, and one too many.
        """
        owner = [style.owner, style.owner_id]
        named = [*owner, _key(style.name)]
        there = db.count("styles", "owner = ? and owner_id = ? and key = ?", named)
        number = db.count("styles", "owner = ? and owner_id = ?", owner)
        if not there and number >= MAX_STYLES:
            raise UserError("too-many-styles")
        row = {**row_from_record(style), "key": _key(style.name)}
        db.insert("styles", row, key=("owner", "owner_id", "key"))
        return bool(there)

    @writing
    def delete(self, db: Connection, owner: StyleOwner, owner_id: int, name: str) -> bool:
        """Delete a style; return whether there was one of that name."""
        sql = "delete from styles where owner = ? and owner_id = ? and key = ?"
        return db.execute(sql, [owner, owner_id, _key(name)]) > 0

    @reading
    def find(
        self, db: Connection, name: str, *, user_id: int, guild_id: int | None
    ) -> Style | None:
        """Return the style that a person means in a server: their own before the server's."""
        rows = db.fetch(
            f"{_OWN_FIRST} and key = :key order by owner desc limit 1",
            {"user_id": user_id, "guild_id": guild_id, "key": _key(name)},
        )
        return next((record_from_row(Style, row) for row in rows), None)

    @reading
    def list_usable(self, db: Connection, user_id: int, guild_id: int | None) -> list[Style]:
        """Return a person's own styles, then those of the server, each by name."""
        rows = db.fetch(
            f"{_OWN_FIRST} order by owner desc, key", {"user_id": user_id, "guild_id": guild_id}
        )
        return [record_from_row(Style, row) for row in rows]


def _key(name: str) -> str:
    return " ".join(name.replace("\0", "").casefold().split())


_OWN_FIRST: Final = (
    "select * from styles where"
    " ((owner = 'user' and owner_id = :user_id) or (owner = 'guild' and owner_id = :guild_id))"
)
