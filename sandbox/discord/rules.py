"""Every rule of Discord that this world keeps: its name, what it says, and where it is written.

A rule is enforced through `Rulebook` only, so that each can be switched off to show that a test
watches over it. The numbers stand as constants beside the code that keeps the rule.
"""

from sandbox.discord import sources as at
from sandbox.discord.sources import Sourced


class Rule(Sourced):
    """One rule."""

    # Any body
    JSON_BODY = "a body is JSON: 50109", at.CODES
    BODY_TYPE = "a body is JSON or a form, a form where Discord takes one: 50035", at.CONTENT_TYPE
    FIELD_TYPE = "each field has its type", at.ERRORS
    TEXT_TYPE = "a number is no text: 50035", at.SCHEMAS + "MessageCreateRequest/properties/content"
    PATH_ID = "an id in an address is a number: 50035", at.SCHEMAS + "SnowflakeType/pattern"
    FORM_FIELDS = "a form's fields are the body's, as payload_json is", at.FORMS
    FIELD_REQUIRED = "a required field is there", at.ERRORS
    BOT_TOKEN = "the bot's token: 401", "reference#authentication"
    OPEN_GATEWAY = "GET /gateway takes no token", "events/gateway#get-gateway"
    API_VERSION = "versions 3 to 5 are refused: 400, 50041", "reference#api-versioning"
    # Messages
    CONTENT_LENGTH = "content of at most 2,000 characters", at.MESSAGE
    EMPTY_MESSAGE = "a message says something: 50006", at.CODES
    NONCE_TYPE = "a nonce is text or a whole number", at.STAFF + "955"
    NONCE_LENGTH = "a nonce of at most 25 characters", at.MESSAGE
    NONCE_REPEATED = (
        "an enforced nonce returns its author's first message, of any channel",
        at.MESSAGE,
    )
    NONCE_FORGOTTEN = "a nonce is known for a few minutes only", at.MESSAGE
    NONCE_OF_DELETED = "the nonce of a deleted message: 10008", at.MESSAGE
    REPLY_TARGET = "a reply's target exists", at.MESSAGE
    REPLY_CHANNEL = "a reply's target is in the same channel", at.MESSAGE
    REPLY_HISTORY = "a reply needs READ_MESSAGE_HISTORY: 160002", at.CODES
    FORWARD_UNREADABLE = "no forward of what the app cannot read: 160014", at.CHANGES
    OWN_MESSAGE = "only one's own messages are edited: 50005", at.CODES
    REACTION_COUNT = "at most 20 kinds of reactions: 30010", at.CODES
    REACTION_EMOJI = "a reaction is an emoji that there is: 10014", at.CODES
    REACTION_SHOWN = "a message shows its reactions", at.MESSAGE
    REACTION_EVENT = "a reaction is an event, with its intent", at.REACTION
    STICKERS = "only stickers that the app may send: 50081", at.CODES
    POLL_QUESTION = "a poll's question of 1 to 300 characters", at.POLL
    POLL_ANSWERS = "1 to 10 answers in a poll", at.POLL
    POLL_ANSWER = "a poll's answer of 1 to 55 characters", at.POLL
    POLL_DURATION = "a poll of 1 to 768 hours", at.POLL
    POLL_SHOWN = "a message shows its poll", at.MESSAGE
    SEND_POLLS = "SEND_POLLS: 50013", at.PERMISSIONS
    ADD_REACTIONS = "ADD_REACTIONS for a new kind of reaction: 50013", at.PERMISSIONS
    PIN_MESSAGES = "PIN_MESSAGES: 50013", at.PERMISSIONS
    BULK_COUNT = "2 to 100 messages are deleted at once", "resources/message#bulk-delete-messages"
    BULK_AGE = "only messages of the last 14 days are deleted at once: 50034", at.CODES
    HISTORY_LIMIT = "1 to 100 messages of history at once", at.MESSAGE
    TYPING_LASTS = "typing is shown for 10 seconds", "resources/channel#trigger-typing-indicator"
    # Files
    ATTACHMENT_COUNT = "at most 10 attachments: 30015", at.CODES
    ATTACHMENT_UNKNOWN = "a listed attachment is uploaded or kept", at.FILES
    ATTACHMENT_DESCRIPTION = "an attachment's alt text of at most 1,024 characters", at.MESSAGE
    ATTACHMENT_UNLISTED = "an edit drops the attachments that it does not list", at.MESSAGE
    FILE_SIZE = "each file within the limit of its place: 413, 40005", at.FILES
    FILE_SIZE_OF_TIER = "a guild of tier 2 takes files of 50 MiB, of tier 3 of 100 MiB", at.FILES
    FILE_SIZE_BY_FILE = "a file over the limit may be called that: 400, 50045", at.CODES
    FILE_SIZE_OF_PERSON = "an answer's limit is the greatest of place and person", at.ANSWERS
    REQUEST_SIZE = "at most 25 MiB in a request: 413, 40005", at.MESSAGE
    LINK_EXPIRES = "a link dies after a day", at.LINKS
    LINK_SIGNED = "a link is signed", at.LINKS
    EPHEMERAL_FILE = "an uploaded option goes away unless a message holds it", at.MESSAGE
    SIZELESS = "a picture's width and height may be missing", at.ATTACHMENT
    V2_ATTACHMENTS = "files that components or embeds show are not in attachments", at.MESSAGE
    # Mentions
    MENTION_PARSED = "<@id> mentions a person", at.MESSAGE
    MENTION_IN_CODE = "nothing inside code is a mention", "reference#message-formatting"
    MENTION_EVERYONE = "@everyone and @here mention all", at.MESSAGE
    MENTION_EVERYONE_PERMISSION = "@everyone takes MENTION_EVERYONE", at.PERMISSIONS
    MENTION_ROLE = "<@&id> mentions a role", at.MESSAGE
    MENTION_ROLE_PERMISSION = "a role is mentionable, or takes MENTION_EVERYONE", at.PERMISSIONS
    MENTION_ALLOWED = "allowed_mentions narrows who is mentioned", at.MENTIONS
    MENTION_KINDS = "allowed_mentions.parse has known kinds", at.MENTIONS
    MENTION_IDS = "allowed_mentions lists at most 100 ids", at.MENTIONS
    MENTION_EXCLUSIVE = "parse and a list of one kind exclude each other", at.MENTIONS
    MENTION_DEFAULT = "an answer mentions users only, where nothing is said", at.MENTIONS
    REPLIED_USER = "replied_user decides whether a reply mentions", at.MENTIONS
    REPLY_PING_OFF = "a reply without ping mentions nobody", at.MENTIONS
    REPLY_TO_ANSWER = "a reply to an interaction's answer mentions nobody", at.STAFF + "5395"
    ROLE_NO_MENTION = "the mention of the bot's role is no mention of the bot", at.CONTENT
    # What the bot may read
    CONTENT_GATEWAY = "content is blank without the intent", at.CONTENT
    CONTENT_REST = "the same over REST", at.REST_CONTENT
    CONTENT_REFERENCED = "the same in referenced_message", at.CONTENT
    CONTENT_OWN = "the app's own messages are seen", at.CONTENT
    CONTENT_DM = "direct messages are seen", at.CONTENT
    CONTENT_MENTIONED = "messages that mention the app are seen", at.CONTENT
    CONTENT_TARGET = "the target of a message command is seen", at.CONTENT
    # Embeds
    EMBED_COUNT = "at most 10 embeds", at.EMBED
    EMBED_TOTAL = "at most 6,000 characters in all embeds", at.EMBED
    EMBED_TITLE = "an embed's title of at most 256 characters", at.EMBED
    EMBED_DESCRIPTION = "an embed's description of at most 4,096 characters", at.EMBED
    EMBED_FIELDS = "at most 25 fields in an embed", at.EMBED
    EMBED_FIELD_NAME = "a field's name of at most 256 characters", at.EMBED
    EMBED_FIELD_VALUE = "a field's value of at most 1,024 characters", at.EMBED
    EMBED_FIELD_EMPTY = "a field's name and value may be empty", at.SCHEMAS + "RichEmbedField"
    EMBED_FOOTER = "a footer of at most 2,048 characters", at.EMBED
    EMBED_AUTHOR = "an author's name of at most 256 characters", at.EMBED
    EMBED_COLOR = "a colour of 24 bits", at.EMBED
    EMBED_MEDIA = "an embed's picture is a link or an uploaded file", at.FILES
    PREVIEW_PROXY = (
        "a preview's picture keeps its link, and has a copy of Discord's",
        at.EMBED_IMAGE,
    )
    # Components
    V2_FLAG = "only IS_COMPONENTS_V2 allows more than rows at the top", at.COMPONENTS
    V2_LEGACY = "no content, embeds, poll, stickers with V2", at.COMPONENTS
    V2_STAYS = "IS_COMPONENTS_V2 is not taken off again", at.MESSAGE
    COMPONENT_PLACE = "a component stands where its type may", at.COMPONENTS
    COMPONENT_TOTAL = "at most 40 components, nested ones counted", at.COMPONENTS
    COMPONENT_ID = "a component's id is a whole number of 32 bits", at.COMPONENTS
    TEXT_TOTAL = "at most 4,000 characters over all text displays", at.COMPONENTS
    TEXT_LENGTH = "a text display of 1 to 4,000 characters", at.COMPONENTS
    LEGACY_ROWS = "at most 5 rows without V2", at.COMPONENTS
    ROW_LENGTH = "1 to 5 buttons in a row", at.COMPONENTS
    ROW_SELECT = "a select stands alone in its row", at.COMPONENTS
    CONTAINER_CHILDREN = "a container holds something", at.COMPONENTS
    CONTAINER_COLOR = "a colour of 24 bits", at.COMPONENTS
    CUSTOM_ID_LENGTH = "a custom_id of 1 to 100 characters", at.COMPONENTS
    CUSTOM_ID_UNIQUE = "a custom_id is unique in its message", at.COMPONENTS
    BUTTON_STYLE = "a button's style is known", at.COMPONENTS
    BUTTON_LABEL = "a button's label of at most 80 characters", at.COMPONENTS
    BUTTON_FACE = "a button has a label or an emoji", at.COMPONENTS
    BUTTON_EMOJI = "a button's emoji is one that there is", at.COMPONENTS
    BUTTON_URL = "a link button's url of 1 to 512 characters", at.COMPONENTS
    SELECT_OPTIONS = "1 to 25 options in a select", at.COMPONENTS
    SELECT_PLACEHOLDER = "a select's placeholder of at most 150 characters", at.COMPONENTS
    SELECT_MIN = "a select takes at least 0 to 25 values", at.COMPONENTS
    SELECT_MAX = "a select takes at most 1 to 25 values", at.COMPONENTS
    SELECT_RANGE = "min_values is not above max_values", at.COMPONENTS
    OPTION_LABEL = "an option's label of 1 to 100 characters", at.COMPONENTS
    OPTION_DESCRIPTION = "an option's description of at most 100 characters", at.COMPONENTS
    OPTION_VALUE = "an option's value of 1 to 100 characters", at.COMPONENTS
    OPTION_VALUE_UNIQUE = "an option's value is unique in its select", at.COMPONENTS
    SECTION_TEXTS = "1 to 3 texts in a section", at.COMPONENTS
    GALLERY_ITEMS = "1 to 10 items in a gallery", at.COMPONENTS
    MEDIA_DESCRIPTION = "a medium's alt text of at most 1,024 characters", at.COMPONENTS
    MEDIA_URL_LENGTH = "a medium's url of 1 to 2,048 characters", at.COMPONENTS
    MEDIA_SCHEME = "a medium is http, https or attachment", at.COMPONENTS
    MEDIA_ATTACHED = "attachment:// names a file of the message", at.FILES
    MEDIA_KEPT = "no file leaves a message whose components show it", at.FILES
    FILE_SCHEME = "a file component is attachment:// only", at.COMPONENTS
    SEPARATOR_SPACING = "a separator's spacing is 1 or 2", at.COMPONENTS
    # Modals
    MODAL_TITLE = "a modal's title of 1 to 45 characters", at.ANSWERS
    MODAL_CUSTOM_ID = "a modal's custom_id of 1 to 100 characters", at.ANSWERS
    MODAL_COMPONENTS = "1 to 5 components at the top of a modal", at.ANSWERS
    MODAL_PLACE = "a modal holds labels and texts, a label one field", at.COMPONENTS
    MODAL_DISABLED = "nothing in a modal is disabled", at.COMPONENTS
    LABEL_TEXT = "a label of 1 to 45 characters", at.COMPONENTS
    LABEL_DESCRIPTION = "a label's description of at most 100 characters", at.COMPONENTS
    INPUT_STYLE = "a text input's style is 1 or 2", at.COMPONENTS
    INPUT_MIN = "a text input's min_length of 0 to 4,000", at.COMPONENTS
    INPUT_MAX = "a text input's max_length of 1 to 4,000", at.COMPONENTS
    INPUT_VALUE = "a text input's value of at most 4,000 characters", at.COMPONENTS
    INPUT_PLACEHOLDER = "a text input's placeholder of at most 100 characters", at.COMPONENTS
    UPLOAD_MIN = "a file upload takes at least 0 to 10 files", at.COMPONENTS
    UPLOAD_MAX = "a file upload takes at most 1 to 10 files", at.COMPONENTS
    RADIO_OPTIONS = "2 to 10 options in a radio group", at.COMPONENTS
    CHECKBOX_OPTIONS = "1 to 10 options in a checkbox group", at.COMPONENTS
    MODAL_IDS = "a submitted modal has an id for each component", at.COMPONENTS
    SELECT_RESOLVED = "people, roles and channels that were chosen come in resolved", at.ANSWERS
    RESOLVED_MEMBER = "a resolved member has no user, deaf and mute", at.ANSWERS
    # Interactions
    ANSWER_IN_TIME = "an interaction is answered within 3 seconds: 10062", at.ANSWERS
    ANSWER_ONCE = "an interaction is answered once: 40060", at.ANSWERS
    ANSWER_TOKEN = "an answer has the interaction's token: 10062", at.ANSWERS
    ANSWER_TYPE = "an answer's type is known", at.ANSWERS
    ANSWER_AUTOCOMPLETE = "an autocomplete is answered with results, and only it is", at.ANSWERS
    ANSWER_MODAL = "no modal answers a modal", at.ANSWERS
    ANSWER_UPDATE = "only what came from a message updates it", at.ANSWERS
    DEFER_FLAGS = "a deferral has no flag but EPHEMERAL", at.ANSWERS
    DEFER_DECIDES = "the deferral decides whether the answer is private", at.ANSWERS
    FOLLOWUP_FILLS = "a follow-up straight after a deferral fills it", at.ANSWERS
    FOLLOWUP_COUNT = "at most 5 follow-ups where only user-installed: 40094", at.ANSWERS
    TOKEN_LIFETIME = "a token lives for 15 minutes: 401, 50027", at.ANSWERS
    TOKEN_KNOWN = "a token is an interaction's: 401, 50027", at.ANSWERS
    TOKEN_ANSWERED = "a token works after the answer only: 10015", at.ANSWERS
    TOKEN_APPLICATION = "a token is used with its application: 10015", at.CODES
    ANSWER_GONE = "a deleted answer is not edited: 10008", at.CODES
    ANSWER_ATTACH = "an answer's files need the app's ATTACH_FILES: 50013", at.CHANGES
    ANSWER_EMBED = "an answer's embeds need the app's EMBED_LINKS: 50013", at.CHANGES
    ANSWER_AUTOMOD = "AutoMod can block a public answer: 400, 200000", at.CHANGES
    PRIVATE_ANSWER = "a private answer is out of the bot token's reach: 10008", at.STAFF + "3090"
    EXTERNAL_APPS = "without USE_EXTERNAL_APPS answers are private", at.PERMISSIONS
    SUGGESTION_COUNT = "at most 25 suggestions", at.ANSWERS
    SUGGESTION_NAME = "a suggestion's name of 1 to 100 characters", at.COMMANDS
    SUGGESTION_VALUE = "a suggestion's value of at most 100 characters", at.COMMANDS
    CONTEXT = "context is 0 in a guild, 1 with the bot, 2 elsewhere", at.ANSWERS
    OWNERS = "owners name the installations that allowed it", at.ANSWERS
    APP_PERMISSIONS_DM = "app_permissions of direct messages", at.ANSWERS
    # Commands
    COMMAND_APPLICATION = "commands are the application's own: 10002", at.CODES
    COMMAND_COUNT = "at most 100 slash commands, 15 menus of each kind: 30032", at.COMMANDS
    COMMAND_CREATES = "at most 200 new commands a day: 30034", at.COMMANDS
    UNKNOWN_COMMAND = "the command exists: 10063", at.CODES
    COMMAND_TYPE = "a command's type is known", at.COMMANDS
    COMMAND_NAME = "a slash name is one lower-case word", at.COMMANDS
    COMMAND_NAME_LENGTH = "a name of 1 to 32 characters", at.COMMANDS
    COMMAND_UNIQUE = "a command's name is unique", at.COMMANDS
    COMMAND_DESCRIPTION = "a description of 1 to 100 characters", at.COMMANDS
    MENU_DESCRIPTION = "a menu command has no description", at.COMMANDS
    COMMAND_CONTEXTS = "contexts are known", at.COMMANDS
    COMMAND_INSTALLS = "integration_types are known", at.COMMANDS
    COMMAND_TEXT = "at most 8,000 characters in a command", at.COMMANDS
    COMMAND_PERMISSIONS = (
        "default_member_permissions is answered as text",
        at.SCHEMAS + "ApplicationCommandResponse/properties/default_member_permissions",
    )
    COMMAND_LOCALE = "words are localized into languages that Discord has", at.COMMANDS
    OPTION_COUNT = "at most 25 options", at.COMMANDS
    OPTION_TYPE = "an option's type is known", at.COMMANDS
    OPTION_UNIQUE = "an option's name is unique", at.COMMANDS
    OPTION_ORDER = "required options come first", at.COMMANDS
    OPTION_MIXED = "subcommands do not mix with options", at.COMMANDS
    OPTION_NESTING = "groups hold subcommands, one level deep", at.COMMANDS
    OPTION_MIN_LENGTH = "min_length of 0 to 6,000", at.COMMANDS
    OPTION_MAX_LENGTH = "max_length of 1 to 6,000", at.COMMANDS
    FILE_TYPES = "1 to 10 file_types, by kind or by extension", "reference#file-type-filtering"
    CHOICE_COUNT = "at most 25 choices", at.COMMANDS
    CHOICE_NAME = "a choice's name of 1 to 100 characters", at.COMMANDS
    CHOICE_VALUE = "a choice's text of at most 100 characters", at.COMMANDS
    CHOICE_UNIQUE = "a choice's name is unique", at.COMMANDS
    CHOICE_TYPE = "only texts and numbers have choices", at.COMMANDS
    CHOICE_AUTOCOMPLETE = "choices and autocomplete exclude each other", at.COMMANDS
    # Places
    UNKNOWN_CHANNEL = "the channel exists: 10003", at.CODES
    UNKNOWN_GUILD = "the bot is in the guild: 10004", at.CODES
    UNKNOWN_MEMBER = "the person is a member: 10007", at.CODES
    UNKNOWN_MESSAGE = "the message exists: 10008", at.CODES
    UNKNOWN_USER = "the user exists: 10013", at.CODES
    NOT_A_MEMBER = "the bot is a member where it posts: 50001", at.CODES
    NOT_IN_GROUP = "the bot is in no group direct message: 50001", at.CODES
    VIEW_CHANNEL = "VIEW_CHANNEL: 50001", at.CODES
    SEND_MESSAGES = "SEND_MESSAGES: 50013", at.PERMISSIONS
    SEND_IN_THREADS = "SEND_MESSAGES_IN_THREADS: 50013", at.PERMISSIONS
    ATTACH_FILES = "ATTACH_FILES: 50013", at.PERMISSIONS
    EMBED_LINKS = "EMBED_LINKS: 50013", at.PERMISSIONS
    READ_HISTORY = "READ_MESSAGE_HISTORY: 50013", at.PERMISSIONS
    EMPTY_HISTORY = "no history without READ_MESSAGE_HISTORY", at.MESSAGE
    MANAGE_MESSAGES = "MANAGE_MESSAGES to delete another's message: 50013", at.PERMISSIONS
    DELETE_IN_DM = "nobody deletes another's direct message: 50003", at.CODES
    CLOSED_DM = "a person may take no direct messages: 50007", at.CODES
    NOT_A_TEXT_CHANNEL = "a forum takes posts, not messages: 50008", at.CODES
    ADMINISTRATOR = "ADMINISTRATOR may everything", at.PERMISSIONS
    ROLE_PERMISSIONS = "a member's roles add up", at.PERMISSIONS
    OVERWRITE_EVERYONE = "a channel's overwrite for @everyone", at.PERMISSIONS
    OVERWRITE_ROLE = "then the overwrites of the roles", at.PERMISSIONS
    OVERWRITE_MEMBER = "then the member's own", at.PERMISSIONS
    TIMEOUT = "a timeout leaves only seeing and reading", at.PERMISSIONS
    THREAD_PARENT = "a thread has its parent's permissions", at.THREADS
    THREAD_NAME = "a thread's name of 1 to 100 characters", "resources/channel"
    THREAD_ARCHIVE = "a thread rests after 60, 1440, 4320 or 10080 minutes", "resources/channel"
    THREAD_ONCE = "a message has one thread: 160004", at.CODES
    THREAD_PUBLIC = "CREATE_PUBLIC_THREADS: 50013", at.PERMISSIONS
    THREAD_PRIVATE = "CREATE_PRIVATE_THREADS: 50013", at.PERMISSIONS
    THREAD_ID = "a message's thread has its id", at.THREADS
    THREAD_ARCHIVED = "nothing is edited in an archived thread: 50083", at.CODES
    THREAD_NO_REACTION = "nobody reacts in an archived thread: 50083", at.THREADS
    THREAD_WAKES = "a message unarchives a thread", at.THREADS
    THREAD_LOCKED = "a message unarchives no locked thread: 50083", at.THREADS
    THREAD_UNARCHIVE = "SEND_MESSAGES unarchives a thread that is not locked", "resources/channel"
    THREAD_MANAGE = "MANAGE_THREADS for all else about a thread: 50013", "resources/channel"
    CHANNEL_MANAGE = "MANAGE_CHANNELS to change a channel: 50013", "resources/channel"
    THREAD_MEMBER = "who is no member of a thread is not found there: 10007", at.CODES
    OVERWRITE_MANAGE = "MANAGE_ROLES to change what a channel allows: 50013", "resources/channel"
    # Members, roles and webhooks
    UNKNOWN_ROLE = "the role exists: 10011", at.CODES
    UNKNOWN_BAN = "the ban exists: 10026", at.CODES
    MANAGE_ROLES = "MANAGE_ROLES to change a role or who has it: 50013", at.PERMISSIONS
    ROLE_ABOVE = "only roles below the bot's own are in its reach: 50013", at.HIERARCHY
    KICK_MEMBERS = "KICK_MEMBERS: 50013", at.PERMISSIONS
    BAN_MEMBERS = "BAN_MEMBERS: 50013", at.PERMISSIONS
    MODERATE_MEMBERS = "MODERATE_MEMBERS to time a member out: 50013", at.PERMISSIONS
    MANAGE_NICKNAMES = "MANAGE_NICKNAMES: 50013", at.PERMISSIONS
    NICK_LENGTH = "a nickname of at most 32 characters", "resources/guild#modify-guild-member"
    ROLE_NAME = "a role's name of at most 100 characters", "resources/guild#create-guild-role"
    MEMBERS_INTENT = "the list of members takes its intent: 50001", "resources/guild"
    MANAGE_WEBHOOKS = "MANAGE_WEBHOOKS: 50013", at.PERMISSIONS
    UNKNOWN_WEBHOOK = "the webhook exists: 10015", at.CODES
    WEBHOOK_TOKEN = "a webhook is used with its token: 401, 50027", at.CODES
    WEBHOOK_NAME = "a webhook's name of 1 to 80 characters", "resources/webhook#create-webhook"
    WEBHOOK_COUNT = "at most 15 webhooks in a channel: 30007", at.CODES
    # Gateway
    GATEWAY_TOKEN = "a wrong token: 4004", at.CLOSE
    GATEWAY_INTENTS = "intents are a number of known bits: 4013", at.CLOSE
    GATEWAY_PRIVILEGED = "a privileged intent that is not allowed: 4014", at.CLOSE
    GATEWAY_SHARD = "a shard below the number of shards: 4010", at.CLOSE
    GATEWAY_SHARDING = "at most 2,500 guilds in a shard: 4011", at.CLOSE
    GATEWAY_IDENTIFY = "IDENTIFY has its properties, RESUME its fields: 4002", at.GATEWAY
    GATEWAY_FIRST = "nothing before IDENTIFY: 4003", at.CLOSE
    GATEWAY_TWICE = "IDENTIFY once: 4005", at.CLOSE
    GATEWAY_OPCODE = "a known opcode: 4001", at.CLOSE
    GATEWAY_JSON = "a frame is JSON: 4002", at.CLOSE
    GATEWAY_DATA = "any other opcode brings what it must: 4001", at.STAFF + "3854"
    GATEWAY_SIZE = "a frame of at most 4,096 bytes: 4002", at.GATEWAY
    HEARTBEAT_ACK = "a heartbeat is acknowledged", at.GATEWAY
    RESUME_REPLAYS = "a resumed session gets what it missed", at.GATEWAY
    RESUME_UNKNOWN = "an unknown or old session: INVALID_SESSION false", at.GATEWAY
    RESUME_SEQUENCE = "a sequence that was never sent: 4007", at.CLOSE
    CLOSED_FOR_GOOD = "closing with 1000 or 1001 ends the session", at.GATEWAY
    INTENT_ASKED = "events come with their intent only", at.GATEWAY
    EVENT_PRIVATE = "a new private answer is told of as a direct message", at.STAFF + "4557"
    EVENT_THREAD_DELETED = "a deleted thread is told of by four fields", at.THREAD_DELETED
    CHANGE_EVENT = "what else changes is an event too, with its intent", at.GATEWAY
    MEMBERS_CHUNK = "a request for members is answered with them, by an event", at.REQUEST
    EVENT_HIDDEN = "no events of channels that the bot cannot see", at.GATEWAY
    SHARD_GUILD = "a guild's events go to its shard", at.GATEWAY
    ZLIB_STREAM = "compress=zlib-stream compresses", at.GATEWAY
    ZSTD_STREAM = "compress=zstd-stream compresses", at.GATEWAY
    GATEWAY_VERSION = "a discontinued version: 4012", at.CLOSE
    HEARTBEAT_MISSED = "no heartbeat in time: 4009, and the session can be resumed", at.GATEWAY
    # Limits of rate
    RATE_CREATE = "about 5 messages in 5 s in a channel", at.STAFF + "20"
    RATE_EDIT = "about 5 edits in 5 s in a channel", at.STAFF + "20"
    RATE_WEBHOOK = "5 requests in 2 s to a webhook", at.STAFF + "367"
    RATE_WEBHOOK_CHANNEL = "30 webhook requests in 60 s in a channel", at.STAFF + "367"
    RATE_HEADERS = "every answer has the headers of its limit", at.LIMITS + "#header-format"
    RATE_GLOBAL = "50 requests a second", at.LIMITS
    RATE_GLOBAL_EXEMPT = "interactions are exempt from the global limit", at.LIMITS
    RATE_OLD_EDITS = "edits of messages older than 1 hour have their own limit: 30046", at.CODES
    RATE_INVALID = "10,000 invalid requests in 10 minutes: banned", at.LIMITS
    RATE_SENDS = "120 frames in 60 s: 4008", at.GATEWAY
    RATE_IDENTIFY = "one IDENTIFY in 5 s by shard % max_concurrency: INVALID_SESSION", at.GATEWAY
    RATE_IDENTIFY_DAY = "1,000 IDENTIFY a day: the token is reset", at.GATEWAY
