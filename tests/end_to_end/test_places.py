"""Where a result appears: by the bot's own message, or as the interaction's response."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord import DEFAULT_PERMISSIONS, Permission
from sandbox.flux.faults import Hang
from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage


def edits_of_messages(stage: Stage) -> list[str]:
    return [
        request.path.partition("/messages")[0].split("/")[1]
        for request in stage.discord.requests
        if request.method == "PATCH"
    ]


async def test_a_member_posts_a_message_that_can_be_replied_to(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    message = await stage.ada.wait_for(has_picture)

    assert "interaction_metadata" not in message.raw
    assert edits_of_messages(stage) == ["channels"]


async def test_a_direct_message_is_answered_there(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse", channel=stage.ada.dm)
    message = await stage.ada.wait_for(has_picture, channel=stage.ada.dm)

    [row] = await stage.ended()
    assert message.channel_id == stage.ada.dm.id
    assert edits_of_messages(stage) == ["channels"]
    assert row["place"] == "direct message"


async def test_where_the_bot_is_no_member_the_response_is_the_message(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    use = stage.ada.use("imagine", prompt="a lighthouse", channel=channel)
    message = await stage.ada.wait_for(has_picture, channel=channel)

    assert use.message is not None
    assert use.message.id == message.id
    assert not message.private
    assert set(edits_of_messages(stage)) == {"webhooks"}
    [row] = await stage.ended()
    assert row["state"] == "delivered"
    assert stage.rows("jobs")[0]["interaction_token"] is None


async def test_words_that_automod_blocks_are_told_and_cost_nothing(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    guild.blocked_words = ("kraken",)
    channel = stage.discord.add_channel("garden", guild)
    use = stage.ada.use("imagine", prompt="a kraken", channel=channel)
    told = await stage.ada.wait_for(says("AutoMod blocked my message"), channel=channel)

    [row] = await stage.ended()
    [given_back] = use.followups
    assert not told.private
    assert "kraken" not in told.text
    assert given_back.private
    assert "a kraken" in given_back.text
    assert all("Nothing was charged; " in message.text for message in (told, given_back))
    assert (row["state"], row["error_code"]) == ("failed", "blocked_by_automod")
    assert stage.flux.charges == []


async def test_a_result_that_automod_blocks_is_its_requesters_to_fetch(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    stage.flux.misbehave("work", Hang())
    stage.ada.use("imagine", prompt="a kraken", channel=channel)
    await stage.running(1)
    guild.blocked_words = ("kraken",)
    stage.flux.release()
    told = await stage.ada.wait_for(says("AutoMod blocked my message"), channel=channel)

    [row] = await stage.ended()
    assert "you can find it in `/history`" in told.text
    assert "kraken" not in told.text
    assert (row["state"], row["error_code"]) == ("failed", "blocked_by_automod")
    [charge] = stage.flux.charges
    assert stage.borne() == {"user": float(charge.credits), "house": 0}


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (Permission.SEND_MESSAGES, "Send Messages"),
        (Permission.ATTACH_FILES, "Attach Files"),
    ],
)
async def test_a_missing_permission_is_named_before_anything_is_paid(
    stage: Stage, missing: Permission, words: str
) -> None:
    stage.discord.set_bot_permissions(DEFAULT_PERMISSIONS & ~missing)
    use = stage.ada.use("imagine", prompt="a lighthouse")
    await use.answered()

    assert use.message is not None
    assert use.message.private
    assert words in use.message.text
    assert stage.flux.requests == []
    assert stage.rows() == []


async def test_a_message_deleted_during_its_job_is_not_posted_again(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    status = await stage.ada.wait_for(says("Generating"))
    stage.discord.delete_message(status)

    [row] = await stage.ended()
    [told] = stage.ada.read()
    assert row["error_code"] == "message_gone"
    assert told.private
    assert "was deleted before" in told.text
    assert "The image was generated and charged" in told.text
    assert len(stage.spooled()) == 1


async def test_a_permission_lost_during_the_job_is_told_privately(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(says("Generating"))
    stage.discord.set_bot_permissions(0)
    private = await stage.ada.wait_for(says("don't have permission to post"))

    [row] = await stage.ended()
    assert private.private
    assert row["error_code"] == "place_forbidden"
    assert len(stage.spooled()) == 1


async def test_a_channel_deleted_during_the_job_harms_nothing(stage: Stage) -> None:
    channel = stage.discord.add_channel("short-lived")
    stage.ada.use("imagine", prompt="a lighthouse", channel=channel)
    await stage.ada.wait_for(says("Generating"), channel=channel)
    stage.discord.delete_channel(channel)

    [row] = await stage.ended()
    assert row["error_code"] == "message_gone"
    assert len(stage.spooled()) == 1


async def test_a_response_that_was_dismissed_is_not_posted_again(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    stage.ada.use("imagine", prompt="a lighthouse", channel=channel)
    status = await stage.ada.wait_for(says("Generating"), channel=channel)
    stage.discord.delete_message(status)

    [row] = await stage.ended()
    [told] = stage.ada.read(channel)
    assert row["error_code"] == "message_gone"
    assert told.private
    assert "was deleted before" in told.text
    assert "The image was generated and charged" in told.text
