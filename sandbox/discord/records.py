"""What the world is made of: people, guilds, channels, messages, interactions."""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from sandbox.discord.clock import Timer
from sandbox.discord.errors import JSON
from sandbox.discord.event_bus import EventBus

MEBIBYTE = 1 << 20
# https://discord.com/developers/docs/reference#uploading-files
DEFAULT_FILE_LIMIT = 20 * MEBIBYTE


class ChannelType(IntEnum):
    """https://discord.com/developers/docs/resources/channel#channel-object-channel-types."""

    TEXT = 0
    DM = 1
    GROUP_DM = 3
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


THREADS = (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD)


class MessageType(IntEnum):
    """https://discord.com/developers/docs/resources/message#message-object-message-types."""

    DEFAULT = 0
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    CONTEXT_MENU_COMMAND = 23


class MessageFlag(IntFlag):
    """https://discord.com/developers/docs/resources/message#message-object-message-flags."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    IS_COMPONENTS_V2 = 1 << 15


class InteractionType(IntEnum):
    """https://discord.com/developers/docs/interactions/receiving-and-responding."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    """https://discord.com/developers/docs/interactions/receiving-and-responding."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE_RESULT = 8
    MODAL = 9


@dataclass(eq=False)
class User:
    """An account: a person or the bot."""

    id: int
    name: str
    bot: bool = False
    # Held in every guild beside what its roles give.
    permissions: int = 0
    locale: str = "en-US"
    # What a subscription allows beyond the limit of a place.
    file_limit: int = DEFAULT_FILE_LIMIT
    # The hash of its picture: the id of a file of the CDN, in 32 digits.
    avatar: str | None = None


@dataclass
class Application:
    """What the bot's owner has chosen in the developer portal.

    https://discord.com/developers/docs/resources/application#application-object
    """

    # Where it can be added: "0" to servers, "1" to people.
    integration_types: JSON = field(default_factory=lambda: {"0": {}, "1": {}})
    interactions_endpoint_url: str | None = None
    bot_public: bool = True
    bot_require_code_grant: bool = False
    # Of a team's own application; https://discord.com/developers/docs/topics/teams
    team: JSON | None = None


@dataclass(eq=False)
class Role:
    """A role of a guild; the one with the guild's own id is @everyone."""

    id: int
    name: str
    permissions: int
    mentionable: bool = False
    managed: bool = False
    color: int = 0
    hoist: bool = False
    position: int = 1


@dataclass(frozen=True)
class Membership:
    """A member of a guild that has changed."""

    user: User
    guild: "Guild"


@dataclass(frozen=True)
class Notice:
    """What is only told: an event's data, and the guild or the channel that it is of."""

    data: JSON = field(repr=False)
    guild: "Guild | None" = None
    channel: "Channel | None" = None


@dataclass(frozen=True)
class Reaction:
    """A reaction that was added or removed; of those removed together, who or which is None."""

    message: "Message"
    emoji: str | None = None
    user: User | None = None


@dataclass(frozen=True)
class Overwrite:
    """What a channel allows and denies one role or one member."""

    allow: int = 0
    deny: int = 0
    for_member: bool = False


@dataclass(eq=False)
class Guild:
    """A server. Where the bot is no member, its people may still have installed the app."""

    id: int
    name: str
    owner_id: int
    bot_is_member: bool = True
    file_limit: int = DEFAULT_FILE_LIMIT
    # What its boosts have brought it to, 0 to 3.
    tier: int = 0
    # Discord lists two codes for what is too large, and not when it gives which: here is said so.
    calls_files_too_large: bool = False
    # Words that its AutoMod lets nobody say.
    blocked_words: tuple[str, ...] = ()
    locale: str = "en-US"
    nsfw_level: int = 0
    # Where Discord itself tells of what happens, such as new members.
    system_channel_id: int | None = None
    # Who is no member; everybody else is one.
    absent: set[int] = field(default_factory=set, repr=False)
    # Those of them who are banned, with the reason that was given.
    bans: dict[int, str | None] = field(default_factory=dict, repr=False)
    nicks: dict[int, str] = field(default_factory=dict, repr=False)
    # The names of its own emojis.
    emojis: dict[int, str] = field(default_factory=dict, repr=False)
    roles: dict[int, Role] = field(default_factory=dict, repr=False)
    # The roles of each member, and until when a member is timed out.
    roles_of: dict[int, set[int]] = field(default_factory=dict, repr=False)
    timeouts: dict[int, float] = field(default_factory=dict, repr=False)

    @property
    def everyone(self) -> Role:
        """The role that every member has."""
        return self.roles[self.id]


@dataclass(frozen=True)
class StoredFile:
    """A file on the CDN."""

    id: int
    channel_id: int
    filename: str
    data: bytes = field(repr=False)
    content_type: str
    width: int | None = None
    height: int | None = None
    description: str | None = None
    spoiler: bool = False
    ephemeral: bool = False


@dataclass(frozen=True)
class Body:
    """What a message says; an edit replaces it whole."""

    content: str = ""
    flags: int = 0
    embeds: tuple[JSON, ...] = ()
    components: tuple[JSON, ...] = ()
    files: tuple[StoredFile, ...] = ()
    mentions: tuple[User, ...] = ()
    mention_roles: tuple[int, ...] = ()
    mention_everyone: bool = False
    # As it is shown; https://discord.com/developers/docs/resources/poll#poll-object
    poll: JSON | None = None


@dataclass(eq=False)
class Message:
    """A message of a channel; a private one is seen by one person only."""

    id: int
    channel: "Channel"
    author: User
    body: Body
    created_at: float
    type: MessageType = MessageType.DEFAULT
    edited_at: float | None = None
    reply_to: int | None = None
    # The message that this one forwards, as it was then.
    forwarded: "Message | None" = None
    nonce: str | int | None = None
    # Who has reacted with what; an emoji is its text, or a name and an id.
    reactions: dict[str, list[User]] = field(default_factory=dict, repr=False)
    pinned_at: float | None = None
    private_to: User | None = None
    interaction: "Interaction | None" = None
    # Whose id it was sent with, where that is no interaction's.
    webhook: "Webhook | None" = None
    deleted: bool = False

    def has(self, flag: MessageFlag) -> bool:
        """Tell whether a flag is set."""
        return bool(self.body.flags & flag)


@dataclass(eq=False)
class Channel:
    """A channel or thread of a guild, direct messages with the bot, or a group of people."""

    id: int
    type: ChannelType
    name: str
    guild: Guild | None = None
    # The people of direct messages.
    recipients: tuple[User, ...] = ()
    parent: "Channel | None" = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict, repr=False)
    nsfw: bool = False
    position: int = 0
    messages: dict[int, Message] = field(default_factory=dict, repr=False)
    typing_at: float | None = None
    # A person who takes no direct messages of the bot.
    closed_to_bot: bool = False
    # Of a thread: the message that it starts from, where there is one.
    of: Message | None = None
    creator: User | None = None
    rests_after_minutes: int = 1440
    # Whether members of a private thread may add others.
    invitable: bool = True
    archived: bool = False
    # Only MANAGE_THREADS unarchives it then.
    locked: bool = False
    # When each of its members joined.
    thread_members: dict[int, float] = field(default_factory=dict, repr=False)

    @property
    def file_limit(self) -> int:
        """The most bytes that one file may have here, for the bot."""
        return self.guild.file_limit if self.guild else DEFAULT_FILE_LIMIT

    @property
    def user_install_only(self) -> bool:
        """Whether the app is here only because a person installed it."""
        if self.guild is None:
            return self.type is ChannelType.GROUP_DM
        return not self.guild.bot_is_member

    @property
    def context(self) -> int:
        """Where an interaction happens: 0 in a guild, 1 with the bot, 2 among people.

        https://discord.com/developers/docs/interactions/receiving-and-responding
        #interaction-object-interaction-context-types
        """
        if self.guild is not None:
            return 0
        return 1 if self.type is ChannelType.DM else 2

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread or a forum's post."""
        return self.type in THREADS


@dataclass(eq=False)
class Webhook:
    """A channel's webhook, which the bot has made.

    https://discord.com/developers/docs/resources/webhook#webhook-object
    """

    id: int
    token: str = field(repr=False)
    name: str
    channel: Channel


@dataclass(eq=False)
class Interaction:
    """One use of a command, component or modal, and what came of it."""

    id: int
    token: str = field(repr=False)
    type: InteractionType
    person: User
    channel: Channel
    created_at: float
    data: JSON = field(repr=False)
    # The installations that allowed this interaction.
    # https://discord.com/developers/docs/interactions/receiving-and-responding
    # #interaction-object-authorizing-integration-owners-object
    owners: dict[str, str] = field(default_factory=dict)
    source: Message | None = None
    opened_by: "Interaction | None" = None
    callback_type: CallbackType | None = None
    response: Message | None = None
    followups: list[Message] = field(default_factory=list, repr=False)
    modal: JSON | None = None
    choices: list[JSON] | None = None
    failed: str | None = None
    timer: Timer | None = field(default=None, repr=False)
    news: EventBus = field(default_factory=EventBus, repr=False)
