"""Who may see a job: one table for every place that asks."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from domain.models import JobState, Problem, Requester
from tests.factories import make_job, make_request
from ui.visibility import Audience, has_access, is_old_enough

ADA, BOB, HERE, ELSEWHERE = 5001, 6, 3001, 1

POSTED = make_job(
    request=make_request(requester=Requester(user_id=ADA, user_name="ada")),
    state=JobState.DELIVERED,
    message_id=9,
)


def asked(user_id: int, channel_id: int | None) -> Any:  # noqa: ANN401  # of an interaction, what is read
    user = SimpleNamespace(id=user_id)
    return cast("Any", SimpleNamespace(user=user, channel_id=channel_id, guild=None, message=None))


@pytest.mark.parametrize(
    ("user_id", "channel_id", "private", "seen"),
    [
        (ADA, None, True, True),
        (ADA, ELSEWHERE, False, True),
        (BOB, HERE, False, True),
        (BOB, HERE, True, False),
        (BOB, ELSEWHERE, False, False),
        (BOB, None, False, False),
    ],
)
def test_who_has_access_to_a_job(
    user_id: int,
    channel_id: int | None,
    private: bool,  # noqa: FBT001
    seen: bool,  # noqa: FBT001
) -> None:
    job = replace(POSTED, request=replace(POSTED.request, private=private))
    assert has_access(asked(user_id, channel_id), job) is seen


@pytest.mark.parametrize(
    "changed",
    [
        {"problem": Problem.MESSAGE_GONE},
        {"message_id": None},
        {"state": JobState.FETCHED},
    ],
)
def test_what_is_not_posted_is_for_its_requester_alone(changed: dict[str, Any]) -> None:
    job = replace(POSTED, **changed)
    assert has_access(asked(ADA, HERE), job)
    assert not has_access(asked(BOB, HERE), job)


@pytest.mark.parametrize(
    ("adults", "reader_id", "channel_id", "seen"),
    [
        (True, None, ELSEWHERE, True),
        (False, None, HERE, False),
        (False, BOB, HERE, False),
        (False, ADA, HERE, True),
        (None, None, HERE, True),
        (None, None, ELSEWHERE, False),
        (None, ADA, ELSEWHERE, True),
    ],
)
def test_who_sees_what_is_age_restricted(
    adults: bool | None,  # noqa: FBT001
    reader_id: int | None,
    channel_id: int,
    seen: bool,  # noqa: FBT001
) -> None:
    audience = Audience(channel_id=channel_id, adults=adults, reader_id=reader_id)
    there = {"channel_id": HERE, "user_id": ADA}
    assert is_old_enough(audience, age_restricted=True, **there) is seen
    assert is_old_enough(audience, age_restricted=False, **there)
