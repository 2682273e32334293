"""Replies, which ping nobody and need no message to reply to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from jobs.messenger import Forbidden, Posted
from ui.errors import text_card
from ui.i18n import words_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord.abc import Messageable

    from domain.models import Job
    from ui.errors import Card

NO_HISTORY_TO_REPLY: Final = 160002
"""Cannot reply without permission to read message history; JSON error codes."""


async def send_reply(
    channel: Messageable,
    reply_to: discord.MessageReference | None,
    card: Card,
    *,
    nonce: str,
    files: Sequence[discord.File] = (),
) -> discord.Message:
    """Send a card as a reply that pings nobody; as a message of its own where it cannot be one.

    Raises:
        discord.HTTPException: Discord does not take it.
    """
    if reply_to is not None:
        try:
            return await channel.send(view=card, files=files, nonce=nonce, reference=reply_to)
        except discord.HTTPException as error:
            if error.code != NO_HISTORY_TO_REPLY:
                raise
            for file in files:
                file.reset()
    return await channel.send(view=card, files=files, nonce=nonce)


def reference_to(channel_id: int, message_id: int) -> discord.MessageReference:
    """Return a reply's reference; Discord leaves it out where the message is gone."""
    return discord.MessageReference(
        message_id=message_id, channel_id=channel_id, fail_if_not_exists=False
    )


def reference_of(job: Job, channel_id: int) -> discord.MessageReference | None:
    """Return the reference of a job's message, None where it answers nothing in that channel."""
    request = job.request
    if request.reply_to is None or request.private or channel_id != request.place.channel_id:
        return None
    return reference_to(channel_id, request.reply_to)


async def say_in_reply(client: discord.Client, job: Job, card: Card) -> Posted:
    """Reply to the message that requested a job.

    Raises:
        discord.HTTPException: Discord does not take it.
    """
    channel = client.get_partial_messageable(job.request.place.channel_id)
    reference = reference_of(job, channel.id)
    return Posted((await send_reply(channel, reference, card, nonce=f"{job.id}-closed")).id)


async def tell_openly(client: discord.Client, job: Job) -> Posted | Forbidden:
    """Reply to a request by message that its author's direct messages are closed, if it is known.

    Raises:
        discord.HTTPException: Discord does not take it.
    """
    request = job.request
    if not request.private or request.source_message is None or request.reply_to is None:
        return Forbidden()
    # The source of a message's edit is in that message, or in the same channel.
    channel = client.get_partial_messageable(request.source_message.channel_id)
    reference = reference_to(channel.id, request.reply_to)
    words = words_for(request.locale or request.place.locale)
    card = text_card(words("direct-messages-closed"))
    return Posted((await send_reply(channel, reference, card, nonce=f"{job.id}-told")).id)
