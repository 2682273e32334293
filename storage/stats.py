"""Counts for monitoring: few rows are read, however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from domain.models import Payer
from storage.repository import Repository, reading

if TYPE_CHECKING:
    from storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJobs:
    """How many jobs of one model in one state have an end to come, or to be told."""

    state: str
    model: str
    jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of the database's rows.

    Attributes:
        month_microcredits: by payer, of requests since the month began in UTC; as the ledger has
            it, with what is reserved for open jobs.
    """

    open_jobs: tuple[OpenJobs, ...]
    month_microcredits: dict[Payer, int]


class FigureRepository(Repository):
    """Counts over jobs and the ledger."""

    @reading
    def read(self, db: Connection, now: datetime) -> Figures:
        jobs = db.fetch(
            "select state, model, count(*) as jobs from jobs where told_at is null"
            " group by state, model"
        )
        [month] = db.fetch(
            "select coalesce(sum(microcredits), 0) as user,"
            " coalesce(sum(house_microcredits), 0) as house from totals"
            " where whose = 'all' and guild_id = 0 and user_id = 0 and part = ''"
            " and unit = 'month' and since >= ?",
            [now.astimezone(UTC).replace(day=1).date().isoformat()],
        )
        return Figures(
            open_jobs=tuple(OpenJobs(**row) for row in jobs),
            month_microcredits={payer: month[payer] for payer in Payer},
        )
