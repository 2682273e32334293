"""The table `budget_warnings`: servers whose managers have to hear that a budget is nearly used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from domain.limits import EVERYWHERE, Budget, BudgetWarning, LimitKind, Who, Whose
from storage.limits import sum_spent
from storage.mapping import record_from_row, text_from_time
from storage.repository import Repository, reading, writing
from storage.statements import fetch, insert

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteDatabase


WARN_AT_PERCENT: Final = 80
"""Of a server's budget; told once in each of its days or months."""


class BudgetWarningRepository(Repository):
    """Warnings that were stored with a booking, until they are sent."""

    @reading
    def list_untold(self, db: SqliteDatabase) -> list[BudgetWarning]:
        """Return what still has to be told, the first noted first."""
        rows = db.query("select * from budget_warnings where told_at is null order by noted_at")
        return [record_from_row(BudgetWarning, row) for row in rows]

    @writing
    def mark_told(self, db: SqliteDatabase, warning: BudgetWarning, at: datetime) -> None:
        """Note that the managers of the server were told, or cannot be."""
        db.execute(
            "update budget_warnings set told_at = ?"
            " where guild_id = ? and kind = ? and period_start = ?",
            [
                text_from_time(at),
                warning.guild_id,
                warning.kind,
                text_from_time(warning.period_start),
            ],
        )


def note_warnings(db: SqliteDatabase, guild_id: int | None, now: datetime) -> None:
    """Note each budget of a server that is nearly used; part of the transaction that books.

    A budget's day or month is warned of once, whatever becomes of it meanwhile.
    """
    if guild_id is None or guild_id == EVERYWHERE:
        return
    now = now.astimezone(UTC)
    rules = fetch(
        db,
        "select kind, min(amount) as amount from limits"
        " where guild_id = ? and who in (?, ?) and amount > 0 group by kind",
        [guild_id, Who.ALL, Who.SERVER],
    )
    for rule in rules:
        kind = LimitKind(rule["kind"])
        budget = Budget(whose=Whose.SERVER, kind=kind, most=rule["amount"])
        used = sum_spent(db, budget, now, guild_id=guild_id).of(kind)
        if used * 100 >= rule["amount"] * WARN_AT_PERCENT:
            row = {
                "guild_id": guild_id,
                "kind": kind,
                "period_start": text_from_time(kind.period_start(now)),
                "used": used,
                "most": rule["amount"],
                "noted_at": text_from_time(now),
            }
            insert(db, "budget_warnings", row, is_first_kept=True)
