"""The tables `jobs` and `images`: what was asked for, how far it is, what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import repeat
from typing import TYPE_CHECKING, Final

from clock import Clock
from domain.errors import UserError
from domain.limits import NO_LIMITS
from domain.models import TRANSITIONS, Delivery, Image, ImageKind, Job, JobState, Problem
from storage.connection import insert_statement
from storage.database import Write
from storage.erasing import forget_source
from storage.finding import JobSearch
from storage.images import select_images
from storage.ledger import book, changes_cost
from storage.limit_checks import check_limits, locks_of, note_warnings
from storage.repository import (
    columns_of,
    reading,
    record_from_row,
    row_from_record,
    text_from_time,
    writing,
)
from storage.totals import count_change, counted_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Sequence
    from datetime import datetime

    from domain.limits import Limits
    from storage.connection import Connection
    from storage.database import Database

    Own = Callable[[Connection, Job], None]

logger = logging.getLogger(__name__)

SECOND_CLICK: Final = timedelta(seconds=5)
"""A click on a button again within this time by the same person is the same request."""

HELD_DEADLINE_S: Final = 0.5
"""For storing what is held of a job before it is read, of the 3 s that an answer may take."""

DISMISSED_WITHIN_S: Final = 10.0
"""A dismissal can wait so long for another write: repeated after a crash, it finds nothing."""


class DuplicateRequestError(Exception):
    """This interaction has made its one job already."""


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


class JobRepository(JobSearch):
    """Jobs and their pictures, as frozen records.

    Attributes:
        own: takes the lease of a job with each step, in its transaction; None on SQLite.
        unstored: the jobs of which a step is held or being stored; `store_held` stores it.

    Args:
        clock: the time of bookings; None for one of its own.
    """

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        super().__init__(database)
        self._clock = clock or Clock()
        self.own: Own | None = None
        self.unstored: Container[str] = ()
        self.store_held: Callable[[str], Awaitable[None]]

    async def add(
        self, job: Job, limits: Limits = NO_LIMITS, *, begin_within_s: float | None = None
    ) -> Job:
        """Store a new job and reserve its price, in one transaction; return it as stored.

        Args:
            begin_within_s: after how many seconds it is not stored any more, nor ever.

        Raises:
            StorageError: it was not begun in time, or the file cannot be written.
            DuplicateRequestError: its interaction has made a job before.
            UserError: it repeats a job that the same person repeated just now, or would go over a
                limit.
        """
        write = Write(locks_of(job, limits), _insert_job, job, limits, self.own)
        return await self._database.make(write, begin_within_s=begin_within_s)

    async def get(self, job_id: str) -> Job | None:
        """Return the job, or None where there is none of that id or it was erased."""
        if job_id in self.unstored:
            await self._with_held(job_id)
        return await self._database.read(_select_job, "id", job_id)

    async def _with_held(self, job_id: str) -> None:
        """Let what is read of a job be what people see of it already."""
        with contextlib.suppress(TimeoutError):  # it waits for a full disk
            async with asyncio.timeout(HELD_DEADLINE_S):
                await self.store_held(job_id)

    @reading
    def last_locale(self, db: Connection, user_id: int) -> str | None:
        """Return the language of a person's latest request that has one, None without any."""
        rows = db.fetch(
            "select locale from jobs where user_id = ? and locale is not null"
            " order by created_at desc limit 1",
            [user_id],
        )
        return str(rows[0]["locale"]) if rows else None

    async def find_by_callback_token(self, token: str) -> Job | None:
        return await self._database.read(_select_job, "callback_token", token)

    async def has_task(self, task_id: str) -> bool:
        return await self._database.read(_select_job, "task_id", task_id) is not None

    async def advance(self, before: Job, after: Job, images: Sequence[Image] = ()) -> Job:
        return await self.take(Step(before, replace(after, revision=before.revision + 1), images))

    async def take(self, *steps: Step) -> Job:
        """Move a job on, with new pictures and what it now costs each, in one transaction.

        Returns the job as stored: after the last step, with the flags and the token that others set
        meanwhile.

        Raises:
            StaleJobError: the stored job is no longer as before the first step.
        """
        for step in steps:
            before, after = step.before.state, step.after.state
            if after is not before and after not in TRANSITIONS[before]:
                raise StaleJobError(f"{step.before.id}: {before} does not lead to {after}")
        write = Write((), _update_job, steps, self._clock.now(), self.own)
        return await self._database.make(write)

    @reading
    def for_delivery(self, db: Connection, job_id: str) -> Deliverable:
        """Return what showing a job's result takes."""
        found = _select_job(db, "id", job_id)
        return Deliverable(
            cancel_asked=found is not None and found.cancel_asked_at is not None,
            results=select_images(db, job_id, ImageKind.RESULT),
            posted=select_images(db, job_id, ImageKind.POSTED),
        )

    async def list_images(self, job_id: str, kind: ImageKind) -> list[Image]:
        if job_id in self.unstored:
            await self._with_held(job_id)
        return await self._database.read(select_images, job_id, kind)

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
        write = Write((), _note_dismissed, job_id, at)
        await self._database.make(write, along_within_s=within_s)

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


def _note_dismissed(db: Connection, job_id: str, at: datetime) -> None:
    db.execute(
        "update jobs set dismissed_at = coalesce(dismissed_at, ?),"
        " interaction_token = case when told_at is null then interaction_token end,"
        " worker = case when told_at is null or dm_copy <> 0 then worker end,"
        " lease_until = case when told_at is null or dm_copy <> 0 then lease_until end"
        " where id = ?",
        [text_from_time(at), job_id],
    )


def _insert_job(db: Connection, job: Job, limits: Limits, own: Own | None) -> Job:
    # Before any limit: what Discord delivers twice must not be refused as a second request.
    ticket = job.request.ticket
    if db.fetch("select 1 from jobs where interaction_id = ?", [ticket.interaction_id]):
        raise DuplicateRequestError(ticket.interaction_id)
    if job.request.retry_of is not None:
        _check_second_click(db, job)
    job = replace(job, allowance=check_limits(db, job, limits))
    # Two processes that were given the same interaction meet here.
    if not db.execute(_INSERT, row_from_record(job)):
        raise DuplicateRequestError(ticket.interaction_id)
    book(db, job, job.created_at)
    count_change(db, None, counted_of(db, job.id))
    note_warnings(db, job.request.place.guild_id, job.created_at)
    if own is not None:
        own(db, job)
    return job


def _check_second_click(db: Connection, job: Job) -> None:
    request = job.request
    # A press that came to nothing, such as one answered too late, is not being served.
    clicks = db.fetch(
        "select 1 from jobs"
        " where retry_of = ? and user_id = ? and command = ? and created_at > ? and created_at < ?"
        " and state <> ?",
        [
            request.retry_of,
            request.requester.user_id,
            request.command,
            text_from_time(job.created_at - SECOND_CLICK),
            text_from_time(job.created_at + SECOND_CLICK),
            JobState.CANCELLED,
        ],
    )
    if clicks:
        raise UserError(Problem.CLICKED_TWICE)


def _update_job(db: Connection, steps: Sequence[Step], now: datetime, own: Own | None) -> Job:
    if not changes_cost(steps[0].before, steps[-1].after):
        return _move(db, steps, own)
    before = counted_of(db, steps[0].before.id)
    stored = _move(db, steps, own)
    is_booked = False
    # Each by itself: what is booked once the images are there is not what it is at the end.
    for step in steps[:-1]:
        is_booked |= book(db, step.after, now)
    is_booked |= book(db, stored, now)
    count_change(db, before, counted_of(db, stored.id))
    if is_booked:
        note_warnings(db, stored.request.place.guild_id, now)
    return stored


def _move(db: Connection, steps: Sequence[Step], own: Own | None) -> Job:
    """Take steps that follow each other, in one update of the row."""
    before, after = steps[0].before, steps[-1].after
    row = row_from_record(after)
    row["expected_state"] = before.state
    row["expected_revision"] = before.revision
    rows = db.fetch(_UPDATE, row)
    if not rows:
        known = f"{before.state}, revision {before.revision}"
        raise StaleJobError(f"{after.id} is no longer {known}")
    stored = record_from_row(Job, rows[0])
    for step in steps:
        for image in step.images:
            db.execute(_INSERT_IMAGE, row_from_record(image))
    parent = stored.request.parent if stored.told_at is not None else None
    if parent is not None and db.fetch(_ERASED, [parent.job_id]):
        forget_source(db, parent.job_id)
    if own is not None:
        own(db, stored)
    return stored


_ERASED: Final = "select 1 from jobs where id = ? and erased_at is not null"

_INSERT: Final = insert_statement("jobs", columns_of(Job), ("interaction_id",), is_first_kept=True)
_INSERT_IMAGE: Final = insert_statement("images", columns_of(Image), ("job_id", "kind", "position"))

_UPDATE: Final = (
    # All that a step of a job can change; flags and tokens, which others set, have their own way.
    "update jobs set state = :state, expected_at = :expected_at, overdue_at = :overdue_at,"  # noqa: S608
    " answered_at = :answered_at, submitted_at = :submitted_at, made_at = :made_at, size = :size,"
    " source_url = :source_url, more_source_urls = :more_source_urls, fetched_at = :fetched_at,"
    " ended_at = :ended_at, told_at = :told_at, nonce = :nonce, announced_at = :announced_at,"
    " message_id = :message_id, callback_token = :callback_token, task_id = :task_id,"
    " trace_id = :trace_id, estimated_microcredits = :estimated_microcredits,"
    " charged_microcredits = :charged_microcredits, carried_microcredits = :carried_microcredits,"
    " problem = :problem, problem_source = :problem_source, flux_error = :flux_error,"
    " revision = :revision,"
    # A token is kept while there is something to send or a "thinking" answer to remove.
    " interaction_token = case when cast(:told_at as text) is null"
    f" or (delivery = '{Delivery.MESSAGE}' and cast(:message_id as bigint) is not null"
    " and dismissed_at is null) then interaction_token end,"
    " named_task_id = case when cast(:task_id as text) is null then named_task_id end"
    " where id = :id and state = :expected_state and revision = :expected_revision"
    " returning *"
)


def _select_job(db: Connection, column: str, value: str) -> Job | None:
    # The column's name is one of three in this file; every value is a parameter.
    sql = f"select * from jobs where {column} = ? and erased_at is null"  # noqa: S608
    return next(map(record_from_row, repeat(Job), db.fetch(sql, [value])), None)
