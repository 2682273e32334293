"""Modals of requests: opened filled in, and submitted, also to a later process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.errors import UserError
from domain.models import Action, ImageKind, Job, PictureRef
from flux.catalogue import MODELS
from jobs.source_images import posted_source, source_of
from ui.discord_errors import READ_DEADLINE_S
from ui.forms import FormKind, FormRef, open_request_form, picked_picture, read_form
from ui.i18n import Words, words_of
from ui.message_images import pictures_in
from ui.visibility import check_access, job_by_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.requests import Drafts, Source
    from storage.jobs import JobRepository
    from ui import Interaction
    from ui.autocomplete import Offers
    from ui.buttons import DraftButtonId
    from ui.submit import Requests


class Forms:
    """Serves every form of `ui.forms`."""

    def __init__(
        self, jobs: JobRepository, drafts: Drafts, requests: Requests, offers: Offers
    ) -> None:
        self._jobs = jobs
        self._drafts = drafts
        self._requests = requests
        self._offers = offers

    async def reopen(self, interaction: Interaction, pressed: DraftButtonId) -> None:
        kept = await self._drafts.find(pressed.draft_id, interaction.user.id)
        if kept is None:
            # One that is refused openly, in reply to a message, is another's to say again.
            private = interaction.message is None or interaction.message.flags.ephemeral
            raise UserError("draft-gone" if private else "not-yours-to-repeat")
        self._offers.check(interaction, Action.EDIT if kept.editing else Action.GENERATE)
        draft, asked = kept.draft, MODELS.get(kept.draft.model or "")
        if asked is None or (kept.editing and not asked.edits):
            draft = replace(draft, model=None)
        await open_request_form(
            interaction,
            self._offers,
            FormRef(FormKind.DRAFT, pressed.draft_id),
            replace(kept, draft=draft),
            title="form-retry",
            pictures=None if draft.source else _numbers(kept.sources, words_of(interaction)),
        )

    async def submit(self, interaction: Interaction, ref: FormRef) -> None:
        match ref.kind:
            case FormKind.EDIT:
                await self._edit(interaction, ref)
            case FormKind.CHANGE:
                await self._change(interaction, ref.key)
            case FormKind.DRAFT:
                await self._redraft(interaction, ref.key)

    async def _edit(self, interaction: Interaction, ref: FormRef) -> None:
        job = await self._job(interaction, ref.key)
        position = ref.position or picked_picture(interaction) or 1
        source = await self._source(interaction, job, position)
        draft = replace(
            read_form(interaction, "edit"),
            count=None,
            spoiler=job.request.spoiler or None,
            private=job.request.private or None,
            source=source,
        )
        await self._requests.submit(interaction, draft)

    async def _change(self, interaction: Interaction, job_id: str) -> None:
        job, draft = await self._job(interaction, job_id), read_form(interaction, "change")
        draft = replace(draft, count=draft.count or 1, retry_of=job.id)
        await self._requests.submit(interaction, draft, of=job)

    async def _redraft(self, interaction: Interaction, draft_id: str) -> None:
        kept = await self._drafts.find(draft_id, interaction.user.id)
        if kept is None:
            raise UserError("draft-gone")
        old = kept.draft
        if old.retry_of is not None:
            await self._change(interaction, old.retry_of)
            return
        typed, source = read_form(interaction, old.command), old.source
        if source is None and kept.sources:
            number = picked_picture(interaction) or 1
            source = kept.sources[min(number, len(kept.sources)) - 1]
        draft = replace(
            old,
            prompt=typed.prompt,
            model=typed.model,
            size=typed.size,
            count=typed.count or old.count,
            source=source,
        )
        await self._requests.submit(interaction, draft)

    async def _job(self, interaction: Interaction, job_id: str) -> Job:
        job = await job_by_id(self._jobs, job_id)
        # A form's custom_id comes back from a client, which can send anything.
        return check_access(interaction, job)

    async def _source(self, interaction: Interaction, job: Job, position: int) -> Source:
        async with asyncio.timeout(READ_DEADLINE_S):
            images = await self._jobs.list_images(job.id, ImageKind.RESULT)
        for image in images:
            if image.position == position:
                return source_of(job, image)
        # It is old, and no longer kept here; the message that was clicked still shows it.
        message, shown = interaction.message, PictureRef(job_id=job.id, position=position)
        for picture in pictures_in(message, is_own=True) if message else ():
            if picture.source.parent == shown:
                return picture.source
        posted = posted_source(job, position)
        if posted is None:
            raise UserError("picture-gone")
        return posted


def _numbers(sources: Sequence[Source], words: Words) -> dict[int, str]:
    """Return what to call each source, in order from 1: of a result's, its own number."""
    return {
        at: words("picture-number", number=source.parent.position if source.parent else at)
        for at, source in enumerate(sources, 1)
    }
