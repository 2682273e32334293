"""/access: which models roles and people may use and where, and what others are told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from flux.catalogue import MODELS
from sandbox.discord import ClientRefusedError, Permission, Upload
from tests.end_to_end.stage import has_picture, says
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import InteractionResult, Person
    from sandbox.discord.records import Role
    from tests.end_to_end.stage import Stage


@pytest.fixture
def linus(stage: Stage) -> Person:
    """A server manager who is not the bot owner."""
    return stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD)


@pytest.fixture
def artists(stage: Stage) -> Role:
    return stage.discord.add_role("Artists")


CONFIRM = ("Allow only this", "只允许这些")


async def said(person: Person, command: str, **options: Any) -> str:  # noqa: ANN401
    """Return the private answer to a command; where it asks for confirmation, to that."""
    channel = options.pop("channel", None)
    return await confirmed(person, person.use(command, options, channel=channel))


async def ruled(person: Person, command: str, **options: Any) -> str:  # noqa: ANN401
    """Return the private answer to a command one of whose options is a channel."""
    return await confirmed(person, person.use(command, options))


async def confirmed(person: Person, use: InteractionResult) -> str:
    message = (await use.answered()).message
    assert message is not None
    assert message.private
    if message.buttons and message.buttons[0] in CONFIRM:
        await (await person.click(message, message.buttons[0])).answered()
        message = person.look_again(message)
        assert message is not None
        assert message.buttons == ()
    return message.text


async def made(stage: Stage, person: Person, **options: Any) -> None:  # noqa: ANN401
    before = len(stage.flux.charges)
    person.use("imagine", prompt=f"picture {before}", **options)
    await person.wait_for(
        lambda seen: has_picture(seen) and f"picture {before}" in seen.text,
        channel=options.get("channel"),
    )
    await stage.ended()


async def test_a_role_may_use_what_others_may_not(
    stage: Stage, linus: Person, artists: Role
) -> None:
    text = await said(linus, "access allow", model="flux-dev")
    assert "@everyone can use flux-dev in every channel." in text
    assert "From now on, only what is allowed can be used in this server." in text
    text = await said(linus, "access allow", role=artists)
    assert f"<@&{artists.id}> can use every model in every channel." in text
    assert "From now on" not in text
    ben = stage.discord.person("Ben")
    stage.discord.give_role(artists, ben)

    await made(stage, stage.ada)
    await made(stage, ben, model="flux-2-max")
    text = await said(stage.ada, "imagine", prompt="a lake", model="flux-2-max")
    assert r"access to flux\-2\-max here. You can use flux-dev." in text
    assert "You wrote:\na lake" in text
    photo = Upload("photo.png", picture_bytes(HILL))
    text = await said(stage.ada, "edit", image=photo, prompt="night")
    assert r"You don't have access to flux\-kontext\-pro here." in text
    assert len(stage.rows("jobs")) == 2


async def test_the_first_allow_rule_names_what_stops_working_and_asks(
    stage: Stage, linus: Person, artists: Role
) -> None:
    where = stage.discord.channel
    options: dict[str, Any] = {"role": artists, "model": "flux-dev", "channel": where}
    use = await linus.use("access allow", options).answered()
    question = use.message
    assert question is not None
    assert question.private
    line = f"<@&{artists.id}> can use flux-dev in <#{where.id}>"
    assert question.text == (
        f"**Only this would work in this server:** {line}. This would stop working:\n"
        f"- Everything for everyone except <@&{artists.id}>\n"
        "- All models except flux-dev\n"
        "- All edits: flux-dev can't edit images\n"
        f"- All channels except <#{where.id}>"
    )
    assert question.buttons == ("Allow only this",)
    assert stage.rows("access_rules") == stage.rows("rule_changes") == []
    await made(stage, stage.ada)

    await (await linus.click(question, "Allow only this")).answered()
    seen = linus.look_again(question)
    assert seen is not None
    assert seen.text.startswith(line)
    assert seen.buttons == ()
    [rule] = stage.rows("access_rules")
    assert (rule["who"], rule["target_id"], rule["model"], rule["channel_id"]) == (
        "role",
        artists.id,
        "flux-dev",
        where.id,
    )
    assert "You don't have access" in await said(stage.ada, "imagine", prompt="a lake")
    use = await linus.use("access allow", user=stage.ada.user).answered()
    assert use.message is not None
    assert use.message.buttons == ()
    await made(stage, stage.ada)


async def test_what_closes_nothing_needs_no_confirmation(stage: Stage, linus: Person) -> None:
    use = await linus.use("access allow").answered()
    assert use.message is not None
    assert use.message.buttons == ()
    assert len(stage.rows("access_rules")) == 1


async def test_a_confirmation_older_than_15_minutes_says_to_use_the_command_again(
    stage: Stage, linus: Person
) -> None:
    use = await linus.use("access allow", model="flux-dev").answered()
    assert use.message is not None
    stage.discord.clock.advance(15 * 60 + 1)
    late = await (await linus.click(use.message, "Allow only this")).answered()
    assert late.message is not None
    assert "so nothing was saved. Use /access allow again." in late.message.text
    assert stage.rows("access_rules") == []


async def test_models_are_suggested_to_whom_they_are_allowed(
    stage: Stage, linus: Person, artists: Role
) -> None:
    await said(linus, "access allow", model="flux-dev")
    await said(linus, "access allow", role=artists)
    await said(linus, "access deny", role=artists, model="flux-pro")
    ben = stage.discord.person("Ben")
    stage.discord.give_role(artists, ben)

    assert [each.value for each in await stage.ada.suggest("imagine", "model", "")] == ["flux-dev"]
    assert await stage.ada.suggest("edit", "model", "") == []
    offered = [each.value for each in await ben.suggest("imagine", "model", "")]
    assert "flux-2-max" in offered
    assert "flux-pro" not in offered
    assert len(await linus.suggest("access allow", "model", "")) == len(MODELS)


async def test_pictures_are_made_where_they_are_allowed_threads_included(
    stage: Stage, linus: Person
) -> None:
    studio = stage.discord.add_channel("studio")
    await ruled(linus, "access allow", channel=studio)
    text = await said(stage.ada, "imagine", prompt="a lake")
    assert "Image generation is disabled in this channel." in text
    assert f"Use <#{studio.id}> instead." in text
    await made(stage, stage.ada, channel=studio)
    await made(stage, stage.ada, channel=stage.discord.add_thread("sketches", studio))
    await made(stage, stage.ada, channel=stage.ada.dm)

    text = await ruled(linus, "access deny", channel=studio)
    assert f"@everyone can't use any model in <#{studio.id}>." in text
    assert "The opposite rule was replaced." in text
    text = await said(stage.ada, "imagine", prompt="a lake", channel=studio)
    assert "Ask a server manager to enable it." in text


async def test_a_denial_beats_every_permission_and_buttons_and_replies_go_by_it(
    stage: Stage, linus: Person, artists: Role
) -> None:
    stage.discord.give_role(artists, stage.ada)
    await made(stage, stage.ada)
    [card] = [seen for seen in stage.ada.read() if has_picture(seen)]
    await said(linus, "access allow", role=artists)
    await said(linus, "access deny", user=stage.ada.user)
    refusal = "You don't have access to image generation here."

    assert refusal in await said(stage.ada, "imagine", prompt="a lake")
    pressed = await (await stage.ada.click(card, "Regenerate")).answered()
    assert pressed.message is not None
    assert refusal in pressed.message.text
    stage.ada.reply(card, "make it night")
    hint = await stage.ada.wait_for(says(refusal))
    assert "Ask a server manager for access." in hint.text
    assert len(stage.rows("jobs")) == 1
    await made(stage, stage.ada, channel=stage.ada.dm)


async def test_somebody_with_200_roles_gets_what_the_last_one_allows(
    stage: Stage, linus: Person
) -> None:
    roles = [stage.discord.add_role(f"Role {number}") for number in range(200)]
    for role in roles:
        stage.discord.give_role(role, stage.ada)
    await said(linus, "access allow", role=roles[-1])
    await made(stage, stage.ada)
    assert "You don't have access to" in await said(linus, "imagine", prompt="a lake")


async def test_rules_are_shown_and_taken_away_a_deleted_role_s_too(
    stage: Stage, linus: Person, artists: Role
) -> None:
    assert "everyone can use every model in every channel" in await said(linus, "access show")
    await ruled(
        linus, "access deny", role=artists, model="flux-2-max", channel=stage.discord.channel
    )
    text = await said(linus, "access show")
    where = f"<#{stage.discord.channel.id}>"
    assert f"<@&{artists.id}> can't use flux-2-max in {where}" in text
    assert "Everything else is allowed." in text
    await said(linus, "access allow", user=stage.ada.user)
    assert "Everything else is denied." in await said(linus, "access show")
    text = await said(linus, "access show", user=stage.ada.user)
    models = ", ".join(MODELS)
    assert f"In this channel, <@{stage.ada.user.id}> can use {models}" in text
    text = await said(linus, "access show", user=linus.user)
    assert f"In this channel, <@{linus.user.id}> can't use any model." in text

    [first, _] = await linus.suggest("access clear", "rule", "")
    assert first.name == "@Artists can't use flux-2-max in #pictures"
    stage.discord.delete_role(artists)
    [choice] = await linus.suggest("access clear", "rule", "deleted role")
    assert choice.value == first.value
    text = await said(linus, "access clear", rule=choice.value)
    assert f"Removed: <@&{artists.id}> can't use flux-2-max in {where}." in text
    assert "That rule no longer exists." in await said(linus, "access clear", rule=choice.value)
    changes = stage.rows("rule_changes")
    assert [(row["subject"], row["before"], row["after"]) for row in changes] == [
        (f"flux-2-max in {stage.discord.channel.id}", None, "deny"),
        ("every model", None, "allow"),
        (f"flux-2-max in {stage.discord.channel.id}", "deny", None),
    ]


async def test_what_cannot_be_meant_changes_nothing(
    stage: Stage, linus: Person, artists: Role
) -> None:
    text = await said(linus, "access allow", model="flux-9")
    assert r"There is no model called flux\-9." in text
    text = await said(linus, "access deny", role=artists, user=stage.ada.user)
    assert "These options can't be combined" in text
    for command in ("access allow", "access deny", "access show"):
        with pytest.raises(ClientRefusedError):
            stage.ada.use(command)
    assert stage.rows("access_rules") == stage.rows("rule_changes") == []


async def test_of_two_who_change_one_rule_at_once_the_last_holds_and_both_are_noted(
    stage: Stage, linus: Person, artists: Role
) -> None:
    grace = stage.discord.person("Grace")
    texts = await asyncio.gather(
        said(linus, "access allow", role=artists), said(grace, "access deny", role=artists)
    )
    assert sum("The opposite rule was replaced." in text for text in texts) == 1
    [rule] = stage.rows("access_rules")
    changes = stage.rows("rule_changes")
    assert len(changes) == 2
    assert changes[-1]["after"] == rule["effect"]
    assert changes[-1]["before"] == changes[0]["after"] != rule["effect"]


async def test_everything_is_said_in_chinese_too(stage: Stage) -> None:
    mei = stage.discord.person("Mei", permissions=Permission.MANAGE_GUILD, locale="zh-CN")
    li = stage.discord.person("Li", locale="zh-CN")
    assert "所有人可以在所有频道使用所有模型" in await said(mei, "access show")
    text = await said(mei, "access allow", model="flux-dev")
    assert "@everyone 可以在任何频道使用 flux-dev。" in text
    assert "从现在起，在这个服务器里只能使用被允许的内容。" in text
    text = await said(li, "imagine", prompt="湖", model="flux-pro")
    assert r"你在这里不能使用 flux\-pro。你可以使用 flux-dev。" in text
    await ruled(mei, "access deny", channel=stage.discord.channel)
    text = await said(li, "imagine", prompt="湖")
    assert "这个频道不能生成图片。" in text
    text = await said(mei, "access show", user=li.user)
    assert f"<@{li.user.id}> 不能使用任何模型" in text
    [choice, _] = await mei.suggest("access clear", "rule", "")
    assert "已移除：" in await said(mei, "access clear", rule=choice.value)
