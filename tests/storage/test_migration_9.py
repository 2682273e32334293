"""The step to what is for adults alone, from a file as the version before it left it."""

from pathlib import Path

import sqlite_utils

from storage.database import Database
from storage.jobs import JobRepository
from storage.mapping import row_from_job
from storage.migrations import migrations
from tests.factories import make_job


async def test_earlier_jobs_are_for_everybody(path: Path) -> None:
    job = make_job()
    db = sqlite_utils.Database(path)
    migrations.apply(db, stop_before="m009_age_restricted")
    known = {column.name for column in db.table("jobs").columns}
    assert "age_restricted" not in known
    row = {key: value for key, value in row_from_job(job).items() if key in known}
    db.table("jobs").insert(row)
    db.close()

    async with Database(path) as database:
        found = await JobRepository(database).get(job.id)
    assert found == job
    assert not job.request.age_restricted
