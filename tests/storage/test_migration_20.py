"""The step to a search that is narrowed first: stored prompts are indexed, also after a kill."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import sqlite_utils

from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from storage.sqlite_dialect import INDEXED_TO, index_stored
from tests.storage.earlier import EARLIER_JOB, migrate_with_stops

if TYPE_CHECKING:
    from pathlib import Path

    from storage.sqlite import SqliteConnection

JOBS = 60


def earlier(path: Path) -> None:
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m020_narrow_search")
    for number in range(JOBS):
        job = {
            "id": f"{number:012x}",
            "interaction_id": number or -5,  # as one that was erased
            "prompt": f"a lake, number n{number:03d}" if number else "",
            "user_id": 5001 + number % 2,
            "fetched_at": EARLIER_JOB["created_at"],
            "told_at": EARLIER_JOB["created_at"],
        }
        db.table("jobs").insert(EARLIER_JOB | job)
    db.close()


def is_indexing(db: SqliteConnection) -> bool:
    return bool(db.count("settings", "key = ?", [INDEXED_TO]))


async def test_stored_prompts_are_found_after_an_index_that_was_stopped(path: Path) -> None:
    earlier(path)
    step = partial(index_stored, batch=10)

    stops = migrate_with_stops(path, step, is_indexing, first=60, longer=5)

    assert stops > 3
    async with Database(path) as database:
        jobs = JobRepository(database)
        found = await jobs.search(5002, "lake", offset=0, limit=JOBS)
        assert [job.request.ticket.interaction_id for job in found] == [*range(59, 0, -2)]
        assert len(await jobs.search(5002, "n033", offset=0, limit=9)) == 1
        assert await jobs.search(5001, "n033", offset=0, limit=9) == []
        await database.write(
            lambda db: db.execute(
                "insert into prompts (prompts, rank) values ('integrity-check', 1)"
            )
        )


async def test_what_was_stored_is_indexed_once(path: Path) -> None:
    earlier(path)
    async with Database(path) as database:
        assert not await database.read(is_indexing)
        found = await JobRepository(database).search(5001, "lake", offset=0, limit=JOBS)
        assert len(found) == 29
