"""The step to conduct and privacy, from a file as the version before it left it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlite_utils

from domain.models import JobState
from storage.database import Database
from storage.erasing import ErasureRepository
from storage.jobs import JobRepository
from storage.migrations import migrations
from storage.moderation import ModerationRepository
from tests.factories import NOON, make_job
from tests.storage.earlier import EARLIER_JOB

if TYPE_CHECKING:
    from pathlib import Path


async def test_earlier_jobs_stay_and_can_be_erased(path: Path) -> None:
    job = make_job(state=JobState.DELIVERED, fetched_at=NOON, ended_at=NOON, told_at=NOON)
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m011_conduct_and_privacy")
    assert "erased_at" not in {column.name for column in db.table("jobs").columns}
    ended = dict.fromkeys(("fetched_at", "ended_at", "told_at"), NOON.isoformat())
    db.table("jobs").insert(EARLIER_JOB | {"state": "delivered"} | ended)
    db.close()

    async with Database(path) as database:
        jobs, erasures = JobRepository(database), ErasureRepository(database)
        found = await jobs.get(job.id)
        assert found is not None
        assert found.request.prompt == job.request.prompt
        moderation = ModerationRepository(database)
        await moderation.load()
        assert moderation.by_owner() == {}
        assert await erasures.list_expired(NOON, 30, 9) == []
        assert await erasures.list_expired(NOON + timedelta(days=31), 30, 9) == [job.id]
        await erasures.ask(job.request.requester.user_id, NOON)
        assert await erasures.erase(await erasures.list_marked(9), NOON) == 1
        assert await jobs.get(job.id) is None
