"""Trouble on purpose: what the bot sees of it, and what took effect all the same."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime

import pytest
from aiohttp import ClientConnectionError, ClientResponse, ClientSession, web

from sandbox.discord import Aim, Fault, LocalDiscord, Trouble, Upload
from tests.patience import PATIENCE_S
from tests.sandbox.discord.raw import Raw

DAY_S = 24 * 60 * 60
HELLO = {"content": "hello"}
SEND = Aim(r"^/channels/\d+/messages$", "POST")
AFTER = Aim(SEND.path, SEND.method, after=True)


@asynccontextmanager
async def world_get(world: LocalDiscord, path: str) -> AsyncIterator[ClientResponse]:
    async with ClientSession() as session, session.get(world.api_base + path) as response:
        yield response


def said(world: LocalDiscord) -> list[str]:
    return [message.text for message in world.person().read()]


@pytest.mark.parametrize(("aim", "left"), [(SEND, []), (AFTER, ["hello"])])
async def test_a_status_before_or_after_the_effect(
    world: LocalDiscord, raw: Raw, aim: Aim, left: list[str]
) -> None:
    world.faults.status(502, aim, code=0)
    assert (await raw.send(HELLO)).status == 502
    assert said(world) == left
    assert (await raw.send(HELLO)).status == 200


async def test_a_status_is_html_unless_it_has_a_code(world: LocalDiscord) -> None:
    world.faults.status(503)
    async with world_get(world, "/users/@me") as response:
        assert (response.status, response.content_type) == (503, "text/html")


async def test_every_answer_is_dated_by_the_clock_of_discord(world: LocalDiscord) -> None:
    world.clock.advance(DAY_S)
    world.faults.status(502)
    world.faults.status(403, code=20028)
    world.faults.rate_limit(0.01)
    world.faults.cloudflare()
    for status in (502, 403, 429, 429, 401):
        async with world_get(world, "/users/@me") as response:
            dated = parsedate_to_datetime(response.headers["Date"]).timestamp()
            assert (response.status, abs(dated - world.clock.now()) < DAY_S / 2) == (status, True)


@pytest.mark.parametrize(("aim", "left"), [(SEND, []), (AFTER, ["hello"])])
async def test_a_connection_dropped_before_or_after_the_effect(
    world: LocalDiscord, raw: Raw, aim: Aim, left: list[str]
) -> None:
    world.faults.drop(aim)
    with pytest.raises(ClientConnectionError):
        await raw.send(HELLO)
    assert said(world) == left


async def test_large_uploads_are_dropped_too(world: LocalDiscord, raw: Raw) -> None:
    world.faults.drop(SEND)
    with pytest.raises(ClientConnectionError):
        await raw.send(HELLO, ("a.bin", bytes(8 << 20)))
    world.faults.status(500, SEND, code=0)
    assert (await raw.send(HELLO, ("a.bin", bytes(8 << 20)))).status == 500


async def test_a_delay(world: LocalDiscord, raw: Raw) -> None:
    world.faults.delay(0.05, SEND)
    began = time.monotonic()
    assert (await raw.send(HELLO)).status == 200
    assert time.monotonic() - began >= 0.05


async def test_what_hangs_goes_on_when_it_is_released(world: LocalDiscord, raw: Raw) -> None:
    fault = world.faults.hang(SEND)
    sending = asyncio.create_task(raw.send(HELLO))
    await world.wait_until(lambda: bool(world.faults.log))
    assert said(world) == []
    fault.release()
    assert (await sending).status == 200
    assert said(world) == ["hello"]


async def test_what_hangs_does_not_hold_up_the_end(world: LocalDiscord, raw: Raw) -> None:
    world.faults.hang(SEND)
    sending = asyncio.create_task(raw.send(HELLO))
    await world.wait_until(lambda: bool(world.faults.log))
    async with asyncio.timeout(PATIENCE_S):
        await world.close()
    with pytest.raises(ClientConnectionError):
        await sending


async def test_rate_limits_of_discord_and_of_cloudflare(world: LocalDiscord, raw: Raw) -> None:
    world.faults.rate_limit(0.5, SEND)
    limited = await raw.send(HELLO)
    assert (limited.status, limited.body["retry_after"]) == (429, 0.5)
    assert (limited.headers["Via"], limited.headers["Retry-After"]) == ("1.1 google", "1")
    world.faults.cloudflare()
    async with world_get(world, "/users/@me") as response:
        assert (response.status, response.content_type) == (429, "text/html")
        assert "Via" not in response.headers
        assert "1015" in await response.text()


async def test_files_and_the_gateway_have_faults_too(world: LocalDiscord, raw: Raw) -> None:
    (image,) = world.person().send("", uploads=[Upload("a.txt", b"x")]).files
    world.faults.status(404, Aim("^/attachments/"))
    assert (await raw.get(image.url))[0] == 404
    assert (await raw.get(image.url))[0] == 200
    world.faults.status(503, Aim("^/gateway$"))
    assert (await raw.get(world.base_url + "/gateway"))[0] == 503


async def test_faults_are_counted_logged_and_forgotten(world: LocalDiscord, raw: Raw) -> None:
    world.faults.status(500, Aim(SEND.path, times=2), code=0)
    assert [(await raw.send(HELLO)).status for _ in range(3)] == [500, 500, 200]
    path = f"/channels/{world.channel.id}/messages"
    assert [(one.trouble, one.method, one.path) for one in world.faults.log] == [
        (Trouble.STATUS, "POST", path),
        (Trouble.STATUS, "POST", path),
    ]
    world.faults.drop(Aim(times=100))
    world.faults.clear()
    assert (await raw.send(HELLO)).status == 200


async def test_no_token_stands_in_the_log(world: LocalDiscord, raw: Raw) -> None:
    world.faults.status(500, Aim("callback"), code=0)
    await raw.call("POST", "/interactions/1/secret/callback", {"type": 5})
    assert world.faults.log[0].path == "/interactions/1/:token/callback"


async def test_a_whim_is_asked_where_no_fault_waits(world: LocalDiscord, raw: Raw) -> None:
    asked: list[tuple[str, str]] = []

    def whim(request: web.Request, path: str) -> Fault | None:
        asked.append((request.method, path))
        return (
            Fault(Trouble.STATUS, Aim(after=True), status=502, code=0) if len(asked) == 1 else None
        )

    world.faults.whim = whim
    world.faults.status(500, SEND, code=0)
    path = f"/channels/{world.channel.id}/messages"
    assert [(await raw.send(HELLO)).status for _ in range(3)] == [500, 502, 200]
    assert asked == [("POST", path), ("POST", path)]
    assert said(world) == ["hello", "hello"]
    assert [one.after for one in world.faults.log] == [False, True]
