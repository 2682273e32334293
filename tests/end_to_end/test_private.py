"""private: status and result are for the requester alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import Upload
from tests.end_to_end.stage import has_picture, says
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import Channel
    from tests.end_to_end.stage import Stage


def others_see(stage: Stage, channel: Channel | None = None) -> list[str]:
    return [seen.text for seen in stage.discord.person("Bob").read(channel)]


async def test_a_private_picture_is_the_response_and_nobody_else_sees_it(stage: Stage) -> None:
    use = stage.ada.use("imagine", prompt="a lighthouse", private=True, count=2)
    status = await use.wait_for(says("Generating"))
    assert status.private
    result = await use.wait_for(has_picture)

    assert result.private
    assert result.id == status.id
    assert len(result.images) == 2
    [row] = await stage.ended()
    assert row["state"] == "delivered"
    assert others_see(stage) == []


async def test_a_private_edit_is_shown_to_its_requester_alone(stage: Stage) -> None:
    photo = Upload("photo.png", picture_bytes(HILL))
    use = stage.ada.use("edit", image=photo, prompt="make it night", private=True)
    result = await use.wait_for(has_picture)
    await stage.ended()

    assert result.private
    assert others_see(stage) == []


async def test_where_the_bot_is_no_member_a_private_response_is_private(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    use = stage.ada.use("imagine", prompt="a lighthouse", private=True, channel=channel)
    result = await use.wait_for(has_picture)

    assert result.private
    assert others_see(stage, channel) == []


async def test_in_direct_messages_a_private_picture_is_a_message_of_its_own(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse", private=True, channel=stage.ada.dm)
    result = await stage.ada.wait_for(has_picture, channel=stage.ada.dm)

    assert not result.private  # nobody else is there, and a message can be replied to
    await stage.ended()


async def test_what_goes_wrong_in_private_is_told_in_private_and_tried_again_so(
    stage: Stage,
) -> None:
    use = stage.ada.use("imagine", prompt="an unlucky boat", private=True)
    failed = await use.wait_for(says("failed to generate"))
    assert failed.private
    await stage.ended()

    again = await stage.ada.click(failed, "Try again")
    told = await again.wait_for(says("failed to generate"))
    assert told.private
    await stage.ended()
    assert others_see(stage) == []


async def test_a_private_picture_ends_up_with_its_requester_after_a_restart(
    idle_stage: Stage,
) -> None:
    async with idle_stage.bot_running():
        use = idle_stage.ada.use("imagine", prompt="a slow lighthouse", private=True)
        await use.wait_for(says("Generating"))
    async with idle_stage.bot_running():
        result = await use.wait_for(has_picture)
        await idle_stage.ended()
    assert result.private
    assert others_see(idle_stage) == []
