import pytest

import flux
from flux import FluxError
from jobs.pictures import UnusablePictureError
from jobs.problems import (
    OUT_OF_SIGHT,
    UNDELIVERED,
    end_state,
    final_charge,
    flux_problem,
    result_problem,
    source_problem,
)
from jobs.spool import FetchError, TooLargeError
from storage.records import TRANSITIONS, JobState, Problem
from tests.factories import make_job

ASKED_DIFFERENTLY = {
    Problem.MODEL_NOT_OFFERED,
    Problem.FLUX_BAD_REQUEST,
    Problem.FLUX_REFUSED_CONTENT,
    Problem.SOURCE_NOT_A_PICTURE,
    Problem.SOURCE_TOO_LARGE,
    Problem.SOURCE_UNREACHABLE,
}

FLUX_PROBLEMS = {
    flux.BadRequestError: Problem.FLUX_BAD_REQUEST,
    flux.UnknownModelError: Problem.MODEL_NOT_OFFERED,
    flux.AuthenticationError: Problem.FLUX_AUTHENTICATION,
    flux.OutOfCreditsError: Problem.FLUX_OUT_OF_CREDITS,
    flux.RefusedContentError: Problem.FLUX_REFUSED_CONTENT,
    flux.RateLimitedError: Problem.FLUX_RATE_LIMITED,
    flux.UnavailableError: Problem.FLUX_UNAVAILABLE,
    flux.NotConnectedError: Problem.FLUX_UNAVAILABLE,
    flux.AnswerLostError: Problem.ANSWER_LOST,
}


@pytest.mark.parametrize("problem", Problem)
def test_end_state_is_an_end_whatever_the_problem(problem: Problem) -> None:
    state = end_state(problem)
    assert state.is_final
    assert state is not JobState.DELIVERED
    if problem is Problem.ANSWERED_TOO_LATE:
        assert state is JobState.CANCELLED
    else:
        assert (state is JobState.REFUSED) == (problem in ASKED_DIFFERENTLY)


@pytest.mark.parametrize("state", [state for state in JobState if not state.is_final])
def test_end_state_can_be_reached_from_every_open_state(state: JobState) -> None:
    assert end_state(Problem.INTERNAL) in TRANSITIONS[state]


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
    assert final_charge(make_job(state=state, charged_microcredits=charged), problem) == final


def test_a_problem_is_out_of_sight_only_where_the_message_cannot_tell_of_it() -> None:
    assert set(UNDELIVERED.values()) - OUT_OF_SIGHT == {Problem.RESULT_TOO_LARGE}
    assert set(UNDELIVERED.values()) > OUT_OF_SIGHT
