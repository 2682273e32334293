"""/doctor: who manages a server sees where the bot lacks something, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cogs.doctor import MAX_CHANNELS
from sandbox.discord import ClientRefusedError, Permission

if TYPE_CHECKING:
    from sandbox.discord import Person
    from tests.end_to_end.stage import Stage

SEES_ONLY = int(Permission.VIEW_CHANNEL)


def manager(stage: Stage, locale: str = "en-US") -> Person:
    return stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD, locale=locale)


async def told(person: Person) -> str:
    use = person.use("doctor")
    await use.answered()
    assert use.message is not None
    assert use.message.private
    return use.message.text


async def test_where_nothing_is_missing_that_is_said(stage: Stage) -> None:
    assert await told(manager(stage)) == (
        "OK: I have all permissions in the one channel that you can see."
    )


async def test_each_channel_is_named_with_what_it_lacks(stage: Stage) -> None:
    quiet = stage.discord.add_channel("quiet", bot_permissions=SEES_ONLY)
    text = await told(manager(stage))

    assert text == (
        "Permissions are missing in 1 of the 2 channels that you can see:\n"
        f"<#{quiet.id}>: Send Messages, Attach Files, Read Message History\n"
        "To fix this, open Edit Channel, then Permissions, and allow them for my role."
    )


async def test_of_a_forum_its_posts_are_meant(stage: Stage) -> None:
    forum = stage.discord.add_forum("gallery")
    everyone = stage.discord.guild.everyone
    stage.discord.set_overwrite(everyone, deny=Permission.SEND_MESSAGES_IN_THREADS, channel=forum)
    text = await told(manager(stage))

    assert f"<#{forum.id}>: Send Messages in Threads" in text


async def test_channels_that_the_person_does_not_see_are_not_told_of(stage: Stage) -> None:
    hidden = stage.discord.add_channel("board", bot_permissions=SEES_ONLY)
    everyone = stage.discord.guild.everyone
    stage.discord.set_overwrite(everyone, deny=Permission.VIEW_CHANNEL, channel=hidden)
    text = await told(manager(stage))

    assert str(hidden.id) not in text
    assert "the one channel" in text


async def test_of_many_channels_the_first_are_named(stage: Stage) -> None:
    for number in range(MAX_CHANNELS + 3):
        stage.discord.add_channel(f"quiet-{number}", bot_permissions=SEES_ONLY)
    text = await told(manager(stage))

    assert text.count("<#") == MAX_CHANNELS
    assert "\n… and 3 more.\n" in text


async def test_it_is_said_in_the_persons_language(stage: Stage) -> None:
    quiet = stage.discord.add_channel("quiet", bot_permissions=SEES_ONLY)
    text = await told(manager(stage, locale="zh-CN"))

    assert f"<#{quiet.id}>：" in text
    assert "读取消息历史记录" in text


async def test_others_are_not_offered_it(stage: Stage) -> None:
    with pytest.raises(ClientRefusedError):
        stage.ada.use("doctor")
    with pytest.raises(ClientRefusedError):
        manager(stage).use("doctor", channel=stage.ada.dm)
