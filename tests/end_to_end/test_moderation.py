"""/moderation: words that no request may hold, and people who may not ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import ClientRefusedError, Permission, Upload
from tests.end_to_end.stage import has_picture, says
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import Person
    from tests.end_to_end.stage import Stage


@pytest.fixture
def linus(stage: Stage) -> Person:
    """A server manager who is not the bot owner."""
    stage.discord.person("Grace")  # who does
    return stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD)


async def said(person: Person, command: str, **options: Any) -> str:  # noqa: ANN401
    """Return the private answer to a command."""
    use = await person.use(command, **options).answered()
    assert use.message is not None
    assert use.message.private
    return use.message.text


async def test_words_are_refused_however_they_are_written_and_cost_nothing(
    stage: Stage, linus: Person
) -> None:
    text = await said(linus, "moderation words add", words="Murky")
    assert "Prompts containing ||Murky|| are now blocked." in text

    for prompt in ("a murky lake", "m-u-r-k-y", "MUR\u200bKY water"):
        text = await said(stage.ada, "imagine", prompt=prompt)
        assert "Your prompt contains blocked words: ||Murky||" in text
        assert "Rephrase your prompt." in text
    stage.ada.use("imagine", prompt="a murkyish lake")
    await stage.ada.wait_for(has_picture)
    assert len(stage.rows("jobs")) == 1


async def test_edits_changes_and_styles_are_looked_through_too(stage: Stage, linus: Person) -> None:
    stage.ada.use("imagine", prompt="a lake")
    picture = await stage.ada.wait_for(has_picture)
    await said(linus, "moderation words add", words="murky")
    refusal = "contains blocked words"

    photo = Upload("photo.png", picture_bytes(HILL))
    assert refusal in await said(stage.ada, "edit", image=photo, prompt="make it murky")
    await said(stage.ada, "style save", name="fog", before="murky")
    assert refusal in await said(stage.ada, "imagine", prompt="a lake", style="fog")
    opened = await (await stage.ada.click(picture, "Edit prompt")).answered()
    handed_in = await stage.ada.submit(opened, prompt="a murky lake")
    await handed_in.answered()
    assert handed_in.message is not None
    assert refusal in handed_in.message.text
    stage.ada.reply(picture, "make it murky")
    hint = await stage.ada.wait_for(says(refusal))
    assert "Rephrase your prompt." in hint.text
    assert len(stage.rows("jobs")) == 1


async def test_a_rule_on_trial_only_notes(stage: Stage, linus: Person) -> None:
    text = await said(linus, "moderation words add", words="murky", test=True)
    assert "are now logged but not blocked" in text
    stage.ada.use("imagine", prompt="a murky lake")
    await stage.ada.wait_for(has_picture)
    assert "(log only)" in await said(linus, "moderation words list")

    await said(linus, "moderation words add", words="murky")
    text = await said(linus, "moderation words test", text="so M.U.R.K.Y it is")
    assert "**Matches:**\n||murky||" in text
    assert "No matches" in await said(linus, "moderation words test", text="a lake")
    assert "Removed:" in await said(linus, "moderation words remove", words="mUrKy")
    assert "There are no blocked words" in await said(linus, "moderation words list")


@pytest.mark.parametrize("words", ["x", "...", "\u200b", "🔥"])
async def test_a_rule_that_would_find_nothing_or_everything_is_refused(
    stage: Stage, linus: Person, words: str
) -> None:
    text = await said(linus, "moderation words add", words=words)
    assert "A blocked word needs at least two letters or one Chinese character" in text
    assert stage.rows("word_rules") == []
    assert "These words are not blocked" in await said(
        linus, "moderation words remove", words=words
    )


async def test_one_chinese_character_is_a_rule(stage: Stage, linus: Person) -> None:
    await said(linus, "moderation words add", words="妓")
    stage.ada.locale = "zh-CN"
    text = await said(stage.ada, "imagine", prompt="名妓图")
    assert "你的提示词含有被屏蔽的词：||妓||" in text


async def test_who_is_blocked_is_told_why_and_until_when_everywhere(
    stage: Stage, linus: Person
) -> None:
    ada = stage.ada
    ada.use("imagine", prompt="a lake")
    picture = await ada.wait_for(has_picture)
    reason = "too *many* lakes"
    text = await said(linus, "moderation block", user=ada.user, reason=reason, end="day")
    assert f"<@{ada.user.id}>, until <t:" in text

    refusal = "You're blocked from generating images; the block ends <t:"
    assert refusal in await said(ada, "imagine", prompt="another lake")
    pressed = await (await ada.click(picture, "Regenerate")).answered()
    assert pressed.message is not None
    assert refusal in pressed.message.text
    ada.reply(picture, "make it night")
    await ada.wait_for(says(refusal))
    assert len(stage.rows("jobs")) == 1

    assert "too \\*many\\* lakes" in await said(linus, "moderation blocked")
    text = await said(linus, "moderation unblock", user=ada.user)
    assert "can generate images again" in text
    assert "This user is not blocked" in await said(linus, "moderation unblock", user=ada.user)
    assert "Nobody is blocked" in await said(linus, "moderation blocked")
    ada.use("imagine", prompt="a second lake")
    await ada.wait_for(lambda seen: has_picture(seen) and "second" in seen.text)


async def test_a_server_s_blocks_and_words_hold_for_what_goes_to_direct_messages(
    stage: Stage, linus: Person
) -> None:
    ada, ben = stage.ada, stage.discord.person("Ben")
    ada.use("imagine", prompt="a lake")
    picture = await ada.wait_for(has_picture)
    await stage.ended()
    await said(linus, "moderation block", user=ada.user, reason="spam", end="day")
    await said(linus, "moderation words add", words="murky")

    ada.reply(picture, "make it night private:true")
    await ada.wait_for(says('Reason: "spam"'))
    ben.reply(picture, "@Fluxcord make it murky private:true")
    await ben.wait_for(says("contains blocked words: ||murky||"))
    assert len(stage.rows("jobs")) == len(stage.flux.charges) == 1


async def test_a_block_without_end_outlives_a_restart_and_a_deletion(idle_stage: Stage) -> None:
    stage = idle_stage
    grace = stage.discord.person("Grace")
    async with stage.bot_running():
        await said(grace, "moderation block", user=stage.ada.user, reason="spam", end="never")
    async with stage.bot_running():
        stage.ada.locale = "zh-CN"
        assert "原因：“spam”" in await said(stage.ada, "imagine", prompt="a lake")
        use = await stage.ada.use("privacy delete").answered()
        assert use.message is not None
        pressed = await stage.ada.click(use.message, "全部删除")
        await pressed.wait_for(says("已删除"))
        assert "spam" in await said(stage.ada, "imagine", prompt="a lake")
        assert "a user who deleted their data" in await said(grace, "moderation blocked")
        assert [row["user_id"] < 0 for row in stage.rows("blocks")] == [True]


async def test_only_who_runs_the_bot_decides_for_all_of_it(stage: Stage, linus: Person) -> None:
    grace = stage.discord.person("Grace")
    for command, options in (
        ("moderation words add", {"words": "murky"}),
        ("moderation words remove", {"words": "murky"}),
        ("moderation words list", {}),
        ("moderation block", {"user": stage.ada.user, "reason": "spam", "end": "never"}),
        ("moderation unblock", {"user": stage.ada.user}),
        ("moderation blocked", {}),
    ):
        text = await said(linus, command, everywhere=True, **options)
        assert "Only the bot owner can use `everywhere`" in text
    assert stage.rows("word_rules") == stage.rows("blocks") == []

    await said(grace, "moderation words add", words="murky", everywhere=True)
    assert "blocked words" in await said(
        stage.ada, "imagine", prompt="a murky lake", channel=stage.ada.dm
    )
    assert "murky" in await said(grace, "moderation words list", channel=grace.dm)
    linus.locale = "zh-CN"
    text = await said(linus, "moderation words list", everywhere=True)
    assert "只有机器人的运营者" in text


async def test_the_whole_bots_words_are_suggested_to_who_runs_it_alone(
    stage: Stage, linus: Person
) -> None:
    grace, command = stage.discord.person("Grace"), "moderation words remove"
    await said(grace, "moderation words add", words="murky", everywhere=True)

    for person in (stage.ada, linus):
        assert await person.suggest(command, "words", "", channel=person.dm) == []
    [found] = await grace.suggest(command, "words", "", channel=grace.dm)
    assert found.value == "murky"
    [found] = await grace.suggest(command, "words", "", everywhere=True)
    assert found.value == "murky"
    assert await linus.suggest(command, "words", "", everywhere=True) == []
    await said(linus, "moderation words add", words="gloomy")
    [found] = await linus.suggest(command, "words", "")
    assert found.value == "gloomy"


async def test_others_are_not_offered_it_and_nobody_blocks_themselves(
    stage: Stage, linus: Person
) -> None:
    with pytest.raises(ClientRefusedError):
        stage.ada.use("moderation words list")
    text = await said(linus, "moderation block", user=linus.user, reason="me", end="hour")
    assert "You can't block yourself" in text
