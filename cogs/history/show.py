"""/show: one picture again, one's own from anywhere, another's where one can see it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from ui.autocomplete import MAX_SUGGESTIONS, MAX_VALUE_CHARACTERS
from ui.gallery import in_one_line
from ui.responses import promise_message
from ui.visibility import READ_DEADLINE_S, audience_of, check_access, check_age, may_see

if TYPE_CHECKING:
    from domain.models import Job
    from storage.jobs import JobRepository
    from ui.job_views import JobViews

SUGGESTED_OTHERS: Final = 10
"""Of other people, so that they never push out all of one's own."""


class Show(commands.Cog):
    """Finds a picture by its words or by the number on its card."""

    def __init__(self, *, jobs: JobRepository, exhibits: JobViews) -> None:
        self._jobs = jobs
        self._exhibits = exhibits

    @app_commands.command(description="Show an image again; only you can see this")
    @app_commands.describe(job="Words from its prompt, or its job number")
    async def show(
        self,
        interaction: discord.Interaction[Any],
        job: app_commands.Range[str, 1, MAX_VALUE_CHARACTERS],
    ) -> None:
        """Show a job to the person alone: of those with the words typed, their newest."""
        async with asyncio.timeout(READ_DEADLINE_S):
            found = await self._jobs.get(job.strip().lower())
            # No words at all would be in every prompt.
            if found is None and any(map(str.isprintable, job.replace(" ", ""))):
                own, others = await self._matching(interaction, job)
                found = next(iter([*own, *others]), None)
        found = check_access(interaction, found, elsewhere=True)
        check_age(audience_of(interaction, private=True), found)
        await promise_message(interaction, private=True)
        await self._exhibits.show_privately(interaction, found)

    @show.autocomplete("job")
    async def suggest_job(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest one's own pictures, and those that others had made in this channel."""
        async with asyncio.timeout(READ_DEADLINE_S):
            own, others = await self._matching(interaction, typed)
        others = others[: max(SUGGESTED_OTHERS, MAX_SUGGESTIONS - len(own))]
        suggested = [*own[: MAX_SUGGESTIONS - len(others)], *others]
        return [_choice(job, own=job not in others) for job in suggested]

    async def _matching(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> tuple[list[Job], list[Job]]:
        """Return one's own jobs with these words, and others' in this channel, newest first."""
        own = await self._jobs.search(interaction.user.id, typed, offset=0, limit=MAX_SUGGESTIONS)
        here = await self._jobs.search_shown(
            interaction.channel_id or 0, typed, limit=MAX_SUGGESTIONS
        )
        others = [
            job for job in here if not job.is_of(interaction.user.id) and may_see(interaction, job)
        ]
        return own, others


def _choice(job: Job, *, own: bool) -> app_commands.Choice[str]:
    whose = "" if own else f", {job.request.requester.user_name}"
    when = f" ({job.created_at:%Y-%m-%d}{whose})"
    words = in_one_line(job.request.prompt, MAX_VALUE_CHARACTERS - len(when)) or "-"
    return app_commands.Choice(name=words + when, value=job.id)
