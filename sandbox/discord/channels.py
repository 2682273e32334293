"""What the bot may do in channels with its own token.

https://discord.com/developers/docs/resources/message
"""

from dataclasses import replace

from sandbox.discord.errors import (
    CLOSED_DM,
    JSON,
    MISSING_PERMISSIONS,
    NO_HISTORY_TO_REPLY,
    NOT_IN_A_DM,
    NOT_YOUR_MESSAGE,
    ApiError,
)
from sandbox.discord.fields import Field
from sandbox.discord.forms import Form
from sandbox.discord.messages import Place, check_nonce, compose
from sandbox.discord.permissions import (
    Permission,
    bot_may,
    require,
    require_access,
    sending_permission,
)
from sandbox.discord.records import Body, Channel, Message, MessageFlag, MessageType
from sandbox.discord.rendering import is_thinking
from sandbox.discord.world import World

# https://discord.com/developers/docs/resources/message#get-channel-messages
DEFAULT_HISTORY = 50
MAX_HISTORY = 100


class ChannelRequests:
    """Checks and carries out the bot's requests about channels."""

    def __init__(self, world: World) -> None:
        self._world = world

    def written(self, message: Message) -> JSON:
        """Write a message as the bot may see it; the rules of the gateway hold here too.

        https://discord.com/developers/docs/events/gateway#http-restrictions
        """
        return self._world.renderer.message(message, intent=self._world.message_content)

    def channel(self, channel_id: int) -> Channel:
        """Return a channel that the bot may see."""
        channel = self._world.channel(channel_id)
        require_access(channel)
        return channel

    def typing(self, channel_id: int) -> None:
        """Show that the bot is typing."""
        channel = self.channel(channel_id)
        require(channel, sending_permission(channel))
        channel.typing_at = self._world.clock.now()
        self._world.news.tell("TYPING", channel)

    def create(self, channel_id: int, form: Form) -> Message:
        """Send a message, unless its nonce shows that it was sent before."""
        channel = self.channel(channel_id)
        self._check_sending(channel, form)
        field = Field(form.payload)
        check_nonce(field["nonce"])
        field.raise_problems()
        nonce = form.payload.get("nonce")
        if nonce is not None and form.payload.get("enforce_nonce"):
            before = self._world.sent_before(channel, nonce)
            if before is not None:
                return before
        target = self._reply_target(channel, field["message_reference"])
        body = compose(form, self._place(channel), self._world.cdn)
        message = self._world.write(channel, self._world.bot, _pinging(body, target, form))
        message.nonce = nonce
        if target is not None:
            message.type = MessageType.REPLY
            message.reply_to = target.id
        self._world.post(message)
        self._world.remember_nonce(message)
        return message

    def get(self, channel_id: int, message_id: int) -> Message:
        """Return one message."""
        channel = self.channel(channel_id)
        require(channel, Permission.READ_MESSAGE_HISTORY)
        return self._world.message(channel, message_id)

    def history(self, channel_id: int, query: dict[str, str]) -> list[Message]:
        """Return messages, newest first."""
        channel = self.channel(channel_id)
        limit = _limit(query)
        if not bot_may(channel, Permission.READ_MESSAGE_HISTORY):
            return []
        public = [message for message in channel.messages.values() if message.private_to is None]
        if "around" in query:
            earlier = sum(message.id < _snowflake(query, "around") for message in public)
            start = max(0, earlier - limit // 2)
            return public[start : start + limit][::-1]
        if "after" in query:
            later = [message for message in public if message.id > _snowflake(query, "after")]
            return later[:limit][::-1]
        if "before" in query:
            public = [message for message in public if message.id < _snowflake(query, "before")]
        return public[::-1][:limit]

    def edit(self, channel_id: int, message_id: int, form: Form) -> Message:
        """Edit a message of the bot."""
        channel = self.channel(channel_id)
        message = self._world.message(channel, message_id)
        if message.author != self._world.bot:
            raise ApiError(*NOT_YOUR_MESSAGE)
        if form.files:
            require(channel, Permission.ATTACH_FILES)
        flags = message.body.flags & ~int(MessageFlag.LOADING)
        before = replace(message.body, flags=flags)
        body = compose(form, self._place(channel), self._world.cdn, before)
        return self._world.amend(message, body, edited=not is_thinking(message))

    def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message of the bot, or of anybody with MANAGE_MESSAGES."""
        channel = self.channel(channel_id)
        message = self._world.message(channel, message_id)
        if message.author != self._world.bot:
            if channel.guild is None:
                raise ApiError(*NOT_IN_A_DM)
            require(channel, Permission.MANAGE_MESSAGES)
        self._world.remove(message)

    def _place(self, channel: Channel) -> Place:
        return Place(channel, channel.file_limit, self._world.users)

    def _check_sending(self, channel: Channel, form: Form) -> None:
        if channel.closed_to_bot:
            raise ApiError(*CLOSED_DM)
        require(channel, sending_permission(channel))
        if form.files:
            require(channel, Permission.ATTACH_FILES)
        if form.payload.get("embeds") and not bot_may(channel, Permission.EMBED_LINKS):
            raise ApiError(*MISSING_PERMISSIONS)

    def _reply_target(self, channel: Channel, reference: Field) -> Message | None:
        if not reference.present:
            return None
        if not bot_may(channel, Permission.READ_MESSAGE_HISTORY):
            raise ApiError(*NO_HISTORY_TO_REPLY)
        wanted = reference["message_id"]
        wanted.required()
        text = str(wanted.value)
        target = channel.messages.get(int(text)) if text.isdigit() else None
        if target is not None and target.private_to is None:
            return target
        if reference["fail_if_not_exists"].value is not False:
            reference.fail("MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
            reference.raise_problems()
        return None


def _pinging(body: Body, target: Message | None, form: Form) -> Body:
    if target is None or target.author in body.mentions:
        return body
    allowed = form.payload.get("allowed_mentions")
    pings = allowed is None or allowed.get("replied_user", False)
    return replace(body, mentions=(*body.mentions, target.author)) if pings else body


def _limit(query: dict[str, str]) -> int:
    value = query.get("limit", str(DEFAULT_HISTORY))
    field = Field({"limit": int(value) if value.isdigit() else value})["limit"]
    limit = field.integer(1, MAX_HISTORY, required=True)
    field.raise_problems()
    return limit or DEFAULT_HISTORY


def _snowflake(query: dict[str, str], key: str) -> int:
    field = Field(query)[key]
    if not query[key].isdigit():
        field.fail("NUMBER_TYPE_COERCE", f'Value "{query[key]}" is not snowflake.')
    field.raise_problems()
    return int(query[key])
