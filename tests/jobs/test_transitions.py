"""Steps are on disk before anything goes on, however long the disk takes."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clock import Clock
from domain.models import Job, JobState, Problem
from jobs.leases import LeaseLostError, Leases
from jobs.transitions import Retry, RetryPolicy, Transitions
from storage.database import Database
from storage.errors import DatabaseClosedError, StorageError
from storage.jobs import JobRepository, StaleJobError, Step
from storage.sqlite import SqliteConnection
from tests.factories import make_job
from tests.jobs.world import INTERVAL_S, World

pytestmark = pytest.mark.both_engines

BIG = "x" * 100_000


@pytest.fixture
def journal(world: World) -> Transitions:
    return Transitions(jobs=world.jobs, retry=RetryPolicy(interval_s=INTERVAL_S), clock=Clock())


class Tries:
    """Counts what is tried again."""

    def __init__(self) -> None:
        self.made = Counter[Retry]()

    def stepped(self, before: Job, after: Job) -> None:
        pass

    def retried(self, what: Retry) -> None:
        self.made[what] += 1


def limit_pages(db: SqliteConnection, pages: int) -> None:
    """Let the file grow no further; what SQLite then says is what it says of a full disk."""
    db.fetch(f"pragma max_page_count = {pages}")


async def test_advance_returns_the_job_as_it_is_stored(world: World, journal: Transitions) -> None:
    before = await world.stored(message_id=6001)
    after = await journal.advance(before, replace(before, state=JobState.SUBMITTING))
    assert after.state is JobState.SUBMITTING
    assert after.revision == before.revision + 1
    assert await world.now(before) == after


@pytest.mark.sqlite_only
async def test_advance_waits_for_a_disk_that_is_full(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    tries = Tries()
    retry = RetryPolicy(interval_s=INTERVAL_S, observers=[tries])
    journal = Transitions(jobs=world.jobs, retry=retry, clock=Clock())
    before = await world.running()
    await world.database.write(limit_pages, 1)
    storing = asyncio.create_task(journal.advance(before, replace(before, trace_id=BIG)))
    while tries.made[Retry.DISK] < 3:
        await asyncio.sleep(INTERVAL_S)
    assert not storing.done()
    assert caplog.text.count("cannot be stored, retrying") == 1
    assert sum(bool(record.exc_info) for record in caplog.records) == 1
    assert (await world.now(before)).trace_id is None
    await world.database.write(limit_pages, 1_000_000)
    after = await storing
    assert after.trace_id == BIG
    assert await world.now(before) == after


async def test_only_one_of_two_steps_that_race_is_taken(world: World, journal: Transitions) -> None:
    job = await world.stored(message_id=6001)
    ways = await asyncio.gather(
        journal.advance(job, replace(job, state=JobState.SUBMITTING)),
        journal.end(job, Problem.CANCELLED),
        return_exceptions=True,
    )
    [taken] = [way for way in ways if not isinstance(way, BaseException)]
    [refused] = [way for way in ways if isinstance(way, BaseException)]
    assert isinstance(refused, StaleJobError)
    assert await world.now(job) == taken


async def test_a_step_from_an_older_revision_is_refused_in_the_same_state(
    world: World, journal: Transitions
) -> None:
    job = await world.stored()
    newer = await journal.advance(job, replace(job, nonce="nonce"))
    with pytest.raises(StaleJobError):
        await journal.advance(job, replace(job, message_id=6001))
    assert await world.now(job) == newer


@pytest.mark.parametrize(
    ("problem", "state", "charged"),
    [
        (Problem.FLUX_FAILED, JobState.FAILED, 0),
        (Problem.FLUX_REFUSED_CONTENT, JobState.REFUSED, 0),
        (Problem.OVERDUE, JobState.FAILED, None),
    ],
)
async def test_end_stores_why_and_what_it_cost(
    world: World, journal: Transitions, problem: Problem, state: JobState, charged: int | None
) -> None:
    job = await journal.end(await world.running(), problem)
    assert (job.state, job.problem, job.charged_microcredits) == (state, problem, charged)
    assert job.ended_at is not None
    assert job.told_at is None
    assert await world.now(job) == job


async def test_advance_waits_for_no_database_that_was_closed(tmp_path: Path) -> None:
    async with Database(tmp_path / "closed.db") as database:
        jobs = JobRepository(database)
    journal = Transitions(jobs=jobs, retry=RetryPolicy(interval_s=INTERVAL_S), clock=Clock())
    before = make_job()
    with pytest.raises(DatabaseClosedError):
        await journal.advance(before, replace(before, state=JobState.SUBMITTING))


class FullDisk(JobRepository):
    """Cannot note at first that a job is overdue."""

    refusals = 2

    async def take(self, *steps: Step) -> Job:
        if self.refusals:
            self.refusals -= 1
            raise StorageError("The disk is full.")
        return await super().take(*steps)


@pytest.mark.sqlite_only
async def test_a_full_disk_keeps_no_job_from_being_overdue(world: World) -> None:
    disk = FullDisk(world.database)
    before = await world.running()
    journal = Transitions(jobs=disk, retry=RetryPolicy(interval_s=INTERVAL_S), clock=Clock())
    after = await journal.advance(before, replace(before, overdue_at=datetime.now(UTC)))
    assert disk.refusals == 0
    assert after.overdue_at is not None
    assert await world.now(before) == after


async def test_a_job_that_another_process_may_have_is_not_read_anew(
    world: World, journal: Transitions
) -> None:
    job = await world.stored()
    leases = Leases(30)
    with leases.about(job.id):
        with pytest.raises(LeaseLostError):
            await journal.fresh(job)
        leases.extend(job.id, leases.now())
        assert await journal.fresh(job) == job
