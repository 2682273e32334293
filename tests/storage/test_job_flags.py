"""What others set beside a job's steps: flags, tokens, and what a job is found by."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.models import Delivery, Job, JobState
from storage.database import Database
from storage.errors import EngineError
from storage.jobs import JobRepository, StaleJobError
from tests.factories import NOON, make_job, make_place, make_request, make_ticket

pytestmark = pytest.mark.both_engines

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
    fetched = await jobs.advance(RUNNING, replace(RUNNING, state=JobState.FETCHED))

    assert fetched.cancel_asked_at == NOON
    assert await stored(jobs) == fetched


async def test_a_step_sets_no_flag(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    flagged = replace(RUNNING, cancel_asked_at=NOON)

    assert await jobs.advance(RUNNING, flagged) == replace(RUNNING, revision=1)


async def test_a_flag_makes_no_step_stale(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    step = replace(RUNNING, state=JobState.FETCHED)
    await asyncio.gather(
        jobs.ask_cancel(RUNNING.id, NOON),
        jobs.advance(RUNNING, step),
        jobs.renew_token(RUNNING.id, "fresh", NOON),
    )
    job = await stored(jobs)

    assert job.state is JobState.FETCHED
    assert job.cancel_asked_at == NOON
    assert job.request.ticket.token == "fresh"


async def test_a_flag_keeps_its_first_time(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    for at in (NOON, LATER):
        await jobs.ask_cancel(RUNNING.id, at)

    assert (await stored(jobs)).cancel_asked_at == NOON


async def test_flags_and_tokens_touch_no_other_job(jobs: JobRepository) -> None:
    other = another(2)
    await jobs.add(RUNNING)
    await jobs.add(other)
    await jobs.ask_cancel(RUNNING.id, NOON)
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


@pytest.mark.sqlite_only
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
    with pytest.raises(EngineError, match="callback_token"):
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


async def test_the_first_task_that_a_callback_named_stays_until_it_is_dropped(
    jobs: JobRepository,
) -> None:
    await jobs.add(replace(RUNNING, state=JobState.UNCERTAIN, task_id=None))
    await jobs.add(another(2, state=JobState.UNCERTAIN))
    seen = []
    await jobs.name_task(RUNNING.id, "task-1")
    await jobs.name_task(RUNNING.id, "task-2")
    seen.append((await stored(jobs)).named_task_id)
    await jobs.drop_named_task(RUNNING.id, "task-2")  # which was looked at and never stored
    seen.append((await stored(jobs)).named_task_id)
    await jobs.drop_named_task(RUNNING.id, "task-1")
    seen.append((await stored(jobs)).named_task_id)
    await jobs.name_task(RUNNING.id, "task-2")
    seen.append((await stored(jobs)).named_task_id)

    assert seen == ["task-1", "task-1", None, "task-2"]
    other = await jobs.get("job-2")
    assert other is not None
    assert other.named_task_id is None


async def test_a_job_that_knows_its_task_needs_none_to_be_named(jobs: JobRepository) -> None:
    uncertain = replace(RUNNING, state=JobState.UNCERTAIN, task_id=None)
    await jobs.add(uncertain)
    await jobs.name_task(RUNNING.id, "task-1")
    lost = await jobs.advance(uncertain, replace(uncertain, nonce="another step"))
    assert lost.named_task_id == "task-1"
    running = await jobs.advance(lost, replace(lost, state=JobState.RUNNING, task_id="task-1"))
    assert running.named_task_id is None
    await jobs.name_task(RUNNING.id, "task-2")

    assert await stored(jobs) == running


@pytest.mark.sqlite_only
async def test_the_failed_jobs_of_which_a_task_was_named(
    jobs: JobRepository, database: Database
) -> None:
    for number, state in enumerate(JobState):
        await jobs.add(another(number, state=state))
        await jobs.name_task(f"job-{number}", f"task of a job {state}")
    await jobs.add(another(99, state=JobState.FAILED, task_id="known"))
    await jobs.name_task("job-99", "known")
    await jobs.add(another(100, state=JobState.FAILED))
    named = {job.named_task_id for job in await jobs.list_named()}
    sql = "select * from jobs where named_task_id is not null and state = 'failed'"
    [plan] = await database.read(lambda db: db.fetch(f"explain query plan {sql}"))

    assert named == {"task of a job failed", "known"}
    assert "USING INDEX idx_jobs_named_task_id" in plan["detail"]


async def told(jobs: JobRepository, before: Job) -> Job:
    await jobs.add(before)
    ended = replace(before, state=JobState.FAILED, told_at=LATER)
    return await jobs.advance(before, ended)


async def test_the_token_is_kept_until_the_private_answer_is_removed(jobs: JobRepository) -> None:
    job = await told(jobs, replace(RUNNING, message_id=7))
    assert job.request.ticket.token
    assert await jobs.list_undismissed() == [job]
    assert await jobs.list_open() == []

    await jobs.note_dismissed(job.id, NOON, within_s=0)
    await jobs.note_dismissed(job.id, LATER, within_s=0)

    after = await stored(jobs)
    assert (after.dismissed_at, after.request.ticket.token) == (NOON, None)
    assert await jobs.list_undismissed() == []


@pytest.mark.sqlite_only
async def test_that_an_answer_is_removed_is_committed_with_the_next_write(
    database: Database, jobs: JobRepository
) -> None:
    await jobs.add(replace(RUNNING, message_id=7))
    assert await database.checkpoint()  # the writing thread looks for no more writes
    noting = asyncio.create_task(jobs.note_dismissed(RUNNING.id, NOON, within_s=3_600))
    await asyncio.sleep(0)  # it is asked for

    assert await database.checkpoint()  # behind all that the writing thread was asked for
    assert (await stored(jobs)).dismissed_at is None

    await jobs.ask_cancel(RUNNING.id, NOON)
    await noting
    assert (await stored(jobs)).dismissed_at == NOON


async def test_the_token_of_a_job_whose_answer_is_removed_goes_when_its_end_is_told(
    jobs: JobRepository,
) -> None:
    running = replace(RUNNING, message_id=7)
    await jobs.add(running)
    await jobs.note_dismissed(running.id, NOON, within_s=0)
    assert (await stored(jobs)).request.ticket.token

    after = await jobs.advance(running, replace(running, state=JobState.FAILED, told_at=LATER))
    assert (after.dismissed_at, after.request.ticket.token) == (NOON, None)


@pytest.mark.parametrize(
    "before",
    [
        RUNNING,  # no message of its own: the answer is what tells of its end
        replace(
            RUNNING,
            message_id=7,
            request=make_request(place=make_place(delivery=Delivery.RESPONSE)),
        ),
    ],
)
async def test_an_answer_that_stays_needs_no_token_once_its_end_is_told(
    jobs: JobRepository, before: Job
) -> None:
    assert (await told(jobs, before)).request.ticket.token is None
    assert await jobs.list_undismissed() == []
