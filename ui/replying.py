"""Messages of jobs: sent as replies that ping nobody, and found again.

What Discord refuses raises `discord.HTTPException`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from jobs.messenger import Forbidden, Posted
from ui.components import Card
from ui.discord_errors import send_reply
from ui.i18n import words_for
from ui.job_card import is_card_of

if TYPE_CHECKING:
    from domain.models import Job

LOOK_THROUGH: Final = 1_000
"""Messages among which one is looked for, at 100 a request; it was sent before most of them."""


async def say_in_reply(client: discord.Client, job: Job, card: Card) -> Posted:
    channel = client.get_partial_messageable(job.request.place.channel_id)
    reply_to = job.request.reply_to if not job.request.private else None
    message = channel.get_partial_message(reply_to) if reply_to is not None else None
    return Posted((await send_reply(channel, message, card, nonce=f"{job.id}-closed")).id)


async def tell_openly(client: discord.Client, job: Job) -> Posted | Forbidden:
    """Reply to a known request by message that its author's direct messages are closed."""
    request = job.request
    if not request.private or request.source_message is None or request.reply_to is None:
        return Forbidden()
    # The source of a message's edit is in that message, or in the same channel.
    channel = client.get_partial_messageable(request.source_message.channel_id)
    message = channel.get_partial_message(request.reply_to)
    words = words_for(request.locale or request.place.locale)
    card = Card(words("direct-messages-closed"))
    return Posted((await send_reply(channel, message, card, nonce=f"{job.id}-told")).id)


async def find_card(
    client: discord.Client,
    channel: discord.PartialMessageable | discord.DMChannel,
    job: Job,
    like: Card | None = None,
) -> discord.Message | None:
    """Return the card that an attempt whose answer was lost may have posted long ago.

    Without the permission Read Message History Discord shows no messages, and none is found.

    Raises:
        discord.HTTPException: Discord does not tell.
    """
    # Discord's own time of what asked, which no message for it can be older than.
    asked = discord.Object(job.request.ticket.interaction_id)
    async for message in channel.history(limit=LOOK_THROUGH, after=asked, oldest_first=True):
        if message.author == client.user and is_card_of(message, job.id, like):
            return message
    return None
