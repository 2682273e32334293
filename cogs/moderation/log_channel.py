"""The log channel: posts each image once, without delaying its requester, and its buttons."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
from discord.ext import commands

from cogs.moderation.cards import (
    END,
    BlockFormId,
    EntryAction,
    EntryButtonId,
    block_form,
    blocks_card,
    entry_card,
    new_block,
    notes_of_rules,
)
from domain.errors import UserError
from domain.limits import EVERYWHERE
from jobs.messenger import DEFAULT_FILE_LIMIT_BYTES
from storage.errors import StorageError
from ui.attachments import KeptPictures, that_fit
from ui.components import answer
from ui.discord_errors import FORBIDDEN, GONE, UPLOAD_DEADLINE_S, open_form, take_click
from ui.formatting import link_to
from ui.forms import PROMPT, values_of
from ui.i18n import words_for, words_of
from ui.message_images import pictures_in
from ui.operators import Operators, owner_id_of
from ui.places import log_channel_of
from ui.visibility import (
    Audience,
    audience_of,
    audience_of_channel,
    is_requester,
    job_by_id,
    meets_age_rule,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clock import Clock
    from domain.models import Image, Job, Place
    from services.moderation import Moderation
    from storage.jobs import JobRepository
    from storage.preferences import ChoiceRepository
    from ui import Interaction

logger = logging.getLogger(__name__)

LOOK_BACK: Final = timedelta(minutes=10)
"""How old a delivery may be that a start enters into a log; a crash came between the two."""


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
        # One at a time, so that the uploads of a busy server leave room for people's own.
        self._one_at_a_time = asyncio.Lock()

    async def enter(self, job: Job) -> None:
        """Post a job's entry into its server's log channel, if it has one and did not before.

        What its requester alone sees is never entered. Whatever goes wrong is only logged.
        """
        if job.request.private or job.request.place.guild_id is None:
            return
        try:
            channel = await log_channel_of(self._client, self._choices, job.request.place.guild_id)
            if channel is None:
                return
            words = words_for(job.request.place.locale)
            found = self._moderation.rules_found(job.request.prompt, job.request.place.guild_id)
            # What a rule found is part of the prompt.
            is_shown = meets_age_rule(audience_of_channel(channel), job)
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
            channel = await log_channel_of(self._client, self._choices, place.guild_id)
            if channel is None:
                return
            words = words_for(place.locale)
            link = link_to(place.guild_id, place.channel_id, message_id)
            note = words("entry-posted-again", where=link)
            shown = replace(job, message_id=None, request=replace(job.request, place=place))
            async with self._one_at_a_time:
                await self._post(channel, shown, [note], nonce=f"{message_id}-log")
        except Exception as error:  # noqa: BLE001  # the image was shown, with or without it
            logger.warning(
                "job=%s not posted to the log channel again: %s", job.id, type(error).__name__
            )

    async def report(self, job: Job, note: str, *, nonce: str) -> bool:
        """Post a report to the log channel, else to the bot owner; return whether it was posted."""
        channel = None
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, discord.HTTPException):
            channel = await log_channel_of(self._client, self._choices, job.request.place.guild_id)
        places = [channel] if channel is not None else []
        for place in (*places, None):
            try:
                target = place or await self._client.create_dm(
                    discord.Object(await owner_id_of(self._client))
                )
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

    async def _post(
        self,
        channel: discord.TextChannel | discord.Thread | discord.DMChannel,
        job: Job,
        notes: Sequence[str],
        *,
        nonce: str,
    ) -> None:
        words = words_for(job.request.place.locale)
        images = await self.images(job, audience_of_channel(channel))
        async with asyncio.timeout(UPLOAD_DEADLINE_S):
            async with self._kept.files(images or []) as files:
                card = entry_card(job, words, images, notes=notes)
                await channel.send(view=card, files=files, nonce=nonce)


class LogButtons(commands.Cog):
    """Serves the buttons of entries, and posts the entries that a crash prevented."""

    def __init__(
        self,
        jobs: JobRepository,
        moderation: Moderation,
        operators: Operators,
        log_channel: LogChannel,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._jobs = jobs
        self._moderation = moderation
        self._operators = operators
        self._log_channel = log_channel

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        try:
            jobs = await self._moderation.repository.list_unlogged(self._clock.now() - LOOK_BACK)
        except StorageError as error:
            logger.warning("log channel not searched: %s", type(error).__name__)
            return
        for job in jobs:
            await self._log_channel.enter(job)

    async def press(self, interaction: Interaction, pressed: EntryButtonId) -> None:
        job = await job_by_id(self._jobs, pressed.job_id)
        if pressed.action is EntryAction.REMOVE:
            await self._remove(interaction, job)
        else:
            await self._check_may_block(interaction, job)
            await open_form(interaction, block_form(job.id, words_of(interaction)))

    async def submit(self, interaction: Interaction, form: BlockFormId) -> None:
        job = await job_by_id(self._jobs, form.job_id)
        guild_id = await self._check_may_block(interaction, job)
        values = values_of(interaction)
        user_id, reason = job.request.requester.user_id, values.get(PROMPT, "")
        block = new_block(interaction, guild_id, user_id, reason, values.get(END, ""))
        await self._moderation.repository.save_block(block)
        await answer(interaction, blocks_card(words_of(interaction), [block]))

    async def _remove(self, interaction: Interaction, job: Job) -> None:
        if not await self._may_remove(interaction, job):
            raise UserError("not-yours-to-remove")
        await take_click(interaction)
        assert interaction.message is not None  # noqa: S101  # a button's
        place = job.request.place
        channel = interaction.client.get_partial_messageable(place.channel_id)
        try:
            await channel.get_partial_message(job.message_id or 0).delete()
        except discord.HTTPException as error:
            if error.code in FORBIDDEN:
                raise UserError("not-mine-to-remove") from error
            if error.code not in GONE:
                raise
        logger.info("job=%s message removed by a moderator", job.id)
        words = words_for(place.locale)
        notes = [words("entry-removed", who=interaction.user.mention)]
        images = await self._log_channel.images(job, audience_of(interaction, private=False))
        if images is None:
            card = entry_card(job, words, None, notes=notes, is_removed=True)
            await interaction.edit_original_response(view=card, attachments=[])
            return
        # The files stay attached; others, such as those of a channel restricted since, are missing.
        attached = {each.file_name for each in pictures_in(interaction.message)}
        shown = [image for image in images if image.file_name in attached]
        card = entry_card(job, words, shown, notes=notes, is_removed=True)
        await interaction.edit_original_response(view=card)

    async def _check_may_block(self, interaction: Interaction, job: Job) -> int:
        """Return where a block of the moderator's would hold."""
        if is_requester(job, interaction.user.id):
            raise UserError("not-yourself")
        if interaction.guild_id is None:
            await self._operators.check(interaction.user.id)
            return EVERYWHERE
        # Its picture may have been made elsewhere, and posted here from a history.
        if not interaction.permissions.manage_guild:
            raise UserError("not-yours-to-block")
        return interaction.guild_id

    async def _may_remove(self, interaction: Interaction, job: Job) -> bool:
        guild, person = interaction.guild, interaction.user
        if guild is None:
            return await self._operators.include(person.id)
        if guild.id != job.request.place.guild_id or not isinstance(person, discord.Member):
            return False
        channel = guild.get_channel_or_thread(job.request.place.channel_id)
        return channel is not None and channel.permissions_for(person).manage_messages
