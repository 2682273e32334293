"""Shows jobs on Discord: by the bot's own messages, or by an interaction's response."""

from __future__ import annotations

import asyncio
import io
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import discord

from domain.models import Action, Delivery, Image, Job, Problem
from images.files import StoreUnavailableError
from images.inspect import MAX_MESSAGE_BYTES
from jobs.messenger import (
    DEFAULT_FILE_LIMIT_BYTES,
    Expired,
    Forbidden,
    Gone,
    Outcome,
    Posted,
    Temporary,
)
from ui.attachments import opened
from ui.components import Card
from ui.discord_errors import (
    CARD_DEADLINE_S,
    GONE,
    attempt,
    must_wait,
    send_reply,
    unarchive,
    unimportant,
)
from ui.i18n import if_known, words_for, words_of_job, words_of_requester
from ui.job_card import UNDER_WAY, alert_card, card_of, collect_card, holds_source, problem_card
from ui.message_images import own_source_in, source_in
from ui.operators import owner_id_of
from ui.places import is_gone
from ui.replying import find_card, say_in_reply, tell_openly

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from clock import Clock
    from images.store import ImageStore

logger = logging.getLogger(__name__)

NONCE_LIFE: Final = timedelta(minutes=3)
"""How long Discord surely answers a repeated nonce with the first message: "a few minutes"."""

ORIGINAL: Final[Any] = "@original"
"""An interaction's response by name; discord.py passes it through, though it declares an int."""

NOBODY: Final = discord.AllowedMentions.none()
"""Said with every edit: discord.py leaves the client's default out of edits without content."""


class DiscordMessenger:
    """The `Messenger` of jobs, over a logged-in client; its methods raise what that says."""

    def __init__(
        self,
        *,
        client: discord.Client,
        spool: ImageStore,
        last_locale: Callable[[int], Awaitable[str | None]],
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._client = client
        self._spool = spool
        self._last_locale = last_locale

    async def show(self, job: Job, images: Sequence[Image] = (), *, position: int = 0) -> Outcome:
        card, place = card_of(job, words_of_job(job), images, position=position), job.request.place
        guild = self._client.get_guild(place.guild_id or 0)
        place_limit = place.file_limit_bytes or DEFAULT_FILE_LIMIT_BYTES
        if guild is not None and not guild.unavailable:  # it may have lost its boosts meanwhile
            place_limit = guild.filesize_limit
        limit_bytes = min(place_limit, MAX_MESSAGE_BYTES // max(len(images), 1))
        for is_again in (False, True):
            async with self._opened(images) as files:
                sending = self._edit_to(job, card, files)
                outcome = await attempt(sending, files, limit_bytes=limit_bytes)
            is_archived = outcome == Forbidden(Problem.THREAD_LOCKED) and job.message_id is not None
            if is_again or not is_archived:
                break
            # An archived thread takes messages, which unarchive it, but no edits.
            reopening = await attempt(unarchive(self._client, place.channel_id))
            if not isinstance(reopening, Posted):
                break
        return outcome

    async def dismiss(self, job: Job) -> None:
        # One that is gone or whose token has expired needs no removal, or allows none.
        if job.request.ticket.token is not None:
            await attempt(self._delete_answer(job))

    async def withdraw(self, job: Job) -> Outcome:
        # Where it was the prompt that Discord objected to, the rest can stay.
        card = problem_card(job, words_of_job(job), quotes=False)
        outcome = await attempt(self._edit_to(job, card))
        if not isinstance(outcome, Posted):
            outcome = await attempt(self._delete_card(job))
        logger.info("job=%s card withdrawn: %s", job.id, type(outcome).__name__)
        return outcome

    async def source_url(self, job: Job) -> str | None:
        outcome = await attempt(self._look_at_source(job))
        return outcome.source_url if isinstance(outcome, Posted) else None

    async def was_answered(self, job: Job) -> bool:
        if job.request.reply_to is not None:
            return True  # a message waits for no answer but the job's own message
        if job.request.ticket.token is None:
            return False
        outcome = await attempt(self._look_at_response(job))
        if isinstance(outcome, Expired):  # or its token is; a card comes only after an answer
            return isinstance(await attempt(self._look_for_card(job)), Posted)
        # An answer that its reader has removed was one, too.
        return isinstance(outcome, Posted | Gone)

    async def tell(self, job: Job) -> None:
        request = job.request
        is_open = request.place.delivery is Delivery.RESPONSE and not request.private
        if is_open and request.more_source_urls is not None:
            # What was wrong with one of several attached images is for their author alone.
            await attempt(self._delete_answer(job))
            outcome = await attempt(self._follow_up(job, _word(job)))
        else:
            outcome = await attempt(self._respond(job, _word(job)))
        if isinstance(outcome, Forbidden):
            # AutoMod does not let the prompt stand in public; "thinking" must not stand either.
            await attempt(self._respond(job, _word(job, quotes=False)))
        if isinstance(outcome, Gone | Forbidden):
            # The answer was removed when the job's message stood; a further one is private.
            outcome = await attempt(self._follow_up(job, _word(job)))
        # No further answer can be missing its message: then it is the place that is gone.
        place_is_gone = isinstance(outcome, Gone) or await is_gone(self._client, job.request.place)
        is_let_be = job.problem is Problem.MESSAGE_GONE and not place_is_gone
        if not isinstance(outcome, Posted) and not is_let_be:
            outcome = await attempt(self._send_word(job))
        if isinstance(outcome, Forbidden):
            outcome = await attempt(tell_openly(self._client, job))
        if not isinstance(outcome, Posted):
            logger.info("job=%s result not sent: %s", job.id, type(outcome).__name__)

    async def offer_collect(self, job: Job) -> Outcome:
        return await attempt(self._respond(job, collect_card(job, words_of_job(job))))

    async def send_direct(self, job: Job, images: Sequence[Image]) -> Outcome:
        async with self._opened(images) as files:
            card = card_of(job, words_of_requester(job), images)
            sending = self._post_directly(job, card, files)
            limit_bytes = min(DEFAULT_FILE_LIMIT_BYTES, MAX_MESSAGE_BYTES // max(len(files), 1))
            return await attempt(sending, files, limit_bytes=limit_bytes)

    async def tell_no_copy(self, job: Job) -> None:
        card = Card(words_of_requester(job)("no-dm-copy"))
        if job.request.ticket.token is not None:
            outcome = await attempt(self._follow_up(job, card))
        elif job.request.reply_to is not None:
            outcome = await attempt(say_in_reply(self._client, job, card))
        else:
            return
        logger.info("job=%s notice about DMs: %s", job.id, type(outcome).__name__)

    async def alert_operator(self, problem: Problem) -> None:
        with unimportant(f"bot owner not notified of {problem}"):
            async with asyncio.timeout(CARD_DEADLINE_S):
                owner_id = await owner_id_of(self._client)
                channel = await self._client.create_dm(discord.Object(owner_id))
                words = words_for(await if_known(self._last_locale(owner_id)))
                await channel.send(view=alert_card(problem, words))

    @asynccontextmanager
    async def _opened(self, images: Sequence[Image]) -> AsyncIterator[list[discord.File]]:
        if not images:
            yield []
            return
        # A thread for a file that was written just now costs more than to keep it in memory.
        data = self._spool.fresh.pop(images[0].file_name, None) if len(images) == 1 else None
        if data is not None:
            yield [discord.File(io.BytesIO(data), images[0].file_name)]
            return
        async with AsyncExitStack() as stack:
            try:
                paths = await stack.enter_async_context(self._spool.reading(images))
                files = await stack.enter_async_context(opened(paths))
            except FileNotFoundError:
                raise
            except (OSError, StoreUnavailableError) as error:  # too many open files, for example
                raise Temporary from error
            yield files

    async def _edit_to(
        self, job: Job, card: Card, files: Sequence[discord.File] = ()
    ) -> Posted | Expired:
        if job.request.place.delivery is Delivery.RESPONSE:
            return await self._respond(job, card, files)
        channel = self._client.get_partial_messageable(job.request.place.channel_id)
        if job.message_id is None:
            return await self._post(channel, job, card, files)
        editing = channel.get_partial_message(job.message_id).edit
        return await _edited(editing, job, card, files)

    async def _delete_card(self, job: Job) -> Gone:
        if job.request.place.delivery is Delivery.RESPONSE:
            return await self._delete_answer(job)
        channel = self._client.get_partial_messageable(job.request.place.channel_id)
        await channel.get_partial_message(job.message_id or 0).delete()
        return Gone()

    async def _delete_answer(self, job: Job) -> Gone:
        await webhook_of(self._client, job).delete_message(ORIGINAL)
        return Gone()

    async def _post_directly(self, job: Job, card: Card, files: list[discord.File]) -> Posted:
        return await self._post(await self._direct_messages(job), job, card, files)

    async def _post(
        self,
        channel: discord.PartialMessageable | discord.DMChannel,
        job: Job,
        card: Card,
        files: Sequence[discord.File],
    ) -> Posted:
        message = await self._find(channel, job, job.announced_at)
        if message is not None:
            try:
                await message.edit(view=card, attachments=files, allowed_mentions=NOBODY)
            except discord.HTTPException as error:
                # A card stands all the same; once it is known, a refused end can withdraw it.
                if files or must_wait(error) or error.code in GONE:
                    raise
        else:
            # Discord answers a repeated nonce with the message of the first for a few minutes.
            nonce = job.nonce or job.id
            if job.request.reply_to is None:
                message = await channel.send(view=card, files=files, nonce=nonce)
            else:
                is_here = channel.id == job.request.place.channel_id and not job.request.private
                asked = channel.get_partial_message(job.request.reply_to) if is_here else None
                message = await send_reply(channel, asked, card, files=files, nonce=nonce)
        return Posted(message.id)

    async def _find(
        self,
        channel: discord.PartialMessageable | discord.DMChannel,
        job: Job,
        since: datetime | None,
        like: Card | None = None,
    ) -> discord.Message | None:
        """Return the message of an attempt after `since` whose answer was lost; None for none."""
        # An earlier version may have noted a time that has not come yet.
        if since is None or timedelta() <= self._clock.now() - since < NONCE_LIFE:
            return None
        return await find_card(self._client, channel, job, like)

    async def _respond(
        self, job: Job, card: Card, files: Sequence[discord.File] = ()
    ) -> Posted | Expired:
        if job.request.ticket.token is None:
            return Expired()
        editing = partial(webhook_of(self._client, job).edit_message, ORIGINAL)
        return await _edited(editing, job, card, files)

    async def _look_at_source(self, job: Job) -> Posted | Gone:
        shown = job.request.source_message
        if shown is None:
            return Gone()
        channel = self._client.get_partial_messageable(shown.channel_id)
        message = await channel.fetch_message(shown.message_id)
        is_own = message.author == self._client.user
        return Posted(message.id, source_in(message, job.request, is_own=is_own))

    async def _look_at_response(self, job: Job) -> Posted | Expired:
        message = await webhook_of(self._client, job).fetch_message(ORIGINAL)
        # Words in place of "thinking" are of an error: its author was told that nothing was begun.
        return Posted(message.id) if message.flags.loading else Expired()

    async def _look_for_card(self, job: Job) -> Posted | Expired:
        channel = self._client.get_partial_messageable(job.request.place.channel_id)
        has_nonce = job.nonce is not None
        card = await self._find(channel, job, job.announced_at) if has_nonce else None
        return Posted(card.id) if card is not None else Expired()

    async def _follow_up(self, job: Job, card: Card) -> Posted:
        message = await webhook_of(self._client, job).send(
            view=card, ephemeral=True, allowed_mentions=NOBODY, wait=True
        )
        return Posted(message.id)

    async def _send_word(self, job: Job) -> Posted:
        channel = await self._direct_messages(job)
        card = _word(job)
        message = await self._find(channel, job, job.ended_at, card)
        if message is None:
            message = await channel.send(view=card, nonce=f"{job.id}-told")
        return Posted(message.id)

    async def _direct_messages(self, job: Job) -> discord.DMChannel:
        return await self._client.create_dm(discord.Object(job.request.requester.user_id))


def webhook_of(client: discord.Client, job: Job) -> discord.Webhook:
    """Return a job's interaction as a webhook, by whose token it is answered in any process."""
    ticket = job.request.ticket
    webhook = discord.Webhook.partial(ticket.application_id, ticket.token or "", client=client)
    # discord.py lets only this kind send private messages, and makes another.
    webhook.type = discord.WebhookType.application
    return webhook


def _word(job: Job, *, quotes: bool = True) -> Card:
    # Of a message of the bot's own, the answer is private; else it is the job's message itself.
    is_private = job.request.place.delivery is Delivery.MESSAGE
    words = words_of_requester(job) if is_private else words_of_job(job)
    return problem_card(job, words, quotes=quotes)


async def _edited(
    editing: Callable[..., Awaitable[discord.Message]],
    job: Job,
    card: Card,
    files: Sequence[discord.File],
) -> Posted:
    # Flux may not have fetched the source yet, which an edit without it would delete.
    keeps = not files and holds_source(job)
    attachments = discord.utils.MISSING if keeps else files
    message = await editing(view=card, attachments=attachments, allowed_mentions=NOBODY)
    may_show_source = job.request.action is Action.EDIT and job.state in UNDER_WAY
    return Posted(message.id, own_source_in(message, job) if may_show_source else None)
