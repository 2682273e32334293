"""The step to interruptions, from a file as the version before it left it."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlite_utils

from storage.database import Database
from storage.jobs import JobRepository
from storage.mapping import row_from_job
from storage.migrations import migrations
from tests.factories import NOON, make_job


async def test_earlier_jobs_still_tell_how_long_flux_takes(path: Path) -> None:
    job = make_job(submitted_at=NOON, fetched_at=NOON + timedelta(seconds=20))
    db = sqlite_utils.Database(path)
    migrations.apply(db, stop_before="m012_interruptions")
    known = {column.name for column in db.table("jobs").columns}
    assert "interrupted" not in known
    row = {key: value for key, value in row_from_job(job).items() if key in known}
    db.table("jobs").insert(row)
    db.close()

    async with Database(path) as database:
        seconds = await JobRepository(database).usual_seconds("flux-dev")
        assert seconds == pytest.approx(20, abs=0.01)
