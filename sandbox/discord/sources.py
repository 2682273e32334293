"""Where Discord writes its rules: its documents, its tracker, its description of the API."""

from enum import Enum
from typing import Self

DOCS = "https://discord.com/developers/docs/"
MESSAGE = "resources/message"
POLL = "resources/poll#poll-create-request-object"
REACTION = "events/gateway-events#message-reaction-add"
REQUEST = "events/gateway-events#request-guild-members"
HIERARCHY = "topics/permissions#permission-hierarchy"
MENTIONS = "resources/message#allowed-mentions-object"
EMBED = "resources/message#embed-object-embed-limits"
EMBED_IMAGE = "resources/message#embed-object-embed-image-structure"
COMPONENTS = "components/reference"
FILES = "reference#uploading-files"
LINKS = "reference#signed-attachment-cdn-urls"
ERRORS = "reference#error-messages"
CONTENT_TYPE = "reference#content-type"
CODES = "topics/opcodes-and-status-codes#json"
ANSWERS = "interactions/receiving-and-responding"
COMMANDS = "interactions/application-commands"
PERMISSIONS = "topics/permissions"
THREADS = "topics/threads"
CONTENT = "events/gateway#message-content-intent"
REST_CONTENT = "events/gateway#http-restrictions"
GATEWAY = "events/gateway"
CLOSE = "topics/opcodes-and-status-codes#gateway-gateway-close-event-codes"
LIMITS = "topics/rate-limits"
CHANGES = "change-log"
STAFF = "https://github.com/discord/discord-api-docs/issues/"
ATTACHMENT = "resources/message#attachment-object"
THREAD_DELETED = "events/gateway-events#thread-delete"
# Places in Discord's description of its API.
DESCRIBED = "https://github.com/discord/discord-api-spec/blob/main/specs/openapi.json#/"
SCHEMAS = DESCRIBED + "components/schemas/"
FORMS = DESCRIBED + "paths/~1channels~1{channel_id}~1messages/post/requestBody/content"


class Sourced(Enum):
    """Rules with their sources; `words` say one and `source` is where Discord does."""

    words: str
    source: str

    def __new__(cls, words: str, page: str) -> Self:
        """Number the rules, so that two with one page are not one rule."""
        rule = object.__new__(cls)
        rule._value_ = len(cls.__members__) + 1
        rule.words = words
        rule.source = page if page.startswith("https:") else DOCS + page
        return rule
