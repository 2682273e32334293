"""Waiting, fetching, delivering: the steps after Flux has accepted a job."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from flux import Task, TaskState
from jobs.messenger import Expired, Forbidden, Gone, Outcome, Temporary, TooLarge
from storage.records import Image, ImageKind, Job, JobState, Problem
from tests.factories import make_image
from tests.jobs.serving import picture
from tests.jobs.world import World, failed


async def results(world: World, job: Job) -> list[Image]:
    return await world.jobs.list_images(job.id, ImageKind.RESULT)


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
    await hands.retriever.fetch(submitted)
    assert seen == ["task-1"]


async def test_fetch_brings_every_picture_and_the_charge(world: World) -> None:
    contents = [picture(), picture("JPEG"), picture("WEBP")]
    urls = [world.server.serve(f"/{at}", content) for at, content in enumerate(contents)]
    world.flux.tell(world.done("task-1", *urls, charged=648_000))
    job = await world.hands().retriever.fetch(await world.running(request=world.request(count=3)))
    images = await results(world, job)
    assert [world.spool.path(image).read_bytes() for image in images] == contents
    assert [image.position for image in images] == [1, 2, 3]
    assert (job.state, job.charged_microcredits) == (JobState.FETCHED, 648_000)
    assert job.fetched_at is not None
    assert await world.now(job) == job


async def test_fetch_takes_what_came_when_it_is_less_than_was_asked(world: World) -> None:
    world.flux.tell(world.done("task-1"))
    job = await world.hands().retriever.fetch(await world.running(request=world.request(count=4)))
    assert job.state is JobState.FETCHED
    assert len(await results(world, job)) == 1


@pytest.mark.parametrize("bad", ["/missing.png", "/page.html"])
async def test_fetch_keeps_the_other_when_one_of_two_is_unusable(world: World, bad: str) -> None:
    world.server.serve("/page.html", b"<!doctype html>")
    good = world.server.serve("/good.png", picture())
    world.flux.tell(world.done("task-1", world.server.url(bad), good, charged=432_000))
    job = await world.hands().retriever.fetch(await world.running(request=world.request(count=2)))
    assert (job.state, job.charged_microcredits) == (JobState.FETCHED, 432_000)
    assert [image.position for image in await results(world, job)] == [2]


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
    job = await world.hands().retriever.fetch(await world.running())
    assert (job.state, job.problem) == (JobState.FAILED, problem)
    assert job.charged_microcredits == 216_000
    assert world.messenger.last("end").job == replace(job, told_at=None)


async def test_fetch_tries_again_when_a_link_does_not_work_at_once(world: World) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=picture(), status=200 if len(world.server.asked) > 2 else 503)

    world.flux.tell(world.done("task-1", world.server.handle("/slow.png", handler)))
    job = await world.hands().retriever.fetch(await world.running())
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
    job = await world.hands().retriever.fetch(await world.running(trace_id="trace-of-submit"))
    assert (job.state, job.problem) == (state, problem)
    assert job.charged_microcredits == charged
    assert job.trace_id == (task.trace_id or "trace-of-submit")
    assert world.messenger.last("end").job == replace(job, told_at=None)


async def test_fetch_gives_up_when_the_task_is_overdue(world: World) -> None:
    world.flux.tell(Task(id="task-1", state=TaskState.PENDING))
    job = await world.hands(timeout_s=0.02).retriever.fetch(await world.running())
    assert (job.state, job.problem) == (JobState.FAILED, Problem.OVERDUE)
    assert job.charged_microcredits is None


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
    await hands.means.timing.learn("flux-dev")
    assert (hands.means.timing.usual_seconds("flux-dev") == pytest.approx(30, abs=1)) == was_timed
    world.flux.tell(world.done("task-1"))
    job = await hands.retriever.fetch(await world.running(submitted_at=long_ago))
    assert job.state is JobState.FETCHED


async def test_fetch_learns_how_long_flux_takes(world: World) -> None:
    hands = world.hands()
    world.flux.tell(world.done("task-1"))
    submitted_at = datetime.now(UTC) - timedelta(seconds=100)
    await hands.retriever.fetch(await world.running(submitted_at=submitted_at))
    assert hands.means.timing.usual_seconds("flux-dev") == pytest.approx(100, abs=20)


async def fetched(world: World) -> Job:
    world.flux.tell(world.done("task-1"))
    return await world.hands().retriever.fetch(await world.running())


async def test_deliver_shows_the_pictures_and_stores_the_end(world: World) -> None:
    job = await fetched(world)
    after = await world.hands().presenter.deliver(job)
    shown = world.messenger.last("deliver")
    assert list(shown.images) == await results(world, job)
    assert shown.job == job
    assert after.state is JobState.DELIVERED
    assert after.ended_at is not None
    assert (await world.now(job)).state is JobState.DELIVERED


async def test_deliver_tries_again_when_discord_is_away(world: World) -> None:
    world.messenger.script("deliver", Temporary(), Temporary(0.001), *[Temporary(0)] * 20)
    job = await world.hands().presenter.deliver(await fetched(world))
    assert job.state is JobState.DELIVERED
    assert world.messenger.phases(job.id).count("deliver") == 23


@pytest.mark.parametrize(
    ("outcome", "problem", "can_be_told"),
    [
        (Gone(), Problem.MESSAGE_GONE, False),
        (Forbidden(), Problem.PLACE_FORBIDDEN, False),
        (Expired(), Problem.RESPONSE_EXPIRED, False),
        (TooLarge(10), Problem.RESULT_TOO_LARGE, True),
    ],
)
async def test_deliver_ends_the_job_with_its_charge_when_it_cannot_be_shown(
    world: World,
    outcome: Outcome,
    problem: Problem,
    can_be_told: bool,  # noqa: FBT001
) -> None:
    world.messenger.script("deliver", outcome)
    before = await fetched(world)
    job = await world.hands().presenter.deliver(before)
    assert (job.state, job.problem) == (JobState.FAILED, problem)
    assert job.charged_microcredits == 216_000
    assert world.messenger.phases(job.id) == ["deliver", "end"][: 1 + can_be_told]
    [image] = await results(world, job)
    assert world.spool.path(image).exists()


async def test_fetch_takes_no_more_than_was_asked(world: World) -> None:
    urls = [world.server.serve(f"/{at}", picture()) for at in range(12)]
    world.flux.tell(world.done("task-1", *urls))
    job = await world.hands().retriever.fetch(await world.running(request=world.request(count=2)))
    assert len(await results(world, job)) == 2
    assert sorted(world.server.asked) == ["/0", "/1"]


async def test_fetch_waits_when_there_is_no_room_for_what_is_paid(world: World) -> None:
    folder = world.spool.path(make_image(file_name="x")).parent
    folder.rename(folder.with_name("elsewhere"))
    world.flux.tell(world.done("task-1"))
    fetching = asyncio.create_task(world.hands().retriever.fetch(await world.running()))
    while not world.server.asked:
        await asyncio.sleep(0)
    folder.with_name("elsewhere").rename(folder)
    assert (await fetching).state is JobState.FETCHED


async def test_deliver_sends_a_job_back_whose_picture_is_lost(world: World) -> None:
    job = await fetched(world)
    [image] = await results(world, job)
    world.spool.path(image).unlink()
    job = await world.hands().presenter.deliver(job)
    assert job.state is JobState.RUNNING
    assert await world.now(job) == job
