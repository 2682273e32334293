"""The world itself: its clock, its waits, its end."""

import asyncio

import pytest

from sandbox.discord import LocalDiscord
from tests.openapi import local_discord
from tests.patience import PATIENCE_S
from tests.sandbox.discord.socket import Gateway


async def test_closing_is_prompt_with_open_websockets() -> None:
    async with local_discord() as world, Gateway.identified(world):
        async with asyncio.timeout(PATIENCE_S):
            await world.close()


async def test_waits_end_with_timeout_error(world: LocalDiscord) -> None:
    with pytest.raises(TimeoutError):
        await world.person().wait_for(lambda _: True, 0.01)
    with pytest.raises(TimeoutError):
        await world.connected(0.01)


async def test_a_failing_predicate_reaches_whoever_waits(world: LocalDiscord) -> None:
    waiting = asyncio.create_task(
        world.person().wait_for(lambda message: bool(1 // len(message.text)))
    )
    await asyncio.sleep(0)
    world.person().send("")
    with pytest.raises(ZeroDivisionError):
        await waiting


async def test_clock_moves_on_and_fires_what_is_due(world: LocalDiscord) -> None:
    fired: list[str] = []
    world.clock.after(20, lambda: fired.append("second"))
    world.clock.after(10, lambda: fired.append("first"))
    world.clock.cancel(world.clock.after(5, lambda: fired.append("never")))
    world.clock.advance(30)
    assert fired == ["first", "second"]
    with pytest.raises(ValueError, match="forward"):
        world.clock.advance(-1)
    by_itself = asyncio.Event()
    world.clock.after(0.001, by_itself.set)
    await asyncio.wait_for(by_itself.wait(), PATIENCE_S)
