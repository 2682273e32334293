"""Jobs that take too long: their person goes on, and they are looked at for a day."""

import asyncio

import pytest

from domain.models import Job, JobState, Payer
from jobs.worker import JobWorker
from tests.jobs.world import CALLED_BACK, INTERVAL_S, World

CHARGED = 216_000


@pytest.fixture
async def runner(world: World) -> JobWorker:
    runner = world.runner(max_running=1, timeout_s=0.01, options=CALLED_BACK)
    await runner.open()
    return runner


async def overdue(world: World, runner: JobWorker, task_id: str = "task-1") -> Job:
    world.flux.accept(task_id)
    job = await world.started(runner)
    while (stored := await world.now(job)).overdue_at is None:
        await asyncio.sleep(INTERVAL_S)
    return stored


async def test_an_overdue_job_says_so_and_frees_its_turn(world: World, runner: JobWorker) -> None:
    job = await overdue(world, runner)
    assert job.state is JobState.RUNNING
    shown = await world.messenger.until("progress")
    assert (shown.job.id, shown.job.overdue_at) == (job.id, job.overdue_at)
    world.flux.accept("task-2")
    world.flux.tell(world.done("task-2"))
    [other] = await world.ended(await world.started(runner))
    assert other.state is JobState.DELIVERED
    assert (await world.now(job)).state is JobState.RUNNING


async def test_an_overdue_job_is_looked_at_only_now_and_then(
    world: World, runner: JobWorker
) -> None:
    await overdue(world, runner, "slow")
    world.flux.accept("quick")
    await world.started(runner)
    looks = await world.flux.more_looks(12)
    assert sum("quick" in look for look in looks) >= 11
    assert sum("slow" in look for look in looks) <= 1


async def test_an_overdue_result_is_delivered_when_it_comes(
    world: World, runner: JobWorker
) -> None:
    before = await overdue(world, runner)
    await world.flux.more_looks(1)
    world.flux.tell(world.done("task-1", charged=CHARGED))
    assert before.callback_token is not None
    assert await runner.called_back(before.callback_token, "task-1")
    [job] = await world.ended(before)
    assert (job.state, job.overdue_at) == (JobState.DELIVERED, before.overdue_at)
    assert await world.charges(job) == {Payer.USER: CHARGED, Payer.HOUSE: 0}
    assert world.messenger.phases(job.id)[-1] == "deliver"


async def test_an_overdue_job_goes_on_after_a_restart_without_a_turn(
    world: World, runner: JobWorker
) -> None:
    before = await overdue(world, runner)
    await runner.close()
    world.flux.accept("task-2")
    world.flux.tell(world.done("task-1"), world.done("task-2"))
    again = world.runner(max_running=1)
    await again.open()
    [other] = await world.ended(await world.started(again))
    assert other.state is JobState.DELIVERED
    [job] = await world.ended(before)
    assert (job.state, job.overdue_at) == (JobState.DELIVERED, before.overdue_at)
