"""Each reads their own language, a channel its server's, whoever asks and whatever restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.flux.faults import Hang
from tests.end_to_end.panels import chosen, shown
from tests.end_to_end.stage import has_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import Channel, Person, SeenMessage
    from tests.end_to_end.stage import Stage

CHINESE_BUTTONS = ("重新生成", "编辑", "修改提示词", "详情", "删除")
ENGLISH_BUTTONS = ("Regenerate", "Edit", "Edit prompt", "Details", "Delete")


@pytest.fixture
def mei(stage: Stage) -> Person:
    """Somebody whose Discord is Chinese, in a server that is English."""
    person = stage.discord.person("Mei")
    person.locale = "zh-CN"
    return person


@pytest.fixture
def harbour(stage: Stage) -> Channel:
    """A channel of a server that is Chinese."""
    guild = stage.discord.add_guild("港湾")
    stage.discord.set_locale("zh-CN", guild)
    return stage.discord.add_channel("图片", guild)


async def made(person: Person, channel: Channel | None = None) -> SeenMessage:
    """Have somebody make a picture, and return the message that shows it."""
    person.use("imagine", prompt="a lighthouse", channel=channel)
    return await person.wait_for(has_picture, channel=channel)


def answers(message: SeenMessage) -> Callable[[SeenMessage], bool]:
    return lambda seen: seen.reply_to == message.id and seen.author == "Fluxcord"


async def test_a_refusal_and_its_form_are_in_the_person_s_language(
    stage: Stage, mei: Person
) -> None:
    use = await mei.use("imagine", raw=True, prompt="一座灯塔", size="巨大").answered()
    assert use.message is not None
    assert use.message.text == (
        "巨大 不是有效的尺寸。请使用比例（例如 16:9）或像素"
        "（例如 1344x768）。\n你输入的内容：\n一座灯塔"
    )
    assert use.message.buttons == ("重试",)
    reopened = await (await mei.click(use.message, "重试")).answered()
    assert reopened.modal is not None
    assert reopened.modal.title == "重试"
    fields = reopened.modal.fields
    assert [field.label for field in fields] == ["提示词", "模型", "宽高比", "图片数量"]
    assert "方形 1:1" in [option["label"] for option in fields[2].raw["options"]]
    await (await mei.submit(reopened, size="16:9")).answered()
    assert (await mei.wait_for(has_picture)).buttons == ENGLISH_BUTTONS

    english = await stage.ada.use("imagine", raw=True, prompt="a cat", size="huge").answered()
    assert english.message is not None
    assert "huge is not a valid size." in english.message.text


async def test_a_card_of_one_s_own_is_in_one_s_own_language(stage: Stage, mei: Person) -> None:
    seen = await made(mei, mei.dm)
    assert seen.buttons == CHINESE_BUTTONS
    assert seen.images[0].alt == "图片：a lighthouse"
    assert seen.text.endswith(" 秒 · 0.22 积分")
    assert [row["locale"] for row in stage.rows("jobs")] == ["zh-CN"]

    use = mei.use("imagine", prompt="a boat", private=True)
    await use.wait_for(has_picture)
    assert use.message is not None
    assert use.message.private
    assert use.message.buttons == CHINESE_BUTTONS


async def test_a_card_for_all_is_in_the_server_s_language(
    stage: Stage, mei: Person, harbour: Channel
) -> None:
    assert (await made(mei)).buttons == ENGLISH_BUTTONS
    seen = await made(stage.ada, harbour)
    assert seen.buttons == CHINESE_BUTTONS

    # What only she sees is in hers.
    details = await (await stage.ada.click(seen, "详情")).wait_for(has_picture)
    assert details.text.startswith("**Details**")
    assert "Cost: " in details.text
    details = await (await mei.click(seen, "详情")).wait_for(has_picture)
    assert details.text.startswith("**详情**")
    assert "费用：" in details.text
    form = await (await stage.ada.click(seen, "编辑")).answered()
    assert form.modal is not None
    assert form.modal.title == "Edit image"


async def test_where_the_bot_is_no_member_the_server_s_language_holds_too(
    stage: Stage, mei: Person
) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    assert (await made(mei, channel)).buttons == ENGLISH_BUTTONS
    guild.locale = "zh-CN"
    use = stage.ada.use("imagine", prompt="a boat", channel=channel)
    assert (await use.wait_for(has_picture)).buttons == CHINESE_BUTTONS


async def test_a_server_that_changes_its_language_is_answered_in_the_new_one(
    stage: Stage,
) -> None:
    assert (await made(stage.ada)).buttons == ENGLISH_BUTTONS
    stage.discord.set_locale("zh-CN")
    message = stage.ada.send("@Fluxcord a lighthouse")
    hint = await stage.ada.wait_for(answers(message))
    # She has been seen before, with her own language.
    assert "Generating images by mention is disabled in this server" in hint.text
    bob = stage.discord.person("Bob")
    message = bob.send("@Fluxcord a lighthouse")
    assert "这个服务器关闭了通过提及生成图片" in (await bob.wait_for(answers(message))).text


async def test_a_card_keeps_its_language_when_the_bot_starts_again(idle_stage: Stage) -> None:
    idle_stage.discord.set_locale("zh-CN")
    idle_stage.flux.misbehave("work", Hang(), times=2)
    async with idle_stage.bot_running():
        ada = idle_stage.ada
        ada.use("imagine", prompt="a lighthouse")
        ada.use("imagine", prompt="a boat", channel=ada.dm)
        status = await ada.wait_for(lambda seen: "正在生成" in seen.text)
        assert status.buttons == ("取消",)
        await ada.wait_for(lambda seen: "Generating" in seen.text, channel=ada.dm)
        await idle_stage.running(2)
    idle_stage.flux.release()
    async with idle_stage.bot_running():
        assert (await ada.wait_for(has_picture)).buttons == CHINESE_BUTTONS
        assert (await ada.wait_for(has_picture, channel=ada.dm)).buttons == ENGLISH_BUTTONS


async def test_a_hint_is_in_the_language_that_was_last_seen(stage: Stage, mei: Person) -> None:
    message = mei.send("@Fluxcord 一座灯塔")
    hint = await mei.wait_for(answers(message))
    assert "Use `/imagine`" in hint.text

    picture = await made(mei)
    message = mei.reply(picture, "@Fluxcord")
    assert "请说明要修改什么" in (await mei.wait_for(answers(message))).text
    message = mei.send("@Fluxcord 一座灯塔")
    hint = await mei.wait_for(lambda seen: answers(message)(seen) and "请使用" in seen.text)
    assert "/画图" in hint.text


async def test_a_direct_message_that_a_reply_asks_for_is_in_the_last_language(
    stage: Stage, mei: Person
) -> None:
    picture = await made(mei)
    mei.reply(picture, "改成夜晚 private:true")
    assert (await mei.wait_for(has_picture, channel=mei.dm)).buttons == CHINESE_BUTTONS
    message = mei.send("一只猫", channel=mei.dm)
    seen = await mei.wait_for(
        lambda seen: answers(message)(seen) and has_picture(seen), channel=mei.dm
    )
    assert seen.text.endswith(" 积分")
    # What a message asks for in the channel stays in the channel's language.
    message = mei.reply(picture, "加一点雪")
    seen = await mei.wait_for(lambda seen: answers(message)(seen) and has_picture(seen))
    assert seen.buttons == ENGLISH_BUTTONS
    await stage.ended()
    assert {row["locale"] for row in stage.rows("jobs")} == {"zh-CN"}


async def test_the_history_and_all_in_it_is_in_the_person_s_language(
    stage: Stage, mei: Person
) -> None:
    empty = await mei.use("history").answered()
    assert empty.message is not None
    assert empty.message.text == "你还没有图片。用 `/画图` 生成一张吧。"
    await made(mei)
    await stage.ended()
    page = await mei.use("history").wait_for(has_picture)
    assert page.text.startswith("**你的图片**\n-# 第 1 到 1 项，从最新的开始")
    opened = await mei.pick(page, "a lighthouse")
    shown = await opened.wait_for(has_picture)
    assert shown.buttons[-3:] == ("发布到这里", "发送到私信", "从历史中删除")
    asked = await (await mei.click(shown, "从历史中删除")).answered()
    assert asked.failed is None
    question = await mei.wait_for(lambda seen: "要永久删除吗" in seen.text)
    assert question.buttons == ("永久删除", "取消")


async def test_what_is_suggested_is_in_the_person_s_language_and_understood_typed_out(
    stage: Stage, mei: Person
) -> None:
    models = await mei.suggest("imagine", "model", "")
    assert models[0].name == "flux-dev：默认，快速便宜，适合试验想法（约 0.22 积分，10 秒）"
    sizes = await mei.suggest("imagine", "size", "横向")
    assert "横向 16:9" in [choice.name for choice in sizes]
    for name in (models[0].name, models[1].name):
        await mei.use("imagine", prompt="a boat", model=name, size="横向 16:9").answered()
    rows = await stage.ended()
    assert [(row["model"], row["size"]) for row in rows] == [
        (models[0].value, "16:9"),
        (models[1].value, "16:9"),
    ]


async def test_the_menu_of_a_message_opens_a_form_in_the_person_s_language(
    stage: Stage, mei: Person
) -> None:
    form = await mei.use_on(await made(stage.ada), "Edit image").answered()
    assert form.modal is not None
    assert form.modal.title == "编辑图片"
    assert form.modal.fields[0].label == "要修改什么"
    plain = stage.ada.send("no picture here")
    use = await mei.use_on(plain, "Image details").answered()
    assert use.message is not None
    assert "你仍然可以使用“编辑图片”" in use.message.text


async def test_a_choice_of_pictures_and_of_settings_is_in_the_person_s_language(
    stage: Stage, mei: Person
) -> None:
    mei.use("imagine", prompt="a lighthouse", count=2, channel=mei.dm)
    several = await mei.wait_for(has_picture, channel=mei.dm)
    assert several.buttons == ("1", "2", *CHINESE_BUTTONS)
    message = mei.reply(several, "改成夜晚")
    question = await mei.wait_for(answers(message), channel=mei.dm)
    assert question.text.startswith("**哪一张图片？**")

    grace = stage.discord.person("Grace")
    grace.locale = "zh-CN"
    panel = await chosen(grace, "settings", reply_edits="off")
    assert shown(panel)["reply_edits"] == "没有人"
    saved = await mei.use("style save", name="胶片", after="胶片颗粒").answered()
    assert saved.message is not None
    assert saved.message.text.startswith("风格 **胶片** 已保存。使用 `/画图` 和 `/改图` 时")
