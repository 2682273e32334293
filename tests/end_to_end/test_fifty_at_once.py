"""Fifty wishes of one person at once with a budget for ten, also where the bot is killed at it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.bot_process import bot_process
from tests.end_to_end.test_limits import PRICE, comes_back_at

if TYPE_CHECKING:
    from sandbox.discord import InteractionResult, SeenMessage
    from tests.end_to_end.stage import Stage

WISHES = [f"wish {number:02}." for number in range(50)]
BUDGET = 10
MOST_ROUNDS = 6


def settings() -> dict[str, str]:
    return {
        "USER_CREDITS_PER_DAY": str(BUDGET * PRICE),
        "MAX_JOBS_PER_USER": "0",
        "MAX_RUNNING_PER_USER": "5",
    }


def asked(stage: Stage, wishes: list[str]) -> dict[str, InteractionResult]:
    return {wish: stage.ada.use("imagine", prompt=wish) for wish in wishes}


def refusal_of(use: InteractionResult) -> SeenMessage | None:
    message = use.message
    return message if message and "limit of 2.16 credits a day" in message.text else None


def paid(stage: Stage) -> set[str]:
    """Return the wishes that came true, after seeing that no one of them was paid for twice."""
    delivered = [row["prompt"] for row in stage.rows() if row["state"] == "delivered"]
    assert len(set(delivered)) == len(delivered)
    return set(delivered)


def check_refused(uses: dict[str, InteractionResult]) -> None:
    for use in uses.values():
        told = refusal_of(use)
        assert told is not None
        assert told.private
        back = comes_back_at(told)
        assert (back.hour, back.minute, back.second) == (0, 0, 0)


async def test_exactly_ten_are_paid_and_forty_are_told_when_there_is_room(
    idle_stage: Stage,
) -> None:
    idle_stage.more_settings.update(settings())
    async with idle_stage.bot_running():
        uses = asked(idle_stage, WISHES)
        for use in uses.values():
            await use.answered()
        rows = await idle_stage.ended()
        refused = {wish: use for wish, use in uses.items() if refusal_of(use)}

    assert len(rows) == len(paid(idle_stage)) == len(idle_stage.flux.charges) == BUDGET
    assert len(refused) == len(WISHES) - BUDGET
    check_refused(refused)
    assert not paid(idle_stage) & refused.keys()
    assert idle_stage.borne() == {"user": pytest.approx(BUDGET * PRICE), "house": 0}


def stored(stage: Stage) -> int:
    """Return how many jobs another program sees in the file, none before there is a table."""
    try:
        with closing(sqlite3.connect(stage.folder / "fluxcord.db")) as db:
            return int(db.execute("select count(*) from jobs").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


@pytest.mark.skipif(os.name != "posix", reason="kills another process")
@pytest.mark.parametrize("at_jobs", [1, 6])
async def test_a_kill_in_the_middle_gives_nobody_more_and_takes_nothing(
    idle_stage: Stage, at_jobs: int
) -> None:
    idle_stage.more_settings.update(settings())
    async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
        await idle_stage.discord.connected()
        asked(idle_stage, WISHES)
        await idle_stage.until(lambda: stored(idle_stage) >= at_jobs)
        bot.kill()
        await bot.wait()
    async with bot_process(idle_stage.folder, idle_stage.environ):
        await idle_stage.discord.connected()
        # Who got no picture asks again, until it is only refused.
        for _ in range(MOST_ROUNDS):
            await idle_stage.ended()
            uses = asked(idle_stage, [wish for wish in WISHES if wish not in paid(idle_stage)])
            for use in uses.values():
                await use.answered()
            if all(refusal_of(use) for use in uses.values()):
                break
        rows = await idle_stage.ended()

    assert len(paid(idle_stage)) == BUDGET
    assert len(uses) == len(WISHES) - BUDGET
    check_refused(uses)
    borne = idle_stage.borne()
    assert borne["user"] == pytest.approx(BUDGET * PRICE)
    # What was on its way to Flux at the kill may be charged, or not: the house bears it.
    lost = sum(row["error_code"] == "answer_lost" for row in rows)
    assert borne["house"] == pytest.approx(lost * PRICE)
    assert BUDGET <= len(idle_stage.flux.charges) <= BUDGET + lost
