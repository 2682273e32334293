"""The step to named tasks, from a file as the version before it left it."""

from pathlib import Path

import sqlite_utils

from domain.models import JobState
from storage.database import Database
from storage.jobs import JobRepository
from storage.mapping import row_from_job
from storage.migrations import migrations
from tests.factories import make_job


async def test_of_an_earlier_job_a_callback_can_name_the_task(path: Path) -> None:
    job = make_job(state=JobState.UNCERTAIN)
    db = sqlite_utils.Database(path)
    migrations.apply(db, stop_before="m010_named_tasks")
    known = {column.name for column in db.table("jobs").columns}
    assert "named_task_id" not in known
    row = {key: value for key, value in row_from_job(job).items() if key in known}
    db.table("jobs").insert(row)
    db.close()

    async with Database(path) as database:
        jobs = JobRepository(database)
        assert await jobs.get(job.id) == job
        await jobs.name_task(job.id, "task-1")
        named = await jobs.get(job.id)
        assert named is not None
        assert named.named_task_id == "task-1"
