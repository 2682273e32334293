"""Threads and the posts of forums.

https://discord.com/developers/docs/topics/threads
"""

from sandbox.discord.channels import ChannelRequests
from sandbox.discord.errors import THREAD_EXISTS
from sandbox.discord.fields import Field
from sandbox.discord.forms import Form
from sandbox.discord.permissions import Permission
from sandbox.discord.records import Channel, ChannelType, Message
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

# https://discord.com/developers/docs/resources/channel#start-thread-from-message
MAX_NAME = 100
REST_MINUTES = (60, 1440, 4320, 10080)


class ThreadRequests:
    """Checks and carries out the bot's requests about threads."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._channels = ChannelRequests(world)

    def from_message(self, channel_id: int, message_id: int, form: Form) -> Channel:
        """Start a thread from a message, whose id it takes."""
        channel = self._channels.channel(channel_id)
        self._require_starting(channel, private=False)
        message = self._world.message(channel, message_id)
        taken = any(thread.of is message for thread in self._world.channels.values())
        self._world.rules.refuse(Rule.THREAD_ONCE, taken, THREAD_EXISTS)
        return self._start(channel, Field(form.payload, self._world.rules), of=message)

    def start(self, channel_id: int, form: Form) -> tuple[Channel, Message | None]:
        """Start a thread of no message; in a forum it is a post, with its first message."""
        channel = self._channels.channel(channel_id)
        field = Field(form.payload, self._world.rules)
        if channel.type is ChannelType.FORUM:
            return self._post(channel, field, form)
        private = field["type"].value != ChannelType.PUBLIC_THREAD
        self._require_starting(channel, private=private)
        return self._start(channel, field, private=private), None

    def change(self, channel_id: int, form: Form) -> Channel:
        """Rename a channel, or unarchive, archive, lock or unlock a thread.

        https://discord.com/developers/docs/resources/channel#modify-channel
        """
        channel = self._channels.channel(channel_id)
        field = Field(form.payload, self._world.rules)
        if channel.is_thread:
            self._require_changing(channel, form)
            archived = form.payload.get("archived", channel.archived)
            locked = form.payload.get("locked", channel.locked)
            self._world.change_thread(channel, archived=bool(archived), locked=bool(locked))
        else:
            may = Permission.MANAGE_CHANNELS
            self._world.authority.require(Rule.CHANNEL_MANAGE, channel, may)
        if field["name"].present:
            channel.name = field["name"].text(Rule.THREAD_NAME, 1, MAX_NAME)
            field.raise_problems()
        return channel

    def _require_changing(self, thread: Channel, form: Form) -> None:
        unarchives = form.payload == {"archived": False} and not thread.locked
        suffices = self._world.rules.strikes(Rule.THREAD_UNARCHIVE, unarchives)
        needed = Permission.SEND_MESSAGES if suffices else Permission.MANAGE_THREADS
        self._world.authority.require(Rule.THREAD_MANAGE, thread, needed)

    def _post(self, forum: Channel, field: Field, form: Form) -> tuple[Channel, Message]:
        self._check(field)
        first = Form(field["message"].mapping(), form.files, ("message",))
        self._channels.check_sending(forum, first)
        body = self._channels.compose(forum, first)
        thread = self._start(forum, field)
        message = self._world.write(thread, self._world.bot, body)
        # https://discord.com/developers/docs/topics/threads#forums: the first message of a post
        # has the post's own id.
        message.id = thread.id
        return thread, self._world.post(message)

    def _start(
        self, parent: Channel, field: Field, *, of: Message | None = None, private: bool = False
    ) -> Channel:
        name = self._check(field)
        thread = self._world.add_thread(parent, name, self._world.bot, of=of, private=private)
        minutes = field["auto_archive_duration"].value
        thread.rests_after_minutes = minutes if isinstance(minutes, int) else REST_MINUTES[1]
        thread.invitable = field["invitable"].value is not False
        return thread

    def _check(self, field: Field) -> str:
        name = field["name"].text(Rule.THREAD_NAME, 1, MAX_NAME)
        if field["auto_archive_duration"].present:
            field["auto_archive_duration"].one_of(Rule.THREAD_ARCHIVE, REST_MINUTES)
        field.raise_problems()
        return name

    def _require_starting(self, channel: Channel, *, private: bool) -> None:
        authority = self._world.authority
        if private:
            authority.require(Rule.THREAD_PRIVATE, channel, Permission.CREATE_PRIVATE_THREADS)
        else:
            authority.require(Rule.THREAD_PUBLIC, channel, Permission.CREATE_PUBLIC_THREADS)
