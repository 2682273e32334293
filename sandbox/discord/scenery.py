"""Building the world from outside: its people, guilds, channels, roles and permissions."""

from sandbox.discord.interactions import Interactions
from sandbox.discord.localizing import known_locale
from sandbox.discord.members import Members
from sandbox.discord.message_view import SeenMessage
from sandbox.discord.permissions import DEFAULT_PERMISSIONS, Permission
from sandbox.discord.person import Person
from sandbox.discord.places import emoji_of
from sandbox.discord.records import (
    DEFAULT_FILE_LIMIT,
    Channel,
    ChannelType,
    Guild,
    Message,
    Notice,
    Overwrite,
    Role,
    User,
)
from sandbox.discord.sessions import Intent
from sandbox.discord.world import World


class Scenery:
    """A world with one guild, one channel and its owner, and what may be added to it."""

    def __init__(self, world: World, interactions: Interactions) -> None:
        self.world = world
        self.interactions = interactions
        self._people: dict[str, Person] = {}
        self.owner = world.add_user("Grace", permissions=Permission.ADMINISTRATOR)
        self.guild = world.add_guild("Sandbox", self.owner)
        self.channel = world.add_channel(self.guild, "pictures")

    def person(
        self,
        name: str = "Ada",
        *,
        permissions: int = 0,
        locale: str = "en-US",
        file_limit: int = DEFAULT_FILE_LIMIT,
    ) -> Person:
        """Return the person of that name, who comes into the world where needed.

        `permissions` are held beside those of every member, `file_limit` is what a subscription
        allows in bytes; 'Grace' owns the guild and the bot.
        """
        if name not in self._people:
            user = self.world.user_named(name) or self.world.add_user(
                name, permissions=permissions, locale=locale, file_limit=file_limit
            )
            self._people[name] = Person(self.world, self.interactions, user, self.channel)
        return self._people[name]

    def grant_intents(self, *intents: Intent) -> None:
        """Let the application have these privileged intents, as its owner can; no others then."""
        self.world.granted_intents = sum(intents)

    def add_emoji(self, name: str, guild: Guild | None = None) -> str:
        """Add an emoji to a guild, and return it as reactions name it."""
        emoji_id = self.world.ids.next()
        where = guild or self.guild
        where.emojis[emoji_id] = name
        shown = [emoji_of(where, one) for one in where.emojis]
        self.world.news.tell("GUILD_EMOJIS_UPDATE", Notice({"emojis": shown}, where))
        return f"{name}:{emoji_id}"

    # Places

    def add_guild(
        self,
        name: str,
        *,
        bot_is_member: bool = True,
        file_limit: int = DEFAULT_FILE_LIMIT,
        nsfw_level: int = 0,
    ) -> Guild:
        """Add a guild; without `bot_is_member` its people have installed the app themselves.

        With an `nsfw_level` of 3 all of it is age-restricted:
        https://discord.com/developers/docs/resources/guild#guild-object-guild-nsfw-level
        """
        guild = self.world.add_guild(
            name, self.owner, bot_is_member=bot_is_member, nsfw_level=nsfw_level
        )
        guild.file_limit = file_limit
        return guild

    def set_locale(self, locale: str, guild: Guild | None = None) -> None:
        """Change a guild's language, as who manages it can."""
        changed = guild or self.guild
        changed.locale = known_locale(locale)
        self.world.news.tell("GUILD_UPDATE", changed)

    def add_channel(
        self,
        name: str,
        guild: Guild | None = None,
        *,
        bot_permissions: int = DEFAULT_PERMISSIONS,
        nsfw: bool = False,
    ) -> Channel:
        """Add a text channel to a guild; with `nsfw` it is age-restricted."""
        channel = self.world.add_channel(guild or self.guild, name)
        if nsfw:
            self.set_nsfw(channel)
        if bot_permissions != DEFAULT_PERMISSIONS:
            self.world.set_bot_permissions(channel, bot_permissions)
        return channel

    def set_nsfw(self, channel: Channel, *, nsfw: bool = True) -> None:
        """Make a channel age-restricted, and the threads in it too, or open it to all ages."""
        channel.nsfw = nsfw
        self.world.news.tell("CHANNEL_UPDATE", channel)

    def add_forum(self, name: str, guild: Guild | None = None) -> Channel:
        """Add a forum, where each post is a thread."""
        return self.world.add_channel(guild or self.guild, name, ChannelType.FORUM)

    def add_thread(
        self,
        name: str,
        parent: Channel | None = None,
        *,
        of: SeenMessage | None = None,
        private: bool = False,
    ) -> Channel:
        """Add a thread of a channel, of one of its messages, or a forum's post."""
        start = self._found(of) if of is not None else None
        place = parent or (start.channel if start is not None else self.channel)
        return self.world.add_thread(place, name, self.owner, of=start, private=private)

    def archive_thread(self, thread: Channel, *, locked: bool = False) -> None:
        """Archive a thread, as a moderator who may lock it too, or as time does."""
        self.world.change_thread(thread, archived=True, locked=locked)

    def add_group(self, *people: Person) -> Channel:
        """Add direct messages among people; only user-installed commands are offered there."""
        return self.world.add_group(tuple(person.user for person in people))

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads."""
        self.world.delete_channel(channel)

    def delete_message(self, message: SeenMessage | Message) -> None:
        """Delete any message, as a moderator would."""
        self.world.remove(self._found(message) if isinstance(message, SeenMessage) else message)

    def remove_member(self, who: Person, guild: Guild | None = None) -> None:
        """Let somebody leave a guild, of which everybody is a member at first."""
        Members(self.world).remove(who.user, guild or self.guild)

    def add_member(self, who: Person, guild: Guild | None = None) -> None:
        """Let somebody join a guild again."""
        Members(self.world).add(who.user, guild or self.guild)

    # Permissions

    def add_role(
        self,
        name: str,
        *,
        permissions: int = 0,
        mentionable: bool = False,
        guild: Guild | None = None,
    ) -> Role:
        """Add a role to a guild."""
        role = Role(self.world.ids.next(), name, permissions, mentionable)
        return self.world.add_role(guild or self.guild, role)

    def delete_role(self, role: Role) -> None:
        """Delete a role, whoever has it."""
        self.world.delete_role(role)

    def give_role(self, role: Role, who: Person | User) -> None:
        """Give a role to a member, or to the bot (`world.bot`)."""
        user = who.user if isinstance(who, Person) else who
        self.world.give_role(role, user)

    def set_overwrite(
        self,
        target: Role | Person | User,
        *,
        allow: int = 0,
        deny: int = 0,
        channel: Channel | None = None,
    ) -> None:
        """Change what a channel allows and denies a role or a member; `guild.everyone` is all."""
        role = isinstance(target, Role)
        target_id = target.user.id if isinstance(target, Person) else target.id
        overwrite = Overwrite(int(allow), int(deny), for_member=not role)
        self.world.set_overwrite(channel or self.channel, target_id, overwrite)

    def set_bot_permissions(self, permissions: int, channel: Channel | None = None) -> None:
        """Let the bot have exactly these permissions in a channel."""
        self.world.set_bot_permissions(channel or self.channel, int(permissions))

    def bot_permissions(self, channel: Channel | None = None) -> int:
        """Return what the bot may do in a channel."""
        return self.world.authority.of(self.world.bot, channel or self.channel)

    def time_out(self, who: Person | User, seconds: float, guild: Guild | None = None) -> None:
        """Time a member, or the bot, out for so many seconds of the world's time."""
        user = who.user if isinstance(who, Person) else who
        (guild or self.guild).timeouts[user.id] = self.world.clock.now() + seconds

    def _found(self, message: SeenMessage) -> Message:
        return self.world.channels[message.channel_id].messages[message.id]
