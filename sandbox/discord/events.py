"""Which gateway event, if any, tells the bot of a thing that happened.

https://discord.com/developers/docs/events/gateway-events#receive-events
"""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.discord.errors import JSON
from sandbox.discord.permissions import Permission, bot_may
from sandbox.discord.places import channel_json, guild_json, member_json
from sandbox.discord.records import Channel, Guild, Message
from sandbox.discord.sessions import Intent
from sandbox.discord.world import World


@dataclass(frozen=True)
class Event:
    """An event, the intent that asks for it, and its data with or without message content."""

    name: str
    intent: int
    guild_id: int | None
    data: Callable[[bool], JSON]


def event_of(world: World, kind: str, subject: object) -> Event | None:
    """Return the event for a piece of the world's news."""
    if isinstance(subject, Message):
        return _message_event(world, kind, subject)
    if isinstance(subject, Channel) and subject.guild is not None:
        if not subject.guild.bot_is_member:
            return None
        written = channel_json(subject, world.bot)
        return Event(kind, Intent.GUILDS, subject.guild.id, lambda _: written)
    if isinstance(subject, Guild) and subject.bot_is_member:
        guild = guild_json(subject, world.channels_of(subject), world.bot, len(world.users))
        return Event(kind, Intent.GUILDS, subject.id, lambda _: guild)
    return None


def _message_event(world: World, kind: str, message: Message) -> Event | None:
    channel = message.channel
    if message.private_to is not None:
        return None
    guild = channel.guild
    if guild is not None:
        if not guild.bot_is_member or not bot_may(channel, Permission.VIEW_CHANNEL):
            return None
        where = {"channel_id": str(channel.id), "guild_id": str(guild.id)}
    else:
        where = {"channel_id": str(channel.id)}

    def data(content: bool) -> JSON:  # noqa: FBT001 - the type of Event.data
        if kind == "MESSAGE_DELETE":
            return {"id": str(message.id), **where}
        written = world.renderer.message(message, intent=content)
        written |= where | {"channel_type": int(channel.type)}
        if guild is not None and message.interaction is None:
            member = member_json(message.author)
            del member["user"]
            written["member"] = member
        return written

    intent = Intent.GUILD_MESSAGES if guild else Intent.DIRECT_MESSAGES
    return Event(kind, intent, guild.id if guild else None, data)
