"""The step to stored errors of Flux, from a file as the version before it left it."""

from pathlib import Path

import sqlite_utils

from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from tests.storage.earlier import EARLIER_JOB


async def test_an_earlier_job_has_no_error_of_flux(path: Path) -> None:
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m022_flux_errors")
    db.table("jobs").insert(EARLIER_JOB)
    db.close()

    async with Database(path) as database:
        earlier = await JobRepository(database).get(str(EARLIER_JOB["id"]))
        assert earlier is not None
        assert earlier.flux_error is None
