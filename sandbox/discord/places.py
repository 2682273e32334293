"""Writing accounts, channels and guilds as Discord's JSON objects."""

from sandbox.discord.errors import JSON
from sandbox.discord.permissions import DEFAULT_PERMISSIONS
from sandbox.discord.records import Channel, ChannelType, Guild, User

JOINED_AT = "2024-01-01T00:00:00+00:00"


def user_json(user: User) -> JSON:
    """Write a user object."""
    return {
        "id": str(user.id),
        "username": user.name.lower() if not user.bot else user.name,
        "global_name": None if user.bot else user.name,
        "discriminator": "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def member_json(user: User, permissions: int | None = None) -> JSON:
    """Write a guild member object; interactions carry the member's permissions too."""
    member: JSON = {
        "user": user_json(user),
        "nick": None,
        "avatar": None,
        "roles": [],
        "joined_at": JOINED_AT,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }
    if permissions is not None:
        member["permissions"] = str(permissions)
    return member


def channel_json(channel: Channel, bot: User) -> JSON:
    """Write a channel object as the bot may see it."""
    if channel.type == ChannelType.DM:
        recipients = [user_json(channel.recipient)] if channel.recipient else []
        return {
            "id": str(channel.id),
            "type": int(channel.type),
            "last_message_id": _last_message(channel),
            "flags": 0,
            "recipients": recipients,
        }
    return {
        "id": str(channel.id),
        "type": int(channel.type),
        "guild_id": str(channel.guild.id) if channel.guild else None,
        "name": channel.name,
        "position": channel.position,
        "nsfw": channel.nsfw,
        "topic": None,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "last_message_id": _last_message(channel),
        "flags": 0,
        "permission_overwrites": _overwrites(channel, bot),
    }


def _last_message(channel: Channel) -> str | None:
    public = [message.id for message in channel.messages.values() if message.private_to is None]
    return str(public[-1]) if public else None


def _overwrites(channel: Channel, bot: User) -> list[JSON]:
    allow = channel.bot_permissions & ~DEFAULT_PERMISSIONS
    deny = DEFAULT_PERMISSIONS & ~channel.bot_permissions
    if not allow and not deny:
        return []
    return [{"id": str(bot.id), "type": 1, "allow": str(allow), "deny": str(deny)}]


def guild_json(guild: Guild, channels: list[Channel], bot: User, members: int) -> JSON:
    """Write a guild object; the same serves GUILD_CREATE."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "owner_id": str(guild.owner_id),
        "preferred_locale": guild.locale,
        "features": [],
        "roles": [_everyone(guild)],
        "emojis": [],
        "stickers": [],
        "channels": [channel_json(channel, bot) for channel in channels],
        "threads": [],
        "members": [member_json(bot)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "member_count": members,
        "joined_at": JOINED_AT,
        "large": False,
        "unavailable": False,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "afk_timeout": 300,
        "afk_channel_id": None,
    }


def _everyone(guild: Guild) -> JSON:
    return {
        "id": str(guild.id),
        "name": "@everyone",
        "color": 0,
        "hoist": False,
        "position": 0,
        "permissions": str(DEFAULT_PERMISSIONS),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def partial_channel_json(channel: Channel, bot: User, person: User) -> JSON:
    """Write the channel of an interaction, with the person's permissions in it."""
    written = channel_json(channel, bot)
    written.pop("permission_overwrites", None)
    written["permissions"] = str(channel.permissions_of(person))
    return written
