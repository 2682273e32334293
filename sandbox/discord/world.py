"""The state of the local Discord and everything that may happen to it."""

import secrets
from collections.abc import Iterator

from sandbox.discord.bulletin import Bulletin
from sandbox.discord.cdn import Cdn
from sandbox.discord.clock import Clock
from sandbox.discord.errors import (
    JSON,
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_MESSAGE,
    ApiError,
)
from sandbox.discord.ids import Snowflakes
from sandbox.discord.permissions import DEFAULT_PERMISSIONS, DM_PERMISSIONS, MEMBER_PERMISSIONS
from sandbox.discord.records import (
    Body,
    Channel,
    ChannelType,
    Guild,
    Interaction,
    Message,
    User,
)
from sandbox.discord.rendering import Renderer

# https://discord.com/developers/docs/resources/message#create-message says
# "the past few minutes"; how many is this world's choice.
NONCE_LIFETIME_S = 5 * 60


class World:
    """People, guilds, channels, messages, commands and interactions."""

    def __init__(self, *, message_content: bool = False) -> None:
        self.clock = Clock()
        self.ids = Snowflakes(self.clock)
        self.cdn = Cdn(self.clock, self.ids, secrets.token_bytes(16))
        self.news = Bulletin()
        # Whether the application has the privileged message content intent.
        self.message_content = message_content
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.commands: list[JSON] = []
        self.interactions: dict[int, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}
        self._nonces: dict[tuple[int, str | int], tuple[float, int]] = {}
        self.bot = self.add_user("Fluxcord", bot=True)
        self.renderer = Renderer(self.cdn, self.bot)

    def close(self) -> None:
        """Stop everything that is still due."""
        self.clock.close()

    # People and places

    def add_user(
        self, name: str, *, bot: bool = False, permissions: int = 0, locale: str = "en-US"
    ) -> User:
        """Add an account."""
        user = User(self.ids.next(), name, bot, permissions, locale)
        self.users[user.id] = user
        return user

    def user_named(self, name: str) -> User | None:
        """Return the account of that name."""
        return next((user for user in self.users.values() if user.name == name), None)

    def add_guild(self, name: str, owner: User, *, bot_is_member: bool = True) -> Guild:
        """Add a guild without channels."""
        guild = Guild(self.ids.next(), name, owner.id, bot_is_member)
        self.guilds[guild.id] = guild
        self.news.tell("GUILD_CREATE", guild)
        return guild

    def add_channel(
        self, guild: Guild, name: str, *, bot_permissions: int = DEFAULT_PERMISSIONS
    ) -> Channel:
        """Add a text channel."""
        channel = Channel(
            id=self.ids.next(),
            type=ChannelType.TEXT,
            name=name,
            bot_permissions=bot_permissions,
            person_permissions=MEMBER_PERMISSIONS,
            guild=guild,
            position=len(self.channels_of(guild)),
        )
        self.channels[channel.id] = channel
        self.news.tell("CHANNEL_CREATE", channel)
        return channel

    def channels_of(self, guild: Guild) -> list[Channel]:
        """Return a guild's channels."""
        return [channel for channel in self.channels.values() if channel.guild is guild]

    def dm_with(self, user: User) -> Channel:
        """Return the direct messages of a person with the bot, opened where needed."""
        for channel in self.channels.values():
            if channel.recipient == user:
                return channel
        channel = Channel(
            id=self.ids.next(),
            type=ChannelType.DM,
            name=user.name,
            bot_permissions=DM_PERMISSIONS,
            person_permissions=MEMBER_PERMISSIONS,
            recipient=user,
        )
        self.channels[channel.id] = channel
        return channel

    def set_bot_permissions(self, channel: Channel, permissions: int) -> None:
        """Change what the bot may do in a channel."""
        channel.bot_permissions = permissions
        self.news.tell("CHANNEL_UPDATE", channel)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with all that is in it."""
        for message in tuple(channel.messages.values()):
            self._forget(message)
        del self.channels[channel.id]
        self.news.tell("CHANNEL_DELETE", channel)

    def channel(self, channel_id: int) -> Channel:
        """Return a channel, or refuse."""
        found = self.channels.get(channel_id)
        if found is None:
            raise ApiError(*UNKNOWN_CHANNEL)
        return found

    def guild(self, guild_id: int) -> Guild:
        """Return a guild that the bot is in, or refuse."""
        found = self.guilds.get(guild_id)
        if found is None or not found.bot_is_member:
            raise ApiError(*UNKNOWN_GUILD)
        return found

    def bot_guilds(self) -> Iterator[Guild]:
        """Yield the guilds that the bot is in."""
        return (guild for guild in self.guilds.values() if guild.bot_is_member)

    # Messages

    def message(self, channel: Channel, message_id: int) -> Message:
        """Return a message that all of a channel may see, or refuse."""
        found = channel.messages.get(message_id)
        if found is None or found.private_to is not None:
            raise ApiError(*UNKNOWN_MESSAGE)
        return found

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
        self._forget(message)
        self.news.tell("MESSAGE_DELETE", message)

    def _forget(self, message: Message) -> None:
        message.channel.messages.pop(message.id, None)
        message.deleted = True
        for file in message.body.files:
            self.cdn.remove(file)

    def sent_before(self, channel: Channel, nonce: str | int) -> Message | None:
        """Return the message that carried this nonce a short while ago."""
        sent_at, message_id = self._nonces.get((channel.id, nonce), (0.0, 0))
        if sent_at + NONCE_LIFETIME_S < self.clock.now():
            return None
        return channel.messages.get(message_id)

    def remember_nonce(self, message: Message) -> None:
        """Keep a nonce, so that a repeated send is recognised."""
        if message.nonce is not None:
            key = (message.channel.id, message.nonce)
            self._nonces[key] = (self.clock.now(), message.id)

    # Interactions

    def add_interaction(self, interaction: Interaction) -> None:
        """Make an interaction known by its id and its token."""
        self.interactions[interaction.id] = interaction
        self._by_token[interaction.token] = interaction

    def interaction_of(self, token: str) -> Interaction | None:
        """Return the interaction of a token."""
        return self._by_token.get(token)

    def set_commands(self, commands: list[JSON]) -> None:
        """Replace the application's global commands."""
        self.commands = commands
        self.news.tell("COMMANDS", commands)
