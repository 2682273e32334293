"""Messages as replies, which ping nobody and need no message to reply to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord.abc import Messageable

    from storage.records import Job
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
    reply_to, place = job.request.reply_to, job.request.place
    if reply_to is None or channel_id != place.channel_id:
        return None
    return reference_to(channel_id, reply_to)
