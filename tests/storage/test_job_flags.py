"""What others set beside a job's steps: flags, tokens, and what a job is found by."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.database import Database
from storage.jobs import JobRepository, StaleJobError
from storage.records import Job, JobState
from tests.factories import NOON, make_job, make_request, make_ticket

LATER = NOON + timedelta(minutes=1)
RUNNING = make_job(state=JobState.RUNNING, callback_token="secret", task_id="task-1")


@pytest.fixture
def jobs(database: Database) -> JobRepository:
    return JobRepository(database)


def another(number: int, **changes: object) -> Job:
    ticket = make_ticket(interaction_id=number)
    return make_job(id=f"job-{number}", request=make_request(ticket=ticket), **changes)


async def stored(jobs: JobRepository) -> Job:
    job = await jobs.get(RUNNING.id)
    assert job is not None
    return job


async def test_a_flag_outlives_a_step_that_was_begun_before_it(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    await jobs.ask_cancel(RUNNING.id, NOON)
    await jobs.mark_overdue(RUNNING.id, LATER)
    fetched = await jobs.advance(RUNNING, replace(RUNNING, state=JobState.FETCHED))

    assert (fetched.cancel_asked_at, fetched.overdue_at) == (NOON, LATER)
    assert await stored(jobs) == fetched


async def test_a_step_sets_no_flag(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    flagged = replace(RUNNING, cancel_asked_at=NOON, overdue_at=NOON)

    assert await jobs.advance(RUNNING, flagged) == replace(RUNNING, revision=1)


async def test_a_flag_makes_no_step_stale(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    step = replace(RUNNING, state=JobState.FETCHED)
    await asyncio.gather(
        jobs.ask_cancel(RUNNING.id, NOON),
        jobs.advance(RUNNING, step),
        jobs.mark_overdue(RUNNING.id, NOON),
        jobs.renew_token(RUNNING.id, "fresh", NOON),
    )
    job = await stored(jobs)

    assert job.state is JobState.FETCHED
    assert (job.cancel_asked_at, job.overdue_at) == (NOON, NOON)
    assert job.request.ticket.token == "fresh"


async def test_a_flag_keeps_its_first_time(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    for at in (NOON, LATER):
        await jobs.ask_cancel(RUNNING.id, at)
        await jobs.mark_overdue(RUNNING.id, at)
    job = await stored(jobs)

    assert (job.cancel_asked_at, job.overdue_at) == (NOON, NOON)


async def test_flags_and_tokens_touch_no_other_job(jobs: JobRepository) -> None:
    other = another(2)
    await jobs.add(RUNNING)
    await jobs.add(other)
    await jobs.ask_cancel(RUNNING.id, NOON)
    await jobs.mark_overdue(RUNNING.id, NOON)
    await jobs.renew_token(RUNNING.id, "fresh", NOON)

    assert await jobs.get(other.id) == other


async def test_a_fresh_token_outlives_steps_until_the_end_is_told(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    await jobs.renew_token(RUNNING.id, "fresh", LATER)
    failed = await jobs.advance(RUNNING, replace(RUNNING, state=JobState.FAILED))
    assert failed.request.ticket.token == "fresh"
    assert failed.request.ticket.token_since == LATER

    told = await jobs.advance(failed, replace(failed, told_at=LATER))
    assert told.request.ticket.token is None
    assert await stored(jobs) == told


async def test_a_token_is_not_kept_for_an_end_that_was_told(
    jobs: JobRepository, database: Database
) -> None:
    delivered = make_job(state=JobState.DELIVERED, told_at=NOON)
    await jobs.add(delivered)
    await jobs.renew_token(delivered.id, "fresh-token", LATER)
    dump = await database.read(lambda db: "\n".join(db.conn.iterdump()))

    assert "fresh-token" not in dump


async def test_a_step_from_an_older_revision_is_refused(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    announced = await jobs.advance(RUNNING, replace(RUNNING, message_id=7))
    with pytest.raises(StaleJobError, match="revision 0"):
        await jobs.advance(RUNNING, replace(RUNNING, message_id=8))

    assert await stored(jobs) == announced


async def test_a_callback_token_is_of_one_job(jobs: JobRepository) -> None:
    other = another(2)
    await jobs.add(RUNNING)
    await jobs.add(other)
    with pytest.raises(sqlite3.IntegrityError, match="callback_token"):
        await jobs.advance(other, replace(other, callback_token="secret"))
    await jobs.add(another(3))

    assert await jobs.get(other.id) == other
    assert await jobs.find_by_callback_token("secret") == RUNNING


@pytest.mark.parametrize("token", ["", "SECRET", "secret ", "%", "None", "\x00", "' or 1=1 --"])
async def test_no_other_token_finds_a_job(jobs: JobRepository, token: str) -> None:
    await jobs.add(RUNNING)
    await jobs.add(another(2))

    assert await jobs.find_by_callback_token(token) is None


async def test_a_known_task_is_known(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)

    assert await jobs.has_task("task-1")
    assert not await jobs.has_task("task-2")
