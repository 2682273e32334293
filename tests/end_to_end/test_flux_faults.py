"""Every way in which Flux says no, breaks off or falls silent: the sentence, the row, the money."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox.flux import accounts, oddities
from sandbox.flux.conduct import Fewer
from sandbox.flux.faults import Cut, Drop, Endless, Hang, Relabel, Say, Stall
from sandbox.flux.oddities import ODD_ERRORS, page
from sandbox.flux.tasks import Hidden, Hollow
from sandbox.transcript import state_of
from tests.end_to_end.stage import has_picture

if TYPE_CHECKING:
    from typing import Any

    from sandbox.discord import SeenMessage
    from sandbox.flux.conduct import Mishap, Where
    from sandbox.flux.errors import Failure, Refusal
    from tests.end_to_end.stage import Stage

PROMPT = "a lighthouse in a storm"

FREE = "so nothing was charged."
REFUNDED = "so you were refunded"

BAD_REQUEST = (f"does not accept this combination of model, size and prompt, {FREE}", "refused")
AUTHENTICATION = (f"does not accept this bot's token, {FREE}", "failed")
OUT_OF_CREDITS = (f"has run out of credits, {FREE}", "failed")
REFUSED_CONTENT = (f"content filter blocked this request, {FREE}", "refused")
RATE_LIMITED = (f"receiving too many requests, {FREE}", "failed")
UNAVAILABLE = (f"Flux is unavailable, {FREE}", "failed")


def error_of(status: int) -> tuple[str, str]:
    return f"Flux has an error ({status}), {FREE}", "failed"


FLUX_FAILED = (f"Flux failed to generate this image, {FREE}", "failed")

UNCONFIRMED = f"Flux did not confirm your request, {REFUNDED}"
DISCONNECTED = f"The connection to Flux was lost, {REFUNDED}"

SUBMIT_ATTEMPTS = 6
"""Where an attempt surely cost nothing; everything else is sent once."""


def submits(stage: Stage) -> list[Any]:
    return [request for request in stage.flux.requests if request.path == "/flux/images"]


async def card_of_ended(stage: Stage, *, count: int = 1) -> tuple[SeenMessage, dict[str, Any]]:
    """Ask for pictures, and return the card and the row when nothing more will come."""
    stage.ada.use("imagine", prompt=PROMPT, count=count)
    card = await stage.ada.wait_for(lambda message: state_of(message) != "working")
    [row] = await stage.ended()
    await stage.flux.settled()
    [seen] = [message for message in stage.ada.read() if not message.private]
    assert seen.id == card.id
    assert PROMPT in card.text
    return card, row


async def check_free(stage: Stage, expected: tuple[str, str]) -> None:
    words, state = expected
    card, row = await card_of_ended(stage)
    assert words in card.text
    assert (row["state"], state_of(card)) == (state, state)
    assert (row["credits"], row["credits_are"]) == (0, "charged")
    assert " · 0 credits\n" in card.text
    assert stage.borne() == {"user": 0, "house": 0}
    assert stage.flux.charges == []


async def check_perhaps_charged(stage: Stage, expected: str) -> None:
    card, row = await card_of_ended(stage)
    assert expected in card.text
    assert FREE not in card.text
    assert " · 0 credits\n" in card.text
    assert (row["state"], row["error_code"]) == ("failed", "answer_lost")
    assert (row["credits"], row["credits_are"]) == (0.216, "estimated")
    assert stage.borne() == {"user": 0, "house": 0.216}
    assert len(submits(stage)) == 1


def at_once(refusal: Refusal) -> Refusal:
    """Return a refusal that asks for no patience."""
    return refusal if refusal.retry_after_s is None else replace(refusal, retry_after_s=0)


STATES = {
    "expired": AUTHENTICATION,
    "mismatched": AUTHENTICATION,
    "mismatched_401": AUTHENTICATION,
    "disabled": AUTHENTICATION,
    "disabled_403": AUTHENTICATION,
    "used_up": OUT_OF_CREDITS,
    "no_api": BAD_REQUEST,
    "api_not_implemented": BAD_REQUEST,
    "rate_limited": RATE_LIMITED,
    "rate_limited_with_retry_after": RATE_LIMITED,
}


@pytest.mark.parametrize("name", accounts.ACCOUNTS)
async def test_what_is_wrong_with_the_account(stage: Stage, name: str) -> None:
    stage.flux.account = at_once(accounts.ACCOUNTS[name])
    await check_free(stage, STATES[name])
    attempts = SUBMIT_ATTEMPTS if STATES[name] == RATE_LIMITED else 1
    assert len(submits(stage)) == attempts


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (accounts.NO_TOKEN, AUTHENTICATION),
        (accounts.INVALID, AUTHENTICATION),
        (oddities.MODERATED, REFUSED_CONTENT),
        (oddities.UNAVAILABLE, error_of(503)),
        (page(404), BAD_REQUEST),
        (page(403), error_of(403)),
        (oddities.redirect("http://127.0.0.1:9/"), error_of(302)),
        (ODD_ERRORS["success_false"], UNAVAILABLE),
        (ODD_ERRORS["error_with_200"], UNAVAILABLE),
    ],
)
async def test_a_submit_that_is_refused(
    stage: Stage, fault: Mishap, expected: tuple[str, str]
) -> None:
    stage.flux.misbehave("submit", fault)
    await check_free(stage, expected)
    assert len(submits(stage)) == 1


TELLS_NOTHING: dict[str, Mishap] = {
    "dropped": Drop(),
    "endless": Endless(),
    "broken": oddities.BROKEN,
    "timed out": oddities.TIMED_OUT,
    "a page of a proxy, 500": page(500),
    "a page of a proxy, 502": page(502),
    "a page of a proxy, 503": page(503),
    "a page of a proxy, 504": page(504),
    "a page of a proxy, 408": page(408),
    "a page instead of an answer": page(200),
    **{
        name: fault
        for name, fault in ODD_ERRORS.items()
        if name not in {"success_false", "error_with_200"}
    },
}


def told_of(fault: Mishap) -> str:
    """Return the sentence about an answer that tells nothing."""
    if isinstance(fault, Drop | Cut):
        return DISCONNECTED
    status = getattr(fault, "status", 200)
    if status == 200:
        return UNCONFIRMED
    return f"Flux has an error ({int(status)}), {REFUNDED}"


@pytest.mark.parametrize("name", TELLS_NOTHING)
async def test_an_answer_to_a_submit_that_tells_nothing(stage: Stage, name: str) -> None:
    stage.flux.misbehave("submit", TELLS_NOTHING[name])
    await check_perhaps_charged(stage, told_of(TELLS_NOTHING[name]))
    assert stage.flux.charges == []


@pytest.mark.parametrize("name", [*TELLS_NOTHING, "cut"])
async def test_an_answer_that_is_lost_after_the_work_was_begun_and_charged(
    stage: Stage, name: str
) -> None:
    fault = Cut() if name == "cut" else TELLS_NOTHING[name]
    stage.flux.misbehave("accepted", fault)
    await check_perhaps_charged(stage, told_of(fault))
    assert len(stage.flux.charges) == 1


@pytest.mark.parametrize("fault", [Hang(), Stall(), Relabel("text/html")])
async def test_an_answer_to_a_submit_that_comes_late_or_under_a_wrong_name(
    stage: Stage, fault: Mishap
) -> None:
    stage.flux.misbehave("accepted", fault)
    stage.ada.use("imagine", prompt=PROMPT)
    await stage.flux.reached(1)
    await stage.flux.settled()
    stage.flux.release()

    assert await stage.ada.wait_for(has_picture)
    assert (len(submits(stage)), len(stage.flux.charges)) == (1, 1)


@pytest.mark.parametrize("times", [1, SUBMIT_ATTEMPTS - 1])
async def test_a_busy_flux_is_asked_again(stage: Stage, times: int) -> None:
    stage.flux.misbehave("submit", accounts.RATE_LIMITED, times)
    card, row = await card_of_ended(stage)
    assert has_picture(card)
    assert row["credits"] == float(stage.flux.charges[0].credits)
    assert (len(submits(stage)), len(stage.flux.charges)) == (times + 1, 1)


ENDS = {
    "forbidden": REFUSED_CONTENT,
    "api_error": FLUX_FAILED,
    "service_unavailable": FLUX_FAILED,
    "timeout": FLUX_FAILED,
    "CONTENT_REJECTED": REFUSED_CONTENT,
}


@pytest.mark.parametrize("failure", oddities.FAILED_TASKS.values(), ids=lambda each: each.code)
async def test_a_task_that_fails(stage: Stage, failure: Failure) -> None:
    stage.flux.misbehave("work", failure)
    await check_free(stage, ENDS[failure.code])
    assert len(submits(stage)) == 1


@pytest.mark.parametrize("lacks", ["response", "data", "data value", "data items"])
async def test_a_task_that_ends_with_nothing(stage: Stage, lacks: Any) -> None:  # noqa: ANN401
    stage.flux.misbehave("work", Hollow(lacks))
    await check_free(stage, FLUX_FAILED)
    assert len(submits(stage)) == 1


async def test_fewer_pictures_than_were_asked_for(stage: Stage) -> None:
    stage.flux.misbehave("work", Fewer(2))
    card, row = await card_of_ended(stage, count=3)
    assert len(card.images) == 2
    assert "2 of 3 images" in card.text
    assert row["credits"] == float(stage.flux.charges[0].credits)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        *(("tasks", fault) for fault in TELLS_NOTHING.values()),
        ("tasks", accounts.RATE_LIMITED),
        ("tasks", oddities.UNAVAILABLE),
        ("tasks", Cut()),
        ("tasks", Say(200, b"{}")),
        ("record", Hidden(3)),
    ],
)
async def test_a_question_about_a_task_is_asked_again(
    stage: Stage, where: Where, what: Mishap
) -> None:
    stage.flux.misbehave(where, what)
    card, _ = await card_of_ended(stage)
    assert has_picture(card)
    assert (len(submits(stage)), len(stage.flux.charges)) == (1, 1)
