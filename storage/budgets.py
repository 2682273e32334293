"""What was booked, as budgets count it, and warnings of budgets nearly used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from domain.limits import EVERYWHERE, Budget, BudgetWarning, LimitKind, Who, Whose
from storage.mapping import record_from_row, text_from_time
from storage.pseudonyms import known_as
from storage.repository import Repository, reading, writing
from storage.totals import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.connection import Connection

OWN: Final = frozenset({Whose.PERSON, Whose.MEMBER})

WARN_AT_PERCENT: Final = 80
"""Of a server's budget; told once in each of its days or months."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was booked in a while."""

    microcredits: int
    pictures: int

    def of(self, kind: LimitKind) -> int:
        """Return it as this kind of budget counts it."""
        return self.pictures if kind.counts_pictures else self.microcredits


class SpendingRepository(Repository):
    """What was spent so far, for those who look; requests are decided in their transaction."""

    @reading
    def used(
        self,
        db: Connection,
        budgets: Sequence[Budget],
        now: datetime,
        *,
        user_id: int = 0,
        guild_id: int | None = None,
    ) -> list[int]:
        """Return how much of each budget is used, in its own unit.

        Args:
            user_id: whose, where it is a person's.
            guild_id: where, where it is one server's.
        """
        person = (user_id, known_as(db, user_id))
        return [sum_spent(db, budget, now, person, guild_id).of(budget.kind) for budget in budgets]


_SPENT: Final = """
select coalesce(sum(
    microcredits + case when whose in ('server', 'all') then house_microcredits else 0 end
  ), 0) as microcredits,
  coalesce(sum(booked_pictures), 0) as pictures
from totals
where whose = :whose and guild_id = :guild_id and user_id in (:user_id, :alias) and part = ''
  and unit = :unit and since >= :since
"""


def sum_spent(
    db: Connection,
    budget: Budget,
    now: datetime,
    person: tuple[int, int] = (0, 0),
    guild_id: int | None = None,
) -> Spent:
    """Return what was booked for requests since the day or month of a budget began (UTC).

    Args:
        person: the requester's id, and their pseudonym in erased rows.
    """
    whose = budget.whose
    user_id, alias = person if whose in OWN else (0, 0)
    rows = db.fetch(
        _SPENT,
        {
            "whose": whose,
            "guild_id": guild_id if whose in {Whose.SERVER, Whose.MEMBER} else 0,
            "user_id": user_id,
            "alias": alias,
            "unit": Unit.MONTH if budget.kind.is_monthly else Unit.DAY,
            "since": budget.kind.period_start(now.astimezone(UTC)).date().isoformat(),
        },
    )
    return Spent(**rows[0])


class BudgetWarningRepository(Repository):
    """Warnings that were stored with a booking, until they are sent."""

    @reading
    def list_untold(self, db: Connection) -> list[BudgetWarning]:
        """Return what still has to be told, the first noted first."""
        rows = db.fetch("select * from budget_warnings where told_at is null order by noted_at")
        return [record_from_row(BudgetWarning, row) for row in rows]

    @writing
    def mark_told(self, db: Connection, warning: BudgetWarning, at: datetime) -> None:
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


def note_warnings(db: Connection, guild_id: int | None, now: datetime) -> None:
    """Note each budget of a server that is nearly used; part of the transaction that books.

    A budget's day or month is warned of once, whatever becomes of it meanwhile.
    """
    if guild_id is None or guild_id == EVERYWHERE:
        return
    now = now.astimezone(UTC)
    rules = db.fetch(
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
            db.insert("budget_warnings", row, is_first_kept=True)
