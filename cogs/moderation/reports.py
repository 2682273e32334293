"""Report image: sends an image to the moderators, or to the bot owner."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands

from cogs.moderation.cards import ReportFormId, report_form
from domain.errors import UserError
from domain.models import Job, Problem
from ui.buttons import JobButtonId
from ui.components import Card, inert
from ui.discord_errors import GONE, READ_DEADLINE_S, open_form, promise_message
from ui.errors import REASON_CHARACTERS
from ui.formatting import link_to
from ui.forms import PROMPT, values_of
from ui.i18n import words_for, words_of
from ui.visibility import has_access, job_by_id, job_of_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogs.moderation.log_channel import LogChannel
    from storage.jobs import JobRepository
    from ui import Interaction

REPORTS_AN_HOUR: Final = 5
HOUR_S: Final = 3_600.0


class ReportLimits:
    """Counts reports in memory, by seconds that only grow; a restart forgets them."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reports: deque[tuple[float, int, str]] = deque()

    def take(self, user_id: int, job_id: str) -> bool:
        """Count a report; return False if it is one too many, or about the same job again."""
        now = self._clock()
        while self._reports and now - self._reports[0][0] >= HOUR_S:
            self._reports.popleft()
        jobs = [job for _, user, job in self._reports if user == user_id]
        if job_id in jobs or len(jobs) >= REPORTS_AN_HOUR:
            return False
        self._reports.append((now, user_id, job_id))
        return True

    def give_back(self, user_id: int, job_id: str) -> None:
        """Forget a report that could not be posted, so that it can be sent again."""
        kept = (each for each in self._reports if each[1:] != (user_id, job_id))
        self._reports = deque(kept)


class Reports:
    """Accepts reports of the bot's images."""

    def __init__(
        self,
        tree: app_commands.CommandTree[Any],
        jobs: JobRepository,
        log_channel: LogChannel,
    ) -> None:
        self._jobs = jobs
        self._log_channel = log_channel
        self._limits = ReportLimits()
        tree.add_command(app_commands.ContextMenu(name="Report image", callback=self.report_image))

    async def report_image(self, interaction: Interaction, message: discord.Message) -> None:
        async with asyncio.timeout(READ_DEADLINE_S):
            job = await job_of_message(self._jobs, message)
        if job is None or message.author.id != interaction.application_id:
            raise UserError("not-mine-to-report")
        await open_form(interaction, report_form(job.id, message.id, words_of(interaction)))

    async def submit(self, interaction: Interaction, form: ReportFormId) -> None:
        message_id = form.message_id
        job = await job_by_id(self._jobs, form.job_id, "report-of-nothing")
        if not self._limits.take(interaction.user.id, job.id):
            raise UserError("reported-too-often")
        await promise_message(interaction, private=True)
        if not await _shows(interaction, message_id, job):
            self._limits.give_back(interaction.user.id, job.id)
            raise UserError("report-of-nothing")
        reason = inert(values_of(interaction).get(PROMPT, ""), REASON_CHARACTERS)
        place, is_posted_again = job.request.place, message_id != job.message_id
        if is_posted_again:
            # As if it had been requested where the later message shows it.
            place = replace(
                place,
                guild_id=interaction.guild_id,
                channel_id=interaction.channel_id or 0,
                locale=interaction.guild_locale.value if interaction.guild_locale else None,
            )
            job = replace(job, message_id=None, request=replace(job.request, place=place))
        words = words_for(place.locale)
        note = words("entry-report", who=interaction.user.mention, reason=reason)
        if is_posted_again:
            link = link_to(place.guild_id, place.channel_id, message_id)
            note += f"\n{words('entry-posted-again', where=link)}"
        if not await self._log_channel.report(job, note, nonce=str(interaction.id)):
            self._limits.give_back(interaction.user.id, job.id)
            raise UserError("report-not-given")
        said = words_of(interaction)("reported")
        await interaction.edit_original_response(view=Card(said))


async def _shows(interaction: Interaction, message_id: int, job: Job) -> bool:
    """Whether a message is there and shows the job, as far as the bot can look.

    A form's custom_id comes back from a client, which can send anything.
    """
    channel = interaction.client.get_partial_messageable(interaction.channel_id or 0)
    try:
        message = await channel.fetch_message(message_id)
    except discord.HTTPException as error:
        # Of a private answer, or where it is no member, the bot sees nothing itself.
        is_gone = error.code in GONE and not job.request.private
        may_stand = job.problem is not Problem.MESSAGE_GONE and not is_gone
        return may_stand and has_access(interaction, job)
    named = JobButtonId.first_on(message)
    is_of_job = message_id == job.message_id or (named is not None and named.job_id == job.id)
    return is_of_job and message.author.id == interaction.application_id
