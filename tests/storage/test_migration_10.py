"""The step to named tasks, from a file as the version before it left it."""

from pathlib import Path

import sqlite_utils

from domain.models import JobState
from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from tests.factories import make_job
from tests.storage.earlier import EARLIER_JOB


async def test_of_an_earlier_job_a_callback_can_name_the_task(path: Path) -> None:
    job = make_job(state=JobState.UNCERTAIN)
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m010_named_tasks")
    known = {column.name for column in db.table("jobs").columns}
    assert "named_task_id" not in known
    db.table("jobs").insert(EARLIER_JOB | {"state": "uncertain"})
    db.close()

    async with Database(path) as database:
        jobs = JobRepository(database)
        assert await jobs.get(job.id) == job
        await jobs.name_task(job.id, "task-1")
        named = await jobs.get(job.id)
        assert named is not None
        assert named.named_task_id == "task-1"
