"""The step to removed "thinking" answers, from a file as the version before it left it."""

from pathlib import Path

import sqlite_utils

from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from tests.factories import NOON, make_job, make_request, make_ticket
from tests.storage.earlier import EARLIER_JOB


async def test_only_the_answers_of_open_jobs_may_still_be_there(path: Path) -> None:
    ticket = make_ticket(interaction_id=2)
    untold = make_job(id="job-2", message_id=8, request=make_request(ticket=ticket))
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m016_dismissed_answers")
    told = EARLIER_JOB | {"state": "delivered", "message_id": 7, "told_at": NOON.isoformat()}
    db.table("jobs").insert(told | {"interaction_token": None})
    db.table("jobs").insert(EARLIER_JOB | {"id": untold.id, "interaction_id": 2, "message_id": 8})
    db.close()

    async with Database(path) as database:
        jobs = JobRepository(database)
        assert await jobs.list_undismissed() == []
        assert await jobs.list_open() == [untold]
        assert untold.dismissed_at is None
