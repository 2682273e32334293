"""The table `drafts`: what was asked for and not begun, so that a form can open filled in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from storage.repository import Repository, reading, writing

if TYPE_CHECKING:
    from datetime import datetime

    from storage.connection import Connection


DRAFT_LIFE: Final = timedelta(days=7)
"""How long what was typed is kept for a second try."""

DRAFTS_PER_USER: Final = 20
"""The oldest of one person's goes for a newer one."""


class DraftRepository(Repository):
    """What people typed, for as long as it is worth opening again."""

    @writing
    def save(
        self, db: Connection, draft_id: str, user_id: int, content: str, now: datetime
    ) -> None:
        """Store a draft, and drop what nobody will open any more.

        Args:
            content: JSON, as `jobs.requests` writes it.
            now: in UTC.
        """
        db.execute(
            "delete from drafts where created_at < :past or user_id = :user_id and id not in ("
            " select id from drafts where user_id = :user_id order by created_at desc limit :most)",
            {
                "past": (now - DRAFT_LIFE).isoformat(),
                "user_id": user_id,
                "most": DRAFTS_PER_USER - 1,
            },
        )
        db.execute(
            "insert into drafts (id, user_id, created_at, content) values (?, ?, ?, ?)",
            [draft_id, user_id, now.isoformat(), content],
        )

    @reading
    def get(self, db: Connection, draft_id: str, user_id: int) -> str | None:
        rows = db.fetch(
            "select content from drafts where id = ? and user_id = ?", [draft_id, user_id]
        )
        return next((str(row["content"]) for row in rows), None)
