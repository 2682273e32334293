from __future__ import annotations

import asyncio

from jobs.sending import AnswerPriority


async def test_others_step_back_until_all_are_answered() -> None:
    rush = AnswerPriority()
    await rush.step_back()
    rush.begin("a")
    rush.begin("b")
    other = asyncio.create_task(rush.step_back())
    rush.end("a")
    rush.end("a")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    was_back = not other.done()
    rush.end("b")
    await other

    assert was_back


async def test_nobody_steps_back_for_ever() -> None:
    rush = AnswerPriority()
    rush.begin("never answered")
    await rush.step_back()
