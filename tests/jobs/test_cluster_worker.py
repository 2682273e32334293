"""One of several processes, whose leases others take or the database has let end."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from domain.models import JobState, Problem
from flux.models import Task, TaskState
from jobs.leases import Leases
from jobs.shared_queue import SharedScheduler
from storage.database import Database
from storage.jobs import JobRepository
from storage.leases import LOOKS, LeaseRepository
from storage.settings import remember
from tests.jobs.world import OPTIONS, World
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from images.store import ImageStore
    from storage.connection import Connection
    from tests.images.serving import PictureServer
    from tests.postgres import Server

LEASE_S: Final = 12.0

TAKEN: Final = (
    "update jobs set worker = 'another', revision = revision + 1,"
    " lease_until = 9000000000000 where id = ?"
)


@pytest.fixture
async def world(postgres: Server, server: PictureServer, spool: ImageStore) -> AsyncIterator[World]:
    with postgres.migrated_database() as url:
        async with Database(url) as database:
            queue = LeaseRepository(database, worker="this", lease_s=LEASE_S)
            shared = SharedScheduler(queue, Leases(LEASE_S), OPTIONS)
            world = World(database=database, server=server, spool=spool, shared=shared)
            await database.write(lambda db: remember(db, LOOKS, "9000000000000 0"))
            world.jobs = jobs = JobRepository(database)
            jobs.own = queue.take
            try:
                yield world
            finally:
                await world.close()


async def run(world: World, *statements: tuple[str, str]) -> None:
    """Run statements with a job's id, in one transaction."""

    def change(db: Connection) -> None:
        for sql, job_id in statements:
            db.execute(sql, [job_id])

    await world.database.write(change)


async def test_an_end_is_told_by_who_has_the_lease(world: World) -> None:
    worker = world.runner()
    job = await world.stored(answered_at=datetime.now(UTC))
    await worker.cancel(job.id)
    await run(world, (TAKEN, job.id))  # before this process reports the end
    await world.ended(job)

    assert world.messenger.told == []


async def test_an_end_is_told_by_who_stored_it(world: World) -> None:
    worker = world.runner()
    job = await world.stored(answered_at=datetime.now(UTC))
    await worker.cancel(job.id)
    [ended] = await world.ended(job)

    assert [told.id for told in world.messenger.told] == [job.id]
    assert ended.told_at is not None


async def test_a_process_does_not_take_over_what_it_runs_itself(world: World) -> None:
    worker = world.runner()
    world.flux.accept("task-1")
    await worker.open()
    job = await world.started(worker)
    running = await world.until(job, JobState.RUNNING)
    lost = await world.stored(state=JobState.CANCELLED, ended_at=datetime.now(UTC))
    # Both leases end, as while the database was unavailable.
    ended = "update jobs set lease_until = 1, worker = coalesce(worker, 'gone') where id = ?"
    await run(world, (ended, job.id), (ended, lost.id))
    async with asyncio.timeout(PATIENCE_S):
        while (await world.now(lost)).told_at is None:
            await asyncio.sleep(0.01)

    assert (await world.now(job)).revision == running.revision


async def test_a_run_ends_when_its_lease_is_lost(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    worker = world.runner()
    world.flux.accept("task-1")
    await worker.open()
    job = await world.started(worker)
    running = await world.until(job, JobState.RUNNING)
    await run(world, (TAKEN, job.id))
    async with asyncio.timeout(PATIENCE_S):
        await world.ended(job)  # although the task at Flux goes on

    assert await world.now(job) == replace(running, revision=running.revision + 1)
    [line] = [each.message for each in caplog.records if "lease" in each.message]
    assert line == f"job={job.id} stopped here: its lease was lost or not renewed"
    assert world.shared is not None
    assert world.shared.leases.job_ids == []


async def test_a_job_whose_card_cannot_be_made_fails(world: World) -> None:
    worker = world.runner()
    world.messenger.script("announce", KeyError("text"))
    await worker.open()
    job = await world.started(worker)
    async with asyncio.timeout(PATIENCE_S):
        [ended] = await world.ended(job)

    assert (ended.state, ended.problem) == (JobState.FAILED, Problem.INTERNAL)
    assert ended.told_at is not None


async def test_a_named_task_of_a_job_that_cannot_be_reopened_is_left(world: World) -> None:
    worker = world.runner()
    world.flux.tell(Task(id="task of answer_lost", state=TaskState.PENDING))
    ended = datetime.now(UTC)
    for problem in (Problem.INTERNAL, Problem.ANSWER_LOST):
        state = JobState.FAILED
        job = await world.stored(state=state, problem=problem, ended_at=ended, told_at=ended)
        await world.jobs.name_task(job.id, f"task of {problem}")
    await worker.open()
    async with asyncio.timeout(PATIENCE_S):
        while (await world.now(job)).state is not JobState.RUNNING:
            await asyncio.sleep(0.01)
    assert world.shared is not None
    assert world.shared.leases.job_ids == [job.id]


async def test_a_task_that_flux_names_after_a_takeover_is_not_lost(world: World) -> None:
    worker = world.runner()
    world.flux.accept("task-1")
    world.flux.may_answer.clear()
    await worker.open()
    job = await world.started(worker)
    await world.flux.until_submitted(1)
    await run(world, (TAKEN, job.id))
    world.flux.may_answer.set()
    await world.ended(job)

    [row] = await world.database.read(lambda db: db.fetch("select named_task_id from jobs"))
    assert row["named_task_id"] == "task-1"
