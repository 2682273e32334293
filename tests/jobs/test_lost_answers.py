"""Submits whose answer was lost: a callback is the evidence, checked with Flux, never resent."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.models import Job, JobState, Payer, Problem
from flux.errors import AnswerLostError
from jobs.lost_answers import EVIDENCE_LIMIT, LOOKS
from jobs.messenger import Temporary
from jobs.worker import JobWorker
from tests.jobs.world import CALLED_BACK, World

CHARGED = 216_000


@pytest.fixture
async def runner(world: World) -> JobWorker:
    runner = world.runner(options=CALLED_BACK)
    await runner.open()
    return runner


async def lost(world: World, runner: JobWorker) -> Job:
    """Let the answer to a submit be lost."""
    world.flux.accept(AnswerLostError(""))
    return await world.until(await world.started(runner), JobState.UNCERTAIN)


async def given_up(world: World, **changes: object) -> Job:
    """Store a job that failed because nothing was heard of it."""
    job = await world.running(
        None,
        **{
            "state": JobState.FAILED,
            "problem": Problem.ANSWER_LOST,
            "callback_token": "token-of-the-job",
            "ended_at": datetime.now(UTC),
            "told_at": datetime.now(UTC),
            **changes,
        },
    )
    return await world.now(job)


def token_of(job: Job) -> str:
    assert job.callback_token is not None
    return job.callback_token


async def test_the_callback_address_holds_a_token_of_the_job_alone(
    world: World, runner: JobWorker
) -> None:
    first, second = [await lost(world, runner) for _ in range(2)]
    addresses = [asked.callback_url for asked in world.flux.submitted]
    assert addresses == [
        f"https://bot.test/flux/callbacks/{token_of(job)}" for job in (first, second)
    ]
    assert token_of(first) != token_of(second)
    assert len(token_of(first)) >= 32


async def test_a_lost_answer_is_shown_and_keeps_nobody_from_a_turn(world: World) -> None:
    runner = world.runner(max_running=1, options=CALLED_BACK)
    await runner.open()
    job = await lost(world, runner)
    shown = await world.messenger.until("progress")
    assert (shown.job.id, shown.job.state) == (job.id, JobState.UNCERTAIN)
    world.flux.accept("task-2")
    world.flux.tell(world.done("task-2"))
    [other] = await world.ended(await world.started(runner))
    assert other.state is JobState.DELIVERED
    assert (await world.now(job)).state is JobState.UNCERTAIN


async def test_a_callback_after_the_answer_was_lost_brings_the_picture(
    world: World, runner: JobWorker
) -> None:
    job = await lost(world, runner)
    world.flux.tell(world.done("task-1", charged=CHARGED))
    assert await runner.called_back(token_of(job), "task-1")
    [job] = await world.ended(job)
    assert (job.state, job.task_id) == (JobState.DELIVERED, "task-1")
    assert await world.charges(job) == {Payer.USER: CHARGED, Payer.HOUSE: 0}
    assert len(world.flux.submitted) == 1


async def test_a_callback_before_the_answer_is_lost_counts_as_well(
    world: World, runner: JobWorker
) -> None:
    world.flux.may_answer.clear()
    world.flux.accept(AnswerLostError(""))
    world.flux.tell(world.done("task-1"))
    job = await world.started(runner)
    await world.flux.until_submitted(1)
    assert await runner.called_back(token_of(job), "task-1")
    world.flux.may_answer.set()
    [job] = await world.ended(job)
    assert (job.state, job.task_id) == (JobState.DELIVERED, "task-1")


@pytest.mark.parametrize("state", [JobState.SUBMITTING, JobState.UNCERTAIN])
@pytest.mark.parametrize("is_early", [False, True])
async def test_a_callback_after_a_restart_counts_from_the_first_moment(
    world: World,
    state: JobState,
    is_early: bool,  # noqa: FBT001
) -> None:
    before = await world.running(None, state=state, callback_token="token-of-the-job")
    world.flux.tell(world.done("task-1"))
    runner = world.runner(options=CALLED_BACK)
    # The port is listened on before the jobs are taken up again.
    if is_early:
        assert await runner.called_back("token-of-the-job", "task-1")
    await runner.open()
    if not is_early:
        await world.until(before, JobState.UNCERTAIN)
        assert await runner.called_back("token-of-the-job", "task-1")
    [job] = await world.ended(before)
    assert (job.state, job.task_id) == (JobState.DELIVERED, "task-1")
    assert world.flux.submitted == []


@pytest.mark.parametrize("state", [JobState.SUBMITTING, JobState.UNCERTAIN])
async def test_a_callback_that_was_heard_and_not_confirmed_outlives_a_kill(
    world: World, state: JobState
) -> None:
    before = await world.running(None, state=state, callback_token="token-of-the-job")
    assert await world.runner(options=CALLED_BACK).called_back("token-of-the-job", "task-1")
    world.flux.tell(world.done("task-1"))
    await world.runner(options=CALLED_BACK).open()
    [job] = await world.ended(before)
    assert (job.state, job.task_id) == (JobState.DELIVERED, "task-1")
    assert job.named_task_id is None
    assert world.flux.submitted == []


async def test_what_was_heard_before_a_kill_counts_also_where_callbacks_were_turned_off(
    world: World,
) -> None:
    before = await world.running(
        None, state=JobState.UNCERTAIN, callback_token="secret", named_task_id="task-1"
    )
    world.flux.tell(world.done("task-1"))
    await world.runner().open()
    [job] = await world.ended(before)
    assert job.state is JobState.DELIVERED


async def test_a_late_callback_that_was_heard_and_not_confirmed_outlives_a_kill(
    world: World,
) -> None:
    before = await given_up(world)
    killed = world.runner(options=CALLED_BACK)
    assert await killed.called_back("token-of-the-job", "task-1")
    await killed.close()
    world.flux.tell(world.done("task-1", charged=CHARGED))
    await world.runner(options=CALLED_BACK).open()
    [job] = await world.ended(before)
    assert (job.problem, job.named_task_id) == (Problem.ARRIVED_LATE, None)
    assert len(await world.results(job)) == 1


async def test_what_flux_does_not_know_is_not_asked_for_at_every_start(world: World) -> None:
    late = await given_up(world)
    uncertain = await world.running(None, state=JobState.UNCERTAIN, callback_token="another token")
    dead = world.runner(options=CALLED_BACK)
    await dead.called_back("token-of-the-job", "task-of-nobody")
    await dead.called_back("another token", "task-of-nobody")
    assert (await world.now(late)).named_task_id == "task-of-nobody"
    runner = world.runner(options=CALLED_BACK)
    await runner.open()
    while (await world.now(late)).named_task_id or (await world.now(uncertain)).named_task_id:
        await asyncio.sleep(0)
    await runner.close()
    asked = len(world.flux.asked_alone)
    assert asked == 2 * LOOKS
    await world.runner(options=CALLED_BACK).open()
    for _ in range(20):  # enough turns for a job to be taken up
        await world.now(late)
    assert len(world.flux.asked_alone) == asked
    assert (await world.now(uncertain)).state is JobState.UNCERTAIN


async def test_a_forged_token_and_a_callback_without_a_task_change_nothing(
    world: World, runner: JobWorker
) -> None:
    job = await lost(world, runner)
    world.flux.tell(world.done("task-1"))
    assert not await runner.called_back(token_of(job)[:-1] + "!", "task-1")
    assert not await runner.called_back("", "task-1")
    assert not await runner.called_back(job.id, "task-1")
    assert await runner.called_back(token_of(job), None)
    assert await world.now(job) == job
    assert world.flux.asked_alone == []


async def test_a_replayed_callback_changes_nothing(world: World, runner: JobWorker) -> None:
    job = await lost(world, runner)
    world.flux.tell(world.done("task-1"), world.done("task-2"))
    for task_id in ("task-1", "task-1", "task-2"):
        assert await runner.called_back(token_of(job), task_id)
    [ended] = await world.ended(job)
    assert (ended.state, ended.task_id) == (JobState.DELIVERED, "task-1")
    assert await runner.called_back(token_of(job), "task-2")
    assert await world.ended(job) == [ended]
    assert world.messenger.phases(job.id).count("deliver") == 1


async def test_a_task_that_flux_does_not_know_is_no_evidence_but_another_is(
    world: World, runner: JobWorker
) -> None:
    job = await lost(world, runner)
    assert await runner.called_back(token_of(job), "task-of-nobody")
    while len(world.flux.asked_alone) < LOOKS:
        await asyncio.sleep(0)
    assert set(world.flux.asked_alone) == {"task-of-nobody"}
    assert (await world.now(job)).state is JobState.UNCERTAIN
    world.flux.tell(world.done("task-1"))
    while (await world.now(job)).state is JobState.UNCERTAIN:
        await runner.called_back(token_of(job), "task-1")
    [job] = await world.ended(job)
    assert (job.state, job.task_id) == (JobState.DELIVERED, "task-1")


async def test_a_task_of_another_job_is_no_evidence(world: World, runner: JobWorker) -> None:
    world.flux.accept("task-1")
    world.flux.tell(world.done("task-1"), world.done("task-2"))
    await world.ended(await world.started(runner))
    job = await lost(world, runner)
    assert await runner.called_back(token_of(job), "task-1")
    while (await world.now(job)).state is JobState.UNCERTAIN:
        await runner.called_back(token_of(job), "task-2")
    [job] = await world.ended(job)
    assert (job.state, job.task_id) == (JobState.DELIVERED, "task-2")


async def test_evidence_is_not_kept_longer_than_its_job_is_run(
    world: World, runner: JobWorker
) -> None:
    world.flux.accept("task-1")
    job = await world.until(await world.started(runner), JobState.RUNNING)
    for _ in range(3):
        await runner.called_back(token_of(job), "task-1")
    world.flux.tell(world.done("task-1"))
    await world.ended(job)
    assert runner.lifecycle.retriever.lost_answers.named == {}


async def test_without_evidence_the_job_fails_and_the_house_bears_it(world: World) -> None:
    before = await world.running(
        None,
        state=JobState.UNCERTAIN,
        callback_token="token-of-the-job",
        submitted_at=datetime.now(UTC) - EVIDENCE_LIMIT,
    )
    await world.runner(options=CALLED_BACK).open()
    [job] = await world.ended(before)
    assert (job.state, job.problem) == (JobState.FAILED, Problem.ANSWER_LOST)
    charges = await world.charges(job)
    assert charges == {Payer.USER: 0, Payer.HOUSE: job.estimated_microcredits}
    assert world.messenger.last("end").job.id == job.id
    assert world.flux.submitted == []


async def test_evidence_is_not_waited_for_where_callbacks_are_off(world: World) -> None:
    runner = world.runner()
    await runner.open()
    world.flux.accept(AnswerLostError(""))
    [job] = await world.ended(await world.started(runner))
    assert (job.state, job.problem) == (JobState.FAILED, Problem.ANSWER_LOST)
    assert job.callback_token is None
    assert "progress" not in world.messenger.phases(job.id)


async def test_a_late_callback_brings_a_picture_that_is_kept_at_the_house_s_cost(
    world: World, runner: JobWorker
) -> None:
    job = await given_up(world)
    world.flux.tell(world.done("task-1", charged=CHARGED))
    for _ in range(2):
        assert await runner.called_back("token-of-the-job", "task-1")
    [job] = await world.ended(job)
    assert (job.state, job.problem) == (JobState.FAILED, Problem.ARRIVED_LATE)
    assert len(await world.results(job)) == 1
    assert await world.charges(job) == {Payer.USER: 0, Payer.HOUSE: CHARGED}
    assert "deliver" not in world.messenger.phases(job.id)
    assert world.messenger.last("end").job.problem is Problem.ARRIVED_LATE
    assert job.told_at is not None


async def test_a_late_picture_stays_at_the_house_s_cost_also_where_it_was_cancelled(
    world: World, runner: JobWorker
) -> None:
    job = await given_up(world)
    await world.jobs.ask_cancel(job.id, datetime.now(UTC))
    world.flux.tell(world.done("task-1", charged=CHARGED))
    await runner.called_back("token-of-the-job", "task-1")
    [job] = await world.ended(job)
    assert job.problem is Problem.ARRIVED_LATE
    assert await world.charges(job) == {Payer.USER: 0, Payer.HOUSE: CHARGED}


async def test_a_late_callback_of_an_unknown_task_changes_nothing(
    world: World, runner: JobWorker
) -> None:
    job = await given_up(world)
    assert await runner.called_back("token-of-the-job", "task-of-nobody")
    assert await world.ended(job) == [job]
    assert world.flux.asked_alone


@pytest.mark.parametrize("problem", [Problem.FLUX_REFUSED_CONTENT, Problem.INTERNAL])
async def test_a_callback_does_not_reopen_what_ended_for_another_reason(
    world: World, runner: JobWorker, problem: Problem
) -> None:
    job = await given_up(world, problem=problem)
    world.flux.tell(world.done("task-1"))
    assert await runner.called_back("token-of-the-job", "task-1")
    assert await world.ended(job) == [job]
    assert world.flux.asked_alone == []


async def test_a_callback_while_the_end_is_being_told_lets_the_job_go_on_once(
    world: World,
) -> None:
    world.messenger.gates["end"] = asyncio.Event()
    world.messenger.script("end", Temporary(0))
    before = await world.running(
        None,
        state=JobState.UNCERTAIN,
        callback_token="token-of-the-job",
        submitted_at=datetime.now(UTC) - timedelta(minutes=16),
    )
    runner = world.runner(options=CALLED_BACK)
    await runner.open()
    await world.messenger.until("end")
    world.flux.tell(world.done("task-1", charged=CHARGED))
    assert await runner.called_back("token-of-the-job", "task-1")
    while (await world.until(before, JobState.FAILED)).problem is not Problem.ARRIVED_LATE:
        await asyncio.sleep(0)
    world.messenger.gates.pop("end").set()
    [job] = await world.ended(before)
    # The attempt that Discord did not take is not made again: it would tell what is not so.
    ends = [shown.job.problem for shown in world.messenger.shown if shown.phase == "end"]
    assert ends == [Problem.ANSWER_LOST, Problem.ARRIVED_LATE]
    assert (job.state, job.problem) == (JobState.FAILED, Problem.ARRIVED_LATE)
    assert await world.charges(job) == {Payer.USER: 0, Payer.HOUSE: CHARGED}


async def test_a_callback_before_the_start_is_over_lets_the_job_go_on_once(world: World) -> None:
    now = datetime.now(UTC)
    job = await world.running(
        state=JobState.FAILED,
        problem=Problem.OVERDUE,
        callback_token="token-of-the-job",
        ended_at=now,
        told_at=now,
    )
    world.flux.tell(world.done("task-1"))
    runner = world.runner(options=CALLED_BACK)
    assert await runner.called_back("token-of-the-job", "task-1")
    for _ in range(20):  # enough turns for a job to be taken up
        await world.now(job)
    assert (await world.now(job)).state is JobState.FAILED
    await runner.open()
    assert f"job {job.id}" not in {task.get_name() for task in asyncio.all_tasks()}
    [ended] = await world.ended(job)
    assert ended.problem is Problem.ARRIVED_LATE
