"""The step to interruptions, from a file as the version before it left it."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlite_utils

from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from tests.factories import NOON
from tests.storage.earlier import EARLIER_JOB


async def test_earlier_jobs_still_tell_how_long_flux_takes(path: Path) -> None:
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m012_interruptions")
    known = {column.name for column in db.table("jobs").columns}
    assert "interrupted" not in known
    fetched_at = NOON + timedelta(seconds=20)
    times = {"submitted_at": NOON.isoformat(), "fetched_at": fetched_at.isoformat()}
    db.table("jobs").insert(EARLIER_JOB | times)
    db.close()

    async with Database(path) as database:
        recent = await JobRepository(database).recent_seconds(["flux-dev"])
        assert recent == {"flux-dev": [pytest.approx(20, abs=0.01)]}
