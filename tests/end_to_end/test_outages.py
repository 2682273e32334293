"""Discord or Flux being away is waited out."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
import yarl
from aiohttp import web
from aiohttp.test_utils import TestServer

import bot
from clock import Clock
from sandbox.flux import LocalFlux
from tests.end_to_end.stage import Stage, has_picture, says
from tests.openapi import local_discord
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.canary import Lines

LOOK_AGAIN_S = 0.01


async def logged(caplog: pytest.LogCaptureFixture, words: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while words not in caplog.text:
            await asyncio.sleep(LOOK_AGAIN_S)


async def test_a_discord_that_is_away_at_start_is_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with local_discord() as away, await LocalFlux.start(megapixels=0.02) as flux:
        stage = Stage(away, flux, tmp_path, {})
        settings = stage.settings
    port = settings.discord_api_base.port or 0
    stop = asyncio.Event()
    running = asyncio.create_task(bot.run(settings, stop, clock=Clock()))
    await logged(caplog, "discord is unavailable")

    async with local_discord(port=port, bot_token=away.bot_token) as discord:
        await discord.connected()
        stop.set()
        await running


async def test_a_gateway_that_is_away_at_start_is_waited_for(idle_stage: Stage) -> None:
    knocks = 0

    async def gateway(request: web.Request) -> web.Response:
        nonlocal knocks
        knocks += 1
        if knocks == 1:
            raise web.HTTPServiceUnavailable
        raise web.HTTPTemporaryRedirect(idle_stage.discord.base_url + request.path_qs)

    app = web.Application()
    app.router.add_get("/gateway", gateway)
    async with TestServer(app) as server:
        url = yarl.URL(idle_stage.discord.gateway_url).with_port(server.port)
        idle_stage.more_settings["DISCORD_GATEWAY_URL"] = str(url)
        async with idle_stage.bot_running():
            idle_stage.ada.use("imagine", prompt="a lighthouse")
            await idle_stage.ada.wait_for(has_picture)

    assert knocks == 2


@pytest.mark.parametrize(
    "frame",
    [
        '["a canary"]',
        '{"a canary": ',
        '{"op": 0, "t": ["a canary"], "d": null}',
        '{"op": 0, "t": "READY", "s": 1, "d": {"a canary": 1}}',
        '{"op": 10, "d": {"heartbeat_interval": "a canary"}}',
    ],
)
async def test_a_gateway_that_cannot_be_understood_is_left_for_a_new_connection(
    stage: Stage, canary: Lines, frame: str
) -> None:
    gateway = stage.discord.gateway
    gateway.say(frame)
    await stage.until(lambda: not gateway.online())
    await stage.until(gateway.online)
    stage.ada.use("imagine", prompt="a lighthouse")

    assert await stage.ada.wait_for(has_picture)
    await stage.until(lambda: len(heartbeats()) == 1)
    assert "gateway connection lost" in canary.text
    assert "a canary" not in canary.text


def heartbeats() -> list[threading.Thread]:
    """Return discord.py's threads, one for each connection that it keeps alive."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("keep-alive")]


async def test_a_gateway_cut_during_a_job_changes_nothing(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(says("Generating"))
    stage.discord.cut_gateway()

    await stage.ada.wait_for(has_picture)
    assert len(stage.flux.charges) == 1


async def test_a_flux_that_is_away_is_told_in_a_sentence(tmp_path: Path) -> None:
    async with local_discord() as discord, await LocalFlux.start() as flux:
        stage = Stage(discord, flux, tmp_path, {})
        await flux.close()
        async with stage.bot_running():
            stage.ada.use("imagine", prompt="a lighthouse")
            card = await stage.ada.wait_for(says("I can't reach Flux, so"))
            [row] = await stage.ended()

    assert "nothing was charged." in card.text
    assert (row["state"], row["credits"], row["error_code"]) == ("failed", 0, "flux_unavailable")


async def test_an_invalid_flux_token_is_told_in_a_sentence(idle_stage: Stage) -> None:
    idle_stage.more_settings["FLUX_API_TOKEN"] = "wrong"
    async with idle_stage.bot_running():
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(says("does not accept this bot's token"))
        [row] = await idle_stage.ended()

    assert row["credits"] == 0
