"""What each problem means, said once more as plain lists, so that no row changes by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.failures import FAILURES, Failure
from domain.models import JobState, Payer, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSED = {
    Problem.MODEL_NOT_OFFERED,
    Problem.FLUX_BAD_REQUEST,
    Problem.FLUX_BAD_SOURCE,
    Problem.FLUX_REFUSED_CONTENT,
    Problem.SOURCE_NOT_A_PICTURE,
    Problem.SOURCE_TOO_LARGE,
    Problem.SOURCE_TOO_MANY_PIXELS,
    Problem.SOURCES_TOO_MANY_PIXELS,
    Problem.SOURCE_TOO_COSTLY,
    Problem.SOURCE_UNREACHABLE,
}

CANCELLED = {
    Problem.ANSWERED_TOO_LATE,
    Problem.CANCELLED,
    Problem.RESTARTED,
    Problem.STORED_TOO_LATE,
}

MAY_BE_CHARGED = {
    Problem.ANSWER_LOST,
    Problem.OVERDUE,
    Problem.RESULT_UNREACHABLE,
    Problem.RESULT_UNUSABLE,
    Problem.INTERNAL,
}

SHOWN_PRIVATELY = {Problem.MESSAGE_GONE, Problem.RESPONSE_EXPIRED}

REFUSED_BY_DISCORD = {
    Problem.PLACE_FORBIDDEN,
    Problem.DIRECT_MESSAGES_CLOSED,
    Problem.THREAD_LOCKED,
    Problem.EXPLICIT_CONTENT,
    Problem.BLOCKED_BY_AUTOMOD,
    Problem.HARMFUL_LINK,
    Problem.NOT_SHOWN,
}
"""What Discord answers when it does not show a message; the last where its code is unknown."""

KEPT = REFUSED_BY_DISCORD | {
    Problem.MESSAGE_GONE,
    Problem.RESPONSE_EXPIRED,
    Problem.RESULT_TOO_LARGE,
    Problem.CANCELLED,
    Problem.ARRIVED_LATE,
}

RETRIED = {
    Problem.FLUX_AUTHENTICATION,
    Problem.FLUX_OUT_OF_CREDITS,
    Problem.FLUX_RATE_LIMITED,
    Problem.FLUX_UNAVAILABLE,
    Problem.FLUX_FAILED,
    Problem.ANSWER_LOST,
    Problem.OVERDUE,
    Problem.SPOOL_UNAVAILABLE,
    Problem.RESULT_UNREACHABLE,
    Problem.RESULT_UNUSABLE,
    Problem.RESTARTED,
    Problem.INTERNAL,
}

REPHRASED = {Problem.FLUX_REFUSED_CONTENT, Problem.FLUX_BAD_REQUEST, Problem.MODEL_NOT_OFFERED}

WITHOUT_DRAFT = {
    Problem.BLOCKED,
    Problem.BLOCKED_FOR_A_WHILE,
    Problem.CLICKED_TWICE,
    Problem.PLACE_NOT_ALLOWED,
    Problem.PERSON_NOT_ALLOWED,
    Problem.PERMISSIONS_MISSING,
    Problem.SOURCE_NOT_A_PICTURE,
    Problem.SOURCE_TOO_LARGE,
    Problem.SOURCE_TOO_MANY_PIXELS,
    Problem.SOURCES_TOO_MANY_PIXELS,
    Problem.SOURCE_TOO_COSTLY,
    Problem.SOURCE_UNREACHABLE,
}

COUNTED_FOR_COOLDOWN = {
    Problem.CANCELLED,
    Problem.FLUX_BAD_SOURCE,
    Problem.SOURCE_NOT_A_PICTURE,
    Problem.SOURCE_TOO_LARGE,
    Problem.SOURCE_TOO_MANY_PIXELS,
    Problem.SOURCES_TOO_MANY_PIXELS,
    Problem.SOURCE_TOO_COSTLY,
}

OF_ACCESS = {Problem.PLACE_NOT_ALLOWED, Problem.PERSON_NOT_ALLOWED}

OF_THE_ACCOUNT = {Problem.FLUX_AUTHENTICATION, Problem.FLUX_OUT_OF_CREDITS}

REOPENED = {Problem.ANSWER_LOST, Problem.OVERDUE}


def test_every_problem_has_its_row() -> None:
    assert {*FAILURES} == {*Problem}
    assert all(failure.problem is problem for problem, failure in FAILURES.items())


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (lambda row: row.ends_as is JobState.REFUSED, REFUSED),
        (lambda row: row.ends_as is JobState.CANCELLED, CANCELLED),
        (lambda row: row.ends_as is JobState.FAILED, {*Problem} - REFUSED - CANCELLED),
        (lambda row: row.payer is Payer.USER, KEPT - {Problem.ARRIVED_LATE}),
        (lambda row: row.is_kept, KEPT),
        (lambda row: row.may_be_charged, MAY_BE_CHARGED),
        (lambda row: row.shown_privately, SHOWN_PRIVATELY),
        (lambda row: row.may_be_retried, RETRIED),
        (lambda row: row.may_be_rephrased, REPHRASED),
        (lambda row: not row.keeps_draft, WITHOUT_DRAFT),
        (lambda row: row.counts_for_cooldown, COUNTED_FOR_COOLDOWN),
        (lambda row: row.concerns_access, OF_ACCESS),
        (lambda row: row.concerns_account, OF_THE_ACCOUNT),
        (lambda row: row.may_be_reopened, REOPENED),
    ],
)
def test_a_column_marks_these_problems(
    column: Callable[[Failure], bool], expected: set[Problem]
) -> None:
    assert {failure.problem for failure in FAILURES.values() if column(failure)} == expected
