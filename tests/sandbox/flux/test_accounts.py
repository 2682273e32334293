"""Everything that can be wrong with an account, on both addresses."""

import pytest

from sandbox.flux.accounts import ACCOUNTS, EXPIRED
from tests.sandbox.flux.talking import ASK_NOBODY, ASYNC, GENERATE, Caller

DISABLED_TEXT = (
    "Your application has been disabled by Ace Data Cloud due to abnormal usage behavior, "
    "please contact our support to get more information."
)
EXPECTED = {
    "expired": (401, "token_expired", "token expired."),
    "mismatched": (400, "token_mismatched", "The specified token is not matched with API."),
    "mismatched_401": (401, "token_mismatched", "token and api does not match."),
    "disabled": (
        400,
        "disabled",
        DISABLED_TEXT,
    ),
    "disabled_403": (
        403,
        "disabled",
        DISABLED_TEXT,
    ),
    "used_up": (
        403,
        "used_up",
        "Your balance is not sufficient for current request, please buy more in Ace Data Cloud.",
    ),
    "no_api": (404, "no_api", "API does not exist, please make sure url is correct."),
    "api_not_implemented": (400, "api_not_implemented", "The API is not implemented."),
    "rate_limited": (429, "too_many_requests", "You have exceeded the rate limit."),
    "rate_limited_with_retry_after": (
        429,
        "too_many_requests",
        "You have exceeded the rate limit.",
    ),
}


def test_every_state_is_expected() -> None:
    assert EXPECTED.keys() == ACCOUNTS.keys()


@pytest.mark.parametrize("state", EXPECTED)
async def test_a_submit_is_refused(caller: Caller, state: str) -> None:
    caller.flux.account = ACCOUNTS[state]
    for payload in (GENERATE, ASYNC, {}):
        reply = await caller.images(payload, accept="application/x-ndjson")
        assert reply.error == EXPECTED[state]
        assert reply.data.keys() == {"error", "trace_id"}
        assert reply.content_type == "application/json"
    assert caller.flux.charges == []
    assert caller.flux.untold == []


@pytest.mark.parametrize("state", EXPECTED)
async def test_a_question_about_tasks_is_refused_unless_it_is_about_money(
    caller: Caller, state: str
) -> None:
    caller.flux.account = ACCOUNTS[state]
    reply = await caller.tasks(ASK_NOBODY)
    if state == "used_up":
        assert (reply.status, reply.data) == (200, {"items": [], "count": 0})
    else:
        assert reply.error == EXPECTED[state]


@pytest.mark.parametrize("state", EXPECTED)
async def test_only_one_state_says_how_long_to_wait(caller: Caller, state: str) -> None:
    caller.flux.account = ACCOUNTS[state]
    given = "1" if state == "rate_limited_with_retry_after" else None
    assert (await caller.images(GENERATE)).headers.get("Retry-After") == given


async def test_a_wrong_token_is_seen_before_a_bad_account(caller: Caller) -> None:
    caller.flux.account = EXPIRED
    reply = await caller.post("/flux/images", GENERATE, token="other")
    assert reply.error[1] == "invalid_token"


async def test_a_state_can_end_and_running_work_goes_on(caller: Caller) -> None:
    accepted = (await caller.images(ASYNC)).data
    caller.flux.account = EXPIRED
    assert (await caller.images(GENERATE)).status == 401
    await caller.flux.settled()
    caller.flux.account = None
    assert (await caller.record(accepted["task_id"]))["response"]["success"] is True
    assert (await caller.images(GENERATE)).status == 200
    assert [request.status for request in caller.flux.requests] == [200, 401, 200, 200]
