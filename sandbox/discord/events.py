"""Which gateway event, if any, tells the bot of a thing that happened.

https://discord.com/developers/docs/events/gateway-events#receive-events
"""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.discord.errors import JSON
from sandbox.discord.permissions import Permission
from sandbox.discord.places import channel_json, role_json
from sandbox.discord.records import Channel, ChannelType, Guild, Membership, Message, Role
from sandbox.discord.rules import Rule
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
        written = channel_json(subject)
        return Event(kind, Intent.GUILDS, subject.guild.id, lambda _: written)
    if isinstance(subject, Guild) and subject.bot_is_member:
        guild = world.places.guild(subject, world.channels_of(subject), len(world.users))
        return Event(kind, Intent.GUILDS, subject.id, lambda _: guild)
    if isinstance(subject, Role | Membership):
        return _guild_event(world, kind, subject)
    return None


def _guild_event(world: World, kind: str, subject: Role | Membership) -> Event | None:
    guild = world.guild_of(subject.role if isinstance(subject, Membership) else subject)
    written: JSON = {"guild_id": str(guild.id)}
    if kind == "GUILD_ROLE_DELETE" and isinstance(subject, Role):
        written["role_id"] = str(subject.id)
    elif isinstance(subject, Role):
        written["role"] = role_json(subject)
    elif subject.user == world.bot:
        written |= world.places.member(subject.user, guild)
    else:
        # Those of others take a privileged intent.
        return None
    return Event(kind, Intent.GUILDS, guild.id, lambda _: written)


def _message_event(world: World, kind: str, message: Message) -> Event | None:
    channel = message.channel
    if world.rules.strikes(Rule.EVENT_PRIVATE, message.private_to):
        return None
    if channel.type is ChannelType.GROUP_DM:
        return None
    guild = channel.guild
    if guild is not None:
        hidden = not world.authority.bot_may(channel, Permission.VIEW_CHANNEL)
        if not guild.bot_is_member or world.rules.strikes(Rule.EVENT_HIDDEN, hidden):
            return None
        where = {"channel_id": str(channel.id), "guild_id": str(guild.id)}
    else:
        where = {"channel_id": str(channel.id)}

    def data(content: bool) -> JSON:  # noqa: FBT001 - the type of Event.data
        if kind == "MESSAGE_DELETE":
            return {"id": str(message.id), **where}
        written = world.renderer.message(message, None if content else Rule.CONTENT_GATEWAY)
        written |= where | {"channel_type": int(channel.type)}
        if guild is not None and message.interaction is None:
            member = world.places.member(message.author, guild)
            del member["user"]
            written["member"] = member
        return written

    intent = Intent.GUILD_MESSAGES if guild else Intent.DIRECT_MESSAGES
    return Event(kind, intent, guild.id if guild else None, data)
