"""Cancelling: free before anything was sent, else the picture is kept for who asked for it."""

import asyncio

import pytest

from domain.models import Job, JobState, Payer, Problem
from flux.errors import RateLimitedError
from jobs.messenger import Temporary
from jobs.worker import JobWorker
from tests.jobs.world import World

CHARGED = 216_000
NOTHING = {Payer.USER: 0, Payer.HOUSE: 0}


@pytest.fixture
async def runner(world: World) -> JobWorker:
    runner = world.runner(max_running=1)
    await runner.open()
    return runner


async def at_flux(world: World, runner: JobWorker, state: JobState) -> Job:
    """Start a job that is being submitted, or running until the task is told to be done."""
    if state is JobState.SUBMITTING:
        world.flux.may_answer.clear()
    world.flux.accept("task-1")
    return await world.until(await world.started(runner), state)


async def test_a_queued_job_costs_nothing_and_the_line_goes_on(
    world: World, runner: JobWorker
) -> None:
    first = await at_flux(world, runner, JobState.SUBMITTING)
    second, third = [await world.started(runner) for _ in range(2)]
    while (await world.now(third)).message_id is None:
        await asyncio.sleep(0)
    cancelled = await runner.cancel(second.id)
    assert cancelled is not None
    assert cancelled.state is JobState.CANCELLED
    [ended] = await world.ended(second)
    assert (ended.state, ended.problem) == (JobState.CANCELLED, Problem.CANCELLED)
    assert await world.charges(ended) == NOTHING
    assert world.messenger.phases(second.id) == ["announce", "end"]
    world.flux.accept("task-3")
    world.flux.tell(world.done("task-1"), world.done("task-3"))
    world.flux.may_answer.set()
    jobs = await world.ended(first, third)
    assert [job.task_id for job in jobs] == ["task-1", "task-3"]
    assert len(world.flux.submitted) == 2


@pytest.mark.parametrize("state", [JobState.SUBMITTING, JobState.RUNNING])
async def test_a_job_that_was_sent_is_paid_and_kept_but_not_shown(
    world: World, runner: JobWorker, state: JobState
) -> None:
    before = await at_flux(world, runner, state)
    asked = await runner.cancel(before.id)
    assert asked is not None
    assert asked.state is state
    shown = await world.messenger.until("progress")
    assert shown.job.cancel_asked_at == asked.cancel_asked_at is not None
    again = await runner.cancel(before.id)
    assert again is not None
    assert again.cancel_asked_at == asked.cancel_asked_at
    world.flux.tell(world.done("task-1", charged=CHARGED))
    world.flux.may_answer.set()
    [job] = await world.ended(before)
    assert (job.state, job.problem) == (JobState.CANCELLED, Problem.CANCELLED)
    assert len(await world.results(job)) == 1
    assert "deliver" not in world.messenger.phases(job.id)
    assert world.messenger.shown[-1].phase == "end"
    assert await world.charges(job) == {Payer.USER: CHARGED, Payer.HOUSE: 0}


async def test_a_job_that_flux_did_not_take_is_not_sent_again_once_it_is_cancelled(
    world: World, runner: JobWorker
) -> None:
    world.flux.may_answer.clear()
    world.flux.accept(RateLimitedError("busy", retry_after_s=0), "task-1")
    sent = await world.until(await world.started(runner), JobState.SUBMITTING)
    await runner.cancel(sent.id)
    world.flux.tell(world.done("task-1", charged=CHARGED))
    world.flux.may_answer.set()
    [job] = await world.ended(sent)
    assert (job.state, job.problem) == (JobState.CANCELLED, Problem.CANCELLED)
    assert len(world.flux.submitted) == 1
    assert await world.charges(job) == NOTHING
    assert world.messenger.shown[-1].phase == "end"


async def test_a_job_that_is_cancelled_before_it_could_be_started_is_told_of(
    world: World, runner: JobWorker
) -> None:
    accepted = await runner.accept(world.request())
    await runner.cancel(accepted.id)
    await runner.abandon(accepted, Problem.ANSWERED_TOO_LATE)
    job = await world.now(accepted)
    assert (job.state, job.problem) == (JobState.CANCELLED, Problem.CANCELLED)
    assert job.told_at is not None
    assert await world.charges(job) == NOTHING


async def test_a_job_that_has_ended_and_one_that_never_was_stay_as_they_are(
    world: World, runner: JobWorker
) -> None:
    world.flux.tell(world.done("task-1"))
    [ended] = await world.ended(await at_flux(world, runner, JobState.DELIVERED))
    attempts = len(world.messenger.shown)
    assert await runner.cancel(ended.id) == ended
    assert await world.ended(ended) == [ended]
    assert len(world.messenger.shown) == attempts
    assert await runner.cancel("0123456789ab") is None


async def test_a_card_that_was_posted_unknown_to_the_cancel_tells_of_it(
    world: World, runner: JobWorker
) -> None:
    # The button works as soon as Discord shows the card, before its number is stored.
    world.messenger.gates["announce"] = asyncio.Event()
    before = await world.started(runner)
    await world.messenger.until("announce")
    cancelling = await runner.cancel(before.id)
    assert cancelling is not None
    assert cancelling.state is JobState.CANCELLED
    world.messenger.gates["announce"].set()
    [job] = await world.ended(before)
    last = world.messenger.last("end")
    assert last.job.message_id == job.message_id is not None
    assert (job.state, job.problem) == (JobState.CANCELLED, Problem.CANCELLED)
    assert job.told_at is not None
    assert await world.charges(job) == NOTHING
    assert world.flux.submitted == []


async def test_cancelling_as_the_result_is_shown_leaves_the_result(
    world: World, runner: JobWorker
) -> None:
    world.messenger.gates["deliver"] = asyncio.Event()
    world.flux.tell(world.done("task-1"))
    before = await at_flux(world, runner, JobState.FETCHED)
    await world.messenger.until("deliver")
    await runner.cancel(before.id)
    world.messenger.gates["deliver"].set()
    [job] = await world.ended(before)
    assert job.state is JobState.DELIVERED
    assert world.messenger.phases(job.id)[-1] == "deliver"


async def test_a_status_that_discord_did_not_take_is_not_shown_over_the_result(
    world: World, runner: JobWorker
) -> None:
    world.messenger.gates["progress"] = asyncio.Event()
    world.messenger.script("progress", Temporary(0))
    before = await at_flux(world, runner, JobState.RUNNING)
    await runner.cancel(before.id)
    await world.messenger.until("progress")
    world.flux.tell(world.done("task-1"))
    await world.until(before, JobState.CANCELLED)
    world.messenger.gates["progress"].set()
    await world.ended(before)
    assert world.messenger.phases(before.id) == ["announce", "progress", "end"]


async def test_the_private_answer_goes_where_its_own_button_was_faster_than_its_number(
    world: World, runner: JobWorker
) -> None:
    world.messenger.gates["announce"] = asyncio.Event()
    job = await world.started(runner)
    await world.messenger.until("announce")
    await runner.cancel(job.id)
    world.messenger.gates["announce"].set()
    [ended] = await world.ended(job)
    assert ended.state is JobState.CANCELLED
    assert world.messenger.dismissed == [job.id]
