"""/help, and the same help after the result of a user's first direct message."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from ui.components import answer
from ui.discord_errors import CARD_DEADLINE_S
from ui.i18n import words_of, words_of_requester

if TYPE_CHECKING:
    import discord

    from domain.models import Job
    from storage.jobs import JobRepository
    from ui import Interaction
    from ui.help import Help

logger = logging.getLogger(__name__)


class HelpCommand(commands.Cog):
    """Shows the help; a mention without words and a first direct message get it too."""

    def __init__(self, help_: Help) -> None:
        self._help = help_

    @app_commands.command(description="Show what you can do here")
    async def help(self, interaction: Interaction) -> None:
        await answer(interaction, await self._help.where_asked(interaction, words_of(interaction)))


async def welcome(client: discord.Client, jobs: JobRepository, help_: Help, job: Job) -> None:
    """Send the help to a person after the result of their first direct message."""
    request = job.request
    try:
        if not await jobs.is_first_direct(job):
            return
        card = await help_.for_direct(
            request.requester.user_id, job.created_at, words_of_requester(job)
        )
        channel = client.get_partial_messageable(request.place.channel_id)
        async with asyncio.timeout(CARD_DEADLINE_S):
            await channel.send(view=card, nonce=f"{job.id}-help")
    except Exception as error:  # noqa: BLE001  # in its own task; the result is delivered
        logger.warning("job=%s no help sent: %s", job.id, type(error).__name__)
