"""The step to the times of a job's steps, from a file as the version before it left it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import sqlite_utils

from domain.models import JobState
from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from tests.factories import NOON, make_job
from tests.storage.earlier import EARLIER_JOB

NEW_COLUMNS = {"answered_at", "made_at"}


async def test_earlier_jobs_tell_no_times_and_go_on_with_them(path: Path) -> None:
    job = make_job(state=JobState.RUNNING, submitted_at=NOON)
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m007_times_of_steps")
    known = {column.name for column in db.table("jobs").columns}
    assert known.isdisjoint(NEW_COLUMNS)
    db.table("jobs").insert(EARLIER_JOB | {"state": "running", "submitted_at": NOON.isoformat()})
    db.close()

    async with Database(path) as database:
        jobs = JobRepository(database)
        assert await jobs.get(job.id) == job
        made = replace(job, state=JobState.FETCHED, made_at=NOON + timedelta(seconds=7))
        stored = await jobs.advance(job, made)
        assert stored.made_at == made.made_at
        assert await jobs.get(job.id) == stored
