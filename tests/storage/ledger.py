"""Reads what was booked; the bot itself only adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.ledger import LedgerEntry
from storage.repository import Repository, reading, record_from_row

if TYPE_CHECKING:
    from storage.connection import Connection


class LedgerRepository(Repository):
    """What was booked."""

    @reading
    def list_entries(self, db: Connection, job_id: str) -> list[LedgerEntry]:
        """Return everything that was booked for a job, oldest first."""
        rows = db.fetch("select * from ledger where job_id = ? order by id", [job_id])
        return [record_from_row(LedgerEntry, row) for row in rows]
