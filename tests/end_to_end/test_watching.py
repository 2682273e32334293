"""The log of pictures, reports of them, and what moderators do about either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlite_utils

from sandbox.discord import Aim, Person
from tests.end_to_end.panels import chosen, opened, picked, shown
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_menus import delete_paid

if TYPE_CHECKING:
    from sandbox.discord import Channel, InteractionResult, SeenMessage
    from tests.end_to_end.stage import Stage

CANNOT_SEND_TO_USER = 50007


@pytest.fixture
async def log(idle_stage: Stage) -> Person:
    """Grace, who runs server and bot, where she reads the log."""
    stage = idle_stage
    channel = stage.discord.add_channel("log")
    async with stage.bot_running():
        pass  # so that there are tables
    choose_log(stage, channel)
    return standing(stage, "Grace", channel)


def standing(stage: Stage, name: str, channel: Channel) -> Person:
    """Return somebody who reads and presses in another channel than the usual one."""
    usual = stage.discord.person(name)
    return Person(stage.discord.world, stage.discord.interactions, usual.user, channel)


def choose_log(stage: Stage, channel: Channel | None) -> None:
    """Choose where the server's log is, while no bot runs."""
    with sqlite_utils.Database(stage.folder / "fluxcord.db") as database:
        chosen = database.table("guild_settings")
        chosen.delete_where("key = 'log_channel_id'")
        if channel is not None:
            guild_id = stage.discord.guild.id
            chosen.insert({"guild_id": guild_id, "key": "log_channel_id", "value": str(channel.id)})


async def made(stage: Stage, prompt: str = "a lighthouse", count: int = 1) -> SeenMessage:
    stage.ada.use("imagine", prompt=prompt, count=count)
    seen = await stage.ada.wait_for(lambda seen: has_picture(seen) and prompt in seen.text)
    await stage.ended()
    return seen


async def told(use: InteractionResult) -> str:
    await use.answered()
    message = await use.wait_for(lambda seen: not seen.thinking)
    assert message.private
    return message.text


async def test_every_picture_of_a_server_stands_in_its_log_once(
    idle_stage: Stage, log: Person
) -> None:
    stage = idle_stage
    async with stage.bot_running():
        picture = await made(stage)
        entry = await log.wait_for(has_picture)
        stage.ada.use("imagine", prompt="for me alone", private=True)
        await stage.until(lambda: len(stage.rows("jobs")) == 2)
        await stage.ended()
    async with stage.bot_running():
        await made(stage, "a second one")
        second = await log.wait_for(says("a second one"))

    assert [image.spoiler for image in entry.images] == [True]
    assert entry.images[0].data == picture.images[0].data
    for words in (f"<@{stage.ada.user.id}>", "0.22 credits", "a lighthouse"):
        assert words in entry.text
    assert entry.buttons == ("Open", "Remove", "Block")
    assert f"/{picture.channel_id}/{picture.id}" in str(entry.raw)
    assert [message.id for message in log.read()] == [entry.id, second.id]


async def test_what_was_shown_just_before_a_crash_is_entered_at_the_next_start(
    idle_stage: Stage, log: Person
) -> None:
    stage = idle_stage
    choose_log(stage, None)
    async with stage.bot_running():
        await made(stage)
        await stage.ended()
    choose_log(stage, log.channel)
    async with stage.bot_running():
        entry = await log.wait_for(has_picture)
    stage.change(logged_at=None)  # as if the claim had been lost: Discord knows the nonce
    async with stage.bot_running():
        await stage.until(lambda: stage.rows("jobs")[0]["logged_at"] is not None)
        await made(stage, "a second one")
        await log.wait_for(says("a second one"))
    assert sum("a lighthouse" in message.text for message in log.read()) == 1
    assert "a lighthouse" in entry.text


async def test_what_waits_to_be_entered_at_a_stop_is_entered_at_the_next_start(
    idle_stage: Stage, log: Person
) -> None:
    stage = idle_stage
    held = stage.discord.faults.hang(Aim(f"^/channels/{log.channel.id}/messages$", "POST"))
    async with stage.bot_running():
        await made(stage, "the first")
        await stage.until(lambda: bool(stage.discord.faults.log))
        await made(stage, "the second")
        await made(stage, "the third")
    held.release()
    async with stage.bot_running():
        await log.wait_for(says("the second"))
        await log.wait_for(says("the third"))


async def test_a_log_that_cannot_be_written_harms_nobody(idle_stage: Stage, log: Person) -> None:
    stage = idle_stage
    stage.discord.set_bot_permissions(0, log.channel)
    async with stage.bot_running():
        await made(stage)
        [row] = await stage.ended()
        await stage.until(lambda: stage.rows("jobs")[0]["logged_at"] is not None)
    assert row["state"] == "delivered"
    assert log.read() == []


async def test_a_rule_on_trial_is_noted_in_the_log(idle_stage: Stage, log: Person) -> None:
    stage = idle_stage
    async with stage.bot_running():
        await log.use("moderation words add", words="lighthouse", test=True).answered()
        await made(stage)
        entry = await log.wait_for(has_picture)
    assert "A log-only rule matched: ||lighthouse||" in entry.text


async def test_moderators_remove_from_the_log_after_a_restart_and_others_do_not(
    idle_stage: Stage, log: Person
) -> None:
    stage = idle_stage
    async with stage.bot_running():
        picture = await made(stage)
        entry = await log.wait_for(has_picture)
    async with stage.bot_running():
        bob = standing(stage, "Bob", log.channel)
        text = await told(await bob.click(entry, "Remove"))
        assert "You need the Manage Messages permission" in text
        assert any(message.id == picture.id for message in stage.ada.read())
        text = await told(await bob.click(entry, "Block"))
        assert "You need the Manage Server permission to block" in text
        bob.locale = "zh-CN"
        text = await told(await bob.click(entry, "Remove"))
        assert text == "你需要图片所在频道的“管理消息”权限才能移除它。"
        text = await told(await bob.click(entry, "Block"))
        assert text == "你需要“管理服务器”权限才能禁止用户。"

        await log.click(entry, "Remove")
        entry = await log.wait_for(says("**Removed** by"))
        assert not any(message.id == picture.id for message in stage.ada.read())
        assert entry.buttons == ("Block",)
        assert has_picture(entry)


async def test_managers_block_from_the_log(idle_stage: Stage, log: Person) -> None:
    stage = idle_stage
    async with stage.bot_running():
        await made(stage)
        entry = await log.wait_for(has_picture)
        opened = await (await log.click(entry, "Block")).answered()
        text = await told(await log.submit(opened, prompt="too bright", end="day"))
        assert f"<@{stage.ada.user.id}>, until <t:" in text
        text = await told(stage.ada.use("imagine", prompt="another"))
        assert 'Reason: "too bright"' in text


async def test_what_is_posted_from_a_history_is_entered_and_the_blocked_post_nothing(
    idle_stage: Stage, log: Person
) -> None:
    ada, stage = idle_stage.ada, idle_stage
    async with stage.bot_running():
        made_alone = ada.use("imagine", prompt="a lighthouse", channel=ada.dm)
        await made_alone.answered()
        await ada.wait_for(has_picture, channel=ada.dm)
        await stage.ended()
        assert log.read() == []
        page = await ada.use("history").wait_for(has_picture)
        shown = await (await ada.pick(page, "a lighthouse")).wait_for(has_picture)
        await ada.click(shown, "Post here")
        posted = await ada.wait_for(lambda seen: has_picture(seen) and not seen.private)
        entry = await log.wait_for(says("**Posted again**: "))
        assert f"/{stage.discord.channel.id}/{posted.id}" in entry.text
        assert has_picture(entry)
        assert entry.buttons == ("Block",)

        opened = await (await log.click(entry, "Block")).answered()
        await told(await log.submit(opened, prompt="too bright", end="never"))
        for locale, words in (
            ("en-US", 'Reason: "too bright"'),
            ("zh-CN", "原因：“too bright”。"),
        ):
            ada.locale = locale
            assert words in await told(await ada.click(shown, "Post here"))
        assert sum(has_picture(seen) and not seen.private for seen in ada.read()) == 1


async def test_what_was_posted_from_a_history_can_be_reported_where_it_stands(
    idle_stage: Stage, log: Person
) -> None:
    ada, stage = idle_stage.ada, idle_stage
    bob = stage.discord.person("Bob")
    async with stage.bot_running():
        ada.use("imagine", prompt="a lighthouse", private=True)
        await ada.wait_for(has_picture)
        await stage.ended()
        page = await ada.use("history").wait_for(has_picture)
        shown = await (await ada.pick(page, "a lighthouse")).wait_for(has_picture)
        await ada.click(shown, "Post here")
        posted = await bob.wait_for(has_picture)
        opened = await bob.use_on(posted, "Report image").answered()
        assert "Thank you." in await told(await bob.submit(opened, prompt="awful"))
        report = await log.wait_for(says("**Reported** by"))
        assert f"/{stage.discord.channel.id}/{posted.id}" in report.text
        assert report.buttons == ("Block",)

        grace = stage.discord.person("Grace")
        opened = await grace.use_on(posted, "Report image").answered()
        await delete_paid(ada, posted)
        await stage.until(lambda: not any(seen.id == posted.id for seen in grace.read()))
        text = await told(await grace.submit(opened, prompt="awful"))
        assert "That image was deleted." in text


async def test_who_is_blocked_posts_no_picture_on_its_own(idle_stage: Stage, log: Person) -> None:
    ada = idle_stage.ada
    async with idle_stage.bot_running():
        ada.use("imagine", prompt="a lighthouse", count=2)
        picture = await ada.wait_for(has_picture)
        await idle_stage.ended()
        opened = await (await ada.click(picture, "2")).wait_for(has_picture)
        block: dict[str, Any] = {"user": ada.user, "reason": "spam", "end": "never"}
        await log.use("moderation block", **block).answered()
        text = await told(await ada.click(opened, "Post here"))
        assert 'Reason: "spam"' in text
        seen = [seen.id for seen in ada.read() if has_picture(seen) and not seen.private]
        assert seen == [picture.id]


async def test_who_is_blocked_is_sent_no_picture_of_others(idle_stage: Stage, log: Person) -> None:
    bob = idle_stage.discord.person("Bob")
    async with idle_stage.bot_running():
        card = await made(idle_stage, count=2)
        opened = await (await bob.click(card, "2")).wait_for(has_picture)
        await log.use("moderation block", user=bob.user, reason="spam", end="never").answered()
        assert 'Reason: "spam"' in await told(await bob.click(opened, "Send to DM"))
        assert bob.read(bob.dm) == []


async def test_words_and_places_that_are_refused_hold_for_a_history_too(
    idle_stage: Stage, log: Person
) -> None:
    ada, stage = idle_stage.ada, idle_stage
    async with stage.bot_running():
        await made(stage)
        page = await ada.use("history").wait_for(has_picture)
        shown = await (await ada.pick(page, "a lighthouse")).wait_for(has_picture)
        await log.use("moderation words add", words="lighthouse").answered()
        text = await told(await ada.click(shown, "Post here"))
        assert "Your prompt contains blocked words: ||lighthouse||" in text
        await log.use("access deny", {"channel": stage.discord.channel}).answered()
        text = await told(await ada.click(shown, "Post here"))
        assert "Image generation is disabled in this channel." in text


async def test_words_and_places_that_are_refused_hold_for_one_of_several_too(
    idle_stage: Stage, log: Person
) -> None:
    ada, stage = idle_stage.ada, idle_stage
    async with stage.bot_running():
        card = await made(stage, count=2)
        opened = await (await ada.click(card, "1")).wait_for(has_picture)
        await log.use("moderation words add", words="lighthouse").answered()
        for label in ("Post here", "Send to DM"):
            text = await told(await ada.click(opened, label))
            assert "Your prompt contains blocked words: ||lighthouse||" in text
        await log.use("access deny", {"channel": stage.discord.channel}).answered()
        for label in ("Post here", "Send to DM", "Regenerate one · 0.22 credits"):
            text = await told(await ada.click(opened, label))
            assert "Image generation is disabled in this channel." in text


async def test_who_presses_block_at_their_own_picture_is_not_blocked(
    idle_stage: Stage, log: Person
) -> None:
    async with idle_stage.bot_running():
        grace = idle_stage.discord.person("Grace")
        grace.use("imagine", prompt="a lighthouse")
        entry = await log.wait_for(has_picture)
        assert "You can't block yourself" in await told(await log.click(entry, "Block"))


async def test_a_report_reaches_the_log_and_its_author_is_thanked(
    idle_stage: Stage, log: Person
) -> None:
    stage = idle_stage
    async with stage.bot_running():
        picture = await made(stage)
        await log.wait_for(has_picture)
        bob = stage.discord.person("Bob")
        opened = await bob.use_on(picture, "Report image").answered()
        text = await told(await bob.submit(opened, prompt="@everyone look, *awful*"))
        assert "Thank you. The moderators received your report." in text
        report = await log.wait_for(says("**Reported** by"))
        assert rf'<@{bob.user.id}>: "\@everyone look, \*awful\*"' in report.text
        assert report.raw["mentions"] == []
        assert report.raw["mention_everyone"] is False
        assert report.buttons == ("Open", "Remove", "Block")

        again = await bob.use_on(picture, "Report image").answered()
        text = await told(await bob.submit(again, prompt="again"))
        assert "You already reported this" in text
        bob.locale = "zh-CN"
        again = await bob.use_on(picture, "Report image").answered()
        assert "你已经举报过它" in await told(await bob.submit(again, prompt="again"))


async def test_without_a_log_a_report_reaches_who_runs_the_bot(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    picture = await made(stage)
    bob = stage.discord.person("Bob")
    bob.locale = "zh-CN"
    opened = await bob.use_on(picture, "Report image").answered()
    assert "谢谢" in await told(await bob.submit(opened, prompt="awful"))
    report = await grace.wait_for(says("**Reported** by"), channel=grace.dm)

    opened = await (await grace.click(report, "Block")).answered()
    await told(await grace.submit(opened, prompt="awful", end="never"))
    text = await told(stage.ada.use("imagine", prompt="another", channel=stage.ada.dm))
    assert 'Reason: "awful"' in text


async def test_a_report_that_reaches_nobody_is_told_and_can_be_made_again(stage: Stage) -> None:
    grace, bob = stage.discord.person("Grace"), stage.discord.person("Bob")
    picture = await made(stage)
    closed = Aim(f"^/channels/{grace.dm.id}/messages$", times=2)
    stage.discord.faults.status(403, closed, code=CANNOT_SEND_TO_USER)
    for locale, words in (
        ("en-US", "Your report could not be delivered."),
        ("zh-CN", "你的举报无法送达。"),
        ("en-US", "Thank you. The moderators received your report."),
    ):
        bob.locale = locale
        opened = await bob.use_on(picture, "Report image").answered()
        assert words in await told(await bob.submit(opened, prompt="awful"))
    await grace.wait_for(says("**Reported** by"), channel=grace.dm)


async def test_a_deleted_picture_is_not_reported(stage: Stage) -> None:
    picture = await made(stage)
    bob = stage.discord.person("Bob")
    opened = await bob.use_on(picture, "Report image").answered()
    await delete_paid(stage.ada, picture)
    await stage.until(lambda: not any(seen.id == picture.id for seen in stage.ada.read()))
    text = await told(await bob.submit(opened, prompt="awful"))
    assert "That image was deleted." in text
    bob.locale = "zh-CN"
    text = await told(await bob.submit(opened, prompt="awful"))
    assert "那张图片已被删除。" in text


async def test_only_pictures_of_the_bots_are_reported(stage: Stage) -> None:
    linus = stage.discord.person("Linus")
    message = linus.send("no picture")
    text = await told(stage.ada.use_on(message, "Report image"))
    assert "I can't find an image of mine in this message" in text


async def test_who_manages_a_server_chooses_where_its_log_is(stage: Stage) -> None:
    grace = stage.discord.person("Grace")
    channel, closed = stage.discord.add_channel("log"), stage.discord.add_channel("closed")
    stage.discord.set_bot_permissions(0, closed)
    panel = await picked(grace, await opened(grace, "settings"), log_channel_id=closed.id)
    assert "I need View Channel, Send Messages and Attach Files in that channel" in panel.text
    panel = await chosen(grace, "settings", log_channel_id=channel.id)
    assert shown(panel)["log_channel_id"] == str(channel.id)
    await made(stage)
    entry = await standing(stage, "Grace", channel).wait_for(has_picture)
    assert "a lighthouse" in entry.text
    panel = await chosen(grace, "settings", log_channel_id=None)
    assert shown(panel)["log_channel_id"] == ""
    assert stage.rows("guild_settings") == []


HIDDEN = "Age-restricted: prompt and image are hidden in this channel."


def hides(message: SeenMessage) -> bool:
    return HIDDEN in message.text and "lighthouse" not in str(message.raw) and not message.images


async def made_for_adults(stage: Stage, channel: Channel) -> SeenMessage:
    stage.ada.use("imagine", prompt="a lighthouse", channel=channel)
    seen = await stage.ada.wait_for(has_picture, channel=channel)
    await stage.ended()
    return seen


async def test_a_log_for_all_ages_shows_no_restricted_prompt_and_its_remove_works(
    idle_stage: Stage, log: Person
) -> None:
    stage = idle_stage
    adults = stage.discord.add_channel("adults", nsfw=True)
    async with stage.bot_running():
        picture = await made_for_adults(stage, adults)
        entry = await log.wait_for(says("0.22 credits"))
        assert hides(entry)
        assert entry.buttons == ("Open", "Remove", "Block")

        use = await (await log.click(entry, "Remove")).answered()
        entry = await log.wait_for(says("**Removed** by"))
        assert hides(entry)
        assert use.followups == []
        assert not any(seen.id == picture.id for seen in stage.ada.read(adults))


async def test_what_is_posted_again_is_hidden_in_a_log_for_all_ages(
    idle_stage: Stage, log: Person
) -> None:
    ada, stage = idle_stage.ada, idle_stage
    adults = stage.discord.add_channel("adults", nsfw=True)
    async with stage.bot_running():
        await made_for_adults(stage, adults)
        page = await ada.use("history", channel=adults).wait_for(has_picture)
        shown = await (await ada.pick(page, "a lighthouse")).wait_for(has_picture)
        await ada.click(shown, "Post here")
        assert hides(await log.wait_for(says("**Posted again**: ")))


async def test_a_rule_on_trial_tells_a_log_for_all_ages_nothing_of_a_restricted_prompt(
    idle_stage: Stage, log: Person
) -> None:
    stage = idle_stage
    adults = stage.discord.add_channel("adults", nsfw=True)
    async with stage.bot_running():
        await log.use("moderation words add", words="lighthouse", test=True).answered()
        await made_for_adults(stage, adults)
        assert hides(await log.wait_for(says("0.22 credits")))


async def test_a_log_that_changes_its_age_is_told_no_more_by_remove(
    idle_stage: Stage, log: Person
) -> None:
    stage = idle_stage
    adults = stage.discord.add_channel("adults", nsfw=True)
    async with stage.bot_running():
        stage.discord.set_nsfw(log.channel, nsfw=True)
        await made_for_adults(stage, adults)
        entry = await log.wait_for(has_picture)
        assert "a lighthouse" in entry.text
        stage.discord.set_nsfw(log.channel, nsfw=False)
        await log.click(entry, "Remove")
        assert hides(await log.wait_for(says("**Removed** by")))

        stage.ada.use("imagine", prompt="a second lighthouse", channel=adults)
        hidden = await log.wait_for(lambda seen: hides(seen) and "Remove" in seen.buttons)
        stage.discord.set_nsfw(log.channel, nsfw=True)
        await log.click(hidden, "Remove")
        removed = await log.wait_for(says("a second lighthouse"))
        assert "**Removed** by" in removed.text
        assert removed.images == ()


async def test_a_report_shows_no_restricted_prompt_among_all_ages(
    idle_stage: Stage, log: Person
) -> None:
    stage = idle_stage
    grace, bob = stage.discord.person("Grace"), stage.discord.person("Bob")
    adults = stage.discord.add_channel("adults", nsfw=True)
    async with stage.bot_running():
        picture = await made_for_adults(stage, adults)
        opened = await bob.use_on(picture, "Report image").answered()
        assert "Thank you." in await told(await bob.submit(opened, prompt="awful"))
        assert hides(await log.wait_for(says("**Reported** by")))

        await chosen(log, "settings", log_channel_id=None)
        opened = await stage.ada.use_on(picture, "Report image").answered()
        assert "Thank you." in await told(await stage.ada.submit(opened, prompt="awful"))
        assert hides(await grace.wait_for(says("**Reported** by"), channel=grace.dm))
