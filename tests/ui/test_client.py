from __future__ import annotations

import asyncio

from clock import Clock
from jobs.requests import RefusedRequestError
from storage.records import Problem
from ui.client import FluxcordBot
from ui.errors import count_refusal


async def test_a_refusal_is_heard_until_the_bot_closes() -> None:
    heard: list[Problem] = []

    async def refused(problem: Problem) -> None:
        heard.append(problem)

    async with FluxcordBot(clock=Clock()) as bot:
        bot.add_listener(refused, "on_request_refused")
        count_refusal(bot, RefusedRequestError(Problem.TOO_MANY_JOBS))
        await asyncio.sleep(0)
        await bot.close()
        count_refusal(bot, RefusedRequestError(Problem.TOO_MANY_JOBS))
        await asyncio.sleep(0)

    assert heard == [Problem.TOO_MANY_JOBS]
