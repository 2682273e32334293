"""Requests by plain messages: replies, mentions, direct messages."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui
from discord.ext import commands

from cogs.images.parsed_message import ParsedMessage
from cogs.images.transient_replies import TransientReplies
from domain.errors import UserError
from domain.models import FINAL, Job, Problem
from jobs.requests import Draft, Kept
from ui.components import Card, CustomId, Snowflake, chosen
from ui.discord_errors import take_click, unimportant
from ui.errors import count_refusal, error_card
from ui.forms import options_of
from ui.i18n import Words, if_known, words_for
from ui.job_card import SMALL
from ui.message_images import FoundPicture, pick, pictures_in
from ui.submit import ReplyEdits, Requests, locale_of, reply_edits
from ui.visibility import is_requester, job_of_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.jobs import JobRepository
    from storage.preferences import ChoiceRepository
    from ui import Interaction
    from ui.client import FluxcordBot
    from ui.help import Help

logger = logging.getLogger(__name__)

PREVIEW_S: Final = 3.0
"""How long Discord may take to show the picture behind a link after the message itself."""


USER_MESSAGES: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})
"""Kinds of messages that people write; others report pins, joins and the like."""

_PRIVATE: Final = re.compile(
    # The spaces before it are read from the first of them only: from each, the time is quadratic.
    r"(?:(?<![ \t])[ \t]+)?(?<!\S)private[:\uff1a]true(?!\S)[ \t]*",
    re.IGNORECASE,
)
"""Said among the words as it is said to a command; with the spaces around it."""


class PickerId(CustomId):
    """The select among the pictures that a message can mean."""

    form = "fluxcord:choose:{message_id}"

    message_id: Snowflake


def picker_card(message_id: int, pictures: Sequence[FoundPicture], words: Words) -> Card:
    options = options_of({str(each.position): each.name(words) for each in pictures}, "")
    custom_id, name = PickerId(message_id).custom_id, words("form-which-picture")
    select = ui.Select[Any](custom_id=custom_id, placeholder=name, options=options)
    return Card(words("which-picture"), ui.ActionRow(select))


class Messages(commands.Cog):
    """Serves messages that address the bot."""

    def __init__(
        self,
        bot: FluxcordBot,
        requests: Requests,
        jobs: JobRepository,
        choices: ChoiceRepository,
        help_: Help,
    ) -> None:
        self._bot = bot
        self._help = help_
        self._requests = requests
        self._jobs = jobs
        self._choices = choices
        self._hints = TransientReplies()
        self._typing: set[asyncio.Task[None]] = set()

    async def cog_unload(self) -> None:
        """Remove the hints; part of discord.py's interface."""
        await self._hints.close()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Start the request of a message; an error becomes a reply."""
        parsed = parse_message(message, self._bot.user)
        if parsed is None:
            return
        guild, channel = message.guild, message.channel
        if guild is not None and not isinstance(channel, discord.PartialMessageable):
            granted = channel.permissions_for(guild.me)
            in_thread = isinstance(channel, discord.Thread)
            if not (granted.send_messages_in_threads if in_thread else granted.send_messages):
                return
        locale = await if_known(self._jobs.last_locale(message.author.id))
        parsed = replace(parsed, locale=locale)
        try:
            await self._serve(parsed)
        except Exception as error:  # noqa: BLE001  # else the author gets no reply
            count_refusal(self._bot, error)
            self._hints.give(message, error_card(error, self._words_of(parsed)))

    async def choose(self, interaction: Interaction, picker: PickerId) -> None:
        await take_click(interaction)
        parsed = await self._parse_again(interaction, picker.message_id)
        parsed = replace(parsed, locale=interaction.locale.value)
        await self._serve(parsed, position=int(chosen(interaction) or 0))
        self._hints.forget(picker.message_id)
        if interaction.message is not None:
            with unimportant("picker not removed"):
                await interaction.message.delete()

    async def _parse_again(self, interaction: Interaction, message_id: int) -> ParsedMessage:
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
        parsed = parse_message(message, self._bot.user)
        if parsed is None or parsed.message.author != interaction.user:
            raise UserError("not-yours-to-choose")
        return parsed

    async def _serve(self, parsed: ParsedMessage, *, position: int | None = None) -> None:
        message = parsed.message
        found = pictures_in(message) if parsed.is_direct or parsed.mentions else []
        if not found and not parsed.is_reply and parsed.has_link:
            message = await self._with_preview(message)
            found = pictures_in(message)
        if parsed.is_reply or found:
            await self._edit(parsed, found, position)
        else:
            await self._make(parsed)

    async def _edit(
        self, parsed: ParsedMessage, attached: Sequence[FoundPicture], position: int | None
    ) -> None:
        job = None
        if parsed.target is not None and parsed.target_is_own:
            job = await job_of_message(self._jobs, parsed.target)
        pictures = attached
        if not attached and parsed.target is not None:
            pictures = pictures_in(parsed.target, is_own=parsed.target_is_own)
        mode = reply_edits(self._choices.guilds.of(parsed.guild_id))
        if not _may_edit(parsed, mode, job, pictures):
            if pictures and mode is not ReplyEdits.OFF:
                # It may well be talk about the picture, which one small hint does not disturb.
                card = Card(SMALL + self._words_of(parsed)("reply-hint"))
                self._hints.give_once_a_day(parsed.message, card)
            return
        is_under_way = job is not None and job.fetched_at is None and job.state not in FINAL
        if not attached and is_under_way:
            raise UserError("not-finished")
        if not pictures:
            raise UserError(self._why_none(parsed))
        picture, words = pick(parsed.words, pictures, position)
        meant = pictures if picture is None else [picture]
        spoiler, private = any(map(attrgetter("spoiler"), meant)) or None, parsed.private or None
        draft = Draft(command=parsed.way, prompt=words, spoiler=spoiler, private=private)
        if picture is None:
            # Checked before the user chooses.
            sources = tuple(each.source for each in pictures)
            kept = Kept(draft=draft, editing=True, sources=sources)
            await self._requests.check_message(parsed.message, kept)
            card = picker_card(parsed.message.id, pictures, self._words_of(parsed))
            self._hints.give(parsed.message, card, is_question=True)
            return
        await self._take(parsed, replace(draft, source=picture.source))

    async def _make(self, parsed: ParsedMessage) -> None:
        if parsed.message.attachments:
            raise UserError(Problem.SOURCE_NOT_A_PICTURE)
        if not parsed.words:
            card = await self._help.where_asked(parsed.message, self._words_of(parsed))
            self._hints.give(parsed.message, card, is_question=True)
            return
        if not parsed.is_direct and not self._choices.guilds.of(parsed.guild_id).mention_generates:
            raise UserError("words-alone-are-off")
        if parsed.private and not parsed.is_direct:
            raise UserError("private-words")
        private = parsed.private or None
        await self._take(parsed, Draft(command=parsed.way, prompt=parsed.words, private=private))

    async def _take(self, parsed: ParsedMessage, draft: Draft) -> None:
        typing = asyncio.create_task(_show_typing(parsed.message), name="typing")
        self._typing.add(typing)
        typing.add_done_callback(self._typing.discard)
        application_id = self._bot.application_id or 0
        await self._requests.submit_message(
            parsed.message, draft, application_id=application_id, locale=parsed.locale
        )

    def _words_of(self, parsed: ParsedMessage) -> Words:
        return words_for(parsed.locale or locale_of(self._choices, parsed.message))

    def _why_none(self, parsed: ParsedMessage) -> str:
        if parsed.is_reply and parsed.target is None:
            return "message-is-gone"
        if parsed.is_hidden and not self._bot.intents.message_content:
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


async def _show_typing(message: discord.Message) -> None:
    with unimportant("typing not shown"):
        await message.channel.typing()


def _may_edit(
    parsed: ParsedMessage, mode: ReplyEdits, job: Job | None, pictures: Sequence[FoundPicture]
) -> bool:
    """Whether the server lets this person edit this picture so; if not, it was no request.

    Raises:
        UserError: it was one, and the server does not let anybody.
    """
    if parsed.is_direct:
        return True
    if parsed.mentions:
        if mode is ReplyEdits.OFF:
            raise UserError("replies-are-off")
        return True
    if mode is ReplyEdits.REQUESTER:
        # A hint has no requester and no image; a reply to one is answered with an error.
        return is_requester(job, parsed.message.author.id) if job is not None else not pictures
    return mode is ReplyEdits.EVERYONE


def parse_message(message: discord.Message, me: discord.ClientUser | None) -> ParsedMessage | None:
    """Parse a message; return None if it cannot address the bot.

    Without the intent for message content, Discord shows only messages that ping the bot, and
    direct ones; one whose ping is off is blank.
    """
    if message.author.bot or message.webhook_id is not None or message.type not in USER_MESSAGES:
        return None
    if me is None:
        return None
    reference = message.reference
    is_reply = reference is not None and message.type is discord.MessageType.reply
    resolved = reference.resolved if reference is not None and is_reply else None
    target = resolved if isinstance(resolved, discord.Message) else None
    target_is_own = target is not None and target.author == me
    pings = me in message.mentions
    if message.guild is not None and not pings and not target_is_own:
        return None
    own = f"<@{me.id}>"
    parts = message.content.replace(f"<@!{me.id}>", own).split(own)
    mentions = pings and len(parts) > 1
    words = " ".join(map(str.strip, parts, repeat(" \t")))
    for user in message.mentions:
        for written in (f"<@{user.id}>", f"<@!{user.id}>"):
            words = words.replace(written, f"@{user.display_name}")
    words = words.strip()
    if message.guild is not None and not mentions and not words:
        return None
    is_direct = message.guild is None
    return ParsedMessage(
        message=message,
        way="reply" if is_reply else "message" if is_direct else "mention",
        guild_id=message.guild.id if message.guild else None,
        is_direct=is_direct,
        words=_PRIVATE.sub(" ", words).strip(),
        private=_PRIVATE.search(words) is not None,
        mentions=mentions,
        is_reply=is_reply,
        target=target,
        target_is_own=target_is_own,
    )
