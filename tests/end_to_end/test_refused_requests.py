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
    """Somebody who manages the server and does not run the bot."""
    stage.discord.person("Grace")  # who does
    return stage.discord.person("Mia", permissions=Permission.MANAGE_GUILD)


async def test_places_roles_models_and_numbers(stage: Stage, mia: Person) -> None:
    everyone = stage.discord.guild.everyone
    await mia.use("limits set", what="pictures_per_request", amount="2", role=everyone).answered()
    await check_refused(
        stage,
        "You asked for 4 pictures at once, and here you may ask for 2. Nothing was charged. "
        "Ask for fewer.",
        "你一次请求了 4 张图片，而你在这里一次最多可以请求 2 张。本次没有扣费。请减少张数。",
        count=4,
    )
    await mia.use("access deny", user=stage.ada.user, model="flux-dev").answered()
    await mia.use("access deny", user=stage.ada.user).answered()
    await check_refused(
        stage,
        "You don't have access to image generation here. Nothing was charged. Ask them for it.",
        "你不能在这里使用我：服务器的管理者没有允许你这样做。本次没有扣费。如有需要，请联系他们。",
    )
    await mia.use("access deny", {"channel": stage.discord.channel}).answered()
    await check_refused(
        stage,
        "Image generation is disabled in this channel. Nothing was charged. "
        "Ask a server manager to enable it.",
        "这个频道不生成图片。本次没有扣费。可以在哪里生成图片，由服务器的管理者决定。",
    )


async def test_words_and_blocks(stage: Stage, mia: Person) -> None:
    await mia.use("moderation words add", words="lake").answered()
    await check_refused(
        stage,
        "Your request holds contains blocked words: ||lake|| Nothing was charged. "
        "Say it differently.",
        "你的请求中有这里不允许的词：||lake|| 本次没有扣费。请换一种说法。",
    )
    block: dict[str, Any] = {"user": stage.ada.user, "reason": "spam"}
    await mia.use("moderation block", **block, end="hour").answered()
    await check_refused(
        stage,
        "You may ask me for no pictures: spam Nothing was charged. It ends <time>.",
        "你不能让我生成图片：spam 本次没有扣费。将在 <time>解除。",
    )
    await mia.use("moderation block", **block, end="never").answered()
    await check_refused(
        stage,
        "You may ask me for no pictures: spam Nothing was charged. "
        "Whoever manages the server, or runs this bot, can end that.",
        "你不能让我生成图片：spam 本次没有扣费。服务器的管理者或机器人的运营者可以解除。",
    )


async def test_a_pause(tmp_path: Path) -> None:
    async with open_stage(tmp_path, COOLDOWN_S="3600") as stage, stage.bot_running():
        await made(stage)
        await check_refused(
            stage,
            "You're sending requests too quickly. Nothing was charged. "
            "You can ask for the next <time>.",
            "你刚刚才请求过图片。本次没有扣费。你可以在 <time>发起下一次请求。",
        )


async def test_budgets_of_a_server_and_of_the_whole_bot(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    await made(stage)
    month: dict[str, Any] = {"what": "pictures_per_month", "amount": "1"}
    await grace.use("limits set", **month, everywhere=True).answered()
    await check_refused(
        stage,
        "This would go exceed the bot's limit: 1 picture a month. Nothing was charged. "
        "Request fewer images or a cheaper model, or come back <time>.",
        "这会超出这个机器人的上限（每月 1 张图片）。本次没有扣费。"
        "请减少张数，或换一个更便宜的模型，或在 <time>再来。",
    )
    [rule] = await grace.suggest("limits clear", "rule", "")
    await grace.use("limits clear", rule=rule.value).answered()
    await grace.use("limits set", what="microcredits_per_month", amount="0.1").answered()
    await check_refused(
        stage,
        "This alone is more than this server may use: 0.1 credits a month. Nothing was charged. "
        "Request fewer images or a cheaper model.",
        "仅这一次请求就超过了这个服务器的上限（每月 0.1 积分）。本次没有扣费。"
        "请减少张数，或换一个更便宜的模型。",
    )


async def made(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a picture")
    await stage.ada.wait_for(has_picture)
    await stage.ended()
