"""What a person is told when a limit is reached: privately, with when to come back, for free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.flux import accounts
from sandbox.flux.faults import Hang
from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("COOLDOWN_S", "3600", "You asked for a picture just now. Nothing was charged."),
        ("USER_CREDITS_PER_DAY", "0.3", "over what one person may spend in a day."),
        ("CREDITS_PER_MONTH", "0.3", "over what this bot may spend in a month."),
    ],
)
async def test_a_limit_that_is_reached_says_when_there_is_room_again(
    idle_stage: Stage, key: str, value: str, words: str
) -> None:
    idle_stage.more_settings[key] = value
    async with idle_stage.bot_running():
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(has_picture)
        use = await idle_stage.ada.use("imagine", prompt="a boat").answered()
        rows = await idle_stage.ended()

    assert use.message is not None
    assert use.message.private
    assert words in use.message.text
    assert "Nothing was charged." in use.message.text
    assert "<t:" in use.message.text
    assert "a boat" in use.message.text
    assert len(rows) == len(idle_stage.flux.charges) == 1


async def test_a_person_with_too_many_requests_under_way_is_told_to_wait(
    idle_stage: Stage,
) -> None:
    idle_stage.more_settings["MAX_JOBS_PER_USER"] = "1"
    async with idle_stage.bot_running():
        idle_stage.flux.misbehave("work", Hang())
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(says("Drawing"))
        await idle_stage.flux.reached(1)
        use = await idle_stage.ada.use("imagine", prompt="a boat").answered()
        idle_stage.discord.person("Bob").use("imagine", prompt="a hill")
        await idle_stage.ada.wait_for(has_picture)  # Bob's, whom it does not concern
        idle_stage.flux.release()
        rows = await idle_stage.ended()

    assert use.message is not None
    assert "as many requests under way as one person may have" in use.message.text
    assert [row["state"] for row in rows] == ["delivered"] * 2


async def test_a_model_that_is_gone_leaves_the_suggestions(stage: Stage) -> None:
    offered = {choice.value for choice in await stage.ada.suggest("imagine", "model", "")}
    assert "flux-pro-1.1" in offered
    stage.ada.use("imagine", prompt="a lighthouse", model="flux-pro-1.1")
    await stage.ada.wait_for(says("no longer offers"))

    left = {choice.value for choice in await stage.ada.suggest("imagine", "model", "")}
    assert left == offered - {"flux-pro-1.1"}


async def test_an_account_without_credits_is_told_to_its_operator_once(stage: Stage) -> None:
    stage.flux.account = accounts.USED_UP
    stage.ada.use("imagine", prompt="a lighthouse")
    card = await stage.ada.wait_for(says("has run out of credits"))
    use = await stage.ada.use("imagine", prompt="a boat").answered()
    await stage.ended()
    grace = stage.discord.person("Grace")
    await grace.wait_for(says("The Flux account has run out of credits"), channel=grace.dm)

    assert card.buttons == ("Try again",)
    assert use.message is not None
    assert use.message.private
    assert "has run out of credits" in use.message.text
    assert len(grace.read(grace.dm)) == 1
    assert stage.flux.charges == []
