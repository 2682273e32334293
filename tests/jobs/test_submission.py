"""Submitting: the step before Flux has accepted a job."""

import asyncio

import pytest

from domain.models import Job, JobState, Problem
from flux.errors import (
    AnswerLostError,
    AuthenticationError,
    BadRequestError,
    FluxError,
    NotConnectedError,
    OutOfCreditsError,
    RateLimitedError,
    RefusedContentError,
    UnavailableError,
)
from flux.models import EditRequest, GenerateRequest
from jobs.submission import SUBMIT_ATTEMPTS
from tests.factories import NOON
from tests.jobs.world import World, untold


async def test_submit_has_stored_submitting_at_the_moment_flux_is_called(world: World) -> None:
    job = await world.stored()
    seen: list[Job] = []

    async def look() -> None:
        seen.append(await world.now(job))

    world.flux.witness = look
    world.flux.accept("task-1")
    after = await world.hands().submitter.submit(job)
    assert [(was.state, was.task_id) for was in seen] == [(JobState.SUBMITTING, None)]
    assert seen[0].submitted_at is not None
    assert (after.state, after.task_id) == (JobState.RUNNING, "task-1")
    assert after.trace_id == "trace-of-task-1"
    assert await world.now(job) == after


async def test_submit_asks_for_what_was_requested(world: World) -> None:
    hands = world.hands()
    world.flux.accept("task-1", "task-2")
    await hands.submitter.submit(
        await world.stored(request=world.request(prompt="  a *lake*\n", count=3, size="16:9"))
    )
    await hands.submitter.submit(
        await world.stored(request=world.edit_request("https://cdn.example.org/a.png?hm=1"))
    )
    assert world.flux.submitted == [
        GenerateRequest(prompt="  a *lake*\n", model="flux-dev", size="16:9", count=3),
        EditRequest(
            prompt="a quiet lake",
            model="flux-kontext-pro",
            size="1:1",
            image_url="https://cdn.example.org/a.png?hm=1",
        ),
    ]


@pytest.mark.parametrize(
    "error", [RateLimitedError("slow", retry_after_s=0), NotConnectedError("")]
)
async def test_submit_tries_again_when_nothing_can_have_been_charged(
    world: World, error: FluxError
) -> None:
    world.flux.accept(error, error, "task-1")
    job = await world.hands().submitter.submit(await world.stored(message_id=6001))
    assert (job.state, job.task_id) == (JobState.RUNNING, "task-1")
    assert len(world.flux.submitted) == 3


@pytest.mark.parametrize(
    ("error", "problem", "state", "attempts"),
    [
        (RateLimitedError(""), Problem.FLUX_RATE_LIMITED, JobState.FAILED, SUBMIT_ATTEMPTS),
        (NotConnectedError(""), Problem.FLUX_UNAVAILABLE, JobState.FAILED, SUBMIT_ATTEMPTS),
        (UnavailableError(""), Problem.FLUX_UNAVAILABLE, JobState.FAILED, 1),
        (BadRequestError(""), Problem.FLUX_BAD_REQUEST, JobState.REFUSED, 1),
        (RefusedContentError(""), Problem.FLUX_REFUSED_CONTENT, JobState.REFUSED, 1),
        (AuthenticationError(""), Problem.FLUX_AUTHENTICATION, JobState.FAILED, 1),
        (OutOfCreditsError(""), Problem.FLUX_OUT_OF_CREDITS, JobState.FAILED, 1),
    ],
)
async def test_submit_ends_the_job_and_says_so_when_flux_says_no(  # one row of the table each
    world: World,
    error: FluxError,
    problem: Problem,
    state: JobState,
    attempts: int,
) -> None:
    error.trace_id, error.cause = "trace-of-error", "503"
    # More is foreseen than may be asked for, so that a submit too many is counted, not refused.
    world.flux.accept(*[error] * (SUBMIT_ATTEMPTS + 2))
    stored = await world.stored(message_id=6001, dismissed_at=NOON)
    job = await world.hands().submitter.submit(stored)
    assert (job.state, job.problem) == (state, problem)
    assert (job.charged_microcredits, job.trace_id) == (0, "trace-of-error")
    assert job.flux_error == "503"
    assert len(world.flux.submitted) == attempts
    assert world.messenger.last("end").job == untold(job)
    stored = await world.now(job)
    assert (stored.state, stored.request.ticket.token) == (state, None)


async def test_submit_is_not_tried_again_when_an_answer_is_lost(world: World) -> None:
    world.flux.accept(NotConnectedError(""), AnswerLostError("", trace_id="trace-1"), "never")
    job = await world.hands().submitter.submit(await world.stored(message_id=6001))
    assert (job.state, job.problem) == (JobState.UNCERTAIN, None)
    assert await world.now(job) == job
    assert job.trace_id == "trace-1"
    assert len(world.flux.submitted) == 2
    assert world.messenger.shown == []


async def test_a_retried_submit_is_shown(world: World) -> None:
    world.flux.accept(RateLimitedError("slow", retry_after_s=3_600, cause="429"))
    runner = world.runner()
    await runner.open()
    job = await world.started(runner)
    while "progress" not in world.messenger.phases(job.id):
        await asyncio.sleep(0)
    assert world.messenger.last("progress").job.flux_error == "429"


async def test_submit_is_queued_again_while_it_waits_for_another_try(world: World) -> None:
    job = await world.stored(message_id=6001)
    world.flux.accept(RateLimitedError("busy", retry_after_s=1_000), "task-1")
    submitting = asyncio.create_task(world.hands().submitter.submit(job))
    await world.flux.until_submitted(1)
    while (await world.now(job)).state is JobState.SUBMITTING:
        await asyncio.sleep(0)
    submitting.cancel()
    await asyncio.gather(submitting, return_exceptions=True)
    assert (await world.now(job)).state is JobState.QUEUED
    assert len(world.flux.submitted) == 1


async def test_a_refusal_is_stored_before_the_operator_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await world.stored()
    seen: list[Job] = []

    async def look(problem: Problem) -> None:
        del problem
        seen.append(await world.now(before))

    monkeypatch.setattr(world.messenger, "alert_operator", look)
    world.flux.accept(OutOfCreditsError("used up"))
    await world.hands().submitter.submit(before)
    assert [(was.state, was.charged_microcredits) for was in seen] == [(JobState.FAILED, 0)]
