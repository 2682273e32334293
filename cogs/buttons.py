"""What the buttons of a job's card do: cancel it, ask for it again, collect its result."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from discord.ext import commands

from ui.answers import TooLateError, take_click
from ui.buttons import JobAction
from ui.errors import DeclinedError, answer_error
from ui.sentences import (
    NOT_YOURS_TO_CANCEL,
    NOT_YOURS_TO_COLLECT,
    NOT_YOURS_TO_REPEAT,
    UNKNOWN_JOB,
)

if TYPE_CHECKING:
    import discord

    from jobs.runner import JobRunner
    from storage.jobs import JobRepository
    from storage.records import Job
    from ui.intake import Intake

READ_DEADLINE_S: Final = 1.0
"""For looking up a job, of the 3 s in which Discord takes an answer to a press."""


class Buttons(commands.Cog):
    """Serves every `ui.buttons.JobButton`, on messages from before a restart too."""

    def __init__(self, *, jobs: JobRepository, runner: JobRunner, intake: Intake) -> None:
        self._jobs = jobs
        self._runner = runner
        self._intake = intake

    @commands.Cog.listener()
    async def on_job_button(
        self, interaction: discord.Interaction[Any], action: JobAction, job_id: str
    ) -> None:
        """Do what was pressed; whatever goes wrong is told to who pressed it."""
        try:
            await self._press(interaction, action, await self._job(job_id))
        except Exception as error:  # noqa: BLE001  # discord.py would only log it
            await answer_error(interaction, error)

    async def _job(self, job_id: str) -> Job:
        async with asyncio.timeout(READ_DEADLINE_S):
            job = await self._jobs.get(job_id)
        if job is None:
            raise DeclinedError(UNKNOWN_JOB)
        return job

    async def _press(
        self, interaction: discord.Interaction[Any], action: JobAction, job: Job
    ) -> None:
        match action:
            case JobAction.CANCEL:
                await self._cancel(interaction, job)
            case JobAction.RETRY:
                await self._retry(interaction, job)
            case JobAction.COLLECT:
                await self._collect(interaction, job)

    async def _cancel(self, interaction: discord.Interaction[Any], job: Job) -> None:
        # Resolved by Discord for this channel; outside of servers there are no moderators.
        if not _is_requester(interaction, job) and not interaction.permissions.manage_messages:
            raise DeclinedError(NOT_YOURS_TO_CANCEL)
        with suppress(TooLateError):  # what was wished is clear all the same
            await take_click(interaction)
        if job.state.is_final:
            await self._runner.collect(job.id, interaction.token)
        else:
            await self._runner.cancel(job.id)

    async def _retry(self, interaction: discord.Interaction[Any], job: Job) -> None:
        if not _is_requester(interaction, job):
            raise DeclinedError(NOT_YOURS_TO_REPEAT)
        await self._intake.repeat(interaction, job)

    async def _collect(self, interaction: discord.Interaction[Any], job: Job) -> None:
        if not _is_requester(interaction, job):
            raise DeclinedError(NOT_YOURS_TO_COLLECT)
        with suppress(TooLateError):  # then the token is of no use, and the card stays
            await take_click(interaction)
            await self._runner.collect(job.id, interaction.token)


def _is_requester(interaction: discord.Interaction[Any], job: Job) -> bool:
    return interaction.user.id == job.request.requester.user_id
