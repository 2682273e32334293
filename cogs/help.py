"""/help, and the same help after the result of a user's first direct message."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from domain.models import Job, JobState
from ui.components import answer
from ui.discord_errors import CARD_DEADLINE_S
from ui.i18n import words_of_requester

if TYPE_CHECKING:
    from jobs.transitions import Retry
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
        await answer(interaction, await self._help.for_interaction(interaction))


class Welcome:
    """Sends the help once to each person who writes to the bot, in their direct messages."""

    def __init__(self, *, client: discord.Client, jobs: JobRepository, help_: Help) -> None:
        self._client = client
        self._jobs = jobs
        self._help = help_
        self._sending: set[asyncio.Task[None]] = set()

    def stepped(self, before: Job, after: Job) -> None:
        """Look at a job that is shown now; part of `Observer`."""
        is_shown = after.state is JobState.DELIVERED and before.state is not JobState.DELIVERED
        request = after.request
        # A private result of a message in a server goes to direct messages as well.
        is_direct = request.place.guild_id is None and not request.private
        if is_shown and is_direct and request.reply_to is not None:
            task = asyncio.create_task(self._welcome(after), name=f"welcome-{after.id}")
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    def retried(self, what: Retry) -> None:
        """Do nothing; part of `Observer`."""

    async def _welcome(self, job: Job) -> None:
        request = job.request
        try:
            if not await self._jobs.is_first_direct(job):
                return
            words = words_of_requester(job)
            card = await self._help.for_direct(request.requester.user_id, job.created_at, words)
            channel = self._client.get_partial_messageable(request.place.channel_id)
            async with asyncio.timeout(CARD_DEADLINE_S):
                await channel.send(view=card, nonce=f"{job.id}-help")
        except Exception as error:  # noqa: BLE001  # in its own task; the result is delivered
            logger.warning("job=%s no help sent: %s", job.id, type(error).__name__)
