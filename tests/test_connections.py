"""Connections at once: without a limit, a thousand that wait take hundreds of megabytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yarl

from app import FLUX_CONNECTIONS, App
from clock import Clock
from config import read_settings
from tests.openapi import local_discord
from ui.client import DISCORD_CONNECTIONS, FluxcordBot, use_discord_at

if TYPE_CHECKING:
    from pathlib import Path


async def test_connections_to_flux_and_discord_are_limited(tmp_path: Path) -> None:
    settings = read_settings(
        {"DISCORD_TOKEN": "a.b.c", "FLUX_API_TOKEN": "token", "DATA_DIR": str(tmp_path)}
    )
    async with local_discord() as discord, App(settings, Clock()).session as session:
        use_discord_at(yarl.URL(discord.api_base), yarl.URL(discord.gateway_url))
        async with FluxcordBot(clock=Clock()) as client:
            await client.login(discord.bot_token)
            to_flux, to_discord = session.connector, client.http.connector
            assert to_flux is not None
            limits = to_flux.limit, to_discord.limit

    assert limits == (FLUX_CONNECTIONS, DISCORD_CONNECTIONS)
    assert 0 < FLUX_CONNECTIONS <= 16
    assert 0 < DISCORD_CONNECTIONS <= 256
