"""Requests by plain messages: replies, mentions, direct messages."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord
from discord.ext import commands

from cogs.images.image_picker import PickerId, picker_card
from cogs.images.message_parsing import hear, pick
from domain.errors import UserError
from domain.models import Problem
from jobs.drafts import Kept
from jobs.requests import Draft
from ui.components import chosen
from ui.discord_errors import unimportant
from ui.errors import count_refusal, error_card, text_card
from ui.i18n import if_known, words_for
from ui.job_card import SMALL
from ui.message_images import numbered, pictures_in, source_from
from ui.places import ReplyEdits, may_answer, reply_edits
from ui.responses import take_click
from ui.visibility import job_of_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogs.images.message_parsing import Heard
    from cogs.images.transient_replies import TransientReplies
    from domain.models import Job
    from jobs.requests import Source
    from storage.jobs import JobRepository
    from storage.preferences import GuildChoices
    from ui.client import FluxcordBot
    from ui.help import Help
    from ui.i18n import Words
    from ui.message_images import FoundPicture
    from ui.places import Places
    from ui.submit import Requests

logger = logging.getLogger(__name__)

PREVIEW_S: Final = 3.0
"""How long Discord may take to show the picture behind a link after the message itself."""


class Replies(commands.Cog):
    """Serves messages that address the bot."""

    def __init__(
        self,
        *,
        bot: FluxcordBot,
        requests: Requests,
        jobs: JobRepository,
        places: Places,
        hints: TransientReplies,
        help_: Help,
    ) -> None:
        self._bot = bot
        self._help = help_
        self._requests = requests
        self._jobs = jobs
        self._places = places
        self._hints = hints
        self._typing: set[asyncio.Task[None]] = set()

    async def cog_unload(self) -> None:
        """Remove the hints; part of discord.py's interface."""
        await self._hints.close()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Start the request of a message; an error becomes a reply."""
        heard = self._hear(message)
        if heard is None or not may_answer(message):
            return
        locale = await if_known(self._jobs.last_locale(message.author.id))
        heard = replace(heard, locale=locale)
        try:
            await self._serve(heard)
        except Exception as error:  # noqa: BLE001  # else the author gets no reply
            count_refusal(self._bot, error)
            await self._hints.give(message, error_card(error, self._words_of(heard)))

    async def choose(self, interaction: discord.Interaction[Any], picker: PickerId) -> None:
        """Go on with the message that was asked about."""
        await take_click(interaction)
        heard = await self._hear_again(interaction, picker.message_id)
        heard = replace(heard, locale=interaction.locale.value)
        await self._serve(heard, position=int(chosen(interaction) or 0))
        self._hints.forget(picker.message_id)
        if interaction.message is not None:
            with unimportant("picker not removed"):
                await interaction.message.delete()

    def _hear(self, message: discord.Message) -> Heard | None:
        return hear(message, self._bot.user) if self._bot.user is not None else None

    async def _hear_again(self, interaction: discord.Interaction[Any], message_id: int) -> Heard:
        channel = interaction.channel
        if not isinstance(channel, discord.abc.Messageable):
            raise UserError("message-is-gone")
        try:
            message = await channel.fetch_message(message_id)
        except discord.NotFound as error:
            raise UserError("message-is-gone") from error
        except discord.Forbidden as error:
            # Without Read Message History it is there, and known from when it was written.
            known = self._hints.asked(message_id)
            if known is None:
                raise UserError("picture-not-shown") from error
            message = known
        heard = self._hear(message)
        if heard is None or heard.message.author != interaction.user:
            raise UserError("not-yours-to-choose")
        return heard

    async def _serve(self, heard: Heard, *, position: int | None = None) -> None:
        message = heard.message
        found = pictures_in(message) if heard.is_direct or heard.mentions else []
        if not found and heard.has_link and not heard.is_reply:
            message = await self._with_preview(message)
            found = pictures_in(message)
        if heard.is_reply or found:
            await self._edit(heard, found, position)
        else:
            await self._make(heard)

    async def _edit(
        self, heard: Heard, attached: Sequence[FoundPicture], position: int | None
    ) -> None:
        job = await self._job_of(heard)
        pictures = attached or (pictures_in(heard.target) if heard.target else [])
        if not await self._may_edit(heard, job, pictures):
            if pictures and reply_edits(self._chosen(heard)) is not ReplyEdits.OFF:
                # It may well be talk about the picture, which one small hint does not disturb.
                card = text_card(SMALL + self._words_of(heard)("reply-hint"))
                self._hints.give_once_a_day(heard.message, card)
            return
        is_under_way = job is not None and job.fetched_at is None and not job.state.is_final
        if not attached and is_under_way:
            raise UserError("not-finished")
        if not pictures:
            raise UserError(self._why_none(heard))
        is_own = heard.target_is_own and not attached
        pictures = numbered(pictures) if is_own else pictures
        picture, words = pick(heard.words, pictures, position)
        if picture is None:
            # Checked before the user chooses.
            await self._check(heard, words, pictures, is_own=is_own)
            card = picker_card(heard.message.id, pictures, self._words_of(heard))
            await self._hints.ask(heard.message, card)
            return
        source = source_from(picture, is_own=is_own)
        await self._take(heard, words, spoiler=picture.spoiler or None, source=source)

    async def _make(self, heard: Heard) -> None:
        if heard.message.attachments:
            raise UserError(Problem.SOURCE_NOT_A_PICTURE)
        if not heard.words:
            card = await self._help.for_message(heard.message, self._words_of(heard))
            await self._hints.ask(heard.message, card)
            return
        if not heard.is_direct and not self._chosen(heard).mention_generates:
            raise UserError("words-alone-are-off")
        if heard.private and not heard.is_direct:
            raise UserError("private-words")
        await self._take(heard, heard.words)

    async def _check(
        self, heard: Heard, words: str, pictures: Sequence[FoundPicture], *, is_own: bool
    ) -> None:
        draft = _draft(heard, words, spoiler=any(each.spoiler for each in pictures) or None)
        sources = tuple(source_from(picture, is_own=is_own) for picture in pictures)
        kept = Kept(draft=draft, editing=True, sources=sources)
        await self._requests.check_message(heard.message, kept)

    async def _take(
        self, heard: Heard, words: str, *, spoiler: bool | None = None, source: Source | None = None
    ) -> None:
        typing = asyncio.create_task(_show_typing(heard.message), name="typing")
        self._typing.add(typing)
        typing.add_done_callback(self._typing.discard)
        await self._requests.submit_message(
            heard.message,
            replace(_draft(heard, words, spoiler=spoiler), source=source),
            application_id=self._bot.application_id or 0,
            locale=heard.locale,
        )

    async def _may_edit(
        self, heard: Heard, job: Job | None, pictures: Sequence[FoundPicture]
    ) -> bool:
        """Whether the server lets this person edit this picture so; if not, it was no request.

        Raises:
            UserError: it was one, and the server does not let anybody.
        """
        if heard.is_direct:
            return True
        mode = reply_edits(self._chosen(heard))
        if heard.mentions:
            if mode is ReplyEdits.OFF:
                raise UserError("replies-are-off")
            return True
        if mode is ReplyEdits.REQUESTER:
            # A hint has no requester and no image; a reply to one is answered with an error.
            return job.is_of(heard.message.author.id) if job is not None else not pictures
        return mode is ReplyEdits.EVERYONE

    def _chosen(self, heard: Heard) -> GuildChoices:
        guild = heard.message.guild
        return self._places.choices_of(guild.id if guild else None)

    def _words_of(self, heard: Heard) -> Words:
        return words_for(heard.locale or self._places.locale(heard.message))

    async def _job_of(self, heard: Heard) -> Job | None:
        """Return the job whose message is replied to, if it is one of the bot's own."""
        if heard.target is None or not heard.target_is_own:
            return None
        return await job_of_message(self._jobs, heard.target)

    def _why_none(self, heard: Heard) -> str:
        if heard.is_reply and heard.target is None:
            return "message-is-gone"
        if heard.is_hidden and not self._bot.intents.message_content:
            return "picture-not-shown"
        return "no-picture-there"

    async def _with_preview(self, message: discord.Message) -> discord.Message:
        """Return a message as it is once Discord has looked at its link, or soon after."""

        def shows_it(update: discord.RawMessageUpdateEvent) -> bool:
            return update.message_id == message.id and bool(update.message.embeds)

        try:
            update = await self._bot.wait_for("raw_message_edit", check=shows_it, timeout=PREVIEW_S)
        except TimeoutError:
            # It may have come before it was waited for.
            with unimportant("preview not looked for"):
                return await message.channel.fetch_message(message.id)
            return message
        return update.message


def _draft(heard: Heard, words: str, *, spoiler: bool | None) -> Draft:
    private = heard.private or None
    return Draft(command=heard.way, prompt=words, spoiler=spoiler, private=private)


async def _show_typing(message: discord.Message) -> None:
    with unimportant("typing not shown"):
        await message.channel.typing()
