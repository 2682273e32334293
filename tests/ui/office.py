"""A client of discord.py in the local Discord, and a messenger over it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
import yarl
from discord import Interaction, app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from clock import Clock
from domain.models import Delivery, Requester, Ticket
from images.fetcher import Fetcher
from images.store import ImageStore
from tests.decoding import shared_decoder
from tests.factories import make_job, make_place, make_request, make_ticket
from tests.openapi import local_discord
from tests.photos import HILL, picture_bytes
from ui.messenger import DiscordMessenger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from domain.models import Image, Job
    from sandbox.discord import LocalDiscord
    from sandbox.discord.records import Channel


def ticket_of(interaction: Interaction[Any]) -> Ticket:
    return make_ticket(
        interaction_id=interaction.id,
        application_id=interaction.application_id,
        token=interaction.token,
    )


async def nobody_known(user_id: int) -> str | None:
    return None


class Client(discord.Client):
    """Registers /imagine and leaves its interactions to the test."""

    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            guild_ready_timeout=0.01,
            chunk_guilds_at_startup=False,
        )
        self.tree = app_commands.CommandTree(
            self, allowed_installs=app_commands.AppInstallationType(guild=True, user=True)
        )
        self.interactions: asyncio.Queue[discord.Interaction[Any]] = asyncio.Queue()

    async def setup_hook(self) -> None:
        @self.tree.command(description="Make pictures")
        async def imagine(interaction: discord.Interaction[Any]) -> None:
            await self.interactions.put(interaction)

        await self.tree.sync()


@dataclass
class Office:
    """What a test of the messenger needs at hand."""

    discord: LocalDiscord
    client: Client
    messenger: DiscordMessenger
    folder: Path

    def job(self, channel: Channel | None = None, **changes: Any) -> Job:  # noqa: ANN401
        """Return a job of Ada's whose message goes to this channel."""
        where = channel or self.discord.channel
        place = make_place(
            channel_id=where.id,
            guild_id=where.guild.id if where.guild else None,
            delivery=changes.pop("delivery", Delivery.MESSAGE),
        )
        ada = Requester(user_id=self.discord.person("Ada").user.id, user_name="Ada")
        ticket = changes.pop("ticket", make_ticket(token=None))
        return make_job(request=make_request(place=place, requester=ada, ticket=ticket), **changes)

    async def used(self, channel: Channel | None = None) -> Interaction[Any]:
        """Let Ada use /imagine, and return the interaction that came of it."""
        self.discord.person("Ada").use("imagine", channel=channel)
        return await self.client.interactions.get()

    def picture(self, image: Image) -> Image:
        """Put the file of a picture into the spool."""
        (self.folder / image.file_name).write_bytes(picture_bytes(HILL))
        return image


@contextlib.asynccontextmanager
async def open_office(folder: Path) -> AsyncIterator[Office]:
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with (
        local_discord(requests=False, bot_name="Fluxcord") as world,
        ImageStore(folder, Fetcher([]), decoder=shared_decoder()) as spool,
    ):
        Route.BASE = world.api_base
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(world.gateway_url)
        client = Client()
        running = asyncio.create_task(client.start(world.bot_token))
        try:
            await world.connected()
            await client.wait_until_ready()
            messenger = DiscordMessenger(
                client=client, spool=spool, last_locale=nobody_known, clock=Clock()
            )
            yield Office(world, client, messenger, folder)
        finally:
            await client.close()
            await running
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before
