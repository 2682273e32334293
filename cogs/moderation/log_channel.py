"""Posts each image to the log channel once, without delaying its requester."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import discord

from cogs.moderation.log_entries import entry_card, link_to, notes_of_rules
from domain.models import JobState
from ui.attachments import that_fit
from ui.discord_errors import DEFAULT_FILE_LIMIT_BYTES, UPLOAD_DEADLINE_S
from ui.i18n import words_for
from ui.operators import owner_id_of
from ui.places import log_channel_of
from ui.visibility import Audience, audience_of_channel, meets_age_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clock import Clock
    from domain.models import Image, Job, Place
    from jobs.transitions import Retry
    from services.moderation import Moderation
    from storage.preferences import ChoiceRepository
    from ui.attachments import KeptPictures

logger = logging.getLogger(__name__)


class LogChannel:
    """Posts entries and reports for moderators, or for the bot owner."""

    def __init__(
        self,
        client: discord.Client,
        kept: KeptPictures,
        choices: ChoiceRepository,
        moderation: Moderation,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._client = client
        self._kept = kept
        self._choices = choices
        self._moderation = moderation
        self._entering: set[asyncio.Task[None]] = set()
        # One at a time, so that the uploads of a busy server leave room for people's own.
        self._one_at_a_time = asyncio.Lock()

    def stepped(self, before: Job, after: Job) -> None:
        """Enter a job that is shown now; part of `Observer`."""
        is_shown = after.state is JobState.DELIVERED and before.state is not JobState.DELIVERED
        if not is_shown or self._client.is_closed():
            return
        if self._choices.guilds.of(after.request.place.guild_id).log_channel_id is not None:
            task = asyncio.create_task(self.enter(after), name=f"log-{after.id}")
            self._entering.add(task)
            task.add_done_callback(self._entering.discard)

    def retried(self, what: Retry) -> None:
        """Do nothing; part of `Observer`."""

    async def enter(self, job: Job) -> None:
        """Post a job's entry into its server's log channel, if it has one and did not before.

        What its requester alone sees is never entered. Whatever goes wrong is only logged.
        """
        if job.request.private or job.request.place.guild_id is None:
            return
        try:
            channel = log_channel_of(self._client, self._choices, job.request.place.guild_id)
            if channel is None:
                return
            words = words_for(job.request.place.locale)
            found = self._moderation.rules_found(job.request.prompt, job.request.place.guild_id)
            # What a rule found is part of the prompt.
            is_shown = meets_age_rule(_audience(channel), job)
            notes = notes_of_rules(words, found) if is_shown else []
            # Claimed when its turn comes: one that still waits at a stop is for the next start.
            async with self._one_at_a_time:
                if self._client.is_closed():
                    return
                if await self._moderation.repository.claim_entry(job.id, self._clock.now()):
                    await self._post(channel, job, notes, nonce=f"{job.id}-log")
        except Exception as error:  # noqa: BLE001  # the job goes on without its entry
            logger.warning("job=%s not posted to the log channel: %s", job.id, type(error).__name__)

    async def enter_again(self, job: Job, place: Place, message_id: int) -> None:
        """Post an entry of a kept picture that its requester showed in a server with a log.

        It has no Remove: that is for the job's own message. Whatever goes wrong is only logged.
        """
        try:
            channel = log_channel_of(self._client, self._choices, place.guild_id)
            if channel is None:
                return
            words = words_for(place.locale)
            note = words("entry-posted-again", where=link_to(place, message_id))
            shown = replace(job, message_id=None, request=replace(job.request, place=place))
            async with self._one_at_a_time:
                await self._post(channel, shown, [note], nonce=f"{message_id}-log")
        except Exception as error:  # noqa: BLE001  # the job goes on without its entry
            logger.warning(
                "job=%s not posted to the log channel again: %s", job.id, type(error).__name__
            )

    async def report(self, job: Job, note: str, *, nonce: str) -> bool:
        """Post a report to the server's log channel, else to the bot owner.

        Returns:
            Whether it was posted.
        """
        channel = log_channel_of(self._client, self._choices, job.request.place.guild_id)
        places = [channel] if channel is not None else []
        for place in (*places, None):
            try:
                target = place or await self._operator()
                async with self._one_at_a_time:
                    await self._post(target, job, [note], nonce=nonce)
            except (TimeoutError, aiohttp.ClientError, discord.HTTPException) as error:
                logger.warning("job=%s report not posted: %s", job.id, type(error).__name__)
            else:
                return True
        return False

    async def images(self, job: Job, audience: Audience) -> list[Image] | None:
        """Return the pictures of a job that an entry can show, None where it may show nothing."""
        if not meets_age_rule(audience, job):
            return None
        return that_fit(await self._kept.results(job), DEFAULT_FILE_LIMIT_BYTES)

    async def _operator(self) -> discord.DMChannel:
        return await self._client.create_dm(discord.Object(await owner_id_of(self._client)))

    async def _post(
        self,
        channel: discord.TextChannel | discord.Thread | discord.DMChannel,
        job: Job,
        notes: Sequence[str],
        *,
        nonce: str,
    ) -> None:
        words = words_for(job.request.place.locale)
        images = await self.images(job, _audience(channel))
        async with asyncio.timeout(UPLOAD_DEADLINE_S):
            async with self._kept.files(images or []) as files:
                card = entry_card(job, words, images, notes=notes)
                await channel.send(view=card, files=files, nonce=nonce)


def _audience(
    channel: discord.TextChannel | discord.Thread | discord.DMChannel,
) -> Audience:
    if isinstance(channel, discord.DMChannel):
        return Audience(channel_id=channel.id, adults=False, reader_id=None)
    return audience_of_channel(channel)
