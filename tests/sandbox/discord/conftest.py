"""A world, and a small discord.py client that lives in it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import discord
import pytest
import yarl
from aiohttp import ClientSession
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.discord import LocalDiscord
from tests.openapi import local_discord
from tests.sandbox.discord.raw import Raw
from tests.sandbox.discord.socket import COMMANDS, Gateway
from tests.sandbox.discord.tinybot import TinyBot


@pytest.fixture
async def world() -> AsyncIterator[LocalDiscord]:
    async with local_discord(requests=False) as started:
        yield started


@pytest.fixture
def addresses(world: LocalDiscord) -> Iterator[None]:
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = world.api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(world.gateway_url)
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def running(world: LocalDiscord, intents: discord.Intents) -> AsyncIterator[TinyBot]:
    bot = TinyBot(intents=intents)
    task = asyncio.create_task(bot.start(world.bot_token))
    try:
        await world.connected()
        yield bot
    finally:
        await bot.close()
        await task


@pytest.fixture
async def bot(world: LocalDiscord, addresses: None) -> AsyncIterator[TinyBot]:
    del addresses
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
    async with running(world, intents) as bot:
        yield bot


@pytest.fixture
async def raw(world: LocalDiscord) -> AsyncIterator[Raw]:
    async with ClientSession() as session:
        yield Raw(world, session)


@pytest.fixture
async def listening(world: LocalDiscord, raw: Raw) -> AsyncIterator[Gateway]:
    async with Gateway.identified(world) as gateway:
        await raw.call("PUT", f"/applications/{world.world.bot.id}/commands", COMMANDS)
        yield gateway
