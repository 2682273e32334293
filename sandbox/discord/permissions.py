"""Permission bits, and which of them the bot has somewhere.

https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags
"""

from enum import IntFlag

from sandbox.discord.errors import MISSING_ACCESS, MISSING_PERMISSIONS, ApiError
from sandbox.discord.records import Channel, ChannelType


class Permission(IntFlag):
    """The permissions that matter to a bot that posts pictures."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    USE_APPLICATION_COMMANDS = 1 << 31
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


DEFAULT_PERMISSIONS = int(
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.USE_APPLICATION_COMMANDS
)
MEMBER_PERMISSIONS = DEFAULT_PERMISSIONS | int(
    Permission.ADD_REACTIONS | Permission.USE_EXTERNAL_EMOJIS | Permission.USE_EXTERNAL_APPS
)
# What an app may always do in a direct message.
# https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object
DM_PERMISSIONS = DEFAULT_PERMISSIONS | int(
    Permission.MENTION_EVERYONE | Permission.USE_EXTERNAL_EMOJIS | Permission.ADD_REACTIONS
)


def bot_may(channel: Channel, permission: Permission) -> bool:
    """Tell whether the bot has a permission in a channel."""
    held = channel.bot_permissions
    return bool(held & Permission.ADMINISTRATOR) or held & permission == permission


def require_access(channel: Channel) -> None:
    """Refuse where the bot cannot see the channel at all."""
    if channel.guild is not None and not channel.guild.bot_is_member:
        raise ApiError(*MISSING_ACCESS)
    if not bot_may(channel, Permission.VIEW_CHANNEL):
        raise ApiError(*MISSING_ACCESS)


def require(channel: Channel, permission: Permission) -> None:
    """Refuse where the bot lacks a permission in a channel that it may see."""
    require_access(channel)
    if not bot_may(channel, permission):
        raise ApiError(*MISSING_PERMISSIONS)


def sending_permission(channel: Channel) -> Permission:
    """Return the permission that sending to this kind of channel takes."""
    if channel.type in (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD):
        return Permission.SEND_MESSAGES_IN_THREADS
    return Permission.SEND_MESSAGES
