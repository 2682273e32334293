"""Which problem an error of Flux, of Discord or of a picture is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.failures import FAILURES
from domain.models import Action, Job, JobState, Problem
from flux import errors
from images.fetcher import FetchError, TooLargeError
from images.inspect import PictureLimitError, TooManyPixelsError, UnusablePictureError
from jobs.messenger import Expired, Forbidden, Gone, TooLarge

if TYPE_CHECKING:
    from flux.models import TaskFailure

_FLUX: Final = (
    (errors.UnknownModelError, Problem.MODEL_NOT_OFFERED),
    (errors.BadRequestError, Problem.FLUX_BAD_REQUEST),
    (errors.AuthenticationError, Problem.FLUX_AUTHENTICATION),
    (errors.OutOfCreditsError, Problem.FLUX_OUT_OF_CREDITS),
    (errors.RefusedContentError, Problem.FLUX_REFUSED_CONTENT),
    (errors.RateLimitedError, Problem.FLUX_RATE_LIMITED),
    (errors.UnavailableError, Problem.FLUX_UNAVAILABLE),
    (errors.AnswerLostError, Problem.ANSWER_LOST),
)

_SOURCE: Final = (
    (TooLargeError, Problem.SOURCE_TOO_LARGE),
    (TooManyPixelsError, Problem.SOURCE_TOO_MANY_PIXELS),
    (PictureLimitError, Problem.SOURCE_TOO_COSTLY),
    (UnusablePictureError, Problem.SOURCE_NOT_A_PICTURE),
    (FetchError, Problem.SOURCE_UNREACHABLE),
)


def flux_problem(error: errors.FluxError) -> Problem:
    return next(problem for kind, problem in _FLUX if isinstance(error, kind))


def task_problem(job: Job, failure: TaskFailure) -> Problem:
    if failure.refused:
        return Problem.FLUX_REFUSED_CONTENT
    if failure.code.lower() != "bad_request":
        return Problem.FLUX_FAILED
    # The request itself was accepted before: of an edit, it is the source that Flux rejects.
    is_edit = job.request.action is Action.EDIT
    return Problem.FLUX_BAD_SOURCE if is_edit else Problem.FLUX_BAD_REQUEST


def undelivered_problem(outcome: Gone | Forbidden | Expired | TooLarge) -> Problem:
    """Return why a job's message could not be shown."""
    match outcome:
        case Gone():
            return Problem.MESSAGE_GONE
        case Forbidden(problem):
            return problem
        case Expired():
            return Problem.RESPONSE_EXPIRED
        case TooLarge():
            return Problem.RESULT_TOO_LARGE


def source_problem(error: FetchError | UnusablePictureError) -> Problem:
    return next(problem for kind, problem in _SOURCE if isinstance(error, kind))


def result_problem(error: FetchError | UnusablePictureError) -> Problem:
    """Return why a finished picture cannot be shown."""
    if isinstance(error, UnusablePictureError):
        return Problem.RESULT_UNUSABLE
    return Problem.RESULT_UNREACHABLE


def final_charge(job: Job, problem: Problem) -> int | None:
    """Return what the job cost in microcredits when it ends so, None where only an estimate is."""
    if job.charged_microcredits is not None or job.fetched_at is not None:
        return job.charged_microcredits
    if job.state is not JobState.QUEUED and FAILURES[problem].may_be_charged:
        return None
    return 0
