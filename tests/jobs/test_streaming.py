"""Endpoints that stream or hold their answer: each picture is shown as its line arrives."""

import asyncio
from dataclasses import replace

import pytest

from domain.models import Job, JobState, Payer, Problem
from flux.errors import AnswerLostError, FluxError, RateLimitedError, RefusedContentError
from flux.models import Submission, Task, TaskState
from jobs.worker import JobWorker
from tests.images.serving import picture
from tests.jobs.world import OPTIONS, World

CHARGED = 432_000

STREAMED = replace(OPTIONS, streams=True)


@pytest.fixture
async def runner(world: World) -> JobWorker:
    runner = world.runner(options=STREAMED)
    await runner.open()
    return runner


def line(world: World, pictures: int, task_id: str = "task-1") -> Task:
    """Return a line that tells of so many pictures."""
    urls = tuple(world.server.serve(f"/{at}.png", picture()) for at in range(pictures))
    return Task(
        id=task_id,
        state=TaskState.DONE if urls else TaskState.PENDING,
        image_urls=urls,
        charged_microcredits=CHARGED if pictures == 2 else None,
        trace_id="trace-of-line",
    )


async def test_each_picture_is_shown_as_it_comes_and_all_of_them_at_the_end(
    world: World, runner: JobWorker
) -> None:
    seen = asyncio.Event()
    world.flux.pour(line(world, 0), line(world, 1), seen, line(world, 2))
    before = await world.started(runner, count=2)
    partial = await world.messenger.until("partial")
    assert (partial.job.state, len(partial.images)) == (JobState.RUNNING, 1)
    seen.set()
    [job] = await world.ended(before)
    assert (job.state, job.task_id, job.trace_id) == (
        JobState.DELIVERED,
        "task-1",
        "trace-of-line",
    )
    assert world.messenger.phases(job.id) == ["announce", "partial", "deliver"]
    assert len(world.messenger.last("deliver").images) == 2
    assert await world.charges(job) == {Payer.USER: CHARGED, Payer.HOUSE: 0}
    assert world.flux.asked == []


async def test_a_picture_is_not_shown_as_it_comes_once_nobody_wants_it(
    world: World, runner: JobWorker
) -> None:
    cancelled, seen = asyncio.Event(), asyncio.Event()
    world.flux.pour(line(world, 0), cancelled, line(world, 1), seen, line(world, 2))
    before = await world.until(await world.started(runner, count=2), JobState.RUNNING)
    await runner.cancel(before.id)
    cancelled.set()
    while not world.server.asked:
        await asyncio.sleep(0)
    for _ in range(20):  # enough turns for a picture to get from its server to a card
        await world.now(before)
    seen.set()
    [job] = await world.ended(before)
    assert job.problem is Problem.CANCELLED
    assert "partial" not in world.messenger.phases(job.id)
    assert len(await world.results(job)) == 2


async def test_a_stream_that_breaks_after_it_named_the_task_is_polled(
    world: World, runner: JobWorker
) -> None:
    world.flux.pour(line(world, 0), line(world, 1), AnswerLostError("broken"))
    world.flux.tell(world.done("task-1", *line(world, 2).image_urls, charged=CHARGED))
    [job] = await world.ended(await world.started(runner, count=2))
    assert (job.state, job.task_id) == (JobState.DELIVERED, "task-1")
    assert len(await world.results(job)) == 2
    assert len(world.flux.submitted) == 1
    assert world.flux.asked != []


async def test_a_stream_that_breaks_before_any_line_is_never_sent_again(
    world: World, runner: JobWorker
) -> None:
    world.flux.pour(AnswerLostError("broken", trace_id="trace-1"))
    [job] = await world.ended(await world.started(runner))
    assert (job.state, job.problem) == (JobState.FAILED, Problem.ANSWER_LOST)
    assert job.trace_id == "trace-1"
    assert len(world.flux.submitted) == 1


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (RefusedContentError("no"), Problem.FLUX_REFUSED_CONTENT),
        (AnswerLostError("broken"), Problem.ANSWER_LOST),
    ],
)
async def test_a_stream_that_ends_without_a_task_says_why(
    world: World, runner: JobWorker, error: FluxError, problem: Problem
) -> None:
    world.flux.pour(line(world, 0, task_id=""), error)
    [job] = await world.ended(await world.started(runner))
    assert (job.problem, job.task_id) == (problem, None)


async def test_a_stream_that_surely_cost_nothing_is_asked_for_again(
    world: World, runner: JobWorker
) -> None:
    world.flux.pour(RateLimitedError("slower", retry_after_s=0))
    world.flux.pour(line(world, 1))
    [job] = await world.ended(await world.started(runner))
    assert job.state is JobState.DELIVERED
    assert len(world.flux.submitted) == 2


async def test_a_stream_of_pictures_alone_is_the_result(world: World, runner: JobWorker) -> None:
    world.flux.pour(line(world, 2, task_id=""))
    [job] = await world.ended(await world.started(runner, count=2))
    assert (job.state, job.trace_id) == (JobState.DELIVERED, "trace-of-line")
    assert len(await world.results(job)) == 2
    assert world.flux.asked == []


def held(world: World, task_id: str) -> Submission:
    return Submission(task_id=task_id, trace_id="trace-1", task=line(world, 2, task_id))


@pytest.mark.parametrize("task_id", ["task-1", ""])
async def test_a_held_call_brings_the_result_with_its_answer(world: World, task_id: str) -> None:
    runner = world.runner()
    await runner.open()
    world.flux.accept(held(world, task_id))
    [job] = await world.ended(await world.started(runner, count=2))
    assert job.state is JobState.DELIVERED
    assert await world.charges(job) == {Payer.USER: CHARGED, Payer.HOUSE: 0}
    assert world.flux.asked == []


async def test_a_held_result_without_a_task_that_cannot_be_had_costs_the_house(
    world: World,
) -> None:
    before: Job = await world.running("", charged_microcredits=CHARGED)
    await world.runner().open()
    [job] = await world.ended(before)
    assert (job.state, job.problem) == (JobState.FAILED, Problem.RESULT_UNREACHABLE)
    assert await world.charges(job) == {Payer.USER: 0, Payer.HOUSE: CHARGED}
    assert world.flux.asked == []


async def test_a_stream_that_ends_before_its_last_picture_is_asked_for_the_rest(
    world: World,
) -> None:
    runner = world.runner(options=STREAMED)
    await runner.open()
    urls = [world.server.serve(f"/{at}.png", picture()) for at in range(2)]
    world.flux.pour(world.done("task-1", urls[0]))
    world.flux.tell(world.done("task-1", *urls))
    [job] = await world.ended(await world.started(runner, count=2))
    assert job.state is JobState.DELIVERED
    assert len(await world.results(job)) == 2
