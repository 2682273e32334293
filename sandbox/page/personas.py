"""Who can be played on the page, and which channels each of them sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.discord import ClientRefusedError, Permission
from sandbox.discord.records import ChannelType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.discord import Channel, Guild, LocalDiscord, Person, User


@dataclass(frozen=True)
class Part:
    """One person that can be played, and what is special about them."""

    person: Person
    about: str


class Personas:
    """The people of the page, their servers, channels and direct messages with the bot."""

    def __init__(self, discord: LocalDiscord) -> None:
        self._discord = discord
        self.parts = (
            Part(discord.person("Ada"), "a member"),
            Part(discord.person("Bob"), "another member"),
            Part(discord.person("Mia"), "manages the server"),
            Part(discord.person("Linus"), "only installed the app"),
            Part(discord.person("Grace"), "owns the server and the application"),
        )
        self._by_id = {part.person.user.id: part.person for part in self.parts}
        *members, installed, owner = (part.person for part in self.parts)
        self._members: dict[int, set[int]] = {
            discord.guild.id: {person.user.id for person in (*members, owner)}
        }
        self._set_scene(installed)

    def _set_scene(self, installed: Person) -> None:
        discord = self._discord
        # By a role, as on Discord: so the bot knows what she may in other channels too.
        manager = Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES
        discord.give_role(discord.add_role("Managers", permissions=manager), self.parts[2].person)
        discord.add_channel("age-restricted", nsfw=True)
        forum = discord.add_forum("ideas")
        self.person(installed.user.id).install_app()
        discord.add_thread("A thread", discord.channel)
        self.parts[1].person.open_post(
            forum, "Something with a lighthouse", "Any ideas for an image of a lighthouse?"
        )
        silent = discord.guild.everyone.permissions & ~Permission.SEND_MESSAGES
        discord.add_channel("bot-may-not-send", bot_permissions=silent)
        elsewhere = discord.add_guild("Elsewhere", bot_is_member=False)
        self._members[elsewhere.id] = {installed.user.id}
        discord.add_channel("corner", elsewhere)
        for part in self.parts:
            discord.world.dm_with(part.person.user)

    def person(self, user_id: int) -> Person:
        """Return who is played.

        Raises:
            ClientRefusedError: nobody has this id.
        """
        person = self._by_id.get(user_id)
        if person is None:
            raise ClientRefusedError("nobody of this name can be played")
        return person

    def played(self, user_id: int) -> Person:
        """Return who a tab plays, the first one where it names nobody of this sandbox."""
        return self._by_id.get(user_id, self.parts[0].person)

    def guilds_of(self, user: User) -> Iterator[Guild]:
        """Yield the servers that a person is in."""
        for guild in self._discord.world.guilds.values():
            if user.id in self._members.get(guild.id, ()):
                yield guild

    def sees(self, user: User, channel: Channel) -> bool:
        """Tell whether a person sees a channel."""
        if channel.guild is None:
            return user in channel.recipients
        if user.id not in self._members.get(channel.guild.id, ()):
            return False
        if channel.type is ChannelType.PRIVATE_THREAD and channel.creator is not user:
            return False
        return self._discord.world.authority.may(user, channel, Permission.VIEW_CHANNEL)

    def channels_of(self, user: User) -> Iterator[Channel]:
        """Yield the channels that a person sees."""
        for channel in self._discord.world.channels.values():
            if self.sees(user, channel):
                yield channel

    def channel(self, person: Person, channel_id: int) -> Channel:
        """Return a channel that a person sees.

        Raises:
            ClientRefusedError: there is none of that id, or the person does not see it.
        """
        channel = self._discord.world.channels.get(channel_id)
        if channel is None or not self.sees(person.user, channel):
            raise ClientRefusedError("this channel was deleted")
        return channel
