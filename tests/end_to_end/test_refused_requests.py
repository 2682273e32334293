"""Requests that limits, access and moderation refuse: the whole sentence, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from sandbox.discord import Permission
from tests.end_to_end.stage import has_picture, open_stage

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord import Person
    from tests.end_to_end.stage import Stage

PRICE: Final = 0.216
"""Of one picture of the default model."""


async def first_line(person: Person, command: str, **options: Any) -> str:  # noqa: ANN401
    """Return the sentence that a private answer begins with, whatever time it names."""
    use = await person.use(command, **options).answered()
    assert use.message is not None
    assert use.message.private
    return re.sub(r"<t:\d+:R>", "<time>", use.message.text.split("\n")[0])


async def check_refused(stage: Stage, english: str, chinese: str, **options: Any) -> None:  # noqa: ANN401
    """Check both sentences, and that nothing was begun for them."""
    before = len(stage.rows("jobs"))
    for locale, words in (("en-US", english), ("zh-CN", chinese)):
        stage.ada.locale = locale
        assert await first_line(stage.ada, "imagine", **{"prompt": "a lake", **options}) == words
    assert len(stage.rows("jobs")) == len(stage.flux.charges) == before


@pytest.fixture
def mia(stage: Stage) -> Person:
    """A server manager who is not the bot owner."""
    stage.discord.person("Grace")  # who does
    return stage.discord.person("Mia", permissions=Permission.MANAGE_GUILD)


async def test_places_roles_models_and_numbers(stage: Stage, mia: Person) -> None:
    everyone = stage.discord.guild.everyone
    await mia.use("limits set", what="pictures_per_request", amount="2", role=everyone).answered()
    await check_refused(
        stage,
        "You requested 4 images; the limit here is 2 per request. Request fewer.",
        "你请求了 4 张图片，这里每次请求最多 2 张。请减少数量。",
        count=4,
    )
    await mia.use("access deny", user=stage.ada.user, model="flux-dev").answered()
    await mia.use("access deny", user=stage.ada.user).answered()
    await check_refused(
        stage,
        "You don't have access to image generation here. Ask a server manager for access.",
        "你在这里没有生成图片的权限。请联系服务器的管理者。",
    )
    await mia.use("access deny", {"channel": stage.discord.channel}).answered()
    await check_refused(
        stage,
        "Image generation is disabled in this channel. Ask a server manager to enable it.",
        "这个频道不能生成图片。请联系服务器的管理者开启。",
    )


async def test_words_and_blocks(stage: Stage, mia: Person) -> None:
    await mia.use("moderation words add", words="lake").answered()
    await check_refused(
        stage,
        "Your prompt contains blocked words: ||lake||. Rephrase your prompt.",
        "你的提示词含有被屏蔽的词：||lake||。请修改提示词。",
    )
    block: dict[str, Any] = {"user": stage.ada.user, "reason": "spam"}
    await mia.use("moderation block", **block, end="hour").answered()
    await check_refused(
        stage,
        'You\'re blocked from generating images; the block ends <time>. Reason: "spam"',
        "你已被禁止生成图片，将在 <time>解除。原因：“spam”。",
    )
    await mia.use("moderation block", **block, end="never").answered()
    await check_refused(
        stage,
        "You're blocked from generating images; ask a server manager or the bot owner to unblock "
        'you. Reason: "spam"',
        "你已被禁止生成图片，可请服务器的管理者或机器人的运营者解除。原因：“spam”。",
    )


async def test_a_pause(tmp_path: Path) -> None:
    async with open_stage(tmp_path, COOLDOWN_S="3600") as stage, stage.bot_running():
        await made(stage)
        await check_refused(
            stage,
            "You're sending requests too quickly. You can send the next one <time>.",
            "你的请求过于频繁。你可以在 <time>发送下一个请求。",
        )


async def test_budgets_of_a_server_and_of_the_whole_bot(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    await made(stage)
    month: dict[str, Any] = {"what": "pictures_per_month", "amount": "1"}
    await grace.use("limits set", **month, everywhere=True).answered()
    await check_refused(
        stage,
        "This would exceed the bot's limit of 1 image a month. "
        "Request fewer images or a cheaper model, or try again <time>.",
        "这会超过这个机器人的上限（每月 1 张图片）。"
        "请减少张数，或换一个更便宜的模型，或在 <time>再试。",
    )
    [rule] = await grace.suggest("limits clear", "rule", "")
    await grace.use("limits clear", rule=rule.value).answered()
    await grace.use("limits set", what="microcredits_per_month", amount="0.1").answered()
    await check_refused(
        stage,
        "This request alone exceeds this server's limit of 0.1 credits a month, "
        "set by the bot owner. Request fewer images or a cheaper model.",
        "仅这一个请求就超过了这个服务器的上限（每月 0.1 积分，由机器人的运营者设置）。"
        "请减少张数，或换一个更便宜的模型。",
    )


async def made(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a picture")
    await stage.ada.wait_for(has_picture)
    await stage.ended()
