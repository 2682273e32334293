"""The one table of what each `Problem` means: for the money, the pictures and the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.models import JobState, Payer, Problem


@dataclass(frozen=True, slots=True)
class Failure:
    """One row of the table; the defaults are those of a job that fails and costs nothing.

    Attributes:
        ends_as: how a job with this problem ends: refused where another request may succeed,
            cancelled where nobody waits for it.
        payer: who pays what Flux charged when a job ends so.
        is_kept: whether a picture that was made is its requester's to fetch.
        may_be_charged: whether Flux may have charged, although no charge is known.
        shown_privately: whether the job's message cannot show it, because it is the problem.
        may_be_retried: whether the same request may succeed later.
        may_be_rephrased: whether a changed request may succeed, and the same one cannot.
        keeps_draft: whether the request that was refused is kept, to be edited in a form; not
            where no other prompt, model or size would help.
        counts_for_cooldown: whether it counts although it cost nothing: the requester's own
            cancel, or a source that cannot be edited, which took a download and disk space.
        concerns_access: whether it is about a channel or a person rather than about a request, so
            that it holds for posting an existing picture too.
        concerns_account: whether Flux refuses the whole account, and only the bot owner can help.
        may_be_reopened: whether a callback can still prove it wrong.
    """

    problem: Problem
    ends_as: JobState = JobState.FAILED
    payer: Payer = Payer.HOUSE
    is_kept: bool = False
    may_be_charged: bool = False
    shown_privately: bool = False
    may_be_retried: bool = False
    may_be_rephrased: bool = False
    keeps_draft: bool = True
    counts_for_cooldown: bool = False
    concerns_access: bool = False
    concerns_account: bool = False
    may_be_reopened: bool = False


def _unusable_source(problem: Problem) -> Failure:
    return Failure(problem, JobState.REFUSED, keeps_draft=False, counts_for_cooldown=True)


def _kept(problem: Problem, *, shown_privately: bool = False) -> Failure:
    return Failure(problem, payer=Payer.USER, is_kept=True, shown_privately=shown_privately)


FAILURES: Final[dict[Problem, Failure]] = {
    failure.problem: failure
    for failure in (
        # Refused before there is a job.
        Failure(Problem.PROMPT_EMPTY),
        Failure(Problem.PROMPT_TOO_LONG),
        Failure(Problem.MODEL_UNKNOWN),
        Failure(Problem.MODEL_CANNOT_EDIT),
        Failure(Problem.SIZE_UNKNOWN),
        Failure(Problem.SIZE_NOT_FOR_MODEL),
        Failure(Problem.COUNT_OUT_OF_RANGE),
        Failure(Problem.BLOCKED, keeps_draft=False),
        Failure(Problem.BLOCKED_FOR_A_WHILE, keeps_draft=False),
        Failure(Problem.WORDS_NOT_ALLOWED),
        Failure(Problem.PLACE_NOT_ALLOWED, keeps_draft=False, concerns_access=True),
        Failure(Problem.PERSON_NOT_ALLOWED, keeps_draft=False, concerns_access=True),
        Failure(Problem.MODEL_NOT_ALLOWED),
        Failure(Problem.COUNT_NOT_ALLOWED),
        Failure(Problem.TOO_MANY_JOBS),
        Failure(Problem.COOLING_DOWN),
        Failure(Problem.USER_BUDGET_SPENT),
        Failure(Problem.SERVER_BUDGET_SPENT),
        Failure(Problem.TOTAL_BUDGET_SPENT),
        Failure(Problem.CLICKED_TWICE, keeps_draft=False),
        Failure(Problem.PERMISSIONS_MISSING, keeps_draft=False),
        # The source of an edit; what its address or its size shows is refused before a job.
        _unusable_source(Problem.SOURCE_NOT_A_PICTURE),
        _unusable_source(Problem.SOURCE_TOO_LARGE),
        _unusable_source(Problem.SOURCE_TOO_MANY_PIXELS),
        _unusable_source(Problem.SOURCES_TOO_MANY_PIXELS),
        _unusable_source(Problem.SOURCE_TOO_COSTLY),
        Failure(Problem.SOURCE_UNREACHABLE, JobState.REFUSED, keeps_draft=False),
        # Flux refused it, failed, or did not answer.
        Failure(Problem.MODEL_NOT_OFFERED, JobState.REFUSED, may_be_rephrased=True),
        Failure(Problem.FLUX_BAD_REQUEST, JobState.REFUSED, may_be_rephrased=True),
        Failure(Problem.FLUX_BAD_SOURCE, JobState.REFUSED, counts_for_cooldown=True),
        Failure(Problem.FLUX_AUTHENTICATION, may_be_retried=True, concerns_account=True),
        Failure(Problem.FLUX_OUT_OF_CREDITS, may_be_retried=True, concerns_account=True),
        Failure(Problem.FLUX_REFUSED_CONTENT, JobState.REFUSED, may_be_rephrased=True),
        Failure(Problem.FLUX_RATE_LIMITED, may_be_retried=True),
        Failure(Problem.FLUX_UNAVAILABLE, may_be_retried=True),
        Failure(Problem.FLUX_FAILED, may_be_retried=True),
        Failure(
            Problem.ANSWER_LOST, may_be_charged=True, may_be_retried=True, may_be_reopened=True
        ),
        Failure(Problem.OVERDUE, may_be_charged=True, may_be_retried=True, may_be_reopened=True),
        # The picture cannot be stored here.
        Failure(Problem.SPOOL_UNAVAILABLE, may_be_retried=True),
        Failure(Problem.RESULT_UNREACHABLE, may_be_charged=True, may_be_retried=True),
        Failure(Problem.RESULT_UNUSABLE, may_be_charged=True, may_be_retried=True),
        # Discord does not show it.
        _kept(Problem.RESULT_TOO_LARGE),
        _kept(Problem.MESSAGE_GONE, shown_privately=True),
        _kept(Problem.PLACE_FORBIDDEN),
        _kept(Problem.DIRECT_MESSAGES_CLOSED),
        _kept(Problem.THREAD_LOCKED),
        _kept(Problem.EXPLICIT_CONTENT),
        _kept(Problem.BLOCKED_BY_AUTOMOD),
        _kept(Problem.HARMFUL_LINK),
        _kept(Problem.NOT_SHOWN),
        _kept(Problem.RESPONSE_EXPIRED, shown_privately=True),
        # Nobody waits for it.
        Failure(
            Problem.CANCELLED,
            JobState.CANCELLED,
            payer=Payer.USER,
            is_kept=True,
            counts_for_cooldown=True,
        ),
        Failure(Problem.ARRIVED_LATE, is_kept=True),  # it was refunded before it came
        Failure(Problem.ANSWERED_TOO_LATE, JobState.CANCELLED),
        Failure(Problem.STORED_TOO_LATE, JobState.CANCELLED),
        Failure(Problem.RESTARTED, JobState.CANCELLED, may_be_retried=True),
        Failure(Problem.INTERNAL, may_be_charged=True, may_be_retried=True),
    )
}
"""Each problem's row. Sources: the codes of the Flux Images API, Discord's JSON error codes."""
