"""A start of this version with the database of an earlier one, which holds jobs in every state.

`tests/storage/fluxcord-1.0.0.sql` is the dump of a file that version 1.0.0 wrote; it never changes.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from domain.models import ImageKind, JobState, Problem
from storage.database import Database
from tests.images.serving import picture
from tests.jobs.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from images.store import ImageStore
    from tests.images.serving import PictureServer

DUMP = Path(__file__).parents[1] / "storage" / "fluxcord-1.0.0.sql"

ENDED = {
    "delivered-01": (JobState.DELIVERED, None),
    "refused-0001": (JobState.REFUSED, Problem.FLUX_REFUSED_CONTENT),
    "failed-00001": (JobState.FAILED, Problem.FLUX_FAILED),
    "cancelled-01": (JobState.CANCELLED, Problem.CANCELLED),
}
"""Jobs whose end was told."""

UNTOLD = {
    "refused-0002": (JobState.REFUSED, Problem.FLUX_REFUSED_CONTENT),
    "failed-00002": (JobState.FAILED, Problem.ANSWER_LOST),
    "cancelled-02": (JobState.CANCELLED, Problem.CANCELLED),
}

OPEN = {
    "queued-00001": (JobState.DELIVERED, None),
    "queued-00002": (JobState.DELIVERED, None),
    "submitting-1": (JobState.FAILED, Problem.ANSWER_LOST),
    "uncertain-01": (JobState.FAILED, Problem.ANSWER_LOST),
    "running-0001": (JobState.DELIVERED, None),
    "running-0002": (JobState.DELIVERED, None),  # overdue
    "fetched-0001": (JobState.DELIVERED, None),
    "fetched-0002": (JobState.CANCELLED, Problem.CANCELLED),
}
"""Jobs that were in progress, and how each of them ends."""

NAMED = {"failed-00003": (JobState.FAILED, Problem.ARRIVED_LATE)}
"""Jobs that had failed when a callback named their task."""


@pytest.fixture
async def world(tmp_path: Path, server: PictureServer, spool: ImageStore) -> AsyncIterator[World]:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(DUMP.read_text(encoding="utf-8"))
    async with Database(path) as database:
        world = World(database=database, server=server, spool=spool)
        try:
            yield world
        finally:
            await world.close()


async def test_a_start_with_the_database_of_1_0_0_ends_each_job(world: World) -> None:
    for job_id in ("fetched-0001", "fetched-0002"):
        for image in await world.jobs.list_images(job_id, ImageKind.RESULT):
            (world.spool.folder.path / image.file_name).write_bytes(picture())
    world.flux.accept("task-1", "task-2")
    for task_id in ("task-1", "task-2", *(f"task-{job_id}" for job_id in (*OPEN, *NAMED))):
        world.flux.tell(world.done(task_id))
    expected = ENDED | UNTOLD | OPEN | NAMED
    before = [await world.jobs.get(job_id) for job_id in expected]
    jobs = [job for job in before if job is not None]
    assert [job.id for job in jobs] == [*expected]
    assert {job.state for job in jobs} == {*JobState}
    assert {job.id for job in await world.jobs.list_open()} == {*UNTOLD, *OPEN}

    await world.runner().open()

    ended = await world.ended(*jobs)
    assert {job.id: (job.state, job.problem) for job in ended} == expected
    assert all(job.told_at for job in ended)
    assert await world.jobs.list_open() == []
    assert len(world.flux.submitted) == 2  # those in the queue, and no other a second time
    assert [job for job in ended if job.id in ENDED] == jobs[: len(ENDED)]
