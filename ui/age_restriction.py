"""What is for adults alone, and who may see it where.

A picture of an age-restricted channel is shown to others only in such channels; elsewhere to who
asked for it, alone. Discord's developer policy forbids content for adults anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import discord

from ui.errors import DeclinedError

if TYPE_CHECKING:
    from domain.models import Job

RESTRICTED_LEVELS: Final = frozenset({discord.NSFWLevel.explicit, discord.NSFWLevel.age_restricted})
"""Of servers that are age-restricted as a whole; guild resource, guild NSFW level."""

_AGED: Final = (
    discord.TextChannel,
    discord.VoiceChannel,
    discord.StageChannel,
    discord.ForumChannel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Those who would see something.

    Attributes:
        adults: whether Discord lets only adults look there, None where it does not tell.
        reader_id: the one person who sees it, None where others do too.
    """

    channel_id: int
    adults: bool | None
    reader_id: int | None


def audience_of(interaction: discord.Interaction[Any], *, private: bool) -> Audience:
    """Return who would see an answer to an interaction, or a message there."""
    alone = private or interaction.context.dm_channel
    return Audience(
        channel_id=interaction.channel_id or 0,
        adults=_keeps_minors_out(interaction.guild, interaction.channel),
        reader_id=interaction.user.id if alone else None,
    )


def audience_of_answer(message: discord.Message, *, private: bool) -> Audience:
    """Return who would see the result of what a message asks for."""
    alone = private or message.guild is None
    return Audience(
        channel_id=message.channel.id,
        adults=_keeps_minors_out(message.guild, message.channel),
        reader_id=message.author.id if alone else None,
    )


def audience_of_channel(channel: discord.abc.GuildChannel | discord.Thread) -> Audience:
    """Return who would see a message of the bot's own in a server's channel."""
    adults = _keeps_minors_out(channel.guild, channel)
    return Audience(channel_id=channel.id, adults=adults, reader_id=None)


def may_see(audience: Audience, job: Job) -> bool:
    """Whether a job's prompt and pictures may be shown to them."""
    request = job.request
    return sees(
        audience,
        age_restricted=request.age_restricted,
        channel_id=request.place.channel_id,
        user_id=request.requester.user_id,
    )


def sees(
    audience: Audience, *, age_restricted: bool, channel_id: int | None, user_id: int | None
) -> bool:
    """Whether the prompt and the pictures of a request may be shown to them.

    Every message that shows a request to others than its requester depends on this.

    Args:
        channel_id: where it was asked for, None where that does not matter.
        user_id: its requester.
    """
    if not age_restricted or audience.adults:
        return True
    if audience.adults is None and audience.channel_id == channel_id:
        return True  # it was asked for right there
    return audience.reader_id is not None and audience.reader_id == user_id


def check_audience(audience: Audience, job: Job) -> None:
    """Refuse to show a job to those who may not see it.

    Raises:
        DeclinedError: others would see it, and Discord keeps no minors out there.
    """
    if not may_see(audience, job):
        raise DeclinedError("age-restricted")


def is_for_adults(audience: Audience, origin: Job | None) -> bool:
    """Whether what is asked for there, about this job's picture if any, is for adults alone.

    In doubt it is: such a thing is seen by its requester alone in other channels.
    """
    return audience.adults is not False or (origin is not None and origin.request.age_restricted)


def _keeps_minors_out(guild: discord.Guild | None, channel: object) -> bool | None:
    if guild is None:
        return False
    if guild.nsfw_level in RESTRICTED_LEVELS:
        return True
    # Discord tells it of a thread's parent only, which is unknown where the bot is no member.
    place = channel.parent if isinstance(channel, discord.Thread) else channel
    return place.is_nsfw() if isinstance(place, _AGED) else None
