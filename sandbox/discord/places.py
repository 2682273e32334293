"""Writing accounts, roles, channels and guilds as Discord's JSON objects."""

from collections.abc import Collection
from dataclasses import dataclass

from sandbox.discord.clock import iso
from sandbox.discord.errors import JSON
from sandbox.discord.ids import made_at
from sandbox.discord.permissions import Authority
from sandbox.discord.records import Channel, ChannelType, Guild, Overwrite, Role, User

JOINED_AT = "2024-01-01T00:00:00+00:00"

# https://discord.com/developers/docs/resources/guild#guild-object
_NOT_SET_IN_GUILDS = (
    "icon",
    "description",
    "home_header",
    "splash",
    "discovery_splash",
    "banner",
    "application_id",
    "afk_channel_id",
    "widget_channel_id",
    "max_presences",
    "vanity_url_code",
    "rules_channel_id",
    "safety_alerts_channel_id",
    "public_updates_channel_id",
    "incidents_data",
)


def user_json(user: User) -> JSON:
    """Write a user object."""
    return {
        "id": str(user.id),
        "username": user.name.lower() if not user.bot else user.name,
        "global_name": None if user.bot else user.name,
        "discriminator": "0",
        "avatar": user.avatar,
        "bot": user.bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def own_user_json(bot: User) -> JSON:
    """Write the bot's account as only the bot itself is shown it."""
    return user_json(bot) | {"mfa_enabled": True, "locale": bot.locale, "verified": True}


def channel_json(channel: Channel) -> JSON:
    """Write a channel or thread object."""
    written: JSON = {
        "id": str(channel.id),
        "type": int(channel.type),
        "last_message_id": _last_message(channel),
        "flags": 0,
    }
    if channel.guild is None:
        written["recipients"] = [user_json(user) for user in channel.recipients]
        if channel.type is ChannelType.GROUP_DM:
            owner = str(channel.recipients[0].id)
            written |= {"name": channel.name or None, "icon": None, "owner_id": owner}
        return written
    written |= {
        "guild_id": str(channel.guild.id),
        "name": channel.name,
        "parent_id": str(channel.parent.id) if channel.parent else None,
        "rate_limit_per_user": 0,
    }
    if channel.is_thread:
        return written | _thread(channel)
    written |= {
        "position": channel.position,
        "nsfw": channel.nsfw,
        "topic": None,
        "permission_overwrites": [
            _overwrite(target, overwrite) for target, overwrite in channel.overwrites.items()
        ],
    }
    if channel.type is ChannelType.FORUM:
        written |= {
            "available_tags": [],
            "default_reaction_emoji": None,
            "default_sort_order": None,
        }
    return written


def _thread(channel: Channel) -> JSON:
    # Threads carry no nsfw, theirs is their parent's:
    # https://github.com/discord/discord-api-docs/discussions/7850
    made = iso(made_at(channel.id))
    is_private = channel.type is ChannelType.PRIVATE_THREAD
    return {
        "owner_id": str(channel.creator.id) if channel.creator else None,
        "message_count": len(channel.messages),
        "member_count": len(channel.thread_members),
        "total_message_sent": len(channel.messages),
        "thread_metadata": {
            "archived": channel.archived,
            "auto_archive_duration": channel.rests_after_minutes,
            "archive_timestamp": made,
            "locked": channel.locked,
            "create_timestamp": made,
            **({"invitable": channel.invitable} if is_private else {}),
        },
    }


def thread_member_json(thread: Channel, user_id: int) -> JSON:
    """Write a thread member object."""
    joined = iso(thread.thread_members[user_id])
    return {"id": str(thread.id), "user_id": str(user_id), "join_timestamp": joined, "flags": 0}


def _last_message(channel: Channel) -> str | None:
    public = [message.id for message in channel.messages.values() if message.private_to is None]
    return str(public[-1]) if public else None


def _overwrite(target: int, overwrite: Overwrite) -> JSON:
    return {
        "id": str(target),
        "type": int(overwrite.for_member),
        "allow": str(overwrite.allow),
        "deny": str(overwrite.deny),
    }


def role_json(role: Role) -> JSON:
    """Write a role object."""
    return {
        "id": str(role.id),
        "name": role.name,
        "color": role.color,
        "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
        "icon": None,
        "unicode_emoji": None,
        "hoist": role.hoist,
        "position": 0 if role.name == "@everyone" else role.position,
        "permissions": str(role.permissions),
        "managed": role.managed,
        "mentionable": role.mentionable,
        "flags": 0,
    }


def emoji_of(guild: Guild, emoji_id: int) -> JSON:
    """Write an emoji of a guild's own."""
    return {
        "id": str(emoji_id),
        "name": guild.emojis[emoji_id],
        "roles": [],
        "require_colons": True,
        "managed": False,
        "animated": False,
        "available": True,
    }


@dataclass(frozen=True)
class Places:
    """Writes members and guilds, which take permissions to know."""

    authority: Authority

    def member(self, user: User, guild: Guild) -> JSON:
        """Write a guild member object."""
        muted_until = guild.timeouts.get(user.id)
        return {
            "user": user_json(user),
            "nick": guild.nicks.get(user.id),
            "avatar": None,
            "banner": None,
            "roles": [str(role_id) for role_id in sorted(guild.roles_of.get(user.id, ()))],
            "joined_at": JOINED_AT,
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
            "communication_disabled_until": iso(muted_until) if muted_until else None,
        }

    def member_in(self, user: User, channel: Channel) -> JSON:
        """Write a member with the permissions in a channel, as interactions do."""
        if channel.guild is None:
            raise ValueError("direct messages have no members")
        held = self.authority.of(user, channel)
        return self.member(user, channel.guild) | {"permissions": str(held)}

    def channel_for(self, channel: Channel, person: User) -> JSON:
        """Write the channel of an interaction, with the person's permissions in it."""
        written = channel_json(channel)
        written.pop("permission_overwrites", None)
        written["permissions"] = str(self.authority.of(person, channel))
        return written

    def guild(self, guild: Guild, channels: list[Channel], members: Collection[User]) -> JSON:
        """Write a guild object; the same serves GUILD_CREATE."""
        plain = [channel for channel in channels if not channel.is_thread]
        # Archived ones are not told of at first: topics/threads, active & archived threads.
        threads = [each for each in channels if each.is_thread and not each.archived]
        return {
            **dict.fromkeys(_NOT_SET_IN_GUILDS),
            "id": str(guild.id),
            "name": guild.name,
            "region": "us-central",
            "widget_enabled": False,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "nsfw": False,
            "max_members": 500_000,
            "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50,
            "owner_id": str(guild.owner_id),
            "preferred_locale": guild.locale,
            "features": [],
            "roles": [role_json(role) for role in guild.roles.values()],
            "emojis": [emoji_of(guild, emoji_id) for emoji_id in guild.emojis],
            "stickers": [],
            "channels": [channel_json(channel) for channel in plain],
            "threads": [channel_json(channel) for channel in threads],
            "members": [self.member(self.authority.bot, guild)],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "member_count": len(members),
            "joined_at": JOINED_AT,
            "large": False,
            "unavailable": False,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": guild.nsfw_level,
            "premium_tier": guild.tier,
            "system_channel_id": str(guild.system_channel_id) if guild.system_channel_id else None,
            "system_channel_flags": 0,
            "afk_timeout": 300,
        }
