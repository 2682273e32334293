"""Reads what was booked; the bot itself only adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.ledger import LedgerEntry
from storage.mapping import record_from_row
from storage.repository import Repository, reading

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteDatabase


class LedgerRepository(Repository):
    """What was booked."""

    @reading
    def list_entries(self, db: SqliteDatabase, job_id: str) -> list[LedgerEntry]:
        """Return everything that was booked for a job, oldest first."""
        rows = db.query("select * from ledger where job_id = ? order by id", [job_id])
        return [record_from_row(LedgerEntry, row) for row in rows]
