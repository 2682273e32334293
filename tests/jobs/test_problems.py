import pytest

from domain.failures import FAILURES
from domain.models import FINAL, TRANSITIONS, Action, JobState, Problem
from flux import errors
from flux.errors import FluxError
from flux.models import TaskFailure
from images.fetcher import FetchError, TooLargeError
from images.inspect import PictureLimitError, TooManyPixelsError, UnusablePictureError
from jobs.messenger import Expired, Forbidden, Gone, TooLarge
from jobs.problems import (
    final_charge,
    flux_problem,
    result_problem,
    source_problem,
    task_problem,
    undelivered_problem,
)
from tests.domain.test_failures import REFUSED, REFUSED_BY_DISCORD
from tests.factories import NOON, make_job, make_request

FLUX_PROBLEMS = {
    errors.BadRequestError: Problem.FLUX_BAD_REQUEST,
    errors.UnknownModelError: Problem.MODEL_NOT_OFFERED,
    errors.AuthenticationError: Problem.FLUX_AUTHENTICATION,
    errors.OutOfCreditsError: Problem.FLUX_OUT_OF_CREDITS,
    errors.RefusedContentError: Problem.FLUX_REFUSED_CONTENT,
    errors.RateLimitedError: Problem.FLUX_RATE_LIMITED,
    errors.UnavailableError: Problem.FLUX_UNAVAILABLE,
    errors.NotConnectedError: Problem.FLUX_UNAVAILABLE,
    errors.AnswerLostError: Problem.ANSWER_LOST,
}


@pytest.mark.parametrize("problem", Problem)
def test_end_state_is_an_end_whatever_the_problem(problem: Problem) -> None:
    state = FAILURES[problem].ends_as
    assert state in FINAL
    assert state is not JobState.DELIVERED
    if problem is Problem.ANSWERED_TOO_LATE:
        assert state is JobState.CANCELLED
    else:
        assert (state is JobState.REFUSED) == (problem in REFUSED)


@pytest.mark.parametrize("state", [state for state in JobState if state not in FINAL])
def test_end_state_can_be_reached_from_every_open_state(state: JobState) -> None:
    assert FAILURES[Problem.INTERNAL].ends_as in TRANSITIONS[state]


def subclasses(error_class: type[FluxError]) -> list[type[FluxError]]:
    return [
        found for child in error_class.__subclasses__() for found in (child, *subclasses(child))
    ]


@pytest.mark.parametrize("error_class", subclasses(FluxError))
def test_flux_problem_knows_every_error_of_the_client(error_class: type[FluxError]) -> None:
    assert flux_problem(error_class("supplier says")) is FLUX_PROBLEMS[error_class]


@pytest.mark.parametrize(
    ("error", "of_a_source", "of_a_result"),
    [
        (FetchError("404"), Problem.SOURCE_UNREACHABLE, Problem.RESULT_UNREACHABLE),
        (UnusablePictureError("gif"), Problem.SOURCE_NOT_A_PICTURE, Problem.RESULT_UNUSABLE),
        (TooManyPixelsError("101"), Problem.SOURCE_TOO_MANY_PIXELS, Problem.RESULT_UNUSABLE),
        (PictureLimitError("8 s"), Problem.SOURCE_TOO_COSTLY, Problem.RESULT_UNUSABLE),
        (TooLargeError("26 MB"), Problem.SOURCE_TOO_LARGE, Problem.RESULT_UNUSABLE),
    ],
)
def test_a_picture_problem_depends_on_what_the_picture_is_for(
    error: FetchError | UnusablePictureError, of_a_source: Problem, of_a_result: Problem
) -> None:
    assert source_problem(error) is of_a_source
    assert result_problem(error) is of_a_result


@pytest.mark.parametrize(
    ("state", "charged", "problem", "final"),
    [
        # Before anything was sent, nothing can have been charged.
        (JobState.QUEUED, None, Problem.PLACE_FORBIDDEN, 0),
        (JobState.QUEUED, None, Problem.SOURCE_UNREACHABLE, 0),
        (JobState.QUEUED, None, Problem.ANSWERED_TOO_LATE, 0),
        (JobState.QUEUED, None, Problem.INTERNAL, 0),
        # An answer that says no is proof; a lost one is not.
        (JobState.SUBMITTING, None, Problem.FLUX_BAD_REQUEST, 0),
        (JobState.SUBMITTING, None, Problem.FLUX_AUTHENTICATION, 0),
        (JobState.SUBMITTING, None, Problem.FLUX_OUT_OF_CREDITS, 0),
        (JobState.SUBMITTING, None, Problem.FLUX_REFUSED_CONTENT, 0),
        (JobState.SUBMITTING, None, Problem.FLUX_RATE_LIMITED, 0),
        (JobState.SUBMITTING, None, Problem.FLUX_UNAVAILABLE, 0),
        (JobState.SUBMITTING, None, Problem.ANSWER_LOST, None),
        (JobState.SUBMITTING, None, Problem.INTERNAL, None),
        # Flux accepted it.
        (JobState.RUNNING, None, Problem.FLUX_FAILED, 0),
        (JobState.RUNNING, None, Problem.FLUX_REFUSED_CONTENT, 0),
        (JobState.RUNNING, None, Problem.OVERDUE, None),
        (JobState.RUNNING, None, Problem.INTERNAL, None),
        (JobState.RUNNING, None, Problem.RESULT_UNREACHABLE, None),
        (JobState.RUNNING, None, Problem.RESULT_UNUSABLE, None),
        (JobState.RUNNING, 216_000, Problem.RESULT_UNREACHABLE, 216_000),
        (JobState.RUNNING, 0, Problem.RESULT_UNUSABLE, 0),
        # Flux made it: what it named stands, however the delivery ends.
        (JobState.FETCHED, 216_000, Problem.MESSAGE_GONE, 216_000),
        (JobState.FETCHED, 216_000, Problem.RESULT_TOO_LARGE, 216_000),
        (JobState.FETCHED, None, Problem.MESSAGE_GONE, None),
        (JobState.FETCHED, None, Problem.PLACE_FORBIDDEN, None),
        (JobState.FETCHED, None, Problem.RESPONSE_EXPIRED, None),
        (JobState.FETCHED, None, Problem.INTERNAL, None),
    ],
)
def test_final_charge_is_what_is_known(
    state: JobState, charged: int | None, problem: Problem, final: int | None
) -> None:
    fetched_at = NOON if state is JobState.FETCHED else None
    job = make_job(state=state, charged_microcredits=charged, fetched_at=fetched_at)
    assert final_charge(job, problem) == final


def test_a_job_that_waits_for_its_picture_again_was_charged_for_it() -> None:
    job = make_job(state=JobState.RUNNING, fetched_at=NOON)
    assert final_charge(job, Problem.FLUX_FAILED) is None


@pytest.mark.parametrize(
    "outcome", [Gone(), Expired(), TooLarge(10), *map(Forbidden, sorted(REFUSED_BY_DISCORD))]
)
def test_a_result_that_cannot_be_delivered_is_kept(
    outcome: Gone | Expired | TooLarge | Forbidden,
) -> None:
    assert FAILURES[undelivered_problem(outcome)].is_kept


@pytest.mark.parametrize(
    ("action", "code", "refused", "problem"),
    [
        (Action.EDIT, "bad_request", False, Problem.FLUX_BAD_SOURCE),
        (Action.EDIT, "BAD_REQUEST", False, Problem.FLUX_BAD_SOURCE),
        (Action.GENERATE, "bad_request", False, Problem.FLUX_BAD_REQUEST),
        (Action.EDIT, "bad_request", True, Problem.FLUX_REFUSED_CONTENT),
        (Action.EDIT, "api_error", False, Problem.FLUX_FAILED),
        (Action.GENERATE, "api_error", False, Problem.FLUX_FAILED),
    ],
)
def test_a_failed_task_is_worth_another_try_only_where_the_request_was_not_at_fault(
    action: Action,
    code: str,
    refused: bool,  # noqa: FBT001
    problem: Problem,
) -> None:
    failure = TaskFailure(code=code, message="any", refused=refused)
    job = make_job(request=make_request(action=action))
    assert task_problem(job, failure) is problem
