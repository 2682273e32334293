"""Report image: a picture of the bot's brought before those who decide about it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from storage.records import Problem
from ui.answers import open_form, promise_message
from ui.buttons import job_named_by
from ui.details import is_seen_by
from ui.entries import REPORT_PREFIX, report_form
from ui.errors import REASON_CHARACTERS, DeclinedError, answer_error, text_card
from ui.forms import PROMPT, custom_id_of, values_of
from ui.outcomes import GONE
from ui.text import inert
from ui.words import words_for, words_of

if TYPE_CHECKING:
    from services.reports import ReportLimits
    from storage.jobs import JobRepository
    from storage.records import Job
    from ui.watch import Watch

READ_DEADLINE_S: Final = 1.0
"""For looking up a job, of the 3 s in which Discord takes an answer."""


class Reports(commands.Cog):
    """Takes reports of pictures that the bot made."""

    def __init__(
        self,
        *,
        tree: app_commands.CommandTree[Any],
        jobs: JobRepository,
        watch: Watch,
        limits: ReportLimits,
    ) -> None:
        self._tree = tree
        self._jobs = jobs
        self._watch = watch
        self._limits = limits
        self._menu = app_commands.ContextMenu(name="Report image", callback=self.report_image)

    async def cog_load(self) -> None:
        """Offer the command; part of discord.py's interface."""
        self._tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Take the command back; part of discord.py's interface."""
        self._tree.remove_command(self._menu.name, type=self._menu.type)

    async def report_image(
        self, interaction: discord.Interaction[Any], message: discord.Message
    ) -> None:
        """Ask why a picture of the bot's is reported."""
        named = job_named_by(message)
        async with asyncio.timeout(READ_DEADLINE_S):
            job = (
                await self._jobs.get(named[0])
                if named is not None
                else await self._jobs.find_by_message(message.channel.id, message.id)
            )
        if job is None or message.author.id != interaction.application_id:
            raise DeclinedError("not-mine-to-report")
        await open_form(interaction, report_form(job.id, words_of(interaction)))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take the form of a report; whatever goes wrong is told to who handed it in."""
        custom_id = custom_id_of(interaction)
        if interaction.type is not discord.InteractionType.modal_submit or not (
            custom_id.startswith(REPORT_PREFIX)
        ):
            return
        try:
            await self._report(interaction, custom_id.removeprefix(REPORT_PREFIX))
        except Exception as error:  # noqa: BLE001  # discord.py would only log it
            await answer_error(interaction, error)

    async def _report(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        async with asyncio.timeout(READ_DEADLINE_S):
            job = await self._jobs.get(job_id)
        if job is None or job.problem is Problem.MESSAGE_GONE:
            raise DeclinedError("report-of-nothing")
        # A form's custom_id comes back from a client, which can send anything.
        if not is_seen_by(job, user_id=interaction.user.id, channel_id=interaction.channel_id):
            raise DeclinedError("report-of-nothing")
        if not self._limits.take(interaction.user.id, job.id):
            raise DeclinedError("reported-too-often")
        await promise_message(interaction, private=True)
        if not await _stands(interaction, job):
            raise DeclinedError("report-of-nothing")
        reason = inert(values_of(interaction).get(PROMPT, ""), REASON_CHARACTERS)
        words = words_for(job.request.place.locale)
        note = words("entry-report", who=interaction.user.mention, reason=reason)
        if not await self._watch.report(job, note, nonce=str(interaction.id)):
            self._limits.give_back(interaction.user.id, job.id)
            raise DeclinedError("report-not-given")
        said = words_of(interaction)("reported")
        await interaction.edit_original_response(view=text_card(said))


async def _stands(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Whether the job's message is still there, as far as the bot can look."""
    channel = interaction.client.get_partial_messageable(job.request.place.channel_id)
    try:
        await channel.fetch_message(job.message_id or 0)
    except discord.HTTPException as error:
        # Of a private answer, or where it is no member, the bot sees nothing itself.
        return job.request.private or error.code not in GONE
    return True
