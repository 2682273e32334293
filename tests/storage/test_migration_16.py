"""The step to removed "thinking" answers, from a file as the version before it left it."""

from pathlib import Path

import sqlite_utils

from domain.models import JobState
from storage.database import Database
from storage.jobs import JobRepository
from storage.mapping import row_from_job
from storage.migrations import migrations
from tests.factories import NOON, make_job, make_request, make_ticket


async def test_only_the_answers_of_open_jobs_may_still_be_there(path: Path) -> None:
    told = make_job(state=JobState.DELIVERED, message_id=7, told_at=NOON)
    ticket = make_ticket(interaction_id=2)
    untold = make_job(id="job-2", message_id=8, request=make_request(ticket=ticket))
    db = sqlite_utils.Database(path)
    migrations.apply(db, stop_before="m016_dismissed_answers")
    known = {column.name for column in db.table("jobs").columns}
    for job in (told, untold):
        row = {name: value for name, value in row_from_job(job).items() if name in known}
        db.table("jobs").insert(row)
    db.close()

    async with Database(path) as database:
        jobs = JobRepository(database)
        assert await jobs.list_undismissed() == []
        assert await jobs.list_open() == [untold]
        assert untold.dismissed_at is None
