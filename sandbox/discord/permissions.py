"""Permission bits, and who has which of them where.

https://discord.com/developers/docs/topics/permissions
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntFlag

from sandbox.discord.clock import Clock
from sandbox.discord.errors import MISSING_ACCESS, MISSING_PERMISSIONS
from sandbox.discord.records import Channel, ChannelType, Guild, Overwrite, Role, User
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule


class Permission(IntFlag):
    """https://discord.com/developers/docs/topics/permissions; what matters to a bot of pictures."""

    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
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
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51


ALL_PERMISSIONS = sum(Permission)
# What @everyone may do in a new guild.
DEFAULT_PERMISSIONS = int(
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.SEND_POLLS
    | Permission.USE_EXTERNAL_APPS
)
# https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object
# app_permissions of direct messages, and what those with the bot have besides.
GROUP_DM_PERMISSIONS = int(
    Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE
)
DM_PERMISSIONS = GROUP_DM_PERMISSIONS | int(Permission.USE_EXTERNAL_EMOJIS)
# What a timeout leaves.
DURING_TIMEOUT = int(Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY)


@dataclass(frozen=True)
class Authority:
    """Works out who may do what where, and refuses the bot what it may not."""

    rules: Rulebook
    clock: Clock
    bot: User

    def of(self, user: User, channel: Channel) -> int:
        """Return the permissions of a member in a channel, or those of direct messages.

        https://discord.com/developers/docs/topics/permissions#permission-overwrites
        """
        if channel.guild is None:
            return self._in_direct_messages(user, channel)
        guild, base = channel.guild, self.in_guild(user, channel.guild)
        if base == ALL_PERMISSIONS or user.id in guild.absent:
            return base
        if self.rules.strikes(Rule.THREAD_PARENT, channel.parent) and channel.parent:
            channel = channel.parent
        held = self._overwritten(base, user, channel)
        muted = guild.timeouts.get(user.id, 0.0) > self.clock.now()
        return held & DURING_TIMEOUT if self.rules.strikes(Rule.TIMEOUT, muted) else held

    def in_guild(self, user: User, guild: Guild) -> int:
        """Return the permissions of a member before any channel changes them."""
        if user.id in guild.absent:
            return 0
        base = self._base(user, guild)
        unlimited = base & Permission.ADMINISTRATOR or user.id == guild.owner_id
        return ALL_PERMISSIONS if self.rules.strikes(Rule.ADMINISTRATOR, unlimited) else base

    def require_in_guild(self, rule: Rule, guild: Guild, permission: Permission) -> None:
        """Refuse where the bot lacks a permission in a guild as a whole."""
        lacks = not self.in_guild(self.bot, guild) & permission
        self.rules.refuse(rule, lacks, MISSING_PERMISSIONS)

    def require_above(self, guild: Guild, roles: Collection[Role]) -> None:
        """Refuse to change roles, or who has them, that do not stand below the bot's own."""
        own = [guild.roles[role_id] for role_id in guild.roles_of.get(self.bot.id, ())]
        highest = max((_rank(role) for role in own), default=(0, 0))
        out_of_reach = any(_rank(role) >= highest for role in roles)
        self.rules.refuse(Rule.ROLE_ABOVE, out_of_reach, MISSING_PERMISSIONS)

    def may(self, user: User, channel: Channel, permission: Permission) -> bool:
        """Tell whether a member may do something; direct messages forbid nothing."""
        return channel.guild is None or self.of(user, channel) & permission == permission

    def bot_may(self, channel: Channel, permission: Permission) -> bool:
        """Tell whether the bot may do something in a channel."""
        return self.may(self.bot, channel, permission)

    def require_access(self, channel: Channel) -> None:
        """Refuse where the bot cannot see the channel at all."""
        stranger = channel.guild is not None and not channel.guild.bot_is_member
        group = channel.type is ChannelType.GROUP_DM
        hidden = not self.bot_may(channel, Permission.VIEW_CHANNEL)
        self.rules.refuse(Rule.NOT_A_MEMBER, stranger, MISSING_ACCESS)
        self.rules.refuse(Rule.NOT_IN_GROUP, group, MISSING_ACCESS)
        self.rules.refuse(Rule.VIEW_CHANNEL, hidden, MISSING_ACCESS)

    def require(self, rule: Rule, channel: Channel, permission: Permission) -> None:
        """Refuse where the bot lacks a permission in a channel that it may see."""
        self.rules.refuse(rule, not self.bot_may(channel, permission), MISSING_PERMISSIONS)

    def require_sending(self, channel: Channel) -> None:
        """Refuse where the bot may not send, which threads have a permission of their own for."""
        if channel.is_thread:
            self.require(Rule.SEND_IN_THREADS, channel, Permission.SEND_MESSAGES_IN_THREADS)
        else:
            self.require(Rule.SEND_MESSAGES, channel, Permission.SEND_MESSAGES)

    def _in_direct_messages(self, user: User, channel: Channel) -> int:
        if user != self.bot:
            return DEFAULT_PERMISSIONS
        group = channel.type is ChannelType.GROUP_DM
        held = GROUP_DM_PERMISSIONS if group else DM_PERMISSIONS
        return held if self.rules.strikes(Rule.APP_PERMISSIONS_DM, condition=True) else 0

    def _base(self, user: User, guild: Guild) -> int:
        held = guild.everyone.permissions | user.permissions
        roles = guild.roles_of.get(user.id, set())
        if self.rules.strikes(Rule.ROLE_PERMISSIONS, roles):
            for role_id in roles:
                held |= guild.roles[role_id].permissions
        return held

    def _overwritten(self, held: int, user: User, channel: Channel) -> int:
        guild = channel.guild
        roles = guild.roles_of.get(user.id, set()) if guild else set()
        steps = (
            (Rule.OVERWRITE_EVERYONE, {guild.id} if guild else set()),
            (Rule.OVERWRITE_ROLE, roles),
            (Rule.OVERWRITE_MEMBER, {user.id}),
        )
        for rule, ids in steps:
            found = [channel.overwrites[one] for one in ids if one in channel.overwrites]
            if self.rules.strikes(rule, found):
                held = _changed(held, found)
        return held


def _rank(role: Role) -> tuple[int, int]:
    # Of two at one position the older one is the higher.
    return role.position, -role.id


def _changed(held: int, overwrites: list[Overwrite]) -> int:
    # All denials of one step come before all that it allows.
    for overwrite in overwrites:
        held &= ~overwrite.deny
    for overwrite in overwrites:
        held |= overwrite.allow
    return held
