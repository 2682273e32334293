"""Waiting and fetching: the steps after Flux has accepted a job."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from domain.models import JobState, Payer, Problem
from flux.models import Task, TaskState
from storage.ledger import shares
from tests.images.serving import picture
from tests.jobs.world import World, failed, untold


async def test_fetch_has_stored_the_task_before_the_first_question(world: World) -> None:
    hands = world.hands()
    job = await world.stored(message_id=6001)
    seen: list[str | None] = []

    async def look() -> None:
        seen.append((await world.now(job)).task_id)

    world.flux.accept("task-1")
    world.flux.tell(world.done("task-1"))
    submitted = await hands.submitter.submit(job)
    world.flux.witness = look
    await hands.fetch(submitted)
    assert seen == ["task-1"]


async def test_fetch_brings_every_picture_and_the_charge(world: World) -> None:
    contents = [picture(), picture("JPEG"), picture("WEBP")]
    urls = [world.server.serve(f"/{at}", content) for at, content in enumerate(contents)]
    world.flux.tell(world.done("task-1", *urls, charged=648_000))
    job = await world.hands().fetch(await world.running(request=world.request(count=3)))
    images = await world.results(job)
    assert [
        (world.spool.folder.path / image.file_name).read_bytes() for image in images
    ] == contents
    assert [image.position for image in images] == [1, 2, 3]
    assert (job.state, job.charged_microcredits) == (JobState.FETCHED, 648_000)
    assert job.fetched_at is not None
    assert await world.now(job) == job


async def test_fetch_takes_what_came_when_it_is_less_than_was_asked(world: World) -> None:
    world.flux.tell(world.done("task-1"))
    job = await world.hands().fetch(await world.running(request=world.request(count=4)))
    assert job.state is JobState.FETCHED
    assert len(await world.results(job)) == 1


@pytest.mark.parametrize("bad", ["/missing.png", "/page.html"])
async def test_fetch_keeps_the_other_when_one_of_two_is_unusable(world: World, bad: str) -> None:
    world.server.serve("/page.html", b"<!doctype html>")
    good = world.server.serve("/good.png", picture())
    world.flux.tell(world.done("task-1", world.server.url(bad), good, charged=432_000))
    job = await world.hands().fetch(await world.running(request=world.request(count=2)))
    assert (job.state, job.charged_microcredits) == (JobState.FETCHED, 432_000)
    assert [image.position for image in await world.results(job)] == [2]
    # One of the two was made and cannot be had: that half is not its requester's to pay.
    assert shares(job) == {Payer.USER: 216_000, Payer.HOUSE: 216_000}


@pytest.mark.parametrize(
    ("paths", "problem"),
    [
        (["/missing.png"], Problem.RESULT_UNREACHABLE),
        (["/page.html"], Problem.RESULT_UNUSABLE),
        (["/missing.png", "/page.html"], Problem.RESULT_UNREACHABLE),
    ],
)
async def test_fetch_ends_the_job_with_its_charge_when_no_picture_can_be_had(
    world: World, paths: list[str], problem: Problem
) -> None:
    world.server.serve("/page.html", b"<!doctype html>")
    world.flux.tell(world.done("task-1", *map(world.server.url, paths)))
    job = await world.hands().fetch(await world.running())
    assert (job.state, job.problem) == (JobState.FAILED, problem)
    assert job.charged_microcredits == 216_000
    assert world.messenger.last("end").job == untold(job)


async def test_fetch_tries_again_when_a_link_does_not_work_at_once(world: World) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=picture(), status=200 if len(world.server.asked) > 2 else 503)

    world.flux.tell(world.done("task-1", world.server.handle("/slow.png", handler)))
    job = await world.hands().fetch(await world.running())
    assert job.state is JobState.FETCHED
    assert world.server.asked == ["/slow.png"] * 3


@pytest.mark.parametrize(
    ("task", "state", "problem", "charged"),
    [
        (failed("task-1"), JobState.FAILED, Problem.FLUX_FAILED, 0),
        (failed("task-1", refused=True), JobState.REFUSED, Problem.FLUX_REFUSED_CONTENT, 0),
    ],
)
async def test_fetch_ends_the_job_and_says_so_when_the_task_did(
    world: World, task: Task, state: JobState, problem: Problem, charged: int | None
) -> None:
    world.flux.tell(task)
    job = await world.hands().fetch(await world.running(trace_id="trace-of-submit"))
    assert (job.state, job.problem) == (state, problem)
    assert job.charged_microcredits == charged
    assert job.trace_id == (task.trace_id or "trace-of-submit")
    assert world.messenger.last("end").job == untold(job)


async def test_fetch_marks_a_job_overdue_and_keeps_it(world: World) -> None:
    before = await world.running()
    world.flux.tell(Task(id="task-1", state=TaskState.PENDING))
    job = await world.hands(timeout_s=0.02).fetch(before)
    assert (job.state, job.problem) == (JobState.RUNNING, None)
    assert job.overdue_at is not None
    assert await world.now(job) == job


async def test_fetch_gives_up_a_day_after_the_submit(world: World) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1)
    world.flux.tell(Task(id="task-1", state=TaskState.PENDING))
    before = await world.running(submitted_at=long_ago, overdue_at=long_ago)
    job = await world.hands().fetch(before)
    assert (job.state, job.problem) == (JobState.FAILED, Problem.OVERDUE)
    assert job.charged_microcredits is None
    assert world.messenger.last("end").job == untold(job)


@pytest.mark.parametrize("was_timed", [False, True])
async def test_fetch_still_looks_when_the_deadline_passed_while_the_bot_was_down(
    world: World,
    was_timed: bool,  # noqa: FBT001
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1)
    if was_timed:
        fetched_at = long_ago + timedelta(seconds=30)
        await world.stored(state=JobState.DELIVERED, submitted_at=long_ago, fetched_at=fetched_at)
    hands = world.hands()
    await hands.retriever.eta.learn(["flux-dev"], datetime.now(UTC))
    assert (hands.retriever.eta.usual_seconds("flux-dev") == pytest.approx(30, abs=1)) == was_timed
    world.flux.tell(world.done("task-1"))
    job = await hands.fetch(await world.running(submitted_at=long_ago))
    assert job.state is JobState.FETCHED


async def test_fetch_learns_how_long_flux_takes(world: World) -> None:
    hands = world.hands()
    world.flux.tell(world.done("task-1"))
    submitted_at = datetime.now(UTC) - timedelta(seconds=100)
    await hands.fetch(await world.running(submitted_at=submitted_at))
    assert hands.retriever.eta.usual_seconds("flux-dev") == pytest.approx(100, abs=20)


async def test_fetch_learns_nothing_from_a_job_that_was_at_flux_over_a_start(
    world: World,
) -> None:
    before = await world.running(submitted_at=datetime.now(UTC) - timedelta(seconds=100))
    world.flux.tell(world.done("task-1"))
    await world.runner().open()
    [job] = await world.ended(before)
    assert job.state is JobState.DELIVERED
    assert await world.jobs.recent_seconds(["flux-dev"]) == {"flux-dev": []}


async def test_fetch_takes_no_more_than_was_asked(world: World) -> None:
    urls = [world.server.serve(f"/{at}", picture()) for at in range(12)]
    world.flux.tell(world.done("task-1", *urls))
    job = await world.hands().fetch(await world.running(request=world.request(count=2)))
    assert len(await world.results(job)) == 2
    assert sorted(world.server.asked) == ["/0", "/1"]


async def test_fetch_waits_when_there_is_no_room_for_what_is_paid(world: World) -> None:
    folder = world.spool.folder.path
    folder.rename(folder.with_name("elsewhere"))
    world.flux.tell(world.done("task-1"))
    fetching = asyncio.create_task(world.hands().fetch(await world.running()))
    while not world.server.asked:
        await asyncio.sleep(0)
    folder.with_name("elsewhere").rename(folder)
    assert (await fetching).state is JobState.FETCHED
