"""Shows jobs on Discord: by the bot's own messages, or by an interaction's response."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from jobs.messenger import Expired, Forbidden, Gone, Posted, Temporary, TooLarge
from storage.records import Delivery
from ui.cards import problem_card, result_card, status_card

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobs.messenger import Outcome
    from jobs.spool import Spool
    from storage.records import Image, Job
    from ui.errors import Card

logger = logging.getLogger(__name__)

CARD_DEADLINE_S: Final = 30.0
UPLOAD_DEADLINE_S: Final = 180.0
"""For one attempt, discord.py's own retries and waiting for its rate limits included."""

TOKEN_LIFE: Final = timedelta(minutes=15)
"""Of an interaction's token; interactions documentation, receiving and responding."""

DEFAULT_FILE_LIMIT_BYTES: Final = 10 * 1024 * 1024
"""The smallest limit Discord has had for a bot's files."""

ORIGINAL: Final[Any] = "@original"
"""An interaction's response by name; discord.py passes it through, though it declares an int."""

NOBODY: Final = discord.AllowedMentions.none()
"""Said with every edit: discord.py leaves the client's default out of edits without content."""

UNKNOWN_WEBHOOK: Final = 10015
GONE: Final = frozenset({10003, 10008})
"""Unknown Channel, Unknown Message."""

FORBIDDEN: Final = frozenset({50001, 50007, 50013, 50083})
"""Missing Access, Cannot Send to This User, Missing Permissions, Thread Archived."""

REQUEST_TOO_LARGE: Final = 40005
INVALID_WEBHOOK_TOKEN: Final = 50027
FILE_TOO_LARGE: Final = 50045
"""Opcodes and status codes, JSON error codes; too large is 413 with the first, or 400 with this."""


class DiscordMessenger:
    """The `Messenger` of jobs, over a logged-in client."""

    def __init__(self, *, client: discord.Client, spool: Spool) -> None:
        self._client = client
        self._spool = spool

    async def show(self, job: Job, images: Sequence[Image] = (), *, position: int = 0) -> Outcome:
        """Post the job's message, or edit it where it stands, to what the job is now.

        Raises:
            Temporary: it may work later.
        """
        card = _card_of(job, images, position=position)
        files = [discord.File(self._spool.path(image)) for image in images]
        try:
            async with asyncio.timeout(UPLOAD_DEADLINE_S if files else CARD_DEADLINE_S):
                if job.request.place.delivery is Delivery.RESPONSE:
                    return await self._respond(job, card, files)
                return await self._post_or_edit(job, card, files)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Temporary from error
        except discord.HTTPException as error:
            return _outcome_of(error)
        finally:
            for file in files:
                file.close()

    async def dismiss(self, job: Job) -> None:
        """Remove the private "thinking" answer, now that the job's own message stands."""
        with _unimportant(job, "answer not removed"):
            async with asyncio.timeout(CARD_DEADLINE_S):
                await self._webhook(job).delete_message(ORIGINAL)

    async def tell(self, job: Job) -> None:
        """Say privately how the job ended, where no message of its own could be posted.

        Raises:
            Temporary: it may work later.
        """
        try:
            async with asyncio.timeout(CARD_DEADLINE_S):
                if isinstance(await self._respond_or_gone(job), Gone):
                    # The answer was removed when the job's message stood; a further one is private.
                    await self._webhook(job).send(
                        view=problem_card(job), ephemeral=True, allowed_mentions=NOBODY
                    )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Temporary from error
        except discord.HTTPException as error:
            logger.info("job=%s end not told: %s", job.id, type(_outcome_of(error)).__name__)

    async def _respond_or_gone(self, job: Job) -> Outcome:
        try:
            return await self._respond(job, problem_card(job), [])
        except discord.HTTPException as error:
            return _outcome_of(error)

    async def _post_or_edit(self, job: Job, card: Card, files: list[discord.File]) -> Posted:
        channel = self._client.get_partial_messageable(job.request.place.channel_id)
        if job.message_id is None:
            # Discord answers a repeated nonce with the message of the first for a few minutes.
            message = await channel.send(view=card, files=files, nonce=job.nonce or job.id)
            return Posted(message.id)
        await channel.get_partial_message(job.message_id).edit(
            view=card, attachments=files, allowed_mentions=NOBODY
        )
        return Posted(job.message_id)

    async def _respond(self, job: Job, card: Card, files: list[discord.File]) -> Outcome:
        ticket = job.request.ticket
        used_at = discord.utils.snowflake_time(ticket.interaction_id)
        if ticket.token is None or discord.utils.utcnow() >= used_at + TOKEN_LIFE:
            return Expired()
        message = await self._webhook(job).edit_message(ORIGINAL, view=card, attachments=files)
        return Posted(message.id)

    def _webhook(self, job: Job) -> discord.Webhook:
        # An interaction is answered like a webhook; its stored token outlives this process.
        ticket = job.request.ticket
        webhook = discord.Webhook.partial(
            ticket.application_id, ticket.token or "", client=self._client
        )
        # discord.py lets only this kind send private messages, and makes another.
        webhook.type = discord.WebhookType.application
        return webhook


def _card_of(job: Job, images: Sequence[Image], *, position: int) -> Card:
    if images:
        return result_card(job, images)
    if job.problem is not None:
        return problem_card(job)
    return status_card(job, position=position)


def _outcome_of(error: discord.HTTPException) -> Outcome:
    if error.code in {INVALID_WEBHOOK_TOKEN, UNKNOWN_WEBHOOK}:
        return Expired()
    if error.code in {REQUEST_TOO_LARGE, FILE_TOO_LARGE} or error.status == 413:  # noqa: PLR2004
        return TooLarge(DEFAULT_FILE_LIMIT_BYTES)
    if error.code in GONE:
        return Gone()
    if error.code in FORBIDDEN:
        return Forbidden()
    if error.code == 0 or error.status == 429 or error.status >= 500:  # noqa: PLR2004
        # Without a code of Discord's it is the word of something in between.
        raise Temporary from error
    raise error


@contextmanager
def _unimportant(job: Job, what: str) -> Iterator[None]:
    try:
        yield
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        code: Any = getattr(error, "code", "-")
        logger.info("job=%s %s: %s code=%s", job.id, what, type(error).__name__, code)
