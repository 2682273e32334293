"""A picture that was paid for reaches its requester, however its own place is closed."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

import PIL.Image
import pytest

from sandbox.discord import DEFAULT_PERMISSIONS, Aim, Permission
from sandbox.flux.faults import Hang, Say
from sandbox.transcript import state_of
from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from sandbox.discord import Channel, InteractionResult, SeenMessage
    from tests.end_to_end.stage import Stage

DELIVER = Aim("^/channels/[0-9]+/messages/", "PATCH")
MEBIBYTE = 1 << 20
MINUTE_S = 60


@cache
def noise(side: int) -> bytes:
    """Return a PNG that no encoder can make much smaller without a loss."""
    file = io.BytesIO()
    PIL.Image.effect_noise((side, side), 100).convert("RGB").save(file, "PNG", compress_level=1)
    return file.getvalue()


async def begun(
    stage: Stage, channel: Channel | None = None
) -> tuple[InteractionResult, SeenMessage]:
    """Ask for a picture that Flux does not finish before it is released."""
    stage.flux.misbehave("work", Hang())
    use = stage.ada.use("imagine", prompt="a lighthouse", channel=channel)
    card = await stage.ada.wait_for(says("Generating"), channel=channel)
    await stage.running(1)
    return use, card


async def kept_picture(stage: Stage) -> SeenMessage:
    """Wait for the end of the only job, and show its picture by /history."""
    [row] = await stage.ended()
    listed = (await stage.ada.use("history").answered()).message
    assert listed is not None
    picked = await stage.ada.pick(listed, row["prompt"])
    shown = await picked.wait_for(has_picture)
    assert shown.private
    return shown


def check_paid_once(stage: Stage) -> None:
    [charge] = stage.flux.charges
    assert stage.borne() == {"user": float(charge.credits), "house": 0}


# Too large


@pytest.mark.parametrize("by_file", [False, True])
async def test_a_picture_that_is_too_large_is_posted_smaller_and_kept_as_it_was(
    stage: Stage,
    by_file: bool,  # noqa: FBT001
) -> None:
    """Discord has a code for a request that is too large, and one for a file."""
    stage.discord.guild.calls_files_too_large = by_file
    stage.discord.guild.file_limit = 10 * MEBIBYTE
    large = noise(3_200)
    assert len(large) > 10 * MEBIBYTE
    stage.flux.misbehave("picture", Say(200, large, "image/png"))
    stage.ada.use("imagine", prompt="noise")
    card = await stage.ada.wait_for(has_picture)
    [row] = await stage.ended()

    assert row["state"] == "delivered"
    [image] = card.images
    assert len(image.data) <= 10 * MEBIBYTE
    assert PIL.Image.open(io.BytesIO(image.data)).size == (3_200, 3_200)
    kinds = {each["kind"]: each["file_name"] for each in stage.rows("images")}
    assert (stage.folder / "spool" / kinds["result"]).read_bytes() == large
    assert (stage.folder / "spool" / kinds["posted"]).read_bytes() == image.data
    check_paid_once(stage)


async def test_four_pictures_that_are_too_large_together_fit_one_message(stage: Stage) -> None:
    quarter = noise(2_300)
    assert 25 / 4 * MEBIBYTE < len(quarter) < 10 * MEBIBYTE
    stage.flux.misbehave("picture", Say(200, quarter, "image/png"), times=4)
    stage.ada.use("imagine", prompt="noise", count=4)
    card = await stage.ada.wait_for(has_picture)
    [row] = await stage.ended()

    assert row["state"] == "delivered"
    assert len(card.images) == 4
    assert sum(len(image.data) for image in card.images) <= 25 * MEBIBYTE
    check_paid_once(stage)


async def test_a_picture_that_stays_too_large_is_kept_and_told(stage: Stage) -> None:
    stage.discord.faults.status(413, Aim(DELIVER.path, DELIVER.method, times=4), code=40005)
    stage.ada.use("imagine", prompt="a lighthouse")
    card = await stage.ada.wait_for(says("too large for Discord even when reduced"))
    shown = await kept_picture(stage)

    assert "The image is saved and charged" in card.text
    assert (state_of(card), len(shown.images)) == ("failed", 1)
    [row] = stage.rows()
    assert (row["state"], row["error_code"]) == ("failed", "result_too_large")
    check_paid_once(stage)


# The place is closed


@pytest.mark.parametrize("closed", ["permission lost", "channel gone", "message deleted"])
async def test_a_picture_whose_place_is_closed_is_told_of_and_kept_in_the_history(
    stage: Stage, closed: str
) -> None:
    channel = stage.discord.add_channel("garden")
    _, card = await begun(stage, channel)
    match closed:
        case "permission lost":
            permissions = DEFAULT_PERMISSIONS & ~Permission.SEND_MESSAGES
            stage.discord.set_bot_permissions(permissions & ~Permission.VIEW_CHANNEL, channel)
        case "channel gone":
            stage.discord.delete_channel(channel)
        case _:
            stage.discord.delete_message(card)
    stage.flux.release()
    shown = await kept_picture(stage)

    [row] = stage.rows()
    problem = "place_forbidden" if closed == "permission lost" else "message_gone"
    assert (row["state"], row["error_code"]) == ("failed", problem)
    assert len(shown.images) == 1
    assert not any(map(has_picture, stage.ada.read(channel)))
    check_paid_once(stage)


# Discord is away


async def test_a_discord_that_is_away_for_long_gets_the_result_when_it_is_back(
    stage: Stage,
) -> None:
    use, card = await begun(stage)
    await use.gone()
    away = Aim("^/(channels|webhooks|users)", times=9)
    stage.discord.faults.drop(away)
    stage.discord.cut_gateway()
    stage.flux.release()
    done = await stage.ada.wait_for(has_picture)
    [row] = await stage.ended()

    assert len(stage.discord.faults.log) >= 9
    assert done.id == card.id
    assert [seen.id for seen in stage.ada.read()] == [card.id]
    assert row["state"] == "delivered"
    check_paid_once(stage)


async def test_a_result_that_a_restart_kept_from_its_card_is_shown_there_once(
    idle_stage: Stage,
) -> None:
    stage = idle_stage
    async with stage.bot_running():
        _, card = await begun(stage)
        hanging = stage.discord.faults.hang(DELIVER)
        stage.flux.release()
        await stage.until(lambda: [row["state"] for row in stage.rows()] == ["fetched"])
    hanging.release()
    async with stage.bot_running():
        await stage.ended()
        done = stage.ada.look_again(card)

    assert done is not None
    assert len(done.images) == 1
    assert [seen.id for seen in stage.ada.read()] == [card.id]
    check_paid_once(stage)


# Where the bot is no member: the response, a button, a direct message, the history


@pytest.fixture
def garden(idle_stage: Stage) -> Channel:
    """A channel of a server that the bot is no member of."""
    guild = idle_stage.discord.add_guild("Elsewhere", bot_is_member=False)
    return idle_stage.discord.add_channel("garden", guild)


async def after_minutes(stage: Stage, garden: Channel, minutes: float) -> SeenMessage:
    """Ask for a picture there, stop the bot, and let the answer's token be so old."""
    async with stage.bot_running():
        _, card = await begun(stage, garden)
    stage.more_settings["JOB_TIMEOUT_S"] = "3600"
    stage.discord.clock.advance(minutes * MINUTE_S)
    return card


async def test_after_14_minutes_a_button_collects_the_result(
    idle_stage: Stage, garden: Channel
) -> None:
    stage = idle_stage
    card = await after_minutes(stage, garden, 14)
    async with stage.bot_running():
        waiting = await stage.ada.wait_for(
            lambda message: message.buttons == ("Get image",), channel=garden
        )
        assert "Still generating." in waiting.text
        await (await stage.ada.click(waiting, "Get image")).answered()
        stage.flux.release()
        done = await stage.ada.wait_for(has_picture, channel=garden)
        [row] = await stage.ended()

    assert card.id == waiting.id == done.id
    assert [seen.id for seen in stage.ada.read(garden)] == [card.id]
    assert row["state"] == "delivered"
    check_paid_once(stage)


async def test_after_15_minutes_the_result_comes_as_a_direct_message(
    idle_stage: Stage, garden: Channel
) -> None:
    stage = idle_stage
    await after_minutes(stage, garden, 16)
    async with stage.bot_running():
        stage.flux.release()
        sent = await stage.ada.wait_for(has_picture, channel=stage.ada.dm)
        [row] = await stage.ended()

    assert "a lighthouse" in sent.text
    assert (row["state"], row["error_code"]) == ("delivered", None)
    assert [has_picture(seen) for seen in stage.ada.read(stage.ada.dm)] == [True]
    assert not any(map(has_picture, stage.ada.read(garden)))
    check_paid_once(stage)


async def test_where_direct_messages_are_closed_too_the_result_is_kept(
    idle_stage: Stage, garden: Channel
) -> None:
    stage = idle_stage
    await after_minutes(stage, garden, 16)
    closed = Aim(f"^/channels/{stage.ada.dm.id}/messages$", "POST", times=10)
    stage.discord.faults.status(403, closed, code=50007)
    async with stage.bot_running():
        stage.flux.release()
        shown = await kept_picture(stage)

    [row] = stage.rows()
    assert (row["state"], row["error_code"]) == ("failed", "response_expired")
    assert len(shown.images) == 1
    assert stage.ada.read(stage.ada.dm) == []
    check_paid_once(stage)


async def test_a_direct_message_whose_answer_was_lost_is_sent_once(
    idle_stage: Stage, garden: Channel
) -> None:
    stage = idle_stage
    await after_minutes(stage, garden, 16)
    lost = Aim(f"^/channels/{stage.ada.dm.id}/messages$", "POST", times=2, after=True)
    stage.discord.faults.drop(lost)
    async with stage.bot_running():
        stage.flux.release()
        [row] = await stage.ended()

    assert row["state"] == "delivered"
    assert [has_picture(seen) for seen in stage.ada.read(stage.ada.dm)] == [True]
    assert len(stage.discord.faults.log) == 2
    check_paid_once(stage)


async def test_nobody_else_sees_what_is_kept(idle_stage: Stage, garden: Channel) -> None:
    stage = idle_stage
    await after_minutes(stage, garden, 16)
    closed = Aim(f"^/channels/{stage.ada.dm.id}/messages$", "POST", times=10)
    stage.discord.faults.status(403, closed, code=50007)
    async with stage.bot_running():
        stage.flux.release()
        await stage.ended()
        listed = (await stage.discord.person("Grace").use("history").answered()).message

    assert listed is not None
    assert "You have no images yet." in listed.text
