"""Announcing, taking the source, submitting: the steps before Flux has accepted a job."""

import asyncio
from dataclasses import replace

import pytest

from flux import (
    AnswerLostError,
    AuthenticationError,
    BadRequestError,
    EditRequest,
    FluxError,
    GenerateRequest,
    NotConnectedError,
    OutOfCreditsError,
    RateLimitedError,
    RefusedContentError,
    UnavailableError,
)
from jobs.fetching import FETCH_ATTEMPTS
from jobs.messenger import Expired, Forbidden, Gone, Outcome, Temporary, TooLarge
from jobs.submitting import SUBMIT_ATTEMPTS
from storage.records import Delivery, ImageKind, Job, JobState, Problem
from tests.factories import make_place
from tests.jobs.serving import picture
from tests.jobs.world import World

END_OF_OUTCOME = [
    (Gone(), Problem.MESSAGE_GONE),
    (Forbidden(), Problem.PLACE_FORBIDDEN),
    (Expired(), Problem.RESPONSE_EXPIRED),
    (TooLarge(10), Problem.RESULT_TOO_LARGE),
]


async def test_announce_stores_the_message_and_removes_the_private_answer(world: World) -> None:
    hands = world.hands()
    job = await hands.presenter.announce(await world.stored(), position=3)
    await hands.presenter.dismiss(job)
    shown = world.messenger.last("announce")
    assert shown.position == 3
    assert job.message_id is not None
    assert await world.now(job) == job
    assert world.messenger.dismissed == [job.id]


async def test_announce_stores_the_nonce_before_it_posts(world: World) -> None:
    job = await world.stored()
    await world.hands().presenter.announce(job, position=0)
    nonce = world.messenger.last("announce").job.nonce
    assert nonce is not None
    assert nonce.startswith(job.id)
    assert len(nonce) <= 25


async def test_announce_uses_the_same_nonce_when_it_is_done_again(world: World) -> None:
    job = await world.stored(nonce="before-the-crash")
    await world.hands().presenter.announce(job, position=0)
    assert world.messenger.last("announce").job.nonce == "before-the-crash"


async def test_announce_keeps_the_answer_when_it_is_the_message_itself(world: World) -> None:
    place = make_place(delivery=Delivery.RESPONSE)
    job = await world.stored(request=world.request(place=place))
    await world.hands().presenter.announce(job, position=0)
    assert world.messenger.dismissed == []


@pytest.mark.parametrize(("outcome", "problem"), END_OF_OUTCOME)
async def test_announce_ends_the_job_free_of_charge_when_it_cannot_be_shown(
    world: World, outcome: Outcome, problem: Problem
) -> None:
    world.messenger.script("announce", outcome)
    job = await world.hands().presenter.announce(await world.stored(), position=0)
    assert (job.state, job.problem) == (JobState.FAILED, problem)
    assert job.charged_microcredits == 0
    assert job.ended_at is not None
    # The ticket's token is not stored with an end, so the end is told with the job as it was.
    assert [told.id for told in world.messenger.told] == [job.id]
    assert world.messenger.told[0].request.ticket.token
    assert (await world.now(job)).state is JobState.FAILED


async def test_announce_tries_again_when_discord_is_away(world: World) -> None:
    world.messenger.script("announce", Temporary(), Temporary(0.001), Temporary(0))
    job = await world.hands().presenter.announce(await world.stored(), position=0)
    assert world.messenger.phases(job.id) == ["announce"] * 4
    assert job.message_id is not None


async def test_take_source_copies_the_picture_before_anything_is_paid(world: World) -> None:
    content = picture("JPEG")
    request = world.edit_request(world.server.serve("/photo", content))
    job = await world.hands().submitter.take_source(await world.stored(request=request))
    [source] = await world.jobs.list_images(job.id, ImageKind.SOURCE)
    assert world.spool.path(source).read_bytes() == content
    assert (job.state, source.media_type) == (JobState.QUEUED, "image/jpeg")


async def test_take_source_asks_only_once_for_a_picture_it_has(world: World) -> None:
    hands = world.hands()
    request = world.edit_request(world.server.serve("/photo", picture()))
    job = await hands.submitter.take_source(await world.stored(request=request))
    await hands.submitter.take_source(job)
    assert world.server.asked == ["/photo"]


@pytest.mark.parametrize(
    ("content", "status", "problem", "asked"),
    [
        (b"words", 200, Problem.SOURCE_NOT_A_PICTURE, 1),
        (bytes(26 * 1024 * 1024), 200, Problem.SOURCE_TOO_LARGE, 1),
        (b"", 404, Problem.SOURCE_UNREACHABLE, FETCH_ATTEMPTS),
    ],
)
async def test_take_source_refuses_free_of_charge_when_the_picture_cannot_be_used(
    world: World, content: bytes, status: int, problem: Problem, asked: int
) -> None:
    request = world.edit_request(world.server.serve("/photo", content, status=status))
    job = await world.hands().submitter.take_source(
        await world.stored(request=request, message_id=6001)
    )
    assert (job.state, job.problem) == (JobState.REFUSED, problem)
    assert job.charged_microcredits == 0
    assert world.messenger.last("end").job == replace(job, told_at=None)
    assert len(world.server.asked) == asked


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
    ("error", "problem", "state", "charged", "attempts"),
    [
        (RateLimitedError(""), Problem.FLUX_RATE_LIMITED, JobState.FAILED, 0, SUBMIT_ATTEMPTS),
        (NotConnectedError(""), Problem.FLUX_UNAVAILABLE, JobState.FAILED, 0, SUBMIT_ATTEMPTS),
        (UnavailableError(""), Problem.FLUX_UNAVAILABLE, JobState.FAILED, 0, 1),
        (AnswerLostError(""), Problem.ANSWER_LOST, JobState.FAILED, None, 1),
        (BadRequestError(""), Problem.FLUX_BAD_REQUEST, JobState.REFUSED, 0, 1),
        (RefusedContentError(""), Problem.FLUX_REFUSED_CONTENT, JobState.REFUSED, 0, 1),
        (AuthenticationError(""), Problem.FLUX_AUTHENTICATION, JobState.FAILED, 0, 1),
        (OutOfCreditsError(""), Problem.FLUX_OUT_OF_CREDITS, JobState.FAILED, 0, 1),
    ],
)
async def test_submit_ends_the_job_and_says_so_when_flux_says_no(  # one row of the table each
    world: World,
    error: FluxError,
    problem: Problem,
    state: JobState,
    charged: int | None,
    attempts: int,
) -> None:
    error.trace_id = "trace-of-error"
    # More is foreseen than may be asked for, so that a submit too many is counted, not refused.
    world.flux.accept(*[error] * (SUBMIT_ATTEMPTS + 2))
    job = await world.hands().submitter.submit(await world.stored(message_id=6001))
    assert (job.state, job.problem) == (state, problem)
    assert (job.charged_microcredits, job.trace_id) == (charged, "trace-of-error")
    assert len(world.flux.submitted) == attempts
    assert world.messenger.last("end").job == replace(job, told_at=None)
    stored = await world.now(job)
    assert (stored.state, stored.request.ticket.token) == (state, None)


async def test_submit_is_not_retried_when_the_answer_is_lost_after_a_retry(world: World) -> None:
    world.flux.accept(NotConnectedError(""), AnswerLostError(""), "never")
    job = await world.hands().submitter.submit(await world.stored(message_id=6001))
    assert job.problem is Problem.ANSWER_LOST
    assert len(world.flux.submitted) == 2


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
