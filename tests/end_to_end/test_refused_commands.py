"""What managers' and people's own commands refuse, in the language of who typed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from sandbox.discord import Aim, Permission
from tests.end_to_end.panels import opened, picked

if TYPE_CHECKING:
    from sandbox.discord import InteractionResult
    from tests.end_to_end.stage import Stage

REFUSALS: Final[list[tuple[str, dict[str, Any], str, str]]] = [
    (
        "settings",
        {"size": "huge"},
        "huge is not a valid size.",
        "huge 不是有效的尺寸。",
    ),
    (
        "preferences",
        {"size": "1x1"},
        "1x1 is not a valid size.",
        "1x1 不是有效的尺寸。",
    ),
    (
        "limits clear",
        {"rule": "77"},
        "That limit no longer exists.",
        "这个限制已不存在。",
    ),
    (
        "access clear",
        {"rule": "77"},
        "That rule no longer exists.",
        "这条规则已不存在。",
    ),
    (
        "access allow",
        {"model": "flux-9"},
        "There is no model called flux\\-9.",
        "没有名为 flux\\-9 的模型。",
    ),
    (
        "access deny",
        {"model": "flux-9"},
        "There is no model called flux\\-9.",
        "没有名为 flux\\-9 的模型。",
    ),
    (
        "limits set",
        {"what": "jobs_at_once", "amount": "9"},
        "This limit can only be set for a role or user in a server.",
        "这种限制只能为服务器中的身份组或用户设置。",
    ),
    (
        "limits show",
        {"everywhere": True},
        "Only the bot owner can use `everywhere`.",
        "只有机器人的运营者可以使用",
    ),
    (
        "moderation words remove",
        {"words": "murky"},
        "These words are not blocked.",
        "这些词没有被屏蔽。",
    ),
    (
        "moderation words list",
        {"everywhere": True},
        "Only the bot owner can use `everywhere`.",
        "只有机器人的运营者可以使用",
    ),
    (
        "moderation blocked",
        {"everywhere": True},
        "Only the bot owner can use `everywhere`.",
        "只有机器人的运营者可以使用",
    ),
    (
        "moderation words add",
        {"words": "a"},
        "A blocked word needs at least two letters or one Chinese character",
        "屏蔽词需要至少两个字母或一个汉字",
    ),
    (
        "usage",
        {"scope": "all"},
        "Only the bot owner can see all usage. Choose your own usage.",
        "只有机器人的运营者可以查看全部用量。请选择你自己的用量。",
    ),
]


async def text_of(use: InteractionResult) -> str:
    await use.answered()
    assert use.message is not None
    assert use.message.private
    return use.message.text


async def test_each_command_refuses_in_the_language_of_who_typed_it(stage: Stage) -> None:
    mia = stage.discord.person("Mia", permissions=Permission.MANAGE_GUILD)
    for command, options, english, chinese in REFUSALS:
        for locale, words in (("en-US", english), ("zh-CN", chinese)):
            mia.locale = locale
            text = await text_of(mia.use(command, raw=True, **options))
            assert text.startswith(words), command


async def test_blocks_and_a_server_s_usage_are_refused_in_both_languages(stage: Stage) -> None:
    mia = stage.discord.person("Mia", permissions=Permission.MANAGE_GUILD)
    me: dict[str, Any] = {"user": mia.user, "reason": "me", "end": "hour"}
    for locale, yourself, nobody, usage in (
        (
            "en-US",
            "You can't block yourself.",
            "This user is not blocked.",
            "You need the Manage Server permission to see this server's usage.",
        ),
        (
            "zh-CN",
            "你不能禁止自己。",
            "这位用户没有被禁止。",
            "你需要“管理服务器”权限才能查看它的用量。请选择你自己的用量。",
        ),
    ):
        mia.locale = stage.ada.locale = locale
        assert await text_of(mia.use("moderation block", **me)) == yourself
        assert await text_of(mia.use("moderation unblock", user=stage.ada.user)) == nobody
        assert (await text_of(stage.ada.use("usage", scope="server"))).startswith(usage)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-US", "I need View Channel, Send Messages and Attach Files in that channel."),
        ("zh-CN", "我在那个频道需要“查看频道”“发送消息”和“添加文件”权限。"),
    ],
)
async def test_a_log_channel_that_the_bot_may_not_use_is_refused(
    stage: Stage, locale: str, words: str
) -> None:
    mia = stage.discord.person("Mia", permissions=Permission.MANAGE_GUILD, locale=locale)
    closed = stage.discord.add_channel("closed")
    stage.discord.set_bot_permissions(0, closed)

    panel = await picked(mia, await opened(mia, "settings"), log_channel_id=closed.id)
    assert words in panel.text


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-US", "I can't find an image of mine in this message"),
        ("zh-CN", "我在这条消息里没有找到我的图片"),
    ],
)
async def test_a_report_of_somebody_elses_message_is_refused(
    stage: Stage, locale: str, words: str
) -> None:
    bob = stage.discord.person("Bob", locale=locale)
    message = stage.ada.send("no picture")

    assert (await text_of(bob.use_on(message, "Report image"))).startswith(words)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-US", "Your last export is still in progress"),
        ("zh-CN", "你上一次的导出仍在进行"),
    ],
)
async def test_a_second_export_is_not_begun_beside_the_first(
    stage: Stage, locale: str, words: str
) -> None:
    stage.ada.locale = locale
    held = stage.discord.faults.hang(Aim("@original$", "PATCH"))
    first = stage.ada.use("privacy export")
    await stage.until(lambda: bool(stage.discord.faults.log))

    second = stage.ada.use("privacy export")
    refused = await second.wait_for(lambda message: words in message.text)
    assert refused.private
    held.release()
    await first.wait_for(lambda message: bool(message.text) and words not in message.text)
