"""The tables `jobs` and `images`: what was asked for, how far it is, what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from clock import Clock
from domain.errors import UserError
from domain.limits import NO_LIMITS
from domain.models import TRANSITIONS, Delivery, ImageKind, Job, JobState, Problem
from storage.erasing import forget_erased_source
from storage.finding import JobSearch
from storage.images import remove_pictures, select_images
from storage.ledger import book, changes_cost
from storage.limit_checks import check_limits, locks_of, note_warnings
from storage.mapping import record_from_row, row_from_record, text_from_time
from storage.repository import reading, writing
from storage.steps import Deliverable, JobFlags, StaleJobError, Step
from storage.totals import count_change, counted_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from datetime import datetime

    from domain.limits import Limits
    from domain.models import Image
    from storage.connection import Connection
    from storage.database import Database

logger = logging.getLogger(__name__)

SECOND_CLICK: Final = timedelta(seconds=5)
"""A click on a button again within this time by the same person is the same request."""

UNUSUAL_S: Final = 600
"""Jobs that took longer waited for something else than Flux; below 0 s a clock was set back."""

HELD_DEADLINE_S: Final = 0.5
"""For storing what is held of a job before it is read, of the 3 s that an answer may take."""

RECENT_JOBS: Final = 20
"""How many finished jobs of a model the usual time is taken from."""


class DuplicateRequestError(Exception):
    """This interaction has made its one job already."""


class JobRepository(JobSearch, JobFlags):
    """Jobs and their pictures, as frozen records.

    Attributes:
        store_held: stores a step of a job that still waits for its next one; called before the job
            is read.

    Args:
        clock: the time of bookings; None for one of its own.
    """

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        super().__init__(database)
        self._clock = clock or Clock()
        self.store_held: Callable[[str], Awaitable[None]] | None = None

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
        locks = locks_of(job, limits)
        return await self._database.write_soon(begin_within_s, locks, _insert_job, job, limits)

    async def get(self, job_id: str) -> Job | None:
        """Return the job, or None where there is none of that id or it was erased."""
        await self._with_held(job_id)
        return await self._database.read(_select_job, "id", job_id)

    async def _with_held(self, job_id: str) -> None:
        """Let what is read of a job be what people see of it already."""
        if self.store_held is not None:
            with contextlib.suppress(TimeoutError):  # it waits for a full disk
                async with asyncio.timeout(HELD_DEADLINE_S):
                    await self.store_held(job_id)

    async def find_by_callback_token(self, token: str) -> Job | None:
        return await self._database.read(_select_job, "callback_token", token)

    async def has_task(self, task_id: str) -> bool:
        return await self._database.read(_select_job, "task_id", task_id) is not None

    @reading
    def list_open(self, db: Connection) -> list[Job]:
        """Return every job that has not ended, or whose end was not told, oldest first.

        A row that cannot be read is logged and left out: it must not keep the others from ending.
        """
        rows = db.fetch(
            "select * from jobs where told_at is null order by created_at, interaction_id"
        )
        return _readable(rows)

    @reading
    def list_undismissed(self, db: Connection) -> list[Job]:
        """Return the ended and told jobs whose "thinking" answer is still to be removed."""
        # In the order of the index of these few; without one SQLite reads all that were told.
        return _readable(
            db.fetch(
                "select * from jobs where told_at is not null and interaction_token is not null"
                " order by created_at"
            )
        )

    @reading
    def last_locale(self, db: Connection, user_id: int) -> str | None:
        """Return the language of a person's latest request that has one, None without any."""
        rows = db.fetch(
            "select locale from jobs where user_id = ? and locale is not null"
            " order by created_at desc limit 1",
            [user_id],
        )
        return str(rows[0]["locale"]) if rows else None

    async def remove_pictures(self, job_id: str, at: datetime) -> list[Image] | None:
        """Take a job out of its requester's history; return its pictures, whose files can go.

        None before the job has ended and its author was told: then nothing is changed.
        """
        return await self._database.write(remove_pictures, job_id, at)

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
        return await self._database.write(_update_job, steps, self._clock.now())

    @reading
    def for_delivery(self, db: Connection, job_id: str) -> Deliverable:
        """Return what showing a job's result takes."""
        found = _select_job(db, "id", job_id)
        return Deliverable(
            cancel_asked=found is not None and found.cancel_asked_at is not None,
            results=select_images(db, job_id, ImageKind.RESULT),
            posted=select_images(db, job_id, ImageKind.POSTED),
        )

    @reading
    def list_named(self, db: Connection) -> list[Job]:
        """Return the failed jobs of which a callback has named a task that is not looked at yet."""
        sql = "select * from jobs where named_task_id is not null and state = ?"
        return _readable(db.fetch(sql, [JobState.FAILED]))

    @reading
    def list_uncopied(self, db: Connection, since: datetime) -> list[Job]:
        """Return the jobs that were delivered since then and whose copies are still to be sent."""
        sql = (
            "select * from jobs where dm_copy <> 0 and copied_at is null and ended_at > ?"
            " and state = ? and erased_at is null"
        )
        return _readable(db.fetch(sql, [text_from_time(since), JobState.DELIVERED]))

    async def list_images(self, job_id: str, kind: ImageKind) -> list[Image]:
        """Return a job's pictures of one kind, in order."""
        await self._with_held(job_id)
        return await self._database.read(select_images, job_id, kind)

    @writing
    def note_interruption(self, db: Connection) -> None:
        """Note that the bot was down while the jobs in progress were at Flux."""
        db.execute(
            "update jobs set interrupted = 1"
            " where told_at is null and submitted_at is not null and fetched_at is null"
        )

    @reading
    def recent_seconds(self, db: Connection, model: str) -> list[float]:
        """Return how long Flux took for recent jobs of this model, the latest first."""
        rows = db.fetch(
            "select seconds from (select fetched_at,"
            " (julianday(fetched_at) - julianday(submitted_at)) * 86400 as seconds"
            " from jobs where model = ? and fetched_at is not null and interrupted = 0) as taken"
            " where seconds between 0 and ? order by fetched_at desc limit ?",
            [model, UNUSUAL_S, RECENT_JOBS],
        )
        return [float(row["seconds"]) for row in rows]


def _insert_job(db: Connection, job: Job, limits: Limits) -> Job:
    # Before any limit: what Discord delivers twice must not be refused as a second request.
    ticket = job.request.ticket
    if db.fetch("select 1 from jobs where interaction_id = ?", [ticket.interaction_id]):
        raise DuplicateRequestError(ticket.interaction_id)
    if job.request.retry_of is not None:
        _check_second_click(db, job)
    job = replace(job, allowance=check_limits(db, job, limits))
    # Two processes that were given the same interaction meet here.
    if not db.insert("jobs", row_from_record(job), key=UNIQUE, is_first_kept=True):
        raise DuplicateRequestError(ticket.interaction_id)
    book(db, job, job.created_at)
    count_change(db, None, counted_of(db, job.id))
    note_warnings(db, job.request.place.guild_id, job.created_at)
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


def _update_job(db: Connection, steps: Sequence[Step], now: datetime) -> Job:
    if not changes_cost(steps[0].before, steps[-1].after):
        return _move(db, steps)
    before = counted_of(db, steps[0].before.id)
    stored = _move(db, steps)
    is_booked = False
    # Each by itself: what is booked once the images are there is not what it is at the end.
    for step in steps[:-1]:
        is_booked |= book(db, step.after, now)
    is_booked |= book(db, stored, now)
    count_change(db, before, counted_of(db, stored.id))
    if is_booked:
        note_warnings(db, stored.request.place.guild_id, now)
    return stored


def _move(db: Connection, steps: Sequence[Step]) -> Job:
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
            db.insert("images", row_from_record(image), key=IMAGE_KEY)
    if stored.told_at is not None and stored.request.parent is not None:
        forget_erased_source(db, stored.id)
    return stored


UNIQUE: Final = ("interaction_id",)

IMAGE_KEY: Final = ("job_id", "kind", "position")

_CHANGING_COLUMNS: Final = (
    "state",
    "expected_at",
    "overdue_at",
    "answered_at",
    "submitted_at",
    "made_at",
    "size",
    "source_url",
    "more_source_urls",
    "fetched_at",
    "ended_at",
    "told_at",
    "nonce",
    "announced_at",
    "message_id",
    "callback_token",
    "task_id",
    "trace_id",
    "estimated_microcredits",
    "charged_microcredits",
    "carried_microcredits",
    "problem",
    "problem_source",
    "flux_error",
    "revision",
)
"""All that a step of a job can change; flags and tokens, which others set, have their own way."""

_UPDATE: Final = (
    # Column names come from the constant above only; every value is a parameter.
    f"update jobs set {', '.join(f'{column} = :{column}' for column in _CHANGING_COLUMNS)},"  # noqa: S608
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


def _readable(rows: Iterable[dict[str, Any]]) -> list[Job]:
    jobs = []
    for row in rows:
        try:
            jobs.append(record_from_row(Job, row))
        except (TypeError, ValueError):
            # A word of a newer Fluxcord, or a hand in the file; the other jobs go on.
            logger.exception("job=%s cannot be read and is left alone", row["id"])
    return jobs
