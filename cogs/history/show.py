"""/show: one picture again, one's own from anywhere, another's where one can see it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from ui.autocomplete import MAX_SUGGESTIONS, MAX_VALUE_CHARACTERS
from ui.formatting import age_in_words
from ui.gallery import in_one_line
from ui.i18n import words_of
from ui.responses import promise_message
from ui.visibility import READ_DEADLINE_S, audience_of, check_access, check_age, may_see

if TYPE_CHECKING:
    from datetime import datetime

    from domain.models import Job
    from storage.jobs import JobRepository
    from ui.i18n import Words
    from ui.job_views import JobViews

SUGGESTED_OTHERS: Final = 10
"""Of other people, so that they never push out all of one's own."""


class Show(commands.Cog):
    """Finds a picture by its words or by the number on its card."""

    def __init__(self, *, jobs: JobRepository, views: JobViews) -> None:
        self._jobs = jobs
        self._views = views

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
        await self._views.show_privately(interaction, found)

    @show.autocomplete("job")
    async def suggest_job(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest one's own pictures, and those that others had made in this channel."""
        async with asyncio.timeout(READ_DEADLINE_S):
            own, others = await self._matching(interaction, typed)
        others = others[: max(SUGGESTED_OTHERS, MAX_SUGGESTIONS - len(own))]
        suggested = [*own[: MAX_SUGGESTIONS - len(others)], *others]
        at, words = interaction.created_at, words_of(interaction)
        names = {job.id: _name(job, at, words, own=job not in others) for job in suggested}
        counts = Counter(names.values())
        return [
            # Equal in all that is named, they are told apart by their numbers.
            app_commands.Choice(
                name=name
                if counts[name] == 1
                else _name(job, at, words, own=job not in others, numbered=True),
                value=job.id,
            )
            for job, name in zip(suggested, names.values(), strict=True)
        ]

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


def _name(job: Job, at: datetime, words: Words, *, own: bool, numbered: bool = False) -> str:
    facts = [age_in_words(job, at, words), job.request.model]
    if not own:
        facts.append(job.request.requester.user_name)
    if numbered:
        facts.append(words("fact-job", job=job.id))
    end = f" ({' · '.join(facts)})"
    prompt = in_one_line(job.request.prompt, MAX_VALUE_CHARACTERS - len(end)) or "-"
    return prompt + end
