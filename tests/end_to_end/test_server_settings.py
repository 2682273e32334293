"""/settings: who may choose for a server, and what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord import ClientRefusedError, Permission

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage


async def test_who_manages_a_server_chooses_for_it_alone(stage: Stage) -> None:
    manager = stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD)
    use = manager.use("settings reply-edits", who="everyone")
    await use.answered()

    assert use.message is not None
    assert use.message.private
    assert "Edit by reply: everyone" in use.message.text
    assert stage.rows("guild_settings") == [
        {"guild_id": stage.discord.guild.id, "key": "reply_edits", "value": "everyone"}
    ]


async def test_a_later_choice_takes_the_place_of_an_earlier(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    for allowed in (True, False):
        use = grace.use("settings mention-generates", allowed=allowed)
        await use.answered()

    assert use.message is not None
    assert "Generate by mention: off" in use.message.text
    assert [row["value"] for row in stage.rows("guild_settings")] == ["off"]


async def test_others_are_not_offered_it(stage: Stage) -> None:
    with pytest.raises(ClientRefusedError):
        stage.ada.use("settings reply-edits", who="everyone")
    with pytest.raises(ClientRefusedError):
        stage.ada.use("settings reply-edits", who="everyone", channel=stage.ada.dm)
