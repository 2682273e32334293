"""What Discord answers when it refuses a request."""

import json
from typing import Any, NamedTuple

from aiohttp import web

JSON = dict[str, Any]


class Refusal(NamedTuple):
    """One line of Discord's table of JSON error codes.

    https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
    """

    status: int
    code: int
    message: str


UNAUTHORIZED = Refusal(401, 0, "401: Unauthorized")
NOT_FOUND = Refusal(404, 0, "404: Not Found")
# Discord has no such answer: it shows that the local Discord lacks something, not that a bot erred.
NOT_BUILT = Refusal(501, 0, "501: Not built here")
BAD_VERSION = Refusal(400, 50041, "Invalid API version provided")
UNKNOWN_APPLICATION = Refusal(404, 10002, "Unknown Application")
UNKNOWN_CHANNEL = Refusal(404, 10003, "Unknown Channel")
UNKNOWN_GUILD = Refusal(404, 10004, "Unknown Guild")
UNKNOWN_MEMBER = Refusal(404, 10007, "Unknown Member")
UNKNOWN_MESSAGE = Refusal(404, 10008, "Unknown Message")
UNKNOWN_ROLE = Refusal(404, 10011, "Unknown Role")
UNKNOWN_USER = Refusal(404, 10013, "Unknown User")
UNKNOWN_EMOJI = Refusal(400, 10014, "Unknown Emoji")
UNKNOWN_WEBHOOK = Refusal(404, 10015, "Unknown Webhook")
UNKNOWN_BAN = Refusal(404, 10026, "Unknown Ban")
UNKNOWN_INTERACTION = Refusal(404, 10062, "Unknown interaction")
UNKNOWN_COMMAND = Refusal(404, 10063, "Unknown application command")
TOO_MANY_WEBHOOKS = Refusal(400, 30007, "Maximum number of webhooks reached (15)")
TOO_MANY_REACTIONS = Refusal(400, 30010, "Maximum number of reactions reached (20)")
TOO_MANY_ATTACHMENTS = Refusal(
    400, 30015, "Maximum number of attachments in a message reached (10)"
)
TOO_LARGE = Refusal(413, 40005, "Request entity too large")
ALREADY_ACKNOWLEDGED = Refusal(400, 40060, "Interaction has already been acknowledged.")
TOO_MANY_FOLLOWUPS = Refusal(
    400, 40094, "This interaction has hit the maximum number of follow-up messages"
)
MISSING_ACCESS = Refusal(403, 50001, "Missing Access")
NOT_IN_A_DM = Refusal(403, 50003, "Cannot execute action on a DM channel")
NOT_YOUR_MESSAGE = Refusal(403, 50005, "Cannot edit a message authored by another user")
EMPTY_MESSAGE = Refusal(400, 50006, "Cannot send an empty message")
CLOSED_DM = Refusal(403, 50007, "Cannot send messages to this user")
MISSING_PERMISSIONS = Refusal(403, 50013, "Missing Permissions")
INVALID_WEBHOOK_TOKEN = Refusal(401, 50027, "Invalid Webhook Token")
TOO_OLD_TO_BULK_DELETE = Refusal(
    400, 50034, "You can only bulk delete messages that are under 14 days old."
)
INVALID_FORM_BODY = Refusal(400, 50035, "Invalid Form Body")
FILE_TOO_LARGE = Refusal(400, 50045, "File uploaded exceeds the maximum size")
INVALID_STICKER = Refusal(400, 50081, "Invalid sticker sent")
THREAD_IS_ARCHIVED = Refusal(400, 50083, "Thread is archived")
INVALID_JSON = Refusal(400, 50109, "The request body contains invalid JSON.")
NOT_A_TEXT_CHANNEL = Refusal(400, 50008, "Cannot send messages in a non-text channel")
THREAD_EXISTS = Refusal(400, 160004, "A thread has already been created for this message")
OLD_EDITS = Refusal(
    429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later."
)
BLOCKED_BY_AUTOMOD = Refusal(400, 200000, "Message was blocked by automatic moderation")
UNREADABLE_FORWARD = Refusal(
    400, 160014, "You cannot forward a message whose content you cannot read"
)
NO_HISTORY_TO_REPLY = Refusal(
    400, 160002, "Cannot reply without permission to read message history"
)


class ApiError(Exception):
    """A refusal that becomes Discord's JSON error body."""

    def __init__(self, status: int, code: int, message: str, errors: JSON | None = None) -> None:
        super().__init__(f"{status} ({code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> JSON:
        """Return the JSON object that Discord would send."""
        body: JSON = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


def error_response(error: ApiError) -> web.Response:
    """Write a refusal as Discord would send it."""
    body = json.dumps(error.body()).encode()
    return web.Response(body=body, status=error.status, content_type="application/json")


class NotBuiltError(Exception):
    """What Discord takes and the local Discord does not; its text names the fields."""


class ClientRefusedError(Exception):
    """What Discord's own client would not let a person do: nothing was sent to the bot."""
