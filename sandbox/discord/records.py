"""What the world is made of: people, guilds, channels, messages, interactions."""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from sandbox.discord.bulletin import Bulletin
from sandbox.discord.clock import Timer
from sandbox.discord.errors import JSON

MEBIBYTE = 1 << 20
# https://discord.com/developers/docs/reference#uploading-files
DEFAULT_FILE_LIMIT = 20 * MEBIBYTE


class ChannelType(IntEnum):
    """https://discord.com/developers/docs/resources/channel#channel-object-channel-types."""

    TEXT = 0
    DM = 1
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12


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


@dataclass(frozen=True)
class User:
    """An account: a person or the bot."""

    id: int
    name: str
    bot: bool = False
    # Held in every guild beside what all members of a channel may do.
    permissions: int = 0
    locale: str = "en-US"


@dataclass(eq=False)
class Guild:
    """A server. Where the bot is no member, its people may still have installed the app."""

    id: int
    name: str
    owner_id: int
    bot_is_member: bool = True
    file_limit: int = DEFAULT_FILE_LIMIT
    locale: str = "en-US"


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
    mention_everyone: bool = False


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
    nonce: str | int | None = None
    private_to: User | None = None
    interaction: "Interaction | None" = None
    deleted: bool = False

    def has(self, flag: MessageFlag) -> bool:
        """Tell whether a flag is set."""
        return bool(self.body.flags & flag)


@dataclass(eq=False)
class Channel:
    """A text channel of a guild, or the direct messages of one person with the bot."""

    id: int
    type: ChannelType
    name: str
    bot_permissions: int
    person_permissions: int
    guild: Guild | None = None
    recipient: User | None = None
    nsfw: bool = False
    position: int = 0
    messages: dict[int, Message] = field(default_factory=dict, repr=False)
    typing_at: float | None = None
    # A person who takes no direct messages of the bot.
    closed_to_bot: bool = False

    @property
    def file_limit(self) -> int:
        """The most bytes that one file may have here, for the bot."""
        return self.guild.file_limit if self.guild else DEFAULT_FILE_LIMIT

    def permissions_of(self, person: User) -> int:
        """Return what a person may do here."""
        return self.person_permissions | (person.permissions if self.guild else 0)

    @property
    def user_install_only(self) -> bool:
        """Whether the app is here only because a person installed it."""
        return self.guild is not None and not self.guild.bot_is_member


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
    source: Message | None = None
    opened_by: "Interaction | None" = None
    callback_type: CallbackType | None = None
    response: Message | None = None
    followups: list[Message] = field(default_factory=list, repr=False)
    modal: JSON | None = None
    choices: list[JSON] | None = None
    failed: str | None = None
    timer: Timer | None = field(default=None, repr=False)
    news: Bulletin = field(default_factory=Bulletin, repr=False)

    @property
    def owners(self) -> dict[str, str]:
        """The installations that allowed this interaction.

        https://discord.com/developers/docs/interactions/receiving-and-responding
        #interaction-object-authorizing-integration-owners-object
        """
        if self.channel.user_install_only:
            return {"1": str(self.person.id)}
        guild = self.channel.guild
        return {"0": str(guild.id) if guild else "0"}
