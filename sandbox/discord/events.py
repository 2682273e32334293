"""Which gateway event, if any, tells the bot of a thing that happened.

https://discord.com/developers/docs/events/gateway-events#receive-events
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.discord.emojis import emoji_json
from sandbox.discord.errors import JSON
from sandbox.discord.permissions import Permission
from sandbox.discord.places import channel_json, role_json
from sandbox.discord.records import (
    Channel,
    ChannelType,
    Guild,
    Membership,
    Message,
    Notice,
    Reaction,
    Role,
)
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
    for of, event in _EVENTS:
        if isinstance(subject, of):
            return event(world, kind, subject)
    return None


def _channel_event(world: World, kind: str, channel: Channel) -> Event | None:
    if channel.guild is None or not channel.guild.bot_is_member or kind not in _OF_CHANNELS:
        return None
    written = channel_json(channel)
    if world.rules.strikes(Rule.EVENT_THREAD_DELETED, kind == "THREAD_DELETE"):
        written = {key: written[key] for key in ("id", "guild_id", "parent_id", "type")}
    return Event(kind, Intent.GUILDS, channel.guild.id, lambda _: written)


def _event_of_guild(world: World, kind: str, guild: Guild) -> Event | None:
    if not guild.bot_is_member:
        return None
    written = world.places.guild(guild, world.channels_of(guild), world.members_of(guild))
    return Event(kind, Intent.GUILDS, guild.id, lambda _: written)


def _guild_event(world: World, kind: str, subject: Role | Membership) -> Event | None:
    guild = subject.guild if isinstance(subject, Membership) else world.guild_of(subject)
    written: JSON = {"guild_id": str(guild.id)}
    if kind == "GUILD_ROLE_DELETE" and isinstance(subject, Role):
        written["role_id"] = str(subject.id)
    elif isinstance(subject, Role):
        written["role"] = role_json(subject)
    else:
        written |= world.places.member(subject.user, guild)
    others = isinstance(subject, Membership) and subject.user != world.bot
    return Event(
        kind, Intent.GUILD_MEMBERS if others else Intent.GUILDS, guild.id, lambda _: written
    )


def _where(world: World, channel: Channel) -> JSON | None:
    """Return what an event says of its place, None for places that the bot is told nothing of."""
    guild = channel.guild
    if guild is None:
        return None if channel.type is ChannelType.GROUP_DM else {"channel_id": str(channel.id)}
    hidden = not world.authority.bot_may(channel, Permission.VIEW_CHANNEL)
    if not guild.bot_is_member or world.rules.strikes(Rule.EVENT_HIDDEN, hidden):
        return None
    return {"channel_id": str(channel.id), "guild_id": str(guild.id)}


def _reaction_event(world: World, kind: str, reaction: Reaction) -> Event | None:
    message = reaction.message
    guild, where = message.channel.guild, _where(world, message.channel)
    told = world.rules.strikes(Rule.REACTION_EVENT, condition=True)
    if where is None or message.private_to is not None or not told:
        return None
    written: JSON = {"message_id": str(message.id), **where}
    if reaction.emoji is not None:
        written["emoji"] = emoji_json(reaction.emoji)
    if reaction.user is not None:
        written |= {"user_id": str(reaction.user.id), "burst": False, "type": 0}
        if kind == "MESSAGE_REACTION_ADD":
            written["message_author_id"] = str(message.author.id)
            if guild is not None:
                written["member"] = world.places.member(reaction.user, guild)
    intent = Intent.GUILD_MESSAGE_REACTIONS if guild else Intent.DIRECT_MESSAGE_REACTIONS
    return Event(kind, intent, guild.id if guild else None, lambda _: written)


def _message_event(world: World, kind: str, message: Message) -> Event | None:
    channel, guild = message.channel, message.channel.guild
    where = _where(world, channel)
    if message.private_to is not None:
        told = kind == "MESSAGE_CREATE"
        if not world.rules.strikes(Rule.EVENT_PRIVATE, told):
            return None
        guild, where = None, {"channel_id": str(channel.id)}
    if where is None:
        return None

    def data(content: bool) -> JSON:  # noqa: FBT001 - the type of Event.data
        if kind == "MESSAGE_DELETE":
            return {"id": str(message.id), **where}
        written = world.renderer.message(message, None if content else Rule.CONTENT_GATEWAY)
        written |= where | {"channel_type": int(channel.type)}
        if guild is not None and message.interaction is None and message.webhook is None:
            member = world.places.member(message.author, guild)
            del member["user"]
            written["member"] = member
        return written

    intent = Intent.GUILD_MESSAGES if guild else Intent.DIRECT_MESSAGES
    return Event(kind, intent, guild.id if guild else None, data)


def _noticed(world: World, kind: str, notice: Notice) -> Event | None:
    if not world.rules.strikes(Rule.CHANGE_EVENT, condition=True):
        return None
    in_guild, in_direct_messages = _NOTICES[kind]
    guild, written = notice.guild, notice.data
    if notice.channel is not None:
        where = _where(world, notice.channel)
        if where is None:
            return None
        guild, written = notice.channel.guild, where | notice.data
    elif guild is not None:
        written = {"guild_id": str(guild.id), **notice.data}
    intent = in_guild if guild is not None else in_direct_messages
    return Event(kind, intent, guild.id if guild else None, lambda _: written)


# For each the intent that asks for it in a guild and elsewhere; 0 stands for none.
_NOTICES = {
    "MESSAGE_DELETE_BULK": (Intent.GUILD_MESSAGES, 0),
    "MESSAGE_POLL_VOTE_ADD": (Intent.GUILD_MESSAGE_POLLS, Intent.DIRECT_MESSAGE_POLLS),
    "MESSAGE_POLL_VOTE_REMOVE": (Intent.GUILD_MESSAGE_POLLS, Intent.DIRECT_MESSAGE_POLLS),
    "CHANNEL_PINS_UPDATE": (Intent.GUILDS, Intent.DIRECT_MESSAGES),
    "TYPING_START": (Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING),
    "THREAD_MEMBERS_UPDATE": (Intent.GUILDS, 0),
    "WEBHOOKS_UPDATE": (Intent.GUILD_WEBHOOKS, 0),
    "GUILD_MEMBER_ADD": (Intent.GUILD_MEMBERS, 0),
    "GUILD_MEMBER_REMOVE": (Intent.GUILD_MEMBERS, 0),
    "GUILD_BAN_ADD": (Intent.GUILD_MODERATION, 0),
    "GUILD_BAN_REMOVE": (Intent.GUILD_MODERATION, 0),
    "GUILD_EMOJIS_UPDATE": (Intent.GUILD_EXPRESSIONS, 0),
    "GUILD_DELETE": (Intent.GUILDS, 0),
    "PRESENCE_UPDATE": (Intent.GUILD_PRESENCES, 0),
    "USER_UPDATE": (0, 0),
}
_OF_CHANNELS = (
    *("CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"),
    *("THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE"),
)
_EVENTS: tuple[tuple[Any, Callable[[World, str, Any], Event | None]], ...] = (
    (Message, _message_event),
    (Reaction, _reaction_event),
    (Channel, _channel_event),
    (Guild, _event_of_guild),
    (Role | Membership, _guild_event),
    (Notice, _noticed),
)
