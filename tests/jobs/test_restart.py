"""Stopping and starting: what is paid for is not lost, and nothing is paid for twice."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.models import Job, JobState, Problem
from tests.factories import NOON, make_image
from tests.jobs.world import World
from tests.storage.rows import library


async def stored_fetched(world: World) -> Job:
    """Store a job whose picture waits in the spool to be delivered."""
    job = await world.running("task-fetched", state=JobState.FETCHED)
    image = await world.spool.fetch(
        world.done("task-fetched").image_urls[0],
        job_id=job.id,
        position=1,
    )
    return await world.jobs.advance(job, job, [image])


async def test_close_waits_for_the_answer_to_a_submit_and_stores_its_task(world: World) -> None:
    runner = world.runner()
    await runner.open()
    world.flux.accept("task-1")
    world.flux.may_answer.clear()
    job = await runner.accept(world.request())
    runner.start(job)
    await world.flux.until_submitted(1)
    closing = asyncio.create_task(runner.close())
    for _ in range(100):  # enough turns for a stop to break the request off
        assert (await world.now(job)).state is JobState.SUBMITTING
    assert not closing.done()
    world.flux.may_answer.set()
    await closing
    stored = await world.now(job)
    assert (stored.state, stored.task_id) == (JobState.RUNNING, "task-1")


async def test_close_lets_no_other_job_submit_meanwhile(world: World) -> None:
    runner = world.runner(max_running=3)
    await runner.open()
    world.flux.accept("task-1", "task-2", "task-3")
    world.flux.may_answer.clear()
    first, second, third = [await runner.accept(world.request()) for _ in range(3)]
    runner.start(first)
    await world.flux.until_submitted(1)
    runner.start(second)
    closing = asyncio.create_task(runner.close())
    for at in range(400):  # enough turns for a job to get from its start to its submit
        if at == 1:
            runner.start(third)
        await world.now(first)
    world.flux.may_answer.set()
    await closing
    states = [(await world.now(job)).state for job in (first, second, third)]
    assert states == [JobState.RUNNING, JobState.QUEUED, JobState.QUEUED]
    assert len(world.flux.submitted) == 1


async def test_close_ends_at_once_when_only_discord_is_awaited(world: World) -> None:
    runner = world.runner()
    await runner.open()
    world.flux.accept("task-1")
    [job] = [await runner.accept(world.request())]
    runner.start(job)
    await world.flux.more_looks(2)
    await runner.close()
    assert (await world.now(job)).state is JobState.RUNNING
    asked = len(world.flux.asked)
    await world.now(job)
    assert len(world.flux.asked) == asked


async def test_open_takes_up_what_close_left(world: World) -> None:
    runner = world.runner(max_running=1)
    await runner.open()
    world.flux.accept("task-1", "task-2")
    running, queued = [await runner.accept(world.request()) for _ in range(2)]
    runner.start(running)
    runner.start(queued)
    await world.flux.more_looks(2)
    await runner.close()
    world.flux.tell(world.done("task-1"), world.done("task-2"))
    await world.runner(max_running=1).open()
    ended = await world.ended(running, queued)
    assert [job.state for job in ended] == [JobState.DELIVERED] * 2
    assert [job.task_id for job in ended] == ["task-1", "task-2"]
    assert len(world.flux.submitted) == 2
    for job in ended:
        assert world.messenger.phases(job.id).count("announce") == 1
        assert world.messenger.phases(job.id).count("deliver") == 1


async def test_open_goes_on_with_no_job_while_somebody_waits_for_an_answer(world: World) -> None:
    queued = await world.stored(message_id=6001, nonce="nonce")
    world.flux.accept("task-1")
    world.flux.tell(world.done("task-1"))
    runner = world.runner()
    runner._answers.begin("a new request")
    await runner.open()
    for _ in range(100):  # enough turns for a job to get from its start to its submit
        assert (await world.now(queued)).state is JobState.QUEUED
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("job ")]

    runner._answers.end("a new request")
    [ended] = await world.ended(queued)
    assert ended.state is JobState.DELIVERED


async def test_open_puts_every_job_back_on_its_way(world: World) -> None:
    posting = await world.stored(nonce="nonce")
    announced = await world.stored(message_id=6001, nonce="nonce")
    running = await world.running("task-running")
    fetched = await stored_fetched(world)
    ended = await world.stored(state=JobState.FAILED, problem=Problem.OVERDUE, told_at=NOON)
    before = await world.now(ended)
    world.flux.accept("task-1", "task-2")
    world.flux.tell(*map(world.done, ("task-1", "task-2", "task-running")))
    await world.runner(max_running=1).open()
    jobs = await world.ended(posting, announced, running, fetched)
    assert [job.state for job in jobs] == [JobState.DELIVERED] * 4
    assert len(world.flux.submitted) == 2
    announces = [world.messenger.phases(job.id).count("announce") for job in jobs]
    assert announces == [1, 0, 0, 0]
    assert await world.now(ended) == before


async def test_open_tells_an_end_that_was_not_told(world: World) -> None:
    problem = Problem.FLUX_FAILED
    ended = await world.stored(state=JobState.FAILED, problem=problem, message_id=6001)
    await world.runner().open()
    [job] = await world.ended(ended)
    assert world.messenger.phases(job.id) == ["end"]
    assert job.told_at is not None
    assert job.request.ticket.token is None


async def test_open_goes_on_with_a_job_whose_author_was_promised_an_answer(world: World) -> None:
    job = await world.stored()
    world.flux.accept("task-1")
    world.flux.tell(world.done("task-1"))
    await world.runner().open()
    [stored] = await world.ended(job)
    assert stored.state is JobState.DELIVERED
    assert [asked.id for asked in world.messenger.asked] == [job.id]
    assert world.messenger.phases(job.id) == ["announce", "deliver"]


async def test_open_cancels_a_job_whose_author_had_no_answer(world: World) -> None:
    world.messenger.was_heard = False
    job = await world.stored()
    await world.runner().open()
    [stored] = await world.ended(job)
    assert (stored.state, stored.problem) == (JobState.CANCELLED, Problem.RESTARTED)
    assert stored.charged_microcredits == 0
    assert [told.id for told in world.messenger.told] == [job.id]
    assert (world.messenger.shown, world.flux.submitted) == ([], [])


@pytest.mark.parametrize("minutes_ago", [0, 15, 10_000])
async def test_open_posts_with_the_nonce_of_before_when_it_is_not_known_whether_it_was_posted(
    world: World, minutes_ago: float
) -> None:
    then = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    job = await world.stored(nonce="before-the-crash", announced_at=then, created_at=then)
    world.flux.accept("task-1")
    world.flux.tell(world.done("task-1"))
    await world.runner().open()
    [ended] = await world.ended(job)
    assert world.messenger.last("announce").job.nonce == "before-the-crash"
    assert ended.state is JobState.DELIVERED


async def test_open_never_sends_again_when_the_answer_was_lost_in_the_crash(world: World) -> None:
    lost = await world.running(None, state=JobState.SUBMITTING)
    await world.runner().open()
    [job] = await world.ended(lost)
    assert (job.state, job.problem) == (JobState.FAILED, Problem.ANSWER_LOST)
    assert job.charged_microcredits is None
    assert (world.flux.submitted, world.flux.asked) == ([], [])
    assert world.messenger.last("end").job.problem is Problem.ANSWER_LOST


async def test_open_does_not_ask_flux_again_when_the_pictures_are_here(world: World) -> None:
    fetched = await stored_fetched(world)
    asked = len(world.server.asked)
    await world.runner().open()
    [job] = await world.ended(fetched)
    assert job.state is JobState.DELIVERED
    assert (world.flux.submitted, world.flux.asked) == ([], [])
    assert len(world.server.asked) == asked
    [image] = world.messenger.last("deliver").images
    assert image == make_image(
        job_id=job.id,
        file_name=f"{job.id}-result-1.png",
        width=64,
        height=48,
        bytes=image.bytes,
    )


@pytest.mark.parametrize("is_told", [False, True])
@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (JobState.DELIVERED, None),
        (JobState.REFUSED, Problem.FLUX_REFUSED_CONTENT),
        (JobState.FAILED, Problem.ANSWER_LOST),
        (JobState.FAILED, Problem.ARRIVED_LATE),
        (JobState.CANCELLED, Problem.CANCELLED),
    ],
)
async def test_open_leaves_every_end_as_it_is_but_for_telling_it(
    world: World,
    state: JobState,
    problem: Problem | None,
    is_told: bool,  # noqa: FBT001
) -> None:
    told_at = NOON if is_told or state is JobState.DELIVERED else None
    before = await world.running(state=state, problem=problem, told_at=told_at)
    charges = await world.charges(before)
    await world.runner().open()
    [job] = await world.ended(before)
    assert (job.state, job.problem) == (state, problem)
    assert job.told_at is not None
    assert world.messenger.phases(job.id) == ([] if told_at else ["end"])
    assert await world.charges(job) == charges
    assert (world.flux.submitted, world.flux.asked) == ([], [])


async def test_open_keeps_a_picture_that_nobody_wanted_any_more(world: World) -> None:
    before = await stored_fetched(world)
    await world.jobs.ask_cancel(before.id, NOON)
    await world.runner().open()
    [job] = await world.ended(before)
    assert (job.state, job.problem) == (JobState.CANCELLED, Problem.CANCELLED)
    assert len(await world.results(job)) == 1
    assert world.messenger.phases(job.id) == ["end"]


async def test_open_keeps_a_late_picture_that_was_on_its_way(world: World) -> None:
    before = await world.running("task-1", problem=Problem.ARRIVED_LATE)
    world.flux.tell(world.done("task-1"))
    await world.runner().open()
    [job] = await world.ended(before)
    assert (job.state, job.problem) == (JobState.FAILED, Problem.ARRIVED_LATE)
    assert world.messenger.phases(job.id) == ["end"]


async def test_open_takes_the_jobs_of_every_state_up_side_by_side(world: World) -> None:
    await world.stored(request=world.request(prompt="unannounced"))
    await world.stored(nonce="nonce")
    await world.stored(message_id=6001, nonce="nonce")
    lost = await world.running(None, state=JobState.SUBMITTING)
    uncertain = await world.running(None, state=JobState.UNCERTAIN)
    await world.running("task-running")
    await world.running("task-overdue", overdue_at=datetime.now(UTC))
    await stored_fetched(world)
    jobs = await world.jobs.list_open()
    world.flux.accept("task-1", "task-2", "task-3")
    for task_id in ("task-1", "task-2", "task-3", "task-running", "task-overdue"):
        world.flux.tell(world.done(task_id))
    await world.runner(max_running=1).open()
    ended = {job.id: job.state for job in await world.ended(*jobs)}
    assert {ended.pop(job.id) for job in (lost, uncertain)} == {JobState.FAILED}
    assert [*ended.values()] == [JobState.DELIVERED] * 6
    assert len(world.flux.submitted) == 3


async def test_a_row_that_cannot_be_read_keeps_no_other_job_from_its_end(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    unread, job = await world.running("task-1"), await world.running("task-2")
    await world.database.write(
        lambda db: library(db).table("jobs").update(unread.id, {"problem": "of a newer version"})
    )
    world.flux.tell(world.done("task-2"))
    await world.runner().open()
    await world.until(job, JobState.DELIVERED)
    assert f"job={unread.id} cannot be read" in caplog.text


async def test_a_model_that_left_the_catalogue_loses_no_picture(world: World) -> None:
    job = await world.running(request=world.request(model="flux-of-old"))
    world.flux.tell(world.done("task-1"))
    await world.runner().open()
    await world.until(job, JobState.DELIVERED)
