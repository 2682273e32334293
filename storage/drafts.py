"""The table `drafts`: what was asked for and not begun, so that a form can open filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from storage.mapping import record_from_row, row_from_record, text_from_time
from storage.repository import Repository, reading, writing

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database as SqliteDatabase


DRAFT_LIFE: Final = timedelta(days=7)
"""How long what was typed is kept for a second try."""

DRAFTS_PER_USER: Final = 20
"""The oldest of one person's goes for a newer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedDraft:
    """A request that was not started; a row of the table `drafts`.

    Attributes:
        content: JSON, as `jobs.drafts` writes it.
    """

    id: str
    user_id: int
    created_at: datetime
    content: str = field(repr=False)


class DraftRepository(Repository):
    """What people typed, for as long as it is worth opening again."""

    @writing
    def save(self, db: SqliteDatabase, draft: SavedDraft) -> None:
        """Store a draft, and drop what nobody will open any more."""
        db.execute(
            "delete from drafts where created_at < :past or user_id = :user_id and id not in ("
            " select id from drafts where user_id = :user_id order by created_at desc limit :most)",
            {
                "past": text_from_time(draft.created_at - DRAFT_LIFE),
                "user_id": draft.user_id,
                "most": DRAFTS_PER_USER - 1,
            },
        )
        db.table("drafts").insert(row_from_record(draft))

    @reading
    def get(self, db: SqliteDatabase, draft_id: str, user_id: int) -> SavedDraft | None:
        """Return a person's own draft, or None where there is none of that id."""
        rows = db.query(
            "select id, user_id, created_at, content from drafts where id = ? and user_id = ?",
            [draft_id, user_id],
        )
        return next((record_from_row(SavedDraft, row) for row in rows), None)
