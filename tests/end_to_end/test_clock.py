"""A machine whose clock is wrong: all comes as it comes where it is right."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.scenes import installed
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_buttons import has, under_way
from tests.end_to_end.test_limits import comes_back_at, refused
from tests.end_to_end.test_menus import opened, values
from tests.end_to_end.test_old_cards import refusal
from tests.end_to_end.test_replies import answers, made
from tests.end_to_end.test_restarts import ANNOUNCE, cards, check_delivered_once

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S

NEAR = timedelta(minutes=1)
"""How far from the truth a time that people are told may be; a slow test takes part of it."""


@pytest.fixture(params=[-HOUR_S, 2 * MINUTE_S, 20 * MINUTE_S, DAY_S], ids="{:+}s".format)
def stage(idle_stage: Stage, request: pytest.FixtureRequest) -> Stage:
    """Both services, and a bot to come whose machine's clock is wrong."""
    idle_stage.clock_ahead_s = request.param
    return idle_stage


def true_time(stage: Stage) -> datetime:
    return datetime.fromtimestamp(stage.discord.clock.now(), UTC)


async def test_a_picture_is_made_and_its_card_tells_true_times(stage: Stage) -> None:
    async with stage.bot_running():
        card = await under_way(stage)
        assert abs(comes_back_at(card) - true_time(stage)) < NEAR
        stage.flux.release()
        await stage.ended()

    check_delivered_once(stage)
    [job] = stage.rows("jobs")
    assert abs(datetime.fromisoformat(job["created_at"]) - true_time(stage)) < NEAR


async def test_a_private_picture_is_made(stage: Stage) -> None:
    async with stage.bot_running():
        use = stage.ada.use("imagine", prompt="a lighthouse", private=True)
        await use.wait_for(has_picture)
        [row] = await stage.ended()

    assert row["state"] == "delivered"


async def test_a_picture_of_a_user_installed_app_is_made(stage: Stage) -> None:
    scene = installed(stage)
    async with stage.bot_running():
        use = stage.ada.use("imagine", prompt="a lighthouse", channel=scene.channel)
        await use.wait_for(has_picture)
        [row] = await stage.ended()

    assert row["state"] == "delivered"


async def test_a_response_under_way_goes_on_after_a_restart(stage: Stage) -> None:
    scene = installed(stage)
    async with stage.bot_running():
        card = await under_way(stage, scene.channel)
    async with stage.bot_running():
        stage.flux.release()
        done = await stage.ada.wait_for(has_picture, channel=scene.channel)
        await stage.ended()

    assert done.id == card.id
    assert [seen.id for seen in scene.seen()] == [card.id]


async def test_a_button_takes_the_place_of_a_token_when_discord_is_about_to_end_it(
    stage: Stage,
) -> None:
    stage.more_settings["JOB_TIMEOUT_S"] = "3600"
    scene = installed(stage)
    async with stage.bot_running():
        card = await under_way(stage, scene.channel)
    stage.discord.clock.advance(14 * MINUTE_S)
    async with stage.bot_running():
        waiting = await stage.ada.wait_for(has("Get image"), channel=scene.channel)
        stage.discord.clock.advance(2 * MINUTE_S)
        await (await stage.ada.click(waiting, "Get image")).answered()
        await stage.ada.wait_for(has("Cancel"), channel=scene.channel)
        stage.flux.release()
        done = await stage.ada.wait_for(has_picture, channel=scene.channel)
        [row] = await stage.ended()

    assert done.id == card.id
    assert row["state"] == "delivered"


async def test_a_card_whose_posting_went_unanswered_is_found_by_a_later_start(
    stage: Stage,
) -> None:
    hanging = stage.discord.faults.hang(replace(ANNOUNCE, after=True))
    async with stage.bot_running():
        stage.ada.use("imagine", prompt="a lighthouse")
        posted = await stage.ada.wait_for(lambda message: not message.private)
    hanging.release()
    stage.discord.clock.advance(10 * MINUTE_S)  # its nonce is forgotten
    async with stage.bot_running():
        await stage.ended()

    check_delivered_once(stage)
    assert [card.id for card in cards(stage)] == [posted.id]


async def test_a_reply_is_answered(stage: Stage) -> None:
    async with stage.bot_running():
        reply = stage.ada.reply(await made(stage), "make it night")
        await stage.ada.wait_for(answers(reply))
        rows = await stage.ended()

    assert [row["state"] for row in rows] == ["delivered"] * 2


async def test_a_timeout_of_the_bot_s_own_ends_by_discord_s_time(idle_stage: Stage) -> None:
    stage = idle_stage
    async with stage.bot_running():
        picture = await made(stage)
    stage.discord.time_out(stage.discord.world.bot, 5 * MINUTE_S)
    async with stage.bot_running():
        stage.discord.clock.advance(10 * MINUTE_S)  # the machine's clock is that far behind now
        reply = stage.ada.reply(picture, "make it night")
        await stage.ada.wait_for(answers(reply))


async def test_what_was_refused_can_be_changed_after_a_restart(stage: Stage) -> None:
    told = await refusal(stage)
    stage.clock_ahead_s = -stage.clock_ahead_s
    async with stage.bot_running():
        form = await opened(await stage.ada.click(told, "Try again"))

    assert values(form)["prompt"] == "a lighthouse"


async def test_a_pause_between_two_pictures_is_as_long_as_it_is_set(stage: Stage) -> None:
    stage.more_settings["COOLDOWN_S"] = "600"
    async with stage.bot_running():
        await made(stage)
    stage.clock_ahead_s = -stage.clock_ahead_s
    async with stage.bot_running():
        told = await refused(stage.ada)
        left = comes_back_at(told) - true_time(stage)
        assert timedelta(minutes=10) - NEAR < left <= timedelta(minutes=10, seconds=1)
        stage.discord.clock.advance(11 * MINUTE_S)
        await made(stage)

    assert len(stage.flux.charges) == 2


async def test_a_button_pressed_twice_makes_one_picture_and_later_another(stage: Stage) -> None:
    async with stage.bot_running():
        card = await made(stage)
        await stage.ada.click(card, "Regenerate")
        use = await (await stage.ada.click(card, "Regenerate")).answered()
        await stage.ended()
        assert use.message is not None
        assert len(stage.flux.charges) == 2
    stage.clock_ahead_s = 0
    async with stage.bot_running():
        stage.discord.clock.advance(MINUTE_S)
        await stage.ada.click(card, "Regenerate")
        await stage.until(lambda: len(stage.rows()) == 3)
        await stage.ended()

    assert len(stage.flux.charges) == 3


async def test_words_are_kept_for_as_long_as_is_set(stage: Stage) -> None:
    stage.more_settings["RETENTION_DAYS"] = "2"
    ahead_s, stage.clock_ahead_s = stage.clock_ahead_s, 0
    async with stage.bot_running():
        await made(stage)
        await made(stage)
    for age, row in zip((47, 49), stage.rows("jobs"), strict=True):
        made_at = (true_time(stage) - timedelta(hours=age)).isoformat()
        with closing(sqlite3.connect(stage.folder / "fluxcord.db")) as database, database:
            changed = "update jobs set created_at = ?, ended_at = ? where id = ?"
            database.execute(changed, [made_at, made_at, row["id"]])
    stage.clock_ahead_s = ahead_s
    async with stage.bot_running():
        await stage.until(lambda: any(row["erased_at"] for row in stage.rows("jobs")))
        await made(stage)

    kept, erased, _ = stage.rows("jobs")
    assert (kept["erased_at"], kept["prompt"]) == (None, "a lighthouse")
    assert erased["erased_at"]
