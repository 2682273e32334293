"""What the bot may do in channels with its own token.

https://discord.com/developers/docs/resources/message
"""

from dataclasses import replace

from sandbox.discord import errors
from sandbox.discord.errors import JSON
from sandbox.discord.fields import Field
from sandbox.discord.forms import Form
from sandbox.discord.messages import Place, check_nonce, compose, place_limit
from sandbox.discord.permissions import Permission
from sandbox.discord.places import channel_json, thread_member_json
from sandbox.discord.records import (
    Body,
    Channel,
    ChannelType,
    Message,
    MessageFlag,
    MessageType,
    User,
)
from sandbox.discord.rendering import FORWARD, is_thinking
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

# https://discord.com/developers/docs/resources/message#get-channel-messages
DEFAULT_HISTORY = 50
MAX_HISTORY = 100


class ChannelRequests:
    """Checks and carries out the bot's requests about channels."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules = world.rules
        self._authority = world.authority

    def written(self, message: Message) -> JSON:
        """Write a message as the bot may see it; the rules of the gateway hold here too.

        https://discord.com/developers/docs/events/gateway#http-restrictions
        """
        blank = None if self._world.message_content else Rule.CONTENT_REST
        return self._world.renderer.message(message, blank)

    def threads_json(self, threads: list[Channel], user: User) -> JSON:
        """Write those threads of a list that the bot may see, and where a user is a member."""
        may = self._authority.bot_may
        seen = [one for one in threads if may(one, Permission.VIEW_CHANNEL)]
        joined = [one for one in seen if user.id in one.thread_members]
        return {
            "threads": [channel_json(one) for one in seen],
            "members": [thread_member_json(one, user.id) for one in joined],
            "has_more": False,
        }

    def channel(self, channel_id: int) -> Channel:
        """Return a channel that the bot may see."""
        channel = self._world.channel(channel_id)
        self._authority.require_access(channel)
        return channel

    def open_dm(self, recipient: Field) -> Channel:
        """Return the direct messages with a person."""
        recipient.required()
        recipient.raise_problems()
        text = str(recipient.value)
        user = self._world.users.get(int(text)) if text.isdigit() else None
        person = user if user is not None and not user.bot else None
        return self._world.dm_with(
            self._rules.found(Rule.UNKNOWN_USER, person, errors.UNKNOWN_USER)
        )

    def typing(self, channel_id: int) -> None:
        """Show that the bot is typing."""
        channel = self.channel(channel_id)
        self._authority.require_sending(channel)
        channel.typing_at = self._world.clock.now()
        self._world.news.tell("TYPING", channel)
        self._world.tell_typing(self._world.bot, channel)

    def create(self, channel_id: int, form: Form) -> Message:
        """Send a message, unless its nonce shows that it was sent before."""
        channel = self.channel(channel_id)
        forum = channel.type is ChannelType.FORUM
        self._rules.refuse(Rule.NOT_A_TEXT_CHANNEL, forum, errors.NOT_A_TEXT_CHANNEL)
        self.check_sending(channel, form)
        field = Field(form.payload, self._rules)
        check_nonce(field["nonce"])
        field.raise_problems()
        nonce, enforced = form.payload.get("nonce"), form.payload.get("enforce_nonce")
        if nonce is not None and enforced:
            before = self._sent_before(nonce)
            if before is not None:
                form.whole()
                return before
        reference = field["message_reference"]
        if reference["type"].value == FORWARD:
            message = self._forward(channel, reference)
        else:
            message = self._written(channel, form, reference)
        message.nonce = nonce
        if self._rules.strikes(Rule.THREAD_WAKES, channel.archived):
            self._world.change_thread(channel, archived=False, locked=channel.locked)
        self._world.post(message)
        self._world.remember_nonce(message)
        return message

    def _written(self, channel: Channel, form: Form, reference: Field) -> Message:
        target = self._reply_target(channel, reference)
        body = self.compose(channel, form)
        message = self._world.write(channel, self._world.bot, self._pinging(body, target, form))
        if target is not None:
            message.type = MessageType.REPLY
            message.reply_to = target.id
        return message

    def _forward(self, channel: Channel, reference: Field) -> Message:
        origin = self.channel(reference["channel_id"].snowflake())
        found = self._world.message(origin, reference["message_id"].snowflake())
        sees = self._world.message_content or self._world.renderer.sees_content(found)
        self._rules.refuse(Rule.FORWARD_UNREADABLE, not sees, errors.UNREADABLE_FORWARD)
        message = self._world.write(channel, self._world.bot, Body())
        message.forwarded = replace(found)
        return message

    def get(self, channel_id: int, message_id: int) -> Message:
        """Return one message."""
        channel = self.channel(channel_id)
        self._authority.require(Rule.READ_HISTORY, channel, Permission.READ_MESSAGE_HISTORY)
        return self._world.message(channel, message_id)

    def history(self, channel_id: int, query: dict[str, str]) -> list[Message]:
        """Return messages, newest first."""
        channel = self.channel(channel_id)
        limit = self._limit(query)
        unread = not self._authority.bot_may(channel, Permission.READ_MESSAGE_HISTORY)
        if self._rules.strikes(Rule.EMPTY_HISTORY, unread):
            return []
        public = [message for message in channel.messages.values() if message.private_to is None]
        if "around" in query:
            earlier = sum(message.id < self._snowflake(query, "around") for message in public)
            start = max(0, earlier - limit // 2)
            return public[start : start + limit][::-1]
        if "after" in query:
            after = self._snowflake(query, "after")
            return [message for message in public if message.id > after][:limit][::-1]
        if "before" in query:
            before = self._snowflake(query, "before")
            public = [message for message in public if message.id < before]
        return public[::-1][:limit]

    def edit(self, channel_id: int, message_id: int, form: Form) -> Message:
        """Edit a message of the bot."""
        channel = self.channel(channel_id)
        message = self._world.message(channel, message_id)
        foreign = message.author != self._world.bot
        self._rules.refuse(Rule.OWN_MESSAGE, foreign, errors.NOT_YOUR_MESSAGE)
        self._rules.refuse(Rule.THREAD_ARCHIVED, channel.archived, errors.THREAD_IS_ARCHIVED)
        self._world.limits.check_old_edit(channel.id, message.created_at)
        if form.files:
            self._authority.require(Rule.ATTACH_FILES, channel, Permission.ATTACH_FILES)
        flags = message.body.flags & ~int(MessageFlag.LOADING)
        body = self.compose(channel, form, replace(message.body, flags=flags))
        return self._world.amend(message, body, edited=not is_thinking(message))

    def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message of the bot, or of anybody with MANAGE_MESSAGES."""
        channel = self.channel(channel_id)
        message = self._world.message(channel, message_id)
        if message.author != self._world.bot:
            self._rules.refuse(Rule.DELETE_IN_DM, channel.guild is None, errors.NOT_IN_A_DM)
            self._authority.require(Rule.MANAGE_MESSAGES, channel, Permission.MANAGE_MESSAGES)
        self._world.remove(message)

    def check_sending(self, channel: Channel, form: Form) -> None:
        """Refuse a message that the bot may not send here."""
        self._rules.refuse(Rule.CLOSED_DM, channel.closed_to_bot, errors.CLOSED_DM)
        self._authority.require_sending(channel)
        closed = channel.archived and channel.locked
        closed = closed and not self._authority.bot_may(channel, Permission.MANAGE_THREADS)
        self._rules.refuse(Rule.THREAD_LOCKED, closed, errors.THREAD_IS_ARCHIVED)
        if form.files:
            self._authority.require(Rule.ATTACH_FILES, channel, Permission.ATTACH_FILES)
        if form.payload.get("poll"):
            self._authority.require(Rule.SEND_POLLS, channel, Permission.SEND_POLLS)
        if form.payload.get("embeds"):
            self._authority.require(Rule.EMBED_LINKS, channel, Permission.EMBED_LINKS)

    def compose(self, channel: Channel, form: Form, before: Body | None = None) -> Body:
        """Check what a message is to say, and return its body."""
        naming = self._world.naming(self._world.bot, channel)
        place = Place(channel, place_limit(channel, self._rules), self._rules, naming)
        return compose(form, place, self._world.cdn, before)

    def _sent_before(self, nonce: str | int) -> Message | None:
        before = self._world.sent_before(self._world.bot, nonce)
        if before is None:
            return None
        self._rules.refuse(Rule.NONCE_OF_DELETED, before.deleted, errors.UNKNOWN_MESSAGE)
        standing = None if before.deleted else before
        return before if self._rules.strikes(Rule.NONCE_REPEATED, standing) else None

    def _reply_target(self, channel: Channel, reference: Field) -> Message | None:
        if not reference.present:
            return None
        unread = not self._authority.bot_may(channel, Permission.READ_MESSAGE_HISTORY)
        self._rules.refuse(Rule.REPLY_HISTORY, unread, errors.NO_HISTORY_TO_REPLY)
        elsewhere = str(reference["channel_id"].value) not in ("None", str(channel.id))
        if elsewhere:
            reference["channel_id"].fail(
                Rule.REPLY_CHANNEL, "REPLIES_CANNOT_REPLY_TO_MESSAGE_IN_ANOTHER_CHANNEL"
            )
            reference.raise_problems()
        wanted = reference["message_id"]
        wanted.required()
        text = str(wanted.value)
        target = channel.messages.get(int(text)) if text.isdigit() else None
        if target is not None and target.private_to is None:
            return target
        if reference["fail_if_not_exists"].value is not False:
            reference.fail(Rule.REPLY_TARGET, "MESSAGE_REFERENCE_UNKNOWN_MESSAGE")
            reference.raise_problems()
        return None

    def _pinging(self, body: Body, target: Message | None, form: Form) -> Body:
        if target is None or target.author in body.mentions:
            return body
        allowed = form.payload.get("allowed_mentions")
        silent = allowed is not None and not allowed.get("replied_user")
        if self._rules.strikes(Rule.REPLIED_USER, silent):
            return body
        return replace(body, mentions=(*body.mentions, target.author))

    def _limit(self, query: dict[str, str]) -> int:
        value = query.get("limit", str(DEFAULT_HISTORY))
        asked = {"limit": int(value) if value.isdigit() else value}
        field = Field(asked, self._rules)["limit"]
        limit = field.integer(Rule.HISTORY_LIMIT, 1, MAX_HISTORY, required=True)
        field.raise_problems()
        return limit or DEFAULT_HISTORY

    def _snowflake(self, query: dict[str, str], key: str) -> int:
        field = Field(query, self._rules)[key]
        number = field.snowflake()
        field.raise_problems()
        return number
