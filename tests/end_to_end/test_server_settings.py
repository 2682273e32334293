"""/settings: who may choose for a server, and what becomes of a panel that stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord import ClientRefusedError, Permission
from tests.end_to_end.panels import again, chosen, opened, picked, saved, shown

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage

OVER_S = 15 * 60 + 1


async def test_who_manages_a_server_chooses_for_it_alone(stage: Stage) -> None:
    manager = stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD)
    panel = await chosen(manager, "settings", reply_edits="everyone")
    assert shown(panel)["reply_edits"] == "Everyone"
    assert stage.rows("guild_settings") == [
        {"guild_id": stage.discord.guild.id, "key": "reply_edits", "value": "everyone"}
    ]


async def test_a_later_choice_takes_the_place_of_an_earlier(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    panel = await chosen(grace, "settings", mention_generates=True)
    assert shown(panel)["mention_generates"] == "Generate by mention: yes"
    panel = await saved(grace, await picked(grace, panel, mention_generates=False))
    assert shown(panel)["mention_generates"] == "Generate by mention: no"
    assert stage.rows("guild_settings") == []


async def test_others_are_not_offered_it(stage: Stage) -> None:
    with pytest.raises(ClientRefusedError):
        stage.ada.use("settings")
    with pytest.raises(ClientRefusedError):
        stage.ada.use("settings", channel=stage.ada.dm)


async def test_nothing_is_stored_before_save(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    panel = await picked(
        grace, await opened(grace, "settings"), default_model="flux-pro", spoiler=True
    )
    assert panel.text.endswith("Not saved yet.")
    assert shown(panel)["default_model"] == "flux-pro"
    assert shown(panel)["spoiler"] == "Spoiler: yes"
    assert stage.rows("guild_settings") == []
    assert shown(await opened(grace, "settings"))["default_model"] == "flux-dev (default)"


async def test_what_another_manager_saved_meanwhile_is_shown_and_nothing_is_lost(
    stage: Stage,
) -> None:
    grace = stage.discord.person("Grace")
    linus = stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD)
    panel = await picked(
        grace, await opened(grace, "settings"), default_model="flux-pro", default_count="2"
    )
    await chosen(linus, "settings", default_model="flux-2-klein", spoiler=True)

    panel = await saved(grace, panel)
    assert "These settings changed while this panel was open:" in panel.text
    assert "Model: flux-2-klein" in panel.text
    assert "Spoiler: yes" in panel.text
    assert "Images per request" not in panel.text.partition("changed while")[2]
    assert "Your changes are **not saved yet**." in panel.text
    stored = {row["key"]: row["value"] for row in stage.rows("guild_settings")}
    assert stored == {"default_model": "flux-2-klein", "spoiler": "on"}
    # What Linus saved is taken over where Grace picked nothing.
    assert shown(panel)["default_model"] == "flux-pro"
    assert shown(panel)["default_count"] == "2"
    assert shown(panel)["spoiler"] == "Spoiler: yes"

    panel = await saved(grace, panel)
    assert panel.text.endswith("**Saved.**")
    stored = {row["key"]: row["value"] for row in stage.rows("guild_settings")}
    assert stored == {"default_model": "flux-pro", "default_count": "2", "spoiler": "on"}


async def test_a_save_without_changes_still_tells_of_another_s(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    panel = await opened(grace, "settings")
    await chosen(grace, "settings", spoiler=True)
    panel = await saved(grace, panel)
    assert "Spoiler: yes" in panel.text
    assert shown(panel)["spoiler"] == "Spoiler: yes"


async def test_a_panel_outlives_a_restart(idle_stage: Stage) -> None:
    stage, grace = idle_stage, idle_stage.discord.person("Grace")
    async with stage.bot_running():
        panel = await picked(grace, await opened(grace, "settings"), default_model="flux-pro")
    async with stage.bot_running():
        panel = await saved(grace, await picked(grace, panel, spoiler=True))
    assert panel.text.endswith("**Saved.**")
    stored = {row["key"]: row["value"] for row in stage.rows("guild_settings")}
    assert stored == {"default_model": "flux-pro", "spoiler": "on"}


@pytest.mark.parametrize("command", ["settings", "preferences"])
async def test_a_panel_older_than_15_minutes_says_to_open_it_again(
    stage: Stage, command: str
) -> None:
    grace = stage.discord.person("Grace")
    panel = await picked(grace, await opened(grace, command), default_model="flux-pro")
    stage.discord.clock.advance(OVER_S)
    for label in ("Save", panel.buttons[0]):
        use = await (await grace.click(panel, label)).answered()
        assert use.message is not None
        assert use.message.id != panel.id
        assert use.message.private
        assert use.message.text == (
            f"This message is older than 15 minutes, so nothing was saved. Use /{command} again."
        )
    assert again(grace, panel) == panel
    assert stage.rows("guild_settings") == stage.rows("user_settings") == []


async def test_a_deleted_log_channel_is_shown_as_none(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    channel = stage.discord.add_channel("log")
    panel = await chosen(grace, "settings", log_channel_id=channel.id)
    assert shown(panel)["log_channel_id"] == str(channel.id)
    stage.discord.delete_channel(channel)
    panel = await opened(grace, "settings")
    assert shown(panel)["log_channel_id"] == ""
    panel = await saved(grace, await picked(grace, panel, spoiler=True))
    assert panel.text.endswith("**Saved.**")


async def test_a_log_channel_where_the_bot_may_not_post_is_not_picked(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    channel, closed = stage.discord.add_channel("log"), stage.discord.add_channel("closed")
    stage.discord.set_bot_permissions(0, closed)
    panel = await picked(grace, await opened(grace, "settings"), log_channel_id=channel.id)
    panel = await picked(grace, panel, log_channel_id=closed.id)
    assert "I need View Channel, Send Messages and Attach Files in that channel" in panel.text
    assert shown(panel)["log_channel_id"] == str(channel.id)
    panel = await picked(grace, panel, log_channel_id=None)
    assert shown(panel)["log_channel_id"] == ""
