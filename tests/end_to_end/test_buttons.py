"""The buttons of a job's card: who may press them, what happens, what it costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlite_utils

from sandbox.discord import Permission, Upload
from sandbox.flux.faults import Hang
from sandbox.flux.oddities import API_ERROR
from tests.end_to_end.stage import has_picture, says
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import Channel, InteractionResult, SeenMessage
    from tests.end_to_end.stage import Stage


def has(button: str) -> Callable[[SeenMessage], bool]:
    return lambda message: button in message.buttons


async def under_way(stage: Stage, channel: Channel | None = None, **options: Any) -> SeenMessage:  # noqa: ANN401
    """Ask for a picture on which Flux works until it is released; return its card."""
    before = len(stage.flux.injected)
    stage.flux.misbehave("work", Hang())
    stage.ada.use("imagine", prompt="a lighthouse", channel=channel, **options)
    card = await stage.ada.wait_for(has("Cancel"), channel=channel)
    await stage.flux.reached(before + 1)
    await stage.until(lambda: [row["state"] for row in stage.rows("jobs")].count("running") == 1)
    return card


async def failed(stage: Stage, channel: Channel | None = None) -> SeenMessage:
    """Ask for a picture that Flux cannot finish this time; return its card."""
    stage.flux.misbehave("work", API_ERROR)
    stage.ada.use("imagine", prompt="a lighthouse", channel=channel)
    return await stage.ada.wait_for(has("Try again"), channel=channel)


async def private_word(use: InteractionResult) -> str:
    await use.answered()
    assert use.message is not None
    assert use.message.private
    return use.message.text


async def test_cancel_is_free_before_flux_began(idle_stage: Stage) -> None:
    idle_stage.more_settings["MAX_RUNNING_JOBS"] = "1"
    async with idle_stage.bot_running():
        first = await under_way(idle_stage)
        idle_stage.ada.use("imagine", prompt="a second picture")
        card = await idle_stage.ada.wait_for(says("Queued"))
        assert card.id != first.id
        use = await (await idle_stage.ada.click(card, "Cancel")).answered()
        ended = await idle_stage.ada.wait_for(says("Cancelled. Nothing was charged; "))
        idle_stage.flux.release()
        await idle_stage.ada.wait_for(has_picture)
        rows = await idle_stage.ended()

    assert use.callback_type == 6
    assert ended.id == card.id
    assert ended.buttons == ()
    assert [(row["state"], row["credits"] > 0) for row in rows] == [
        ("delivered", True),
        ("cancelled", False),
    ]
    assert len(idle_stage.flux.charges) == 1


async def test_cancel_keeps_what_flux_had_begun(stage: Stage) -> None:
    card = await under_way(stage)
    await stage.ada.click(card, "Cancel")
    asked = await stage.ada.wait_for(says("so you are charged"))
    assert asked.buttons == ()
    stage.flux.release()
    told = await stage.ada.wait_for(says("generated and charged; you can find it in `/history`"))

    [row] = await stage.ended()
    assert (told.id, told.images) == (card.id, ())
    assert (row["state"], row["credits"] > 0) == ("cancelled", True)
    use = await stage.ada.use("history").answered()
    assert use.message is not None
    shown = await (await stage.ada.pick(use.message, "a lighthouse")).wait_for(has_picture)
    assert shown.private


async def test_cancel_is_for_its_requester_and_moderators(stage: Stage) -> None:
    card = await under_way(stage)
    bob = stage.discord.person("Bob")
    refused = await private_word(await bob.click(card, "Cancel"))
    assert "Only the requester or a moderator" in refused
    assert stage.rows("jobs")[0]["cancel_asked_at"] is None

    moderator = stage.discord.person("Mia", permissions=Permission.MANAGE_MESSAGES)
    await moderator.click(card, "Cancel")
    await stage.ada.wait_for(says("so you are charged"))
    stage.flux.release()
    [row] = await stage.ended()
    assert row["state"] == "cancelled"


async def test_a_button_works_after_a_restart(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        card = await under_way(idle_stage)
    async with idle_stage.bot_running():
        await idle_stage.ada.click(card, "Cancel")
        await idle_stage.ada.wait_for(says("so you are charged"))
        idle_stage.flux.release()
        [row] = await idle_stage.ended()
    assert row["state"] == "cancelled"


async def test_cancel_of_what_has_ended_shows_how_it_ended(stage: Stage) -> None:
    card = await under_way(stage)
    message = stage.discord.world.channels[card.channel_id].messages[card.id]
    before = message.body
    stage.flux.release()
    await stage.ada.wait_for(has_picture)
    await stage.ended()
    message.body = before  # as if the last edit had been lost

    await stage.ada.click(card, "Cancel")
    again = await stage.ada.wait_for(has_picture)
    assert again.id == card.id
    [row] = await stage.ended()
    assert row["state"] == "delivered"


async def test_try_again_asks_for_the_same_as_a_new_job(stage: Stage) -> None:
    card = await failed(stage)
    await stage.ada.click(card, "Try again")
    result = await stage.ada.wait_for(has_picture)

    _, second = await stage.ended()
    first_job, second_job = stage.rows("jobs")
    assert result.id != card.id
    assert (second["command"], second["prompt"]) == ("retry", "a lighthouse")
    assert second_job["retry_of"] == first_job["id"]
    assert stage.ada.look_again(card) == card
    assert len(stage.flux.charges) == 1


async def test_an_edit_is_tried_again_with_its_picture(stage: Stage) -> None:
    stage.flux.misbehave("work", API_ERROR)
    photo = Upload("photo.png", picture_bytes(HILL))
    stage.ada.use("edit", image=photo, prompt="make it night")
    card = await stage.ada.wait_for(has("Try again"))
    await stage.ada.click(card, "Try again")
    await stage.ada.wait_for(has_picture)

    _, row = await stage.ended()
    assert (row["command"], row["state"]) == ("retry", "delivered")


async def test_a_second_press_of_try_again_is_answered_and_not_paid(stage: Stage) -> None:
    card = await failed(stage)
    await (await stage.ada.click(card, "Try again")).answered()
    word = await private_word(await stage.ada.click(card, "Try again"))

    assert "Already working on it" in word
    assert len(await stage.ended()) == 2
    await stage.flux.settled()
    assert len(stage.flux.charges) == 1


async def test_try_again_is_for_its_requester(stage: Stage) -> None:
    card = await failed(stage)
    word = await private_word(await stage.discord.person("Bob").click(card, "Try again"))

    assert "Only the requester can retry this request" in word
    assert len(await stage.ended()) == 1


async def test_try_again_goes_by_the_limits_like_everything_else(idle_stage: Stage) -> None:
    idle_stage.more_settings["USER_CREDITS_PER_DAY"] = "0.3"
    async with idle_stage.bot_running():
        card = await failed(idle_stage)
        idle_stage.ada.use("imagine", prompt="another")
        await idle_stage.ada.wait_for(has_picture)
        word = await private_word(await idle_stage.ada.click(card, "Try again"))
        rows = await idle_stage.ended()

    assert "exceed your limit of 0.3 credits a day." in word
    assert "try again <t:" in word
    assert len(rows) == 2


async def test_a_button_of_an_unknown_job_says_so(stage: Stage) -> None:
    card = await failed(stage)
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        connection.execute("update jobs set id = 'ffffffffffff'")
    word = await private_word(await stage.ada.click(card, "Try again"))
    assert "This request no longer exists" in word


async def test_collect_goes_on_with_a_fresh_token(idle_stage: Stage) -> None:
    guild = idle_stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = idle_stage.discord.add_channel("garden", guild)
    async with idle_stage.bot_running():
        card = await under_way(idle_stage, channel)
        [row] = idle_stage.rows("jobs")
        first = idle_stage.discord.world.by_token[row["interaction_token"]]
    let_token_age(idle_stage, timedelta(minutes=14, seconds=30))
    async with idle_stage.bot_running():
        card = await idle_stage.ada.wait_for(has("Get image"), channel=channel)
        bob = idle_stage.discord.person("Bob")
        word = await private_word(await bob.click(card, "Get image"))
        assert "Only the requester can get this image" in word

        use = await (await idle_stage.ada.click(card, "Get image")).answered()
        await idle_stage.ada.wait_for(has("Cancel"), channel=channel)
        first.created_at -= 16 * 60  # only the fresh token reaches the message now
        idle_stage.flux.release()
        result = await idle_stage.ada.wait_for(has_picture, channel=channel)
        [row] = await idle_stage.ended()

    assert use.callback_type == 6
    assert result.id == card.id
    assert row["state"] == "delivered"


@pytest.mark.parametrize("takes_messages", [True, False])
async def test_a_picture_that_comes_too_late_for_its_answer_is_there_to_be_had(
    idle_stage: Stage, *, takes_messages: bool
) -> None:
    ada = idle_stage.ada
    guild = idle_stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = idle_stage.discord.add_channel("garden", guild)
    async with idle_stage.bot_running():
        await under_way(idle_stage, channel)
    let_token_age(idle_stage, timedelta(minutes=14, seconds=30))
    ada.dm.closed_to_bot = not takes_messages
    async with idle_stage.bot_running():
        card = await ada.wait_for(has("Get image"), channel=channel)
        for interaction in idle_stage.discord.world.interactions.values():
            interaction.created_at -= 16 * 60
        idle_stage.flux.release()
        [row] = await idle_stage.ended()
        sent = [image.data for seen in ada.read(ada.dm) for image in seen.images]
        assert ada.look_again(card) == card
        await ada.click(card, "Get image")
        collected = await ada.wait_for(has_picture, channel=channel)

    assert collected.id == card.id
    assert len(idle_stage.flux.charges) == 1
    if takes_messages:
        assert (row["state"], row["error_code"]) == ("delivered", None)
        assert sent == [image.data for image in collected.images]
    else:
        assert (row["error_code"], sent) == ("response_expired", [])


def let_token_age(stage: Stage, age: timedelta) -> None:
    since = (datetime.now(UTC) - age).isoformat()
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        connection.execute("update jobs set token_since = ?", [since])
