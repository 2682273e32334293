"""Jobs side by side: each gets its turn, its end and a word, whatever happens to the others."""

import asyncio
import logging
import threading

import pytest
import sqlite_utils

from domain.models import ImageKind, ImageRequest, Job, JobState, Payer, Problem
from flux.catalogue import MODELS
from flux.errors import AnswerLostError, BadRequestError
from jobs.messenger import Forbidden, Temporary
from jobs.worker import BEGIN_STORING_S, JobWorker
from storage.errors import StorageError, TooSlowError
from storage.jobs import DuplicateRequestError
from tests.factories import make_ticket
from tests.fakes import Phase
from tests.images.serving import picture
from tests.jobs.world import World
from tests.patience import PATIENCE_S


async def started(runner: JobWorker, *requests: ImageRequest) -> list[Job]:
    jobs = [await runner.accept(request) for request in requests]
    for job in jobs:
        runner.start(job)
    return jobs


async def test_accept_stores_the_job_and_spends_nothing(world: World) -> None:
    request = world.request(count=3)
    job = await world.runner().accept(request)
    assert await world.now(job) == job
    assert (job.state, job.request) == (JobState.QUEUED, request)
    assert job.estimated_microcredits == 3 * MODELS["flux-dev"].estimated_microcredits
    assert job.expected_at > job.created_at
    assert (world.flux.submitted, world.messenger.shown) == ([], [])


async def test_accept_refuses_when_the_interaction_has_made_a_job(world: World) -> None:
    runner = world.runner()
    request = world.request()
    await runner.accept(request)
    with pytest.raises(DuplicateRequestError):
        await runner.accept(request)
    assert len(await world.jobs.list_open()) == 1


async def test_a_commit_that_takes_long_is_waited_for_where_nobody_needs_an_answer(
    world: World,
) -> None:
    runner = world.runner()
    command = world.request()
    message = world.request(ticket=make_ticket(interaction_id=7001, token=None))
    held, begin, commit = threading.Event(), threading.Event(), threading.Event()

    def hold(_: sqlite_utils.Database) -> None:
        held.set()
        begin.wait(PATIENCE_S)

    await world.spool.has_room()  # known from here on, so that nothing is between both and the disk
    holding = asyncio.create_task(world.database.write(hold))
    await asyncio.to_thread(held.wait)
    accepting = [asyncio.create_task(runner.accept(request)) for request in (command, message)]
    for _ in range(10):  # until both wait
        await asyncio.sleep(0)
    # In the transaction of both and after them, as a disk that is slow with their commit.
    slow = asyncio.create_task(world.database.write(lambda _: commit.wait(PATIENCE_S)))
    for _ in range(10):  # until all three wait for the first
        await asyncio.sleep(0)
    begin.set()
    with pytest.raises(StorageError):
        await accepting[0]
    was_open = not accepting[1].done()
    commit.set()
    accepted = await accepting[1]
    await asyncio.gather(holding, slow)

    assert was_open
    assert (await world.now(accepted)).state is JobState.QUEUED
    async with asyncio.timeout(PATIENCE_S):
        while not world.messenger.told:
            await asyncio.sleep(0.01)
    ended = await world.now(world.messenger.told[0])
    assert (ended.state, ended.problem) == (JobState.CANCELLED, Problem.STORED_TOO_LATE)
    assert (await world.charges(ended))[Payer.USER] == 0


async def test_what_is_too_old_to_be_stored_in_time_is_refused_and_never_begun(
    world: World,
) -> None:
    runner = world.runner()
    with pytest.raises(TooSlowError):
        await runner.accept(world.request(), age_s=BEGIN_STORING_S)
    # A message can be answered at any time.
    message = world.request(ticket=make_ticket(interaction_id=7001, token=None))
    accepted = await runner.accept(message, age_s=BEGIN_STORING_S)

    assert await world.jobs.list_open() == [accepted]


async def test_jobs_step_back_while_a_request_waits_for_its_answer(world: World) -> None:
    runner = world.runner()
    await runner.open()
    unanswered = await runner.accept(world.request())
    await started(runner, world.request())
    for _ in range(20):  # more than an announcement takes
        await world.now(unanswered)
    shown = [*world.messenger.shown]
    runner.start(unanswered)
    async with asyncio.timeout(PATIENCE_S):
        while len(world.messenger.shown) < 2:
            await asyncio.sleep(0)

    assert shown == []


async def test_a_private_answer_is_removed_after_others_are_given(world: World) -> None:
    world.messenger.gates["announce"] = asyncio.Event()
    runner = world.runner()
    await runner.open()
    world.flux.accept("task-1")
    job = await world.started(runner)
    await world.messenger.until("announce")
    unanswered = await runner.accept(world.request())
    world.messenger.gates["announce"].set()
    await world.until(job, JobState.RUNNING)  # its card stands
    for _ in range(20):  # more than a removal takes
        await world.now(job)
    removed = [*world.messenger.dismissed]
    runner.start(unanswered)
    async with asyncio.timeout(PATIENCE_S):
        while job.id not in world.messenger.dismissed:
            await asyncio.sleep(0)

    assert removed == []


async def test_a_request_that_is_refused_holds_nobody_back(world: World) -> None:
    runner = world.runner()
    await runner.open()
    job = await runner.accept(world.request())
    with pytest.raises(DuplicateRequestError):
        await runner.accept(job.request)
    runner.start(job)
    await started(runner, world.request())
    async with asyncio.timeout(PATIENCE_S):
        while len(world.messenger.shown) < 2:
            await asyncio.sleep(0)


async def test_abandon_cancels_free_of_charge(world: World) -> None:
    runner = world.runner()
    job = await runner.accept(world.request())
    await runner.abandon(job, Problem.ANSWERED_TOO_LATE)
    stored = await world.now(job)
    assert (stored.state, stored.problem) == (JobState.CANCELLED, Problem.ANSWERED_TOO_LATE)
    assert stored.charged_microcredits == 0
    assert world.flux.submitted == []


async def test_a_job_goes_all_the_way(world: World) -> None:
    runner = world.runner()
    await runner.open()
    request = world.edit_request(world.server.serve("/photo.png", picture()))
    world.flux.accept("task-1")
    world.flux.tell(world.done("task-1", charged=423_000))
    [job] = await world.ended(*await started(runner, request))
    assert (job.state, job.problem) == (JobState.DELIVERED, None)
    assert (job.charged_microcredits, job.task_id) == (423_000, "task-1")
    assert world.messenger.phases(job.id) == ["announce", "deliver"]
    for kind in (ImageKind.SOURCE, ImageKind.RESULT):
        assert len(await world.jobs.list_images(job.id, kind)) == 1


async def test_jobs_have_their_turns_in_the_order_they_came(world: World) -> None:
    runner = world.runner(max_running=2)
    await runner.open()
    world.flux.accept("task-0", "task-1", "task-2", "task-3", "task-4")
    requests = [world.request(prompt=f"lake {at}") for at in range(5)]
    jobs = await started(runner, *requests)
    await world.flux.until_submitted(2)
    await world.flux.more_looks(3)
    assert len(world.flux.submitted) == 2
    for at in range(5):
        await world.flux.until_submitted(min(at + 2, 5))
        await world.flux.more_looks(3)
        assert len(world.flux.submitted) == min(at + 2, 5)
        for begun in jobs[2 : at + 2]:
            while "progress" not in world.messenger.phases(begun.id):
                await asyncio.sleep(0)
        world.flux.tell(world.done(f"task-{at}"))
    ended = await world.ended(*jobs)
    assert [job.state for job in ended] == [JobState.DELIVERED] * 5
    assert [asked.prompt for asked in world.flux.submitted] == [job.request.prompt for job in jobs]
    positions = [
        shown.position
        for job in jobs
        for shown in world.messenger.shown
        if shown.job.id == job.id and shown.phase == "announce"
    ]
    assert positions == [0, 0, 1, 2, 3]
    told = {job.id for job in jobs if "progress" in world.messenger.phases(job.id)}
    assert told == {job.id for job in jobs[2:]}


async def test_a_turn_is_free_again_when_a_job_fails(world: World) -> None:
    runner = world.runner(max_running=1)
    await runner.open()
    world.flux.accept(BadRequestError(""), AnswerLostError(""), "task-3")
    world.flux.tell(world.done("task-3"))
    jobs = await started(runner, world.request(), world.request(), world.request())
    states = [job.state for job in await world.ended(*jobs)]
    assert states == [JobState.REFUSED, JobState.FAILED, JobState.DELIVERED]


async def test_a_turn_is_free_again_when_only_the_delivery_is_left(world: World) -> None:
    runner = world.runner(max_running=1)
    await runner.open()
    world.messenger.script("deliver", Temporary(3_600))
    world.flux.accept("task-1", "task-2")
    world.flux.tell(world.done("task-1"), world.done("task-2"))
    slow, quick = await started(runner, world.request(), world.request())
    [job] = await world.ended(quick)
    assert job.state is JobState.DELIVERED
    await world.until(slow, JobState.FETCHED)


async def test_a_job_costs_nothing_when_it_cannot_be_announced(world: World) -> None:
    runner = world.runner()
    await runner.open()
    world.messenger.script("announce", Forbidden())
    [job] = await world.ended(*await started(runner, world.request()))
    assert (job.problem, job.charged_microcredits) == (Problem.PLACE_FORBIDDEN, 0)
    assert world.flux.submitted == []


@pytest.mark.parametrize(
    ("phase", "charged", "problem"),
    [("announce", 0, Problem.INTERNAL), ("deliver", 216_000, Problem.NOT_SHOWN)],
)
async def test_an_unexpected_error_ends_its_job_and_no_other(
    world: World, caplog: pytest.LogCaptureFixture, phase: Phase, charged: int, problem: Problem
) -> None:
    runner = world.runner(max_running=1)
    await runner.open()
    world.flux.accept("task-1", "task-2", "task-3")
    world.flux.tell(*map(world.done, ("task-1", "task-2", "task-3")))
    world.messenger.script(phase, ZeroDivisionError("of no use to people"))
    jobs = await started(runner, world.request(), world.request(), world.request())
    ended = await world.ended(*jobs)
    hit = jobs[0]
    assert {job.id: job.problem for job in ended if job.problem} == {hit.id: problem}
    broken = await world.now(hit)
    assert (broken.state, broken.charged_microcredits) == (JobState.FAILED, charged)
    # What was made is kept by its requester, who pays for it.
    assert await world.charges(hit) == {Payer.USER: charged, Payer.HOUSE: 0}
    told = [job.id for job in world.messenger.told]
    assert (hit.id in told) == (phase == "announce")
    assert ("end" in world.messenger.phases(hit.id)) == (phase != "announce")
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
    assert hit.id in record.getMessage()


async def test_an_unexpected_error_of_a_status_does_not_end_a_paid_job(world: World) -> None:
    runner = world.runner(max_running=1)
    await runner.open()
    world.flux.accept("task-1", "task-2")
    world.flux.tell(*map(world.done, ("task-1", "task-2")))
    world.messenger.script("progress", ZeroDivisionError("of no use to people"))
    jobs = await started(runner, world.request(), world.request())

    assert {job.state for job in await world.ended(*jobs)} == {JobState.DELIVERED}


async def test_a_job_ends_and_is_told_even_when_its_end_cannot_be_shown(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    runner = world.runner(max_running=1)
    await runner.open()
    world.flux.accept("task-1", "task-2")
    world.flux.tell(world.done("task-1"), world.done("task-2"))
    world.messenger.script("deliver", ZeroDivisionError())
    world.messenger.script("end", ZeroDivisionError())
    jobs = await started(runner, world.request(), world.request())
    states = [job.state for job in await world.ended(*jobs)]
    assert states == [JobState.FAILED, JobState.DELIVERED]
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1
    # The message that took neither its result nor its end is not the only way to its author.
    assert [told.problem for told in world.messenger.told] == [Problem.NOT_SHOWN]
    assert (await world.now(jobs[0])).told_at is not None
