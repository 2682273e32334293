"""Who asked, where, and how the result can get there, read from an interaction's payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord

from jobs.requests import RefusedRequestError
from storage.records import Delivery, Place, Problem, Requester, Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED: Final = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "attach_files": "Attach Files",
}
NEEDED_IN_THREADS: Final = {
    "view_channel": "View Channel",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
}
NEEDED_IN_ANSWERS: Final = {"attach_files": "Attach Files"}


def requester_of(interaction: discord.Interaction[Any]) -> Requester:
    """Return the person behind an interaction."""
    return Requester(user_id=interaction.user.id, user_name=interaction.user.name)


def ticket_of(interaction: discord.Interaction[Any]) -> Ticket:
    """Return the means to answer an interaction."""
    return Ticket(
        interaction_id=interaction.id,
        application_id=interaction.application_id,
        token=interaction.token,
    )


def place_of(interaction: discord.Interaction[Any]) -> Place:
    """Return where the result goes: a message of the bot's own wherever it may post one.

    Raises:
        RefusedRequestError: the bot may not show pictures there.
    """
    delivery = _delivery_to(interaction)
    guild = interaction.guild
    return Place(
        channel_id=interaction.channel_id or 0,
        channel_name=getattr(interaction.channel, "name", None),
        guild_id=interaction.guild_id,
        # A guild that the bot is not in is known by its id alone.
        guild_name=guild.name if guild and not guild.unavailable else None,
        delivery=delivery,
    )


def _delivery_to(interaction: discord.Interaction[Any]) -> Delivery:
    if interaction.guild_id is None:
        is_own_dm = interaction.context.dm_channel
        return Delivery.MESSAGE if is_own_dm else Delivery.RESPONSE
    # An app can be installed with its commands only; then it is no member and sees no guild.
    is_member = interaction.client.get_guild(interaction.guild_id) is not None
    if not is_member or not interaction.is_guild_integration():
        _require(interaction, NEEDED_IN_ANSWERS)
        return Delivery.RESPONSE
    in_thread = isinstance(interaction.channel, discord.Thread)
    _require(interaction, NEEDED_IN_THREADS if in_thread else NEEDED)
    return Delivery.MESSAGE


def _require(interaction: discord.Interaction[Any], needed: Mapping[str, str]) -> None:
    granted = interaction.app_permissions
    missing = [words for name, words in needed.items() if not getattr(granted, name)]
    if missing:
        raise RefusedRequestError(Problem.PERMISSIONS_MISSING, permissions=", ".join(missing))
