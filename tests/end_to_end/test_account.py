"""A Flux account that cannot pay or be paid with, models that are gone, and storms of 429."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from flux.catalogue import MODELS
from sandbox.discord import Aim
from sandbox.flux.accounts import (
    EXPIRED,
    INVALID,
    RATE_LIMITED,
    RATE_LIMITED_WITH_RETRY_AFTER,
    USED_UP,
)
from sandbox.flux.errors import Failure, Refusal
from sandbox.flux.faults import Hang
from tests.end_to_end.stage import has_picture, open_stage, says
from tests.end_to_end.test_flux_faults import SUBMIT_ATTEMPTS, at_once, submits

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage

RESULT_BUTTONS = ("Regenerate", "Edit", "Edit prompt", "Details", "Delete")

REFUSALS = {
    "used up": (USED_UP, "has run out of credits", "The Flux account has run out of credits."),
    "invalid": (INVALID, "does not accept this bot's token", "no longer accepts"),
    "expired": (EXPIRED, "does not accept this bot's token", "no longer accepts"),
}


def alerts(stage: Stage) -> list[SeenMessage]:
    """Return what whoever owns the application was sent as direct messages."""
    grace = stage.discord.person("Grace")
    return grace.read(grace.dm)


@pytest.fixture(params=REFUSALS)
def broke(request: pytest.FixtureRequest, idle_stage: Stage) -> tuple[Stage, Refusal, str, str]:
    """A stage with one place at Flux, a refusal, and how it is told to people and operator."""
    idle_stage.more_settings["MAX_RUNNING_JOBS"] = "1"
    return (idle_stage, *REFUSALS[request.param])


async def test_a_refused_account_is_told_once_to_the_operator_and_asked_no_more(
    broke: tuple[Stage, Refusal, str, str],
) -> None:
    stage, refusal, words, alert = broke
    stage.flux.account = refusal
    async with stage.bot_running():
        stage.ada.use("imagine", prompt="the first")
        card = await stage.ada.wait_for(says(words))
        await stage.ended()
        for _ in range(2):
            use = await stage.ada.use("imagine", prompt="a later one").answered()
            assert use.message is not None
            assert use.message.private
            assert words in use.message.text
            assert "nothing was charged." in use.message.text
            assert "a later one" in use.message.text

    assert "nothing was charged." in card.text
    assert card.buttons == ("Try again",)
    [told] = alerts(stage)
    assert alert in told.text
    assert "One new request a minute" in told.text
    [row] = stage.rows()
    assert (row["state"], row["credits"]) == ("failed", 0)
    assert stage.borne() == {"user": 0, "house": 0}
    assert len(submits(stage)) == 1


async def test_a_403_of_an_unknown_code_refuses_one_request_only(stage: Stage) -> None:
    unknown = Refusal(HTTPStatus.FORBIDDEN, Failure("new_code", "not here, not now"))
    stage.flux.misbehave("submit", unknown)
    stage.ada.use("imagine", prompt="the first")
    await stage.ada.wait_for(says("Flux does not accept"))
    stage.ada.use("imagine", prompt="the second")
    await stage.ada.wait_for(has_picture)

    assert [row["state"] for row in await stage.ended()] == ["refused", "delivered"]
    assert alerts(stage) == []


async def test_requests_in_line_end_with_it_and_can_be_tried_again(
    idle_stage: Stage,
) -> None:
    stage = idle_stage
    stage.more_settings["MAX_RUNNING_JOBS"] = "1"
    stage.flux.misbehave("work", Hang())
    async with stage.bot_running():
        stage.ada.use("imagine", prompt="picture 0")
        await stage.running(1)
        for number in (1, 2, 3):
            stage.ada.use("imagine", prompt=f"picture {number}")
        await stage.ada.wait_for(says("Queued (#3)"))
        stage.flux.account = USED_UP
        stage.flux.release()
        await stage.until(lambda: len(stage.rows()) == 4)
        rows = await stage.ended()
        cards = [message for message in stage.ada.read() if not message.private]

    assert [row["state"] for row in rows] == ["delivered", "failed", "failed", "failed"]
    assert [row["credits"] for row in rows[1:]] == [0, 0, 0]
    assert (
        sum("has run out of credits, so nothing was charged." in card.text for card in cards) == 3
    )
    assert [card.buttons for card in cards] == [RESULT_BUTTONS, *[("Try again",)] * 3]
    assert len(submits(stage)) == 2
    assert len(alerts(stage)) == 1


async def test_an_account_that_works_again_serves_the_next_request_and_its_retry(
    idle_stage: Stage,
) -> None:
    stage = idle_stage
    stage.flux.account = USED_UP
    async with stage.bot_running():
        stage.ada.use("imagine", prompt="a lighthouse")
        card = await stage.ada.wait_for(says("has run out of credits"))
        await stage.ended()
    stage.flux.account = None
    # What was refused is not stored: the next start lets a request through to find out.
    async with stage.bot_running():
        await stage.ada.click(card, "Try again")
        await stage.ada.wait_for(has_picture)
        rows = await stage.ended()

    assert [row["state"] for row in rows] == ["failed", "delivered"]
    assert len(alerts(stage)) == 1


async def test_an_alert_that_cannot_be_sent_harms_nothing(idle_stage: Stage) -> None:
    stage = idle_stage
    stage.flux.account = USED_UP
    grace = stage.discord.person("Grace")
    stage.discord.faults.status(403, Aim(f"^/channels/{grace.dm.id}/messages$"), code=50007)
    async with stage.bot_running():
        stage.ada.use("imagine", prompt="a lighthouse")
        await stage.ada.wait_for(says("has run out of credits"))
        await stage.ended()

    assert alerts(stage) == []
    assert len(stage.discord.faults.log) == 1


async def test_a_model_that_is_gone_is_suggested_no_more(tmp_path: Path) -> None:
    model = "flux-2-pro"
    async with open_stage(tmp_path, era="documented") as stage, stage.bot_running():
        before = await stage.ada.suggest("imagine", "model", "")
        stage.ada.use("imagine", prompt="a lighthouse", model=model)
        await stage.ada.wait_for(says("does not currently offer"))
        await stage.ended()
        after = await stage.ada.suggest("imagine", "model", "")
        typed = await stage.ada.suggest("imagine", "model", model)

    assert {choice.value for choice in before} == set(MODELS)
    assert {choice.value for choice in after} == set(MODELS) - {model}
    assert model not in {choice.value for choice in typed}


@pytest.mark.parametrize("refusal", [RATE_LIMITED_WITH_RETRY_AFTER, RATE_LIMITED])
async def test_a_storm_of_429_delays_and_loses_nothing(idle_stage: Stage, refusal: Refusal) -> None:
    stage = idle_stage
    stage.more_settings.update(MAX_RUNNING_JOBS="3", MAX_RUNNING_PER_USER="3")
    # However they are spread over the three, none of them meets with more than it is tried again.
    stage.flux.misbehave("submit", at_once(refusal), times=SUBMIT_ATTEMPTS - 1)
    async with stage.bot_running():
        for number in range(3):
            stage.ada.use("imagine", prompt=f"picture {number}")
        # The bot leaves Flux alone for 5 s where it is not told how long.
        await stage.discord.wait_until(lambda: sum(map(has_picture, stage.ada.read())) == 3)
        rows = await stage.ended()

    assert [row["state"] for row in rows] == ["delivered"] * 3
    assert len(stage.flux.charges) == 3
    assert len(submits(stage)) == SUBMIT_ATTEMPTS - 1 + 3
    assert stage.borne()["house"] == 0
