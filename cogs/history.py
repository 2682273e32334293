"""/history and /show: one's own images to look through, and any that one can see, again."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.ext import commands

from domain.errors import UserError
from domain.models import Action, Delivery, Job, Place
from ui.autocomplete import MAX_SUGGESTIONS, MAX_VALUE_CHARACTERS, Suggestions
from ui.buttons import KeptAction, KeptButtonId
from ui.components import Card, answer, chosen, one_line
from ui.discord_errors import READ_DEADLINE_S, promise_message, take_click, unimportant
from ui.errors import not_shown
from ui.formatting import age_in_words
from ui.gallery import (
    MAX_WORDS_CHARACTERS,
    PAGE_JOBS,
    Page,
    PictureSelectId,
    View,
    history_card,
    removal_card,
)
from ui.i18n import Words, choice, words_for, words_of
from ui.job_card import result_card
from ui.submit import Requests, place_of
from ui.visibility import audience_of, check_access, check_age, is_requester, job_by_id, may_see

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from storage.jobs import JobRepository
    from storage.preferences import ChoiceRepository
    from ui import Interaction
    from ui.attachments import KeptPictures
    from ui.job_views import JobViews

logger = logging.getLogger(__name__)

SUGGESTED_OTHERS: Final = 10
"""Of other people, so that they never push out all of one's own."""


class History(commands.Cog):
    """Shows people their own images and, by `/show`, any that they can see."""

    def __init__(
        self,
        jobs: JobRepository,
        kept: KeptPictures,
        views: JobViews,
        requests: Requests,
        choices: ChoiceRepository,
        posted: Callable[[Job, Place, int], Awaitable[None]],
    ) -> None:
        self._posted = posted
        self._jobs = jobs
        self._requests = requests
        self._choices = choices
        self._kept = kept
        self._views = views

    @app_commands.command(description="Show your images, newest first; only you can see this")
    @app_commands.describe(words="Search in prompts", kind="Generated images or edits only")
    @app_commands.choices(
        kind=[
            choice("Generated images", Action.GENERATE.value, "choice-drawings"),
            choice("Edits", Action.EDIT.value, "choice-edits"),
        ]
    )
    async def history(
        self,
        interaction: Interaction,
        words: app_commands.Range[str, 1, MAX_WORDS_CHARACTERS] = "",
        kind: str | None = None,
    ) -> None:
        view = View(words=" ".join(words.split()), kind=Action(kind) if kind else None)
        page = await self._page(interaction, view)
        # The list at once, its previews as soon as they are made.
        await answer(interaction, history_card(page, words_of(interaction)))
        if any(pictures for _, pictures in page.entries):
            with unimportant("previews of the history not shown"):
                await self._add_previews(interaction, page)

    async def turn(self, interaction: Interaction, pressed: View) -> None:
        page = await self._page(interaction, pressed)
        await take_click(interaction)
        await self._add_previews(interaction, page)

    async def pick(self, interaction: Interaction, select: PictureSelectId) -> None:
        del select
        await promise_message(interaction, private=True)
        job = await self._own(interaction, chosen(interaction))
        await self._views.show_privately(interaction, job)

    async def press(self, interaction: Interaction, pressed: KeptButtonId) -> None:
        job = await self._own(interaction, pressed.job_id)
        match pressed.action:
            case KeptAction.POST:
                await self._post(interaction, job, pressed.position)
            case KeptAction.ASK:
                await take_click(interaction)
                card = removal_card(job, words_of(interaction))
                await interaction.edit_original_response(view=card, attachments=[])
            case KeptAction.SHOW:
                await take_click(interaction)
                await self._views.show_privately(interaction, job)
            case KeptAction.REMOVE:
                await self._remove(interaction, job)

    async def _own(self, interaction: Interaction, job_id: str) -> Job:
        job = await job_by_id(self._jobs, job_id)
        # What is picked and pressed comes from a client, which can send anything.
        if not is_requester(job, interaction.user.id):
            raise UserError("unknown-job")
        return job

    async def _page(self, interaction: Interaction, view: View) -> Page:
        async with asyncio.timeout(READ_DEADLINE_S):
            found = await self._jobs.search(
                interaction.user.id, view.words, view.kind, offset=view.offset, limit=PAGE_JOBS + 1
            )
            entries = [(job, await self._kept.results(job)) for job in found[:PAGE_JOBS]]
        has_older, at = len(found) > PAGE_JOBS, interaction.created_at
        return Page(view=view, entries=entries, has_older=has_older, at=at)

    async def _add_previews(self, interaction: Interaction, page: Page) -> None:
        files: dict[str, discord.File] = {}
        for job, pictures in page.entries:
            preview = await self._kept.thumbnail(pictures[0]) if pictures else None
            if preview is not None:
                files[job.id] = preview
        names = {job_id: file.filename for job_id, file in files.items()}
        card = history_card(page, words_of(interaction), names)
        await interaction.edit_original_response(view=card, attachments=[*files.values()])

    async def _post(self, interaction: Interaction, job: Job, position: int | None) -> None:
        check_age(audience_of(interaction, private=False), job)
        self._requests.check_posting(interaction, job)
        place = await place_of(self._choices, interaction)
        if place.delivery is Delivery.MESSAGE:
            await take_click(interaction)
        else:
            await promise_message(interaction, private=False)
        kept = await self._kept.results(job)
        images = [image for image in kept if position in {None, image.position}]
        if not images:
            raise UserError("picture-gone" if position else "no-longer-kept")
        try:
            in_server = place.guild_id is not None  # where others read it too
            words = words_for(place.locale if in_server else interaction.locale.value)
            card = result_card(job, words, images, is_opened=position is not None)
            async with self._kept.files(images) as files:
                if place.delivery is Delivery.RESPONSE:
                    sent = await interaction.edit_original_response(view=card, attachments=files)
                else:
                    channel = interaction.client.get_partial_messageable(place.channel_id)
                    # Discord delivers a press twice now and then.
                    sent = await channel.send(view=card, files=files, nonce=str(interaction.id))
        except discord.HTTPException as error:
            raise not_shown(error, words_of(interaction), place.guild_id) from error
        logger.info("job=%s posted again in channel=%d", job.id, place.channel_id)
        await self._posted(job, place, sent.id)

    async def _remove(self, interaction: Interaction, job: Job) -> None:
        await take_click(interaction)
        images = await self._kept.remove(job, interaction.created_at)
        if images is None:
            raise UserError("not-yet-removable")
        logger.info("job=%s removed by its requester, files=%d", job.id, len(images))
        card = Card(words_of(interaction)("removed"))
        await interaction.edit_original_response(view=card, attachments=[])

    @app_commands.command(description="Show an image again; only you can see this")
    @app_commands.describe(job="Words from its prompt, or its job number")
    async def show(
        self, interaction: Interaction, job: app_commands.Range[str, 1, MAX_VALUE_CHARACTERS]
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
    async def suggest_job(self, interaction: Interaction, typed: str) -> Suggestions:
        async with asyncio.timeout(READ_DEADLINE_S):
            own, others = await self._matching(interaction, typed)
        others = others[: max(SUGGESTED_OTHERS, MAX_SUGGESTIONS - len(own))]
        suggested = [*own[: MAX_SUGGESTIONS - len(others)], *others]
        name = partial(_name, at=interaction.created_at, words=words_of(interaction))
        names = [name(job, own=job not in others) for job in suggested]
        counts = Counter(names)
        choices = []
        for job, shown in zip(suggested, names, strict=True):
            # Equal in all that is named, they are told apart by their numbers.
            is_alone = counts[shown] == 1
            unique = shown if is_alone else name(job, own=job not in others, numbered=True)
            choices.append(app_commands.Choice(name=unique, value=job.id))
        return choices

    async def _matching(self, interaction: Interaction, typed: str) -> tuple[list[Job], list[Job]]:
        """Return one's own jobs with these words, and others' in this channel, newest first."""
        me, channel_id, most = interaction.user.id, interaction.channel_id or 0, MAX_SUGGESTIONS
        own = await self._jobs.search(me, typed, offset=0, limit=most)
        here = await self._jobs.search_shown(channel_id, typed, limit=most)
        return own, [job for job in here if not is_requester(job, me) and may_see(interaction, job)]


def _name(job: Job, *, at: datetime, words: Words, own: bool, numbered: bool = False) -> str:
    facts = [age_in_words(job, at, words), job.request.model]
    if not own:
        facts.append(job.request.requester.user_name)
    if numbered:
        facts.append(words("fact-job", job=job.id))
    end = f" ({' · '.join(facts)})"
    prompt = one_line(job.request.prompt, MAX_VALUE_CHARACTERS - len(end)) or "-"
    return prompt + end
