"""Threads that are archived while a job is in progress."""

from __future__ import annotations

import discord

from domain.models import Problem
from jobs.messenger import Forbidden, Posted


async def unarchive(client: discord.Client, thread_id: int) -> Posted | Forbidden:
    """Unarchive a thread, whose messages cannot be edited before; it needs only Send Messages.

    Raises:
        discord.HTTPException: Discord does not accept it.
    """
    thread = await client.fetch_channel(thread_id)
    # A locked one is for moderators to unarchive, also where the bot has their permission.
    if not isinstance(thread, discord.Thread) or thread.locked:
        return Forbidden(Problem.THREAD_LOCKED)
    await thread.edit(archived=False)
    return Posted(thread_id)
