"""The step to families and words, from a file as the version before it left it."""

from pathlib import Path

import pytest
import sqlite_utils

from domain.models import Job
from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from tests.factories import NOON, make_job, make_request, make_ticket
from tests.storage.earlier import EARLIER_JOB
from tests.storage.rows import library

NEW_COLUMNS = {
    "parent_job_id",
    "parent_position",
    "source_channel_id",
    "source_message_id",
    "reply_to",
    "private",
    "locale",
}


@pytest.fixture
def earlier(path: Path) -> list[Job]:
    """Write the file of the version before."""
    jobs = [
        make_job(
            id=f"{number:012x}",
            request=make_request(
                prompt=f"picture number{number}", ticket=make_ticket(interaction_id=number)
            ),
            fetched_at=NOON,
        )
        for number in range(1, 4)
    ]
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m003_families_and_words")
    known = {column.name for column in db.table("jobs").columns}
    assert known.isdisjoint(NEW_COLUMNS)
    db.table("jobs").insert_all(
        EARLIER_JOB
        | {"id": job.id, "interaction_id": job.request.ticket.interaction_id}
        | {"prompt": job.request.prompt, "fetched_at": NOON.isoformat()}
        for job in jobs
    )
    db.close()
    return jobs


async def test_earlier_rows_are_kept_and_found_by_their_words(
    path: Path, earlier: list[Job]
) -> None:
    async with Database(path) as database:
        jobs = JobRepository(database)
        assert [await jobs.get(job.id) for job in earlier] == earlier
        assert await jobs.search(5001, "number2", offset=0, limit=9) == [earlier[1]]
        assert await jobs.list_family(earlier[0].id) == [earlier[0]]


async def test_the_same_schema_as_a_blank_file_gets(
    path: Path, earlier: list[Job], tmp_path: Path
) -> None:
    del earlier
    schemas = []
    for file in (path, tmp_path / "blank.db"):
        async with Database(file) as database:
            schemas.append(await database.read(lambda db: library(db).schema))

    assert schemas[0] == schemas[1]
