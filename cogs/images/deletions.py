"""Notes which results somebody has deleted, so that nothing links to them any more."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from discord.ext import commands

from domain.models import JobState, Problem
from storage.database import StorageError
from storage.jobs import StaleJobError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import discord

    from storage.jobs import JobRepository

logger = logging.getLogger(__name__)


class Deletions(commands.Cog):
    """Hears of every deleted message where the bot is a member."""

    def __init__(self, *, jobs: JobRepository) -> None:
        self._jobs = jobs

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Take note of one deleted message."""
        await self._note(event.channel_id, [event.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Take note of many messages that a moderator deleted at once."""
        await self._note(event.channel_id, event.message_ids)

    async def _note(self, channel_id: int, message_ids: Iterable[int]) -> None:
        try:
            for message_id in message_ids:
                job = await self._jobs.find_by_message(channel_id, message_id)
                # One that goes on finds out by itself when it is to be shown.
                if job is not None and job.state is JobState.DELIVERED and job.problem is None:
                    with suppress(StaleJobError):  # whoever changed it noted the same
                        await self._jobs.advance(job, replace(job, problem=Problem.MESSAGE_GONE))
        except StorageError as error:
            logger.warning("deletion not stored: %s", type(error).__name__)
