"""The tables `jobs` and `images`: what was asked for, how far it is, what came of it."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from storage.records import (
    TRANSITIONS,
    Action,
    Delivery,
    Image,
    ImageKind,
    ImageRequest,
    Job,
    JobState,
    Place,
    Problem,
    Requester,
    Ticket,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database as SqliteDatabase

    from storage.database import Database

UNUSUAL_S: Final = 600
"""Jobs that took longer waited for something else, such as the bot's next start."""

RECENT_JOBS: Final = 20
"""How many finished jobs of a model the usual time is taken from."""


class DuplicateRequestError(Exception):
    """This interaction has made its one job already."""


class StaleJobError(Exception):
    """The job moved on since it was read, or the move is not one of `TRANSITIONS`."""


class JobRepository:
    """Jobs and their pictures, as frozen records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job: Job) -> None:
        """Store a new job.

        Raises:
            DuplicateRequestError: its interaction has made a job before.
        """
        await self._database.write(_insert_job, job)

    async def get(self, job_id: str) -> Job | None:
        """Return the job, or None where there is none of that id."""
        return await self._database.read(_select_job, job_id)

    async def list_open(self) -> list[Job]:
        """Return every job that has not ended, or whose end was not told, oldest first."""
        return await self._database.read(_select_open_jobs)

    async def advance(self, before: Job, after: Job, images: Sequence[Image] = ()) -> Job:
        """Replace `before` by `after`, with new pictures, in one transaction; return `after`.

        Raises:
            StaleJobError: the stored state is no longer that of `before`.
        """
        if after.state is not before.state and after.state not in TRANSITIONS[before.state]:
            raise StaleJobError(f"{before.id}: {before.state} does not lead to {after.state}")
        await self._database.write(_update_job, before.state, after, images)
        return after

    async def list_images(self, job_id: str, kind: ImageKind) -> list[Image]:
        """Return a job's pictures of one kind, in order."""
        return await self._database.read(_select_images, job_id, kind)

    async def usual_seconds(self, model: str) -> float | None:
        """Return the median time Flux took for recent jobs of this model, None without any."""
        return await self._database.read(_select_usual_seconds, model)


def _insert_job(db: SqliteDatabase, job: Job) -> None:
    try:
        db.table("jobs").insert(_row_from_job(job))
    except sqlite3.IntegrityError as error:
        if "jobs.interaction_id" in str(error):
            raise DuplicateRequestError(job.request.ticket.interaction_id) from error
        raise


def _update_job(
    db: SqliteDatabase, expected: JobState, after: Job, images: Sequence[Image]
) -> None:
    row = _row_from_job(after)
    row["expected_state"] = expected
    assignments = ", ".join(f"{column} = :{column}" for column in _CHANGING_COLUMNS)
    # Column names come from the constant above only; every value is a parameter.
    cursor = db.execute(
        f"update jobs set {assignments} where id = :id and state = :expected_state",  # noqa: S608
        row,
    )
    if cursor.rowcount != 1:
        raise StaleJobError(f"{after.id} is no longer {expected}")
    for image in images:
        db.table("images").insert(_row_from_image(image), replace=True)


def _select_job(db: SqliteDatabase, job_id: str) -> Job | None:
    rows = db.query("select * from jobs where id = ?", [job_id])
    return next(map(_job_from_row, rows), None)


def _select_open_jobs(db: SqliteDatabase) -> list[Job]:
    rows = db.query("select * from jobs where told_at is null order by created_at, rowid")
    return [_job_from_row(row) for row in rows]


def _select_images(db: SqliteDatabase, job_id: str, kind: ImageKind) -> list[Image]:
    rows = db.query(
        "select * from images where job_id = ? and kind = ? order by position", [job_id, kind]
    )
    return [_image_from_row(row) for row in rows]


def _select_usual_seconds(db: SqliteDatabase, model: str) -> float | None:
    rows = db.query(
        "select (julianday(fetched_at) - julianday(submitted_at)) * 86400 as seconds from jobs"
        " where model = ? and fetched_at is not null and seconds < ?"
        " order by fetched_at desc limit ?",
        [model, UNUSUAL_S, RECENT_JOBS],
    )
    seconds = [row["seconds"] for row in rows]
    return median(seconds) if seconds else None


_CHANGING_COLUMNS: Final = (
    "state",
    "expected_at",
    "submitted_at",
    "fetched_at",
    "ended_at",
    "told_at",
    "interaction_token",
    "nonce",
    "message_id",
    "task_id",
    "trace_id",
    "charged_microcredits",
    "problem",
)


def _row_from_job(job: Job) -> dict[str, object]:
    request = job.request
    return {
        "id": job.id,
        "state": job.state,
        "created_at": _text_from_time(job.created_at),
        "expected_at": _text_from_time(job.expected_at),
        "submitted_at": _text_from_time(job.submitted_at),
        "fetched_at": _text_from_time(job.fetched_at),
        "ended_at": _text_from_time(job.ended_at),
        "told_at": _text_from_time(job.told_at),
        "command": request.command,
        "action": request.action,
        "prompt": request.prompt,
        "model": request.model,
        "size": request.size,
        "count": request.count,
        "spoiler": int(request.spoiler),
        "source_url": request.source_url,
        "user_id": request.requester.user_id,
        "user_name": request.requester.user_name,
        "guild_id": request.place.guild_id,
        "guild_name": request.place.guild_name,
        "channel_id": request.place.channel_id,
        "channel_name": request.place.channel_name,
        "delivery": request.place.delivery,
        "interaction_id": request.ticket.interaction_id,
        "application_id": request.ticket.application_id,
        # A token is good for answers to a person: it is kept while there is something to tell.
        "interaction_token": None if job.told_at else request.ticket.token,
        "nonce": job.nonce,
        "message_id": job.message_id,
        "task_id": job.task_id,
        "trace_id": job.trace_id,
        "estimated_microcredits": job.estimated_microcredits,
        "charged_microcredits": job.charged_microcredits,
        "problem": job.problem,
    }


def _job_from_row(row: dict[str, Any]) -> Job:
    return Job(
        id=row["id"],
        request=_request_from_row(row),
        state=JobState(row["state"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        expected_at=datetime.fromisoformat(row["expected_at"]),
        estimated_microcredits=row["estimated_microcredits"],
        submitted_at=_time_from_text(row["submitted_at"]),
        fetched_at=_time_from_text(row["fetched_at"]),
        ended_at=_time_from_text(row["ended_at"]),
        told_at=_time_from_text(row["told_at"]),
        charged_microcredits=row["charged_microcredits"],
        task_id=row["task_id"],
        trace_id=row["trace_id"],
        nonce=row["nonce"],
        message_id=row["message_id"],
        problem=Problem(row["problem"]) if row["problem"] else None,
    )


def _request_from_row(row: dict[str, Any]) -> ImageRequest:
    return ImageRequest(
        action=Action(row["action"]),
        command=row["command"],
        prompt=row["prompt"],
        model=row["model"],
        size=row["size"],
        count=row["count"],
        spoiler=bool(row["spoiler"]),
        source_url=row["source_url"],
        requester=Requester(user_id=row["user_id"], user_name=row["user_name"]),
        place=Place(
            channel_id=row["channel_id"],
            channel_name=row["channel_name"],
            guild_id=row["guild_id"],
            guild_name=row["guild_name"],
            delivery=Delivery(row["delivery"]),
        ),
        ticket=Ticket(
            interaction_id=row["interaction_id"],
            application_id=row["application_id"],
            token=row["interaction_token"],
        ),
    )


def _row_from_image(image: Image) -> dict[str, object]:
    return {
        "job_id": image.job_id,
        "kind": image.kind,
        "position": image.position,
        "file_name": image.file_name,
        "media_type": image.media_type,
        "width": image.width,
        "height": image.height,
        "bytes": image.bytes,
    }


def _image_from_row(row: dict[str, Any]) -> Image:
    return Image(**{**row, "kind": ImageKind(row["kind"])})


def _text_from_time(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time_from_text(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
