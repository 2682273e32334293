"""What changes a job: its steps; and flags, tokens and a callback's task, which others set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from domain.models import JobState
from storage.mapping import text_from_time
from storage.repository import Repository, writing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.models import Image, Job
    from storage.connection import Connection


DISMISSED_WITHIN_S: Final = 10.0
"""A dismissal can wait so long for another write: repeated after a crash, it finds nothing."""


class StaleJobError(Exception):
    """The job moved on since it was read, or the move is not one of `TRANSITIONS`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job, with the images that it adds; `after` has the next revision."""

    before: Job
    after: Job
    images: Sequence[Image] = ()


@dataclass(frozen=True, slots=True)
class Deliverable:
    """Stored facts for a delivery.

    Attributes:
        posted: the results that were made smaller.
    """

    cancel_asked: bool
    results: Sequence[Image]
    posted: Sequence[Image]


class JobFlags(Repository):
    """What others than the steps of a job change in its row."""

    @writing
    def ask_cancel(self, db: Connection, job_id: str, at: datetime) -> None:
        """Note that the requester no longer wants to see the job's pictures."""
        db.execute(
            "update jobs set cancel_asked_at = coalesce(cancel_asked_at, ?) where id = ?",
            [text_from_time(at), job_id],
        )

    async def note_dismissed(self, job_id: str, at: datetime, *, within_s: float) -> None:
        """Note that the "thinking" answer is no longer there to be removed.

        Args:
            within_s: for how many seconds it can wait for the commit of another write.
        """
        await self._database.write_along(within_s, _note_dismissed, job_id, at)

    @writing
    def note_copied(self, db: Connection, job: Job, at: datetime) -> None:
        """Note that the requester has a copy by direct message, or can have none.

        Raises:
            StaleJobError: the stored job is no longer at this revision.
        """
        changed = db.execute(
            "update jobs set copied_at = ?, worker = null, lease_until = null"
            " where id = ? and revision = ?",
            [text_from_time(at), job.id, job.revision],
        )
        if not changed:
            raise StaleJobError(f"{job.id} is no longer at revision {job.revision}")

    @writing
    def renew_token(self, db: Connection, job_id: str, token: str, since: datetime) -> None:
        """Take the token that a later click brought, while the job has an end to be told."""
        db.execute(
            "update jobs set interaction_token = ?, token_since = ?"
            " where id = ? and told_at is null",
            [token, text_from_time(since), job_id],
        )

    @writing
    def name_task(self, db: Connection, job_id: str, task_id: str) -> None:
        """Note the task that a callback named, where none is known; only the first one counts."""
        db.execute(
            "update jobs set named_task_id = coalesce(named_task_id, ?)"
            " where id = ? and (task_id is null or state = ?)",
            [task_id, job_id, JobState.FAILED],
        )

    @writing
    def drop_named_task(self, db: Connection, job_id: str, task_id: str) -> None:
        """Note that what a callback named was no task of the job, so that another one counts."""
        db.execute(
            "update jobs set named_task_id = null where id = ? and named_task_id = ?",
            [job_id, task_id],
        )


def _note_dismissed(db: Connection, job_id: str, at: datetime) -> None:
    db.execute(
        "update jobs set dismissed_at = coalesce(dismissed_at, ?),"
        " interaction_token = case when told_at is null then interaction_token end,"
        " worker = case when told_at is null or dm_copy <> 0 then worker end,"
        " lease_until = case when told_at is null or dm_copy <> 0 then lease_until end"
        " where id = ?",
        [text_from_time(at), job_id],
    )
