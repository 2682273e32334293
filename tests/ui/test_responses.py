"""Interactions are answered in the time that is left of Discord's 3 s."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest

from ui.client import guarded
from ui.discord_errors import RECEIVED_AT, TooLateError, age_s, promise_message


async def test_what_serves_an_event_knows_when_that_was_received() -> None:
    ages: list[asyncio.Task[float]] = []

    go_on = asyncio.Event()

    async def serve() -> float:
        await go_on.wait()
        return age_s()

    parse = guarded("INTERACTION_CREATE", lambda _: ages.append(asyncio.create_task(serve())))
    assert age_s() == 0
    parse({})
    await asyncio.sleep(0.01)
    parse({})
    await asyncio.sleep(0.01)
    go_on.set()
    first, second = await asyncio.gather(*ages)

    assert first > second > 0


@pytest.mark.parametrize("event", ["MESSAGE_CREATE", "MESSAGE_UPDATE"])
def test_messages_of_bots_are_not_parsed(event: str) -> None:
    parsed: list[object] = []
    parse = guarded(event, parsed.append)
    parse({"id": "1", "author": {"id": "2", "bot": True}})
    of_a_person = {"id": "3", "author": {"id": "4"}}
    parse(of_a_person)

    assert parsed == [of_a_person]


async def test_an_answer_that_is_late_already_is_not_tried_for_long() -> None:
    tries = 0

    async def defer(**_: object) -> None:
        nonlocal tries
        tries += 1
        raise aiohttp.ClientConnectionError

    interaction = cast("Any", SimpleNamespace(response=SimpleNamespace(defer=defer)))
    RECEIVED_AT.set(time.monotonic() - 60)
    with pytest.raises(TooLateError):
        await promise_message(interaction, private=True)

    assert 1 <= tries <= 4  # of the 14 that there is time for
