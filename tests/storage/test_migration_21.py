"""The step to copies by direct message, from a file as the version before it left it."""

from datetime import timedelta
from pathlib import Path

import sqlite_utils

from domain.models import JobState
from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from tests.factories import NOON, make_job, make_request, make_ticket
from tests.storage.earlier import EARLIER_JOB


async def test_no_copy_of_an_earlier_result_is_sent(path: Path) -> None:
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m021_direct_copies")
    ended = EARLIER_JOB | {"state": "delivered", "ended_at": NOON.isoformat()}
    db.table("jobs").insert(ended)
    db.close()

    async with Database(path) as database:
        jobs = JobRepository(database)
        earlier = await jobs.get(str(EARLIER_JOB["id"]))
        assert earlier is not None
        assert not earlier.request.dm_copy
        assert await jobs.list_uncopied(NOON - timedelta(days=1)) == []


async def test_a_copy_is_listed_until_it_is_noted_and_for_a_while(path: Path) -> None:
    async with Database(path) as database:
        jobs = JobRepository(database)
        for number, wanted in enumerate((True, False)):
            ticket = make_ticket(interaction_id=number)
            request = make_request(dm_copy=wanted, ticket=ticket)
            state = JobState.DELIVERED
            await jobs.add(
                make_job(id=f"job-{number}", request=request, state=state, ended_at=NOON)
            )

        [listed] = await jobs.list_uncopied(NOON - timedelta(hours=1))
        assert listed.id == "job-0"
        assert await jobs.list_uncopied(NOON) == []
        await jobs.note_copied(listed, NOON)
        assert await jobs.list_uncopied(NOON - timedelta(hours=1)) == []
