"""Where the interaction's response is the job's message: a click brings the token that works."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.models import DISCORD_EPOCH_MS, Delivery, ImageRequest, Job, JobState, Problem, Ticket
from jobs.messenger import Expired, Temporary
from jobs.worker import JobWorker
from tests.factories import make_place, make_ticket
from tests.jobs.world import World

HERE = make_place(delivery=Delivery.RESPONSE)


def ticket_of(age: timedelta) -> Ticket:
    """Return the ticket of an interaction of so long ago; its id tells the time."""
    issued_ms = round((datetime.now(UTC) - age).timestamp() * 1000)
    return make_ticket(interaction_id=(issued_ms - DISCORD_EPOCH_MS) << 22)


def asked_here(world: World, age: timedelta = timedelta()) -> ImageRequest:
    return world.request(place=HERE, ticket=ticket_of(age))


@pytest.fixture
async def runner(world: World) -> JobWorker:
    runner = world.runner()
    await runner.open()
    return runner


async def running(world: World, runner: JobWorker, request: ImageRequest) -> Job:
    world.flux.accept("task-1")
    job = await runner.accept(request)
    runner.start(job)
    return await world.until(job, JobState.RUNNING)


async def test_after_fourteen_minutes_a_button_takes_the_place_of_the_token(
    world: World, runner: JobWorker
) -> None:
    job = await running(world, runner, asked_here(world, timedelta(minutes=14)))
    while not world.messenger.offered:
        await asyncio.sleep(0)
    [offered] = world.messenger.offered
    assert (offered.id, offered.request.ticket) == (job.id, job.request.ticket)


@pytest.mark.parametrize("delivery", Delivery)
async def test_no_button_is_offered_before_that_or_where_the_message_is_the_bot_s_own(
    world: World, runner: JobWorker, delivery: Delivery
) -> None:
    minutes = 13 if delivery is Delivery.RESPONSE else 15
    ticket = ticket_of(timedelta(minutes=minutes))
    place = make_place(delivery=delivery)
    await running(world, runner, world.request(place=place, ticket=ticket))
    await world.flux.more_looks(5)
    assert world.messenger.offered == []


async def test_a_job_goes_on_where_the_button_cannot_be_offered(
    world: World, runner: JobWorker
) -> None:
    world.messenger.script("collect", Temporary())
    job = await running(world, runner, asked_here(world, timedelta(minutes=14)))
    while not world.messenger.offered:
        await asyncio.sleep(0)
    world.flux.tell(world.done("task-1"))
    [ended] = await world.ended(job)
    assert ended.state is JobState.DELIVERED


async def test_a_job_that_goes_on_is_shown_and_delivered_with_the_token_of_the_click(
    world: World, runner: JobWorker
) -> None:
    before = await running(world, runner, asked_here(world, timedelta(minutes=14)))
    await runner.collect(before.id, "fresh-token", world.clock.now())
    shown = await world.messenger.until("progress")
    assert shown.job.request.ticket.token == "fresh-token"
    assert datetime.now(UTC) - shown.job.request.ticket.issued_at < timedelta(minutes=1)
    world.flux.tell(world.done("task-1"))
    [job] = await world.ended(before)
    assert job.state is JobState.DELIVERED
    assert world.messenger.last("deliver").job.request.ticket.token == "fresh-token"


async def test_a_result_that_waits_for_discord_takes_the_token_of_the_click(
    world: World, runner: JobWorker
) -> None:
    world.messenger.gates["deliver"] = asyncio.Event()
    world.messenger.script("deliver", Temporary(0))
    before = await running(world, runner, asked_here(world))
    world.flux.tell(world.done("task-1"))
    await world.messenger.until("deliver")
    await runner.collect(before.id, "fresh-token", world.clock.now())
    world.messenger.gates["deliver"].set()
    await world.ended(before)
    tokens = [
        shown.job.request.ticket.token
        for shown in world.messenger.shown
        if shown.phase == "deliver"
    ]
    assert tokens == ["interaction-token", "fresh-token"]
    assert world.messenger.phases(before.id)[-1] == "deliver"


async def test_a_result_that_came_too_late_for_its_token_is_there_for_the_click(
    world: World, runner: JobWorker
) -> None:
    world.messenger.script("deliver", Expired())
    world.messenger.script("direct", Expired())
    before = await running(world, runner, asked_here(world))
    world.flux.tell(world.done("task-1"))
    [job] = await world.ended(before)
    assert (job.problem, job.request.ticket.token) == (Problem.RESPONSE_EXPIRED, None)
    collected = await runner.collect(job.id, "fresh-token", world.clock.now())
    assert collected is not None
    await world.ended(job)
    shown = world.messenger.last("deliver")
    assert list(shown.images) == await world.results(job)
    assert shown.job.request.ticket.token == "fresh-token"
    assert shown.job.state is JobState.FAILED


async def test_an_end_without_pictures_is_there_for_the_click(
    world: World, runner: JobWorker
) -> None:
    job = await world.stored(
        state=JobState.FAILED,
        problem=Problem.FLUX_FAILED,
        message_id=6001,
        request=asked_here(world),
        told_at=datetime.now(UTC),
    )
    await runner.collect(job.id, "fresh-token", world.clock.now())
    await world.ended(job)
    assert world.messenger.last("end").job.request.ticket.token == "fresh-token"


async def test_a_click_on_a_job_that_nobody_knows_is_told_so(
    world: World, runner: JobWorker
) -> None:
    assert await runner.collect("0123456789ab", "fresh-token", world.clock.now()) is None


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.RUNNING])
async def test_a_click_on_a_message_of_the_bot_s_own_brings_no_token(
    world: World, runner: JobWorker, state: JobState
) -> None:
    job = await world.running(state=state, problem=Problem.FLUX_FAILED)
    await runner.collect(job.id, "token-of-the-click", world.clock.now())
    assert (await world.now(job)).request.ticket == job.request.ticket
    while not world.messenger.shown:
        await asyncio.sleep(0)
    assert world.messenger.shown[0].job.request.ticket == job.request.ticket


async def test_a_start_removes_the_answer_that_was_left_thinking(world: World) -> None:
    job = await world.running()
    await world.runner().open()
    while not world.messenger.dismissed:
        await asyncio.sleep(0)
    assert world.messenger.dismissed == [job.id]


async def test_a_start_removes_only_an_answer_that_may_still_be_there(world: World) -> None:
    job = await world.running()
    runner = world.runner()
    await runner.open()
    while (await world.now(job)).dismissed_at is None:
        await world.database.is_writable()  # the note waits for the commit of another write
    await runner.close()

    await world.runner().open()
    await world.flux.more_looks(2)
    assert world.messenger.dismissed == [job.id]
