"""Visibility of jobs: access, and the age rule.

Two rules hold everywhere. Access: people see their own jobs, and those that are posted where they
are or, by `/show`, where they can read. Age: an image of an age-restricted channel is shown to
others only in such channels; elsewhere to its requester alone. Discord's developer policy forbids
content for adults elsewhere.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import discord

from domain.errors import UserError
from domain.models import Job, JobState, Place
from ui.buttons import JobButtonId, names_job
from ui.discord_errors import READ_DEADLINE_S

if TYPE_CHECKING:
    from storage.jobs import JobRepository
    from ui import Interaction

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
        adults: whether Discord admits only adults there, None if unknown.
        reader_id: the one person who sees it, None where others do too.
    """

    channel_id: int
    adults: bool | None
    reader_id: int | None


def audience_of(asked: Interaction | discord.Message, *, private: bool) -> Audience:
    """Return who would see an answer to an interaction or a message."""
    if isinstance(asked, discord.Message):
        channel_id, person, is_direct = asked.channel.id, asked.author, asked.guild is None
    else:
        channel_id, person = asked.channel_id or 0, asked.user
        is_direct = asked.context.dm_channel
    return Audience(
        channel_id=channel_id,
        adults=_keeps_minors_out(asked.guild, asked.channel),
        reader_id=person.id if private or is_direct else None,
    )


def audience_of_channel(
    channel: discord.TextChannel | discord.Thread | discord.DMChannel,
) -> Audience:
    """Return who would see a message of the bot's own in a channel, as if others did in any."""
    guild = None if isinstance(channel, discord.DMChannel) else channel.guild
    adults = _keeps_minors_out(guild, channel)
    return Audience(channel_id=channel.id, adults=adults, reader_id=None)


def is_requester(job: Job, user_id: int) -> bool:
    """Whether a job is this person's own; everything that only its requester may do asks this."""
    return job.request.requester.user_id == user_id


def has_access(interaction: Interaction, job: Job, *, elsewhere: bool = False) -> bool:
    """Whether a person may see a job: their own, or one that is posted where they are.

    `JobRepository.search_shown` finds those that are posted in one channel.

    Args:
        elsewhere: whether those count too that are posted in another channel that they can read.
    """
    if is_requester(job, interaction.user.id):
        return True
    # Who sees a message with a button of the job may use it.
    if names_job(interaction.message, job.id):
        return True
    request = job.request
    is_posted = job.state is JobState.DELIVERED and job.problem is None
    if request.private or not is_posted or job.message_id is None:
        return False
    is_here = request.place.channel_id == interaction.channel_id
    return is_here or (elsewhere and _can_read(interaction, request.place))


async def job_by_id(jobs: JobRepository, job_id: str, reason: str = "unknown-job") -> Job:
    """Return the job that a custom_id names; raises UserError without one, and TimeoutError."""
    async with asyncio.timeout(READ_DEADLINE_S):
        job = await jobs.get(job_id)
    if job is None:
        raise UserError(reason)
    return job


async def job_of_message(jobs: JobRepository, message: discord.Message) -> Job | None:
    """Return the job that a message of the bot's own shows, None where it shows none."""
    named = JobButtonId.first_on(message)
    if named is not None:
        return await jobs.get(named.job_id)
    return await jobs.find_by_message(message.channel.id, message.id)


def check_access(interaction: Interaction, job: Job | None, *, elsewhere: bool = False) -> Job:
    """Return a job that was found for a person; raise UserError where none is for them."""
    if job is None or not has_access(interaction, job, elsewhere=elsewhere):
        raise UserError("unknown-job")
    return job


def may_see(interaction: Interaction, job: Job) -> bool:
    """Whether a job may be shown to a person alone, where they are now."""
    audience = audience_of(interaction, private=True)
    return has_access(interaction, job) and meets_age_rule(audience, job)


def check_age(audience: Audience, job: Job) -> None:
    """Raise UserError where others would see a job, and Discord does not keep minors out."""
    if not meets_age_rule(audience, job):
        raise UserError("age-restricted")


def meets_age_rule(audience: Audience, job: Job) -> bool:
    """Whether an audience may see a job's prompt and images, as far as age decides."""
    request = job.request
    return not request.age_restricted or is_old_enough(
        audience,
        age_restricted=True,
        channel_id=request.place.channel_id,
        user_id=request.requester.user_id,
    )


def is_old_enough(
    audience: Audience, *, age_restricted: bool, channel_id: int | None, user_id: int | None
) -> bool:
    """The age rule; every message that shows a request to others depends on it.

    Args:
        channel_id: where it was requested, None where that does not matter.
        user_id: its requester.
    """
    if not age_restricted or audience.adults:
        return True
    if audience.adults is None and audience.channel_id == channel_id:
        return True  # it was requested right there
    return audience.reader_id is not None and audience.reader_id == user_id


def is_for_adults(audience: Audience, origin: Job | None) -> bool:
    """Whether a request there, about this job's image if any, is for adults alone.

    In doubt it is: in other channels only its requester sees it.

    Raises:
        UserError: that image may not be shown to this audience.
    """
    if origin is None or not origin.request.age_restricted:
        return audience.adults is not False
    check_age(audience, origin)
    return True


def _keeps_minors_out(guild: discord.Guild | None, channel: object) -> bool | None:
    if guild is None:
        return False
    if guild.nsfw_level in RESTRICTED_LEVELS:
        return True
    # Only a thread's parent has it, which is unknown where the bot is no member.
    place = channel.parent if isinstance(channel, discord.Thread) else channel
    return place.is_nsfw() if isinstance(place, _AGED) else None


def _can_read(interaction: Interaction, place: Place) -> bool:
    guild, person = interaction.guild, interaction.user
    # What a member may do elsewhere is known of the server that the payload names, if the bot
    # is in it.
    if guild is None or guild.id != place.guild_id or not isinstance(person, discord.Member):
        return False
    channel = guild.get_channel_or_thread(place.channel_id)
    if channel is None or (isinstance(channel, discord.Thread) and channel.is_private()):
        return False
    granted = channel.permissions_for(person)
    return granted.view_channel and granted.read_message_history
