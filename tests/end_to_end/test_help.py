"""/help, and the same for a mention without words and after a first direct message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import DEFAULT_PERMISSIONS, Permission
from tests.end_to_end import scenes
from tests.end_to_end.panels import NOTHING, chosen
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_access import ruled
from tests.end_to_end.test_replies import hint

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import Channel, Person, SeenMessage
    from tests.end_to_end.stage import Stage

GENERATE = "**Generate:** `/imagine prompt:a lighthouse at dusk`"
MORE = "**More:** `/history` shows your images"
MANAGER = "**For server managers**"
OWNER = "**For the bot owner**"


def manager(stage: Stage, locale: str = "en-US") -> Person:
    return stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD, locale=locale)


def shows(prompt: str) -> Callable[[SeenMessage], bool]:
    return lambda seen: has_picture(seen) and prompt in seen.text


async def told(person: Person, channel: Channel | None = None) -> str:
    use = person.use("help", channel=channel)
    await use.answered()
    assert use.message is not None
    assert use.message.private
    assert not re.search(r"help-|\{|\}", use.message.text)
    return use.message.text


async def test_a_member_reads_three_lines(stage: Stage) -> None:
    lines = (await told(stage.discord.person("Ben"))).splitlines()
    assert lines[0] == GENERATE
    assert lines[1].startswith("**Edit:** reply to your image with what should change")
    assert lines[2].startswith(MORE)
    assert len(lines) == 3


async def test_whoever_manages_the_server_reads_more_and_the_owner_most(stage: Stage) -> None:
    text = await told(manager(stage))
    assert f"\n{MANAGER}" in text
    assert "log channel (now none)" in text
    assert OWNER not in text
    assert all(len(line) <= 80 for line in text.partition(MANAGER)[2].splitlines())
    await chosen(manager(stage), "settings", log_channel_id=stage.discord.channel.id)
    text = await told(stage.discord.person("Grace"))
    assert f"(now <#{stage.discord.channel.id}>)" in text
    assert f"\n{OWNER}" in text
    assert len(text.partition(MANAGER)[2].splitlines()) == 11


@pytest.mark.parametrize(
    ("who", "way"),
    [
        ("everyone", "reply to one of my images"),
        (NOTHING, "reply to your image"),
        ("mention", "mention me and write"),
        ("off", "`/edit`, or right-click"),
    ],
)
async def test_the_way_to_edit_is_the_one_that_the_server_chose(
    stage: Stage, who: str, way: str
) -> None:
    await chosen(manager(stage), "settings", reply_edits=who)
    assert way in (await told(stage.ada)).splitlines()[1]


async def test_mentions_are_named_where_they_generate(stage: Stage) -> None:
    await chosen(manager(stage), "settings", mention_generates=True)
    assert (await told(stage.ada)).startswith(f"{GENERATE}, or mention me with a prompt.")


async def test_what_a_person_may_not_do_is_not_offered(stage: Stage) -> None:
    linus, ben = manager(stage), stage.discord.person("Ben")
    await linus.use("access deny", user=ben.user, model="flux-kontext-pro").answered()
    assert "**Edit:**" in await told(ben)
    await linus.use("access deny", user=ben.user).answered()
    text = await told(ben)
    assert text.startswith("You don't have access to image generation here.")
    assert "**Edit:**" not in text
    assert "charged" not in text


async def test_a_blocked_person_reads_that(stage: Stage) -> None:
    ben = stage.discord.person("Ben")
    await (
        manager(stage).use("moderation block", user=ben.user, reason="spam", end="never").answered()
    )
    assert (await told(ben)).startswith("You're blocked from generating images here.\n**More:**")


async def test_a_closed_channel_names_those_that_are_open(stage: Stage) -> None:
    gallery = stage.discord.add_channel("gallery")
    await ruled(manager(stage), "access allow", channel=gallery)
    text = await told(stage.ada)
    assert text.startswith(f"Image generation is disabled in this channel. Use <#{gallery.id}>")
    assert (await told(stage.ada, gallery)).startswith(GENERATE)


async def test_a_missing_permission_of_the_bot_is_named(stage: Stage) -> None:
    left = DEFAULT_PERMISSIONS & ~Permission.ATTACH_FILES
    stage.discord.set_bot_permissions(left, stage.discord.channel)
    assert (await told(stage.ada)).startswith("I need these permissions in this channel: Attach")


@pytest.mark.parametrize("place", [scenes.group, scenes.installed])
async def test_help_works_in_a_group_and_where_the_bot_is_no_member(
    stage: Stage, place: Callable[[Stage], scenes.Scene]
) -> None:
    text = await told(stage.ada, place(stage).channel)
    assert text.startswith(GENERATE)
    assert "**Edit:** `/edit`, or right-click" in text
    assert MANAGER not in text


async def test_help_is_in_the_reader_s_language_with_its_own_examples(stage: Stage) -> None:
    text = await told(manager(stage, locale="zh-CN"))
    assert text.startswith("**生成：**`/画图 提示词:黄昏时的灯塔`")
    assert "改成夜晚" in text
    assert "lighthouse" not in text


async def test_a_mention_without_words_is_answered_with_the_help(stage: Stage) -> None:
    message = stage.ada.send("@Fluxcord")
    seen = await stage.ada.wait_for(hint(message))
    assert seen.text == await told(stage.ada)
    assert seen.raw["mentions"] == []
    assert stage.rows() == []


async def test_the_first_direct_message_gets_the_help_once_after_its_result(stage: Stage) -> None:
    dm = stage.ada.dm
    await stage.ada.use("imagine", prompt="a fox", channel=dm).answered()
    await stage.ada.wait_for(has_picture, channel=dm)
    helps = says("**Generate:** write me a prompt")
    for prompt in ("a red fox", "a blue fox", "a green fox"):
        stage.ada.send(prompt, channel=dm)
        await stage.ada.wait_for(shows(prompt), channel=dm)
        await stage.ada.wait_for(helps, channel=dm)
    await stage.ada.use("style list", channel=dm).answered()

    seen = stage.ada.read(dm)
    [place] = [number for number, each in enumerate(seen) if helps(each)]
    first = next(number for number, each in enumerate(seen) if shows("a red fox")(each))
    assert place > first
    assert not seen[place].private
