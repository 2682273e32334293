"""/history: one's own last requests, and their pictures again."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from storage.records import ImageKind, Problem
from ui.answers import TooLateError, promise_message
from ui.cards import result_card
from ui.errors import DeclinedError, answer_error
from ui.history import history_card
from ui.outcomes import is_too_large
from ui.sentences import NO_LONGER_KEPT, UNKNOWN_JOB, sentence

if TYPE_CHECKING:
    from jobs.spool import Spool
    from storage.jobs import JobRepository
    from storage.records import Image, Job

logger = logging.getLogger(__name__)

SHOWN_JOBS: Final = 10

READ_DEADLINE_S: Final = 1.0
"""For reading the jobs, of the 3 s in which Discord takes an answer."""


class History(commands.Cog):
    """Shows people what they asked for, and nobody else's requests."""

    def __init__(self, *, jobs: JobRepository, spool: Spool) -> None:
        self._jobs = jobs
        self._spool = spool

    @app_commands.command(
        description="Your last requests, and their pictures again; only you see it"
    )
    async def history(self, interaction: discord.Interaction[Any]) -> None:
        """List the person's last jobs."""
        async with asyncio.timeout(READ_DEADLINE_S):
            jobs = await self._jobs.list_recent(interaction.user.id, SHOWN_JOBS)
        await interaction.response.send_message(view=history_card(jobs), ephemeral=True)

    @commands.Cog.listener()
    async def on_pictures_picked(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Show the pictures of a listed job; whatever goes wrong is told to who picked it."""
        try:
            await promise_message(interaction, private=True)
            await self._show_pictures(interaction, job_id)
        except TooLateError:
            logger.info("pictures not shown: the answer came too late")
        except Exception as error:  # noqa: BLE001  # discord.py would only log it
            await answer_error(interaction, error)

    async def _show_pictures(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        job = await self._jobs.get(job_id)
        # What is picked comes from a client, which can send anything.
        if job is None or job.request.requester.user_id != interaction.user.id:
            raise DeclinedError(UNKNOWN_JOB)
        images = await self._kept(job)
        if not images:
            raise DeclinedError(NO_LONGER_KEPT)
        with ExitStack() as opened:
            files = [
                opened.enter_context(closing(discord.File(self._spool.path(image))))
                for image in images
            ]
            try:
                await interaction.edit_original_response(
                    view=result_card(job, images), attachments=files
                )
            except discord.HTTPException as error:
                if not is_too_large(error):
                    raise
                raise DeclinedError(sentence(Problem.RESULT_TOO_LARGE)) from error

    async def _kept(self, job: Job) -> list[Image]:
        """Return the job's pictures that are still here: as they were posted, else as made."""
        kept: dict[int, Image] = {}
        for kind in (ImageKind.RESULT, ImageKind.POSTED):
            for image in await self._jobs.list_images(job.id, kind):
                if self._spool.path(image).exists():
                    kept[image.position] = image
        return [kept[position] for position in sorted(kept)]
