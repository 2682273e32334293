"""The state of the local Discord and everything that may happen to it."""

import secrets
from collections.abc import Iterator

from sandbox.discord.cdn import Cdn
from sandbox.discord.clock import Clock
from sandbox.discord.errors import JSON, UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MESSAGE
from sandbox.discord.event_bus import EventBus
from sandbox.discord.ids import Snowflakes
from sandbox.discord.limits import Limits
from sandbox.discord.mentions import Naming
from sandbox.discord.permissions import ALL_PERMISSIONS, DEFAULT_PERMISSIONS, Authority, Permission
from sandbox.discord.places import Places
from sandbox.discord.records import (
    DEFAULT_FILE_LIMIT,
    Application,
    Body,
    Channel,
    ChannelType,
    Guild,
    Interaction,
    Membership,
    Message,
    Notice,
    Overwrite,
    Role,
    User,
    Webhook,
)
from sandbox.discord.rendering import Renderer
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule
from sandbox.discord.sessions import Intent

# https://discord.com/developers/docs/resources/application#application-object-application-flags
LIMITED = {
    Intent.GUILD_PRESENCES: 1 << 13,
    Intent.GUILD_MEMBERS: 1 << 15,
    Intent.MESSAGE_CONTENT: 1 << 19,
}
# https://discord.com/developers/docs/resources/message#create-message says
# "the past few minutes"; how many is this world's choice.
NONCE_LIFETIME_S = 5 * 60


class World:
    """People, guilds, channels, messages, commands and interactions."""

    def __init__(self, bot_name: str, bot_id: int | None, intents: int) -> None:
        self.rules = Rulebook()
        self.clock = Clock()
        self.ids = Snowflakes(self.clock)
        self.cdn = Cdn(self.clock, self.ids, self.rules, secrets.token_bytes(16))
        self.limits = Limits(self.clock, self.rules)
        self.news = EventBus()
        # The privileged intents that the application has.
        self.granted_intents = intents
        self.application = Application()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.commands: list[JSON] = []
        self.command_creates: list[float] = []
        # The people who have installed the app for themselves.
        self.installs: set[int] = set()
        self.guild_commands: dict[int, list[JSON]] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.interactions: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self._nonces: dict[tuple[int, str | int], tuple[float, Message]] = {}
        self.bot = self.add_user(bot_name, bot=True, user_id=bot_id)
        self.authority = Authority(self.rules, self.clock, self.bot)
        self.places = Places(self.authority)
        self.renderer = Renderer(self.cdn, self.bot, self.rules)

    def close(self) -> None:
        """Stop everything that is still due."""
        self.clock.close()

    @property
    def application_flags(self) -> int:
        """Which privileged intents the application has, as its object says it."""
        return sum(flag for intent, flag in LIMITED.items() if intent & self.granted_intents)

    @property
    def message_content(self) -> bool:
        """Whether the application has the intent for what messages say."""
        return bool(self.granted_intents & Intent.MESSAGE_CONTENT)

    # People and places

    def add_user(
        self,
        name: str,
        *,
        bot: bool = False,
        permissions: int = 0,
        locale: str = "en-US",
        file_limit: int = DEFAULT_FILE_LIMIT,
        user_id: int | None = None,
    ) -> User:
        """Add an account; without `user_id` it has an id of this moment."""
        user = User(user_id or self.ids.next(), name, bot, permissions, locale, file_limit)
        self.users[user.id] = user
        return user

    def user_named(self, name: str) -> User | None:
        """Return the account of that name."""
        return next((user for user in self.users.values() if user.name == name), None)

    def add_guild(
        self, name: str, owner: User, *, bot_is_member: bool = True, nsfw_level: int = 0
    ) -> Guild:
        """Add a guild without channels; where the bot is a member it has a role of its own."""
        guild = Guild(self.ids.next(), name, owner.id, bot_is_member, nsfw_level=nsfw_level)
        guild.roles[guild.id] = Role(guild.id, "@everyone", DEFAULT_PERMISSIONS)
        self.guilds[guild.id] = guild
        if bot_is_member:
            own = Role(self.ids.next(), self.bot.name, 0, managed=True)
            guild.roles[own.id] = own
            guild.roles_of[self.bot.id] = {own.id}
        self.news.tell("GUILD_CREATE", guild)
        return guild

    def add_role(self, guild: Guild, role: Role) -> Role:
        """Add a role to a guild."""
        guild.roles[role.id] = role
        self.news.tell("GUILD_ROLE_CREATE", role)
        return role

    def give_role(self, role: Role, user: User) -> None:
        """Give a role to a member of the guild that has it."""
        guild = self.guild_of(role)
        guild.roles_of.setdefault(user.id, set()).add(role.id)
        self.news.tell("GUILD_MEMBER_UPDATE", Membership(user, guild))

    def delete_role(self, role: Role) -> None:
        """Take a role from its guild and from all who have it."""
        guild = self.guild_of(role)
        self.news.tell("GUILD_ROLE_DELETE", role)
        del guild.roles[role.id]
        for held in guild.roles_of.values():
            held.discard(role.id)

    def guild_of(self, role: Role) -> Guild:
        """Return the guild that has a role."""
        return next(guild for guild in self.guilds.values() if role.id in guild.roles)

    def add_channel(self, guild: Guild, name: str, kind: ChannelType = ChannelType.TEXT) -> Channel:
        """Add a channel that anybody of the guild may use."""
        position = len(self.channels_of(guild))
        channel = Channel(self.ids.next(), kind, name, guild, position=position)
        self.channels[channel.id] = channel
        self.news.tell("CHANNEL_CREATE", channel)
        return channel

    def add_thread(
        self,
        parent: Channel,
        name: str,
        creator: User,
        *,
        of: Message | None = None,
        private: bool = False,
    ) -> Channel:
        """Add a thread, or a forum's post; `of` is the message that it starts from."""
        kind = ChannelType.PRIVATE_THREAD if private else ChannelType.PUBLIC_THREAD
        starts = self.rules.strikes(Rule.THREAD_ID, of)
        thread_id = of.id if of is not None and starts else self.ids.next()
        thread = Channel(thread_id, kind, name, parent.guild, parent=parent, of=of, creator=creator)
        thread.thread_members[creator.id] = self.clock.now()
        self.channels[thread.id] = thread
        self.news.tell("THREAD_CREATE", thread)
        return thread

    def add_group(self, people: tuple[User, ...]) -> Channel:
        """Add direct messages among people, which the bot is never in."""
        channel = Channel(self.ids.next(), ChannelType.GROUP_DM, "", recipients=people)
        self.channels[channel.id] = channel
        return channel

    def channels_of(self, guild: Guild) -> list[Channel]:
        """Return a guild's channels and threads."""
        return [channel for channel in self.channels.values() if channel.guild is guild]

    def dm_with(self, user: User) -> Channel:
        """Return the direct messages of a person with the bot, opened where needed."""
        for channel in self.channels.values():
            if channel.type is ChannelType.DM and channel.recipients == (user,):
                return channel
        channel = Channel(self.ids.next(), ChannelType.DM, user.name, recipients=(user,))
        self.channels[channel.id] = channel
        return channel

    def set_bot_permissions(self, channel: Channel, permissions: int) -> None:
        """Let the bot have exactly these permissions in a channel, by an overwrite of its own."""
        guild = channel.guild
        if guild is not None:
            # No overwrite can give this one: a role does.
            for role_id in guild.roles_of.get(self.bot.id, ()):
                if guild.roles[role_id].managed:
                    administers = permissions & int(Permission.ADMINISTRATOR)
                    guild.roles[role_id].permissions = administers
        exactly = Overwrite(permissions, ALL_PERMISSIONS & ~permissions, for_member=True)
        self.set_overwrite(channel, self.bot.id, exactly)

    def set_overwrite(self, channel: Channel, target: int, overwrite: Overwrite) -> None:
        """Change what a channel allows and denies a role or a member."""
        place = channel.parent or channel
        place.overwrites[target] = overwrite
        self.news.tell("CHANNEL_UPDATE", place)

    def change_thread(self, thread: Channel, *, archived: bool, locked: bool) -> None:
        """Archive a thread or unarchive it, lock it or unlock it."""
        thread.archived, thread.locked = archived, locked
        self.news.tell("THREAD_UPDATE", thread)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with all that is in it."""
        for thread in tuple(self.channels.values()):
            if thread.parent is channel:
                self.delete_channel(thread)
        for message in tuple(channel.messages.values()):
            self.forget(message)
        del self.channels[channel.id]
        self.news.tell("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel)

    def channel(self, channel_id: int) -> Channel:
        """Return a channel, or refuse."""
        found = self.channels.get(channel_id)
        return self.rules.found(Rule.UNKNOWN_CHANNEL, found, UNKNOWN_CHANNEL)

    def guild(self, guild_id: int) -> Guild:
        """Return a guild that the bot is in, or refuse."""
        found = self.guilds.get(guild_id)
        ours = found if found is not None and found.bot_is_member else None
        return self.rules.found(Rule.UNKNOWN_GUILD, ours, UNKNOWN_GUILD)

    def bot_guilds(self) -> Iterator[Guild]:
        """Yield the guilds that the bot is in."""
        return (guild for guild in self.guilds.values() if guild.bot_is_member)

    def members_of(self, guild: Guild) -> list[User]:
        """Return the people and bots of a guild, by their ids."""
        return [user for user in self.users.values() if user.id not in guild.absent]

    # Messages

    def tell_typing(self, user: User, channel: Channel) -> None:
        """Tell that somebody is typing."""
        guild, now = channel.guild, int(self.clock.now())
        member = {"member": self.places.member(user, guild)} if guild else {}
        typing = {"user_id": str(user.id), "timestamp": now, **member}
        self.news.tell("TYPING_START", Notice(typing, channel=channel))

    def message(self, channel: Channel, message_id: int) -> Message:
        """Return a message that all of a channel may see, or refuse."""
        found = channel.messages.get(message_id)
        found = self.rules.found(Rule.UNKNOWN_MESSAGE, found, UNKNOWN_MESSAGE)
        self.rules.refuse(Rule.PRIVATE_ANSWER, found.private_to is not None, UNKNOWN_MESSAGE)
        return found

    def naming(self, author: User, channel: Channel, *, is_answer: bool = False) -> Naming:
        """Return who can be named by an author in a channel."""
        may_name_all = self.authority.may(author, channel, Permission.MENTION_EVERYONE)
        return Naming(self.rules, self.users, channel, may_name_all, is_answer)

    def write(self, channel: Channel, author: User, body: Body) -> Message:
        """Make a message that is not in its channel yet."""
        return Message(self.ids.next(), channel, author, body, self.clock.now())

    def post(self, message: Message) -> Message:
        """Put a message into its channel."""
        message.channel.messages[message.id] = message
        self.news.tell("MESSAGE_CREATE", message)
        return message

    def amend(self, message: Message, body: Body, *, edited: bool = True) -> Message:
        """Give a message a new body; files that it no longer has are gone."""
        kept = {file.id for file in body.files}
        for file in message.body.files:
            if file.id not in kept:
                self.cdn.remove(file)
        message.body = body
        if edited:
            message.edited_at = self.clock.now()
        self.news.tell("MESSAGE_UPDATE", message)
        return message

    def remove(self, message: Message) -> None:
        """Delete a message and its files."""
        self.forget(message)
        self.news.tell("MESSAGE_DELETE", message)

    def forget(self, message: Message) -> None:
        """Delete a message and its files, without telling it."""
        message.channel.messages.pop(message.id, None)
        message.deleted = True
        for file in message.body.files:
            self.cdn.remove(file)

    def sent_before(self, author: User, nonce: str | int) -> Message | None:
        """Return the author's message with this nonce of a short while ago, deleted or not."""
        sent_at, message = self._nonces.get((author.id, nonce), (0.0, None))
        long_ago = sent_at + NONCE_LIFETIME_S < self.clock.now()
        return None if self.rules.strikes(Rule.NONCE_FORGOTTEN, message and long_ago) else message

    def remember_nonce(self, message: Message) -> None:
        """Keep a nonce, so that a repeated send is recognised."""
        if message.nonce is not None:
            self._nonces[message.author.id, message.nonce] = (self.clock.now(), message)

    # Interactions

    def add_interaction(self, interaction: Interaction) -> None:
        """Make an interaction known by its id and its token."""
        self.interactions[interaction.id] = interaction
        self.by_token[interaction.token] = interaction

    def commands_of(self, guild: Guild | None) -> list[JSON]:
        """Return the global commands, or those of one guild."""
        return self.commands if guild is None else self.guild_commands.get(guild.id, [])

    def offered_in(self, channel: Channel) -> list[JSON]:
        """Return every command that a channel's people can find, a guild's own ones first."""
        return [*(self.commands_of(channel.guild) if channel.guild else ()), *self.commands]

    def set_commands(self, commands: list[JSON], guild: Guild | None = None) -> None:
        """Replace the application's global commands, or those of one guild."""
        if guild is None:
            self.commands = commands
        else:
            self.guild_commands[guild.id] = commands
        self.news.tell("COMMANDS", commands)
