"""/settings and /preferences: what is chosen once is taken wherever nothing is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    text = await told(
        grace, "settings defaults", model="flux-pro", size="16:9", count=2, spoiler=True
    )
    assert text == (
        "**Saved.** Server settings:\n"
        "Model: flux-pro\n"
        "Edit model: flux-kontext-pro (default)\n"
        "Size: Landscape 16:9\n"
        "Images per request: 2\n"
        "Spoiler: yes\n"
        "Language: same as the server's Discord language\n"
        "Retention: set by the bot owner\n"
        "Log channel: none\n"
        "Edit by reply: requester; others need to mention me\n"
        "Generate by mention: off"
    )
    job = await job_of(stage, ada)
    assert (job["model"], job["size"], job["count"]) == ("flux-pro", "16:9", 2)
    assert (job["spoiler"], job["private"]) == (1, 0)

    text = await told(ada, "preferences", model="flux-2-klein", size="9:16", private=True)
    assert text == (
        "**Saved.** Your preferences, in all servers and DMs:\n"
        "Model: flux-2-klein\n"
        "Edit model: flux-kontext-pro (default)\n"
        "Size: Portrait 9:16\n"
        "Only visible to you: yes\n"
        "Named in server statistics: yes"
    )
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
        await told(stage.ada, "preferences", model="flux-pro", statistics=False)
    async with stage.bot_running():
        text = await told(stage.ada, "preferences", channel=stage.ada.dm)
        assert "Model: flux-pro\n" in text
        assert "Named in server statistics: no" in text
        text = await told(stage.ada, "preferences", model="default", statistics=True)
        assert "Model: flux-dev (default)\n" in text
        assert "Named in server statistics: yes" in text
    assert stage.rows("user_settings") == []


async def test_models_and_sizes_that_are_none_are_refused_and_nothing_changes(
    stage: Stage,
) -> None:
    ada, grace = stage.ada, stage.discord.person("Grace")
    text = await told(ada, "preferences", raw=True, model="flux-9", private=True)
    assert text.startswith("There is no model called flux\\-9.")
    text = await told(ada, "preferences", raw=True, model="flux-2-pro", size="1344x768")
    assert text.startswith("flux\\-2\\-pro does not support the size 1344x768.")
    text = await told(grace, "settings defaults", raw=True, size="huge")
    assert text.startswith("huge is not a valid size.")
    assert stage.rows("user_settings") == stage.rows("guild_settings") == []


async def test_suggestions_show_what_is_taken_and_how_to_take_it_back(stage: Stage) -> None:
    ada = stage.ada
    await told(ada, "preferences", model="flux-pro")
    suggested = await ada.suggest("imagine", "model", "")
    assert suggested[0].name.startswith("flux-pro: default, ")
    suggested = await ada.suggest("preferences", "model", "")
    assert (suggested[0].value, suggested[0].name) == (
        "default",
        "Default",
    )


async def test_a_reply_and_a_mention_follow_the_preferences_too(stage: Stage) -> None:
    ada = stage.ada
    ada.use("imagine", prompt="a lighthouse")
    picture = await ada.wait_for(has_picture)
    await told(ada, "preferences", private=True)
    ada.reply(picture, "make it night")
    await ada.wait_for(has_picture, channel=ada.dm)
    edit = (await stage.ended())[-1]

    assert (edit["command"], edit["place"]) == ("reply", "direct message")
    assert stage.rows("jobs")[-1]["private"] == 1


async def test_a_server_s_language_goes_before_what_it_tells_discord(stage: Stage) -> None:
    grace, ada = stage.discord.person("Grace"), stage.ada
    text = await told(grace, "settings language", language="zh-CN")
    assert "Language: 中文" in text
    ada.use("imagine", prompt="a lighthouse")
    card = await ada.wait_for(has_picture)
    assert "重新生成" in card.buttons

    text = await told(grace, "settings language", language="discord")
    assert "same as the server's Discord language" in text
    assert stage.rows("guild_settings") == []


async def test_a_server_chooses_how_long_things_are_kept(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    assert "Retention: 30 days" in await told(grace, "settings retention", days=30)
    assert stage.rows("guild_settings") == [
        {"guild_id": stage.discord.guild.id, "key": "retention_days", "value": "30"}
    ]
    assert "Retention: unlimited" in await told(grace, "settings retention", days=0)
    assert "set by the bot owner" in await told(grace, "settings retention")


async def test_both_are_said_in_chinese(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    grace.locale = "zh-CN"
    text = await told(grace, "settings show")
    assert text.startswith("**服务器设置**\n模型：flux-dev（默认）\n")
    text = await told(grace, "preferences", private=True)
    assert text.startswith("**已保存。**你的偏好，适用于所有服务器和私信：\n")
    assert "仅自己可见：是" in text
