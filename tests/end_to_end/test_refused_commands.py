"""What managers' and people's own commands refuse, in the language of who typed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from sandbox.discord import Aim, Permission

if TYPE_CHECKING:
    from sandbox.discord import InteractionResult
    from tests.end_to_end.stage import Stage

REFUSALS: Final[list[tuple[str, dict[str, Any], str, str]]] = [
    (
        "settings defaults",
        {"size": "huge"},
        "huge is not a valid size. Nothing was charged.",
        "huge 不是有效的尺寸。本次没有扣费。",
    ),
    (
        "preferences",
        {"model": "flux-9"},
        "There is no model called flux\\-9. Nothing was charged.",
        "没有名为 flux\\-9 的模型。本次没有扣费。",
    ),
    (
        "limits clear",
        {"rule": "77"},
        "There is no such limit any more. Nothing was changed.",
        "已经没有这个限制了。没有做任何更改。",
    ),
    (
        "access clear",
        {"rule": "77"},
        "There is no such rule any more. Nothing was changed.",
        "已经没有这条规则了。没有做任何更改。",
    ),
    (
        "access allow",
        {"model": "flux-9"},
        "There is no model called flux\\-9. Nothing was charged.",
        "没有名为 flux\\-9 的模型。本次没有扣费。",
    ),
    (
        "access deny",
        {"model": "flux-9"},
        "There is no model called flux\\-9. Nothing was charged.",
        "没有名为 flux\\-9 的模型。本次没有扣费。",
    ),
    (
        "limits set",
        {"what": "pictures_per_day", "amount": "9"},
        "What a whole server may use is for whoever runs this bot to say. Nothing was changed.",
        "整个服务器可以用多少，由机器人的运营者决定。没有做任何更改。",
    ),
    (
        "limits show",
        {"everywhere": True},
        "Only whoever runs this bot can decide for all of it. Nothing was changed.",
        "只有机器人的运营者可以为整个机器人做决定。没有做任何更改。",
    ),
    (
        "moderation words remove",
        {"words": "murky"},
        "There is no rule of these words. Nothing was changed.",
        "没有这些词的规则。没有做任何更改。",
    ),
    (
        "moderation words list",
        {"everywhere": True},
        "Only whoever runs this bot can decide for all of it. Nothing was changed.",
        "只有机器人的运营者可以为整个机器人做决定。没有做任何更改。",
    ),
    (
        "moderation blocked",
        {"everywhere": True},
        "Only whoever runs this bot can decide for all of it. Nothing was changed.",
        "只有机器人的运营者可以为整个机器人做决定。没有做任何更改。",
    ),
    (
        "moderation words add",
        {"words": "a"},
        "A rule needs a word of at least two letters, or one Chinese character",
        "规则需要至少两个字母的词，或一个汉字",
    ),
    (
        "usage",
        {"scope": "all"},
        "Only whoever runs this bot can see the usage of all. Choose yours.",
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
            "You cannot block yourself. Nothing was changed.",
            "They are not blocked. Nothing was changed.",
            "Only those who may manage this server can see its usage. Choose yours.",
        ),
        (
            "zh-CN",
            "你不能限制自己。没有做任何更改。",
            "这个人没有被限制。没有做任何更改。",
            "只有能管理这个服务器的人可以查看它的用量。请选择你自己的用量。",
        ),
    ):
        mia.locale = stage.ada.locale = locale
        assert await text_of(mia.use("moderation block", **me)) == yourself
        assert await text_of(mia.use("moderation unblock", user=stage.ada.user)) == nobody
        assert await text_of(stage.ada.use("usage", scope="server")) == usage


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-US", "I may not see that channel, write there or attach files. Nothing was changed."),
        ("zh-CN", "我不能查看那个频道、在那里发言或添加文件。没有做任何更改。"),
    ],
)
async def test_a_log_channel_that_the_bot_may_not_use_is_refused(
    stage: Stage, locale: str, words: str
) -> None:
    mia = stage.discord.person("Mia", permissions=Permission.MANAGE_GUILD, locale=locale)
    closed = stage.discord.add_channel("closed")
    stage.discord.set_bot_permissions(0, closed)

    text = await text_of(mia.use("settings log-channel", {"channel": closed}))
    assert text.startswith(words)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-US", "I did not make a picture of this message"),
        ("zh-CN", "这条消息里没有我生成的图片"),
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
        ("en-US", "Your last export is still being put together. Nothing new was begun"),
        ("zh-CN", "你上一次的导出还在准备中。没有开始新的导出"),
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
