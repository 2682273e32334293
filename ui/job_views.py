"""Shows a job's details and stored images in answer to an interaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from domain.errors import UserError
from domain.models import Action, Image, ImageKind, Job, Problem
from jobs.messenger import DEFAULT_FILE_LIMIT_BYTES
from ui.attachments import KeptPictures, that_fit
from ui.components import Card
from ui.discord_errors import FORBIDDEN, is_too_large, promise_message
from ui.errors import not_shown
from ui.gallery import gone_card, opened_row, private_rows
from ui.i18n import words_of
from ui.job_card import card_of, result_card
from ui.job_details import Dossier, details_card
from ui.visibility import Audience, audience_of, check_age, is_requester, may_see

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.jobs import JobRepository
    from ui import Interaction


class JobViews:
    """Answers an interaction with a job's details or with one of its pictures.

    Its methods raise UserError where something is not kept, may not be shown there, or is refused
    by Discord, and TooLateError where Discord did not take the answer.
    """

    def __init__(self, jobs: JobRepository, kept: KeptPictures) -> None:
        self._jobs = jobs
        self._kept = kept

    async def show_details(self, interaction: Interaction, job: Job) -> None:
        check_age(audience_of(interaction, private=True), job)
        await promise_message(interaction, private=True)
        dossier = await self._dossier(interaction, job)
        left_out = dossier.left_out or bool(dossier.originals)
        smaller = replace(dossier, originals=(), left_out=left_out)
        # Discord's stated limit on files can be more than it accepts.
        for fitting in (dossier, smaller, replace(smaller, shown=())):
            try:
                async with self._kept.files([*fitting.shown, *fitting.originals]) as files:
                    card = details_card(fitting, words_of(interaction))
                    await interaction.edit_original_response(view=card, attachments=files)
            except discord.HTTPException as error:
                if not is_too_large(error) or not fitting.shown:
                    raise not_shown(error, words_of(interaction), interaction.guild_id) from error
            else:
                return

    async def show_privately(self, interaction: Interaction, job: Job) -> None:
        """Show a job in a private answer that was promised: its pictures, else how far it is."""
        check_age(audience_of(interaction, private=True), job)
        words = words_of(interaction)
        images = await self._kept.results(job)
        if images:
            rows = private_rows(job, words, images, is_own=is_requester(job, interaction.user.id))
            card = result_card(job, words, images, rows=rows)
        else:
            card = gone_card(job, words) if job.fetched_at is not None else card_of(job, words)
        await self._send(interaction, card, images)

    async def show_picture(self, interaction: Interaction, job: Job, position: int) -> None:
        """Show one of a job's several pictures privately, with what can be done with it."""
        image = await self._promised(interaction, job, position)
        words = words_of(interaction)
        is_own = is_requester(job, interaction.user.id)
        row = opened_row(job, words, position, is_own=is_own)
        card = result_card(job, words, [image], rows=[row], is_opened=True)
        await self._send(interaction, card, [image])

    async def show_original(self, interaction: Interaction, job: Job, position: int) -> None:
        """Give a picture privately as the file that Flux made."""
        image = await self._promised(interaction, job, position, as_made=True)
        if image.bytes > interaction.filesize_limit:
            raise UserError("original-too-large", job=job.id)
        file: ui.File[Any] = ui.File(f"attachment://{image.file_name}", spoiler=job.request.spoiler)
        await self._send(interaction, Card(file), [image])

    async def send_to_dm(self, interaction: Interaction, job: Job, position: int | None) -> None:
        """Send a job's pictures, or one of them, to the user's direct messages; it is free."""
        check_age(Audience(channel_id=0, adults=False, reader_id=interaction.user.id), job)
        await promise_message(interaction, private=True)
        kept = await self._kept.results(job)
        images = [image for image in kept if position in {None, image.position}]
        fitting = that_fit(images, DEFAULT_FILE_LIMIT_BYTES)
        if not fitting:
            raise UserError("original-too-large" if images else "picture-gone", job=job.id)
        words = words_of(interaction)
        is_one = position is not None and job.request.count > 1
        shown = result_card(job, words, fitting, is_opened=is_one)
        try:
            channel = await interaction.user.create_dm()
            async with self._kept.files(fitting) as files:
                # Discord delivers a press twice now and then.
                await channel.send(view=shown, files=files, nonce=str(interaction.id))
        except discord.HTTPException as error:
            if FORBIDDEN.get(error.code) is Problem.DIRECT_MESSAGES_CLOSED:
                raise UserError("dm-closed") from error
            raise not_shown(error, words, None) from error
        await interaction.edit_original_response(view=Card(words("dm-sent")))

    async def _promised(
        self, interaction: Interaction, job: Job, position: int, *, as_made: bool = False
    ) -> Image:
        """Promise a private answer and return the picture that it is to show."""
        check_age(audience_of(interaction, private=True), job)
        await promise_message(interaction, private=True)
        made = self._kept.of_kind(job, ImageKind.RESULT) if as_made else self._kept.results(job)
        image = next((each for each in await made if each.position == position), None)
        if image is None:
            raise UserError("picture-gone")
        return image

    async def _send(self, interaction: Interaction, card: Card, images: Sequence[Image]) -> None:
        try:
            async with self._kept.files(images) as files:
                await interaction.edit_original_response(view=card, attachments=files)
        except discord.HTTPException as error:
            raise not_shown(error, words_of(interaction), interaction.guild_id) from error

    async def _dossier(self, interaction: Interaction, job: Job) -> Dossier:
        sources = await self._kept.of_kind(job, ImageKind.SOURCE)
        results = await self._kept.results(job)
        smaller = {image.position for image in results if image.kind is ImageKind.POSTED}
        made = await self._kept.of_kind(job, ImageKind.RESULT)
        originals = [image for image in made if image.position in smaller]
        family = await self._jobs.list_family(job.id)
        is_edit = job.request.action is Action.EDIT
        pictures = [*sources, *results] if is_edit else results
        fitting = that_fit([*pictures, *originals], interaction.filesize_limit)
        return Dossier(
            job=job,
            shown=[image for image in pictures if image in fitting],
            originals=[image for image in originals if image in fitting],
            left_out=any(image not in fitting for image in originals),
            family=[each for each in family if each.id == job.id or may_see(interaction, each)],
        )
