"""/settings and /preferences: what is chosen once is taken wherever nothing is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.end_to_end.panels import NOTHING, chosen, opened, shown
from tests.end_to_end.stage import has_picture

if TYPE_CHECKING:
    from sandbox.discord import Person
    from tests.end_to_end.stage import Stage


async def told(person: Person, command: str, *, raw: bool = False, **options: Any) -> str:  # noqa: ANN401  # options
    use = await person.use(command, raw=raw, **options).answered()
    assert use.message is not None
    assert use.message.private
    return use.message.text


async def job_of(stage: Stage, person: Person, **options: Any) -> dict[str, Any]:  # noqa: ANN401  # options
    await person.use("imagine", prompt="a lighthouse", **options).answered()
    await stage.ended()
    return stage.rows("jobs")[-1]


async def test_a_server_chooses_and_a_person_goes_before_it(stage: Stage) -> None:
    grace, ada = stage.discord.person("Grace"), stage.ada
    panel = await chosen(
        grace,
        "settings",
        default_model="flux-pro",
        default_size="16:9",
        default_count="2",
        spoiler=True,
    )
    assert shown(panel) == {
        "default_model": "flux-pro",
        "default_edit_model": "flux-kontext-pro (default)",
        "default_size": "Landscape 16:9",
        "default_count": "2",
        "language": "Server's Discord language",
        "retention_days": "Set by the bot owner",
        "log_channel_id": "",
        "reply_edits": "Requester; others by mention (default)",
        "spoiler": "Spoiler: yes",
        "mention_generates": "Generate by mention: no",
        "avatars": "Allow avatar edits: no",
    }
    job = await job_of(stage, ada)
    assert (job["model"], job["size"], job["count"]) == ("flux-pro", "16:9", 2)
    assert (job["spoiler"], job["private"]) == (1, 0)

    panel = await chosen(
        ada, "preferences", default_model="flux-2-klein", default_size="9:16", private=True
    )
    assert shown(panel) == {
        "default_model": "flux-2-klein",
        "default_edit_model": "flux-kontext-pro (default)",
        "default_size": "Portrait 9:16",
        "private": "Private results: yes",
        "dm": "Send to DMs too: no",
        "counted": "Show my name in server statistics: yes",
    }
    job = await job_of(stage, ada)
    assert (job["model"], job["size"], job["count"]) == ("flux-2-klein", "9:16", 2)
    assert (job["spoiler"], job["private"], job["delivery"]) == (1, 1, "response")

    job = await job_of(
        stage, ada, model="flux-dev", size="1:1", count=1, spoiler=False, private=False
    )
    assert (job["model"], job["size"], job["count"]) == ("flux-dev", "1:1", 1)
    assert (job["spoiler"], job["private"]) == (0, 0)


async def test_what_was_chosen_outlives_a_restart_and_can_be_taken_back(idle_stage: Stage) -> None:
    stage = idle_stage
    async with stage.bot_running():
        await chosen(stage.ada, "preferences", default_model="flux-pro", counted=False)
    async with stage.bot_running():
        use = await stage.ada.use("preferences", channel=stage.ada.dm).answered()
        assert use.message is not None
        picked = shown(use.message)
        assert picked["default_model"] == "flux-pro"
        assert picked["counted"] == "Show my name in server statistics: no"
        panel = await chosen(stage.ada, "preferences", default_model=NOTHING, counted=True)
        assert shown(panel)["default_model"] == "flux-dev (default)"
        assert shown(panel)["counted"] == "Show my name in server statistics: yes"
    assert stage.rows("user_settings") == []


async def test_what_is_typed_is_stored_at_once(stage: Stage) -> None:
    ada, grace = stage.ada, stage.discord.person("Grace")
    panel = await opened(ada, "preferences", size="1344x768")
    assert panel.text.endswith("**Saved.**")
    assert shown(panel)["default_size"] == "1344 × 768 pixels"
    panel = await opened(grace, "settings", retention=45, size="Landscape 16:9")
    assert panel.text.endswith("**Saved.**")
    assert shown(panel)["retention_days"] == "45 days"
    rows = stage.rows("guild_settings")
    assert {row["key"]: row["value"] for row in rows} == {
        "retention_days": "45",
        "default_size": "16:9",
    }


async def test_sizes_that_are_none_are_refused_and_nothing_changes(stage: Stage) -> None:
    ada, grace = stage.ada, stage.discord.person("Grace")
    await chosen(ada, "preferences", default_model="flux-2-pro")
    text = await told(ada, "preferences", raw=True, size="1344x768")
    assert text.startswith("flux\\-2\\-pro does not support the size 1344x768.")
    text = await told(grace, "settings", raw=True, size="huge")
    assert text.startswith("huge is not a valid size.")
    assert stage.rows("guild_settings") == []


async def test_suggestions_start_with_the_chosen_model(stage: Stage) -> None:
    await chosen(stage.ada, "preferences", default_model="flux-pro")
    suggested = await stage.ada.suggest("imagine", "model", "")
    assert suggested[0].name.startswith("flux-pro: default, ")


async def test_a_reply_and_a_mention_follow_the_preferences_too(stage: Stage) -> None:
    ada = stage.ada
    ada.use("imagine", prompt="a lighthouse")
    picture = await ada.wait_for(has_picture)
    await chosen(ada, "preferences", private=True)
    ada.reply(picture, "make it night")
    await ada.wait_for(has_picture, channel=ada.dm)
    edit = (await stage.ended())[-1]

    assert (edit["command"], edit["place"]) == ("reply", "direct message")
    assert stage.rows("jobs")[-1]["private"] == 1


async def test_a_server_s_language_goes_before_what_it_tells_discord(stage: Stage) -> None:
    grace, ada = stage.discord.person("Grace"), stage.ada
    panel = await chosen(grace, "settings", language="zh-CN")
    assert shown(panel)["language"] == "中文"
    ada.use("imagine", prompt="a lighthouse")
    card = await ada.wait_for(has_picture)
    assert "重新生成" in card.buttons

    panel = await chosen(grace, "settings", language=NOTHING)
    assert shown(panel)["language"] == "Server's Discord language"
    assert stage.rows("guild_settings") == []


async def test_a_server_chooses_how_long_things_are_kept(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    panel = await chosen(grace, "settings", retention_days=30)
    assert shown(panel)["retention_days"] == "30 days"
    assert stage.rows("guild_settings") == [
        {"guild_id": stage.discord.guild.id, "key": "retention_days", "value": "30"}
    ]
    panel = await chosen(grace, "settings", retention_days=0)
    assert shown(panel)["retention_days"] == "Unlimited"
    panel = await chosen(grace, "settings", retention_days=NOTHING)
    assert shown(panel)["retention_days"] == "Set by the bot owner"
    assert stage.rows("guild_settings") == []


async def test_both_are_said_in_chinese(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    grace.locale = "zh-CN"
    panel = await opened(grace, "settings")
    assert panel.text.startswith("**服务器设置**\n**模型**\n")
    assert shown(panel)["default_model"] == "flux-dev（默认）"
    panel = await chosen(grace, "preferences", private=True)
    assert panel.text.startswith("**你的偏好**，适用于所有服务器和私信")
    assert shown(panel)["private"] == "结果仅自己可见：是"


async def test_who_reads_neither_language_reads_english(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    grace.locale = "de"
    panel = await opened(grace, "settings")
    assert panel.text.startswith("**Server settings**\n**Model**\n")
