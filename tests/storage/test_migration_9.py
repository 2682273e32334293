"""The step to what is for adults alone, from a file as the version before it left it."""

from pathlib import Path

import sqlite_utils

from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from tests.factories import make_job
from tests.storage.earlier import EARLIER_JOB


async def test_earlier_jobs_are_for_everybody(path: Path) -> None:
    job = make_job()
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m009_age_restricted")
    known = {column.name for column in db.table("jobs").columns}
    assert "age_restricted" not in known
    db.table("jobs").insert(EARLIER_JOB)
    db.close()

    async with Database(path) as database:
        found = await JobRepository(database).get(job.id)
    assert found == job
    assert not job.request.age_restricted
