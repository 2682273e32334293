"""A person among messages: writes, replies, forwards, and reads."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from sandbox.discord.cdn import Upload
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.interaction_result import PATIENCE_S
from sandbox.discord.message_view import SeenMessage, see
from sandbox.discord.places import user_json
from sandbox.discord.reactions import Reactions
from sandbox.discord.records import Body, Channel, Message, MessageType, Notice, User
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

# https://discord.com/developers/docs/resources/channel#trigger-typing-indicator
TYPING_S = 10
_AT_NAME = re.compile(r"@(\w+)")
_LINK = re.compile(r"https?://\S+")


class Correspondent:
    """One account that writes and reads; without a `channel`, where the person is."""

    def __init__(self, world: World, user: User, channel: Channel) -> None:
        self._world = world
        self.user = user
        self.channel = channel

    @property
    def dm(self) -> Channel:
        """The direct messages with the bot."""
        return self._world.dm_with(self.user)

    def permissions(self, channel: Channel | None = None) -> int:
        """Return what this person may do in a channel."""
        return self._world.authority.of(self.user, channel or self.channel)

    def sees_typing(self, channel: Channel | None = None) -> bool:
        """Tell whether the bot is shown as typing."""
        typing_at = (channel or self.channel).typing_at
        if typing_at is None:
            return False
        over = typing_at + TYPING_S <= self._world.clock.now()
        return not self._world.rules.strikes(Rule.TYPING_LASTS, over)

    def send(
        self, text: str, *, channel: Channel | None = None, uploads: Sequence[Upload] = ()
    ) -> SeenMessage:
        """Write a message; '@Name' mentions an account or a role."""
        return self._write(channel or self.channel, text, uploads, None)

    def reply(
        self, message: SeenMessage, text: str, *, ping: bool = True, uploads: Sequence[Upload] = ()
    ) -> SeenMessage:
        """Reply to a message; with `ping` its author is mentioned."""
        target = self._find(message)
        if target.private_to is not None:
            raise ClientRefusedError("a private message cannot be replied to")
        silent = self._world.rules.strikes(Rule.REPLY_PING_OFF, not ping)
        # https://github.com/discord/discord-api-docs/issues/5395: a reply to the answer of an
        # interaction mentions nobody.
        silent |= self._world.rules.strikes(Rule.REPLY_TO_ANSWER, target.interaction)
        pinged = None if silent else target.author
        return self._write(target.channel, text, uploads, target, pinged)

    def forward(self, message: SeenMessage, channel: Channel | None = None) -> SeenMessage:
        """Forward a message; what it says stands in its snapshot."""
        target = self._find(message)
        forward = self._world.write(channel or self.channel, self.user, Body())
        forward.forwarded = replace(target)
        return see(self._world.post(forward), self._world.renderer)

    def react(self, message: SeenMessage, emoji: str) -> None:
        """React to a message."""
        Reactions(self._world).add(self._find(message), emoji, self.user)

    def type(self, channel: Channel | None = None) -> None:
        """Begin to write a message, which the bot may be told of."""
        self._world.tell_typing(self.user, channel or self.channel)

    def set_status(self, status: str) -> None:
        """Be shown as 'online', 'idle', 'dnd' or 'offline' in every server of the bot."""
        for guild in self._world.bot_guilds():
            shown = {"user": user_json(self.user), "status": status, "activities": []}
            notice = Notice(shown | {"client_status": {"desktop": status}}, guild)
            self._world.news.tell("PRESENCE_UPDATE", notice)

    def vote(self, message: SeenMessage, answer: int, *, undo: bool = False) -> None:
        """Vote in a poll, or take the vote back."""
        target = self._find(message)
        answers = (target.body.poll or {}).get("answers") or ()
        if answer not in [one["answer_id"] for one in answers]:
            raise ClientRefusedError(f"there is no answer {answer} in a poll here")
        vote = {"user_id": str(self.user.id), "message_id": str(message.id), "answer_id": answer}
        kind = "MESSAGE_POLL_VOTE_REMOVE" if undo else "MESSAGE_POLL_VOTE_ADD"
        self._world.news.tell(kind, Notice(vote, channel=target.channel))

    def preview(self, message: SeenMessage, picture: Upload) -> SeenMessage:
        """Let a message show a picture for its link, as Discord does a moment after the writing."""
        target = self._find(message)
        link = _LINK.search(target.body.content)
        if link is None:
            raise ClientRefusedError("this message has no link")
        file = self._world.cdn.store(picture, target.channel.id)
        shown = {"url": link[0], "file_id": str(file.id)}
        embed = {"type": "image", "url": link[0], "thumbnail": shown}
        body = replace(target.body, embeds=(*target.body.embeds, embed))
        return see(self._world.amend(target, body, edited=False), self._world.renderer)

    def open_post(
        self, forum: Channel, title: str, text: str, uploads: Sequence[Upload] = ()
    ) -> Channel:
        """Open a post in a forum: a thread, whose first message has its id."""
        thread = self._world.add_thread(forum, title, self.user)
        self._write(thread, text, uploads, None, own_id=thread.id)
        return thread

    def read(self, channel: Channel | None = None) -> list[SeenMessage]:
        """Return the messages that this person sees, oldest first."""
        where = channel or self.channel
        return [
            see(message, self._world.renderer)
            for message in where.messages.values()
            if self._sees(message)
        ]

    async def wait_for(
        self,
        predicate: Callable[[SeenMessage], bool],
        within: float = PATIENCE_S,
        *,
        channel: Channel | None = None,
    ) -> SeenMessage:
        """Wait for a message that looks as described; one that stands already will do."""
        where = channel or self.channel

        def look(subject: object) -> SeenMessage | None:
            if subject is None:
                return next((seen for seen in self.read(where) if predicate(seen)), None)
            if not isinstance(subject, Message) or subject.deleted:
                return None
            if subject.channel is not where or not self._sees(subject):
                return None
            seen = see(subject, self._world.renderer)
            return seen if predicate(seen) else None

        return await self._world.news.first(look, within)

    def look_again(self, message: SeenMessage) -> SeenMessage | None:
        """Return a message as it is now, or None where it is gone."""
        channel = self._world.channels.get(message.channel_id)
        found = channel.messages.get(message.id) if channel else None
        return see(found, self._world.renderer) if found and self._sees(found) else None

    def delete(self, message: SeenMessage) -> None:
        """Delete a message of one's own, or dismiss a private one."""
        target = self._find(message)
        if self.user not in (target.author, target.private_to):
            raise ClientRefusedError("this message is someone else's")
        self._world.remove(target)

    def _write(
        self,
        channel: Channel,
        text: str,
        uploads: Sequence[Upload],
        target: Message | None,
        pinged: User | None = None,
        *,
        own_id: int | None = None,
    ) -> SeenMessage:
        files = tuple(self._world.cdn.store(upload, channel.id) for upload in uploads)
        body = Body(content=self._with_mentions(text, channel), files=files)
        body = self._world.naming(self.user, channel).named(body)
        if pinged is not None and pinged not in body.mentions:
            body = replace(body, mentions=(*body.mentions, pinged))
        message = self._world.write(channel, self.user, body)
        message.id = own_id or message.id
        if target is not None:
            message.type = MessageType.REPLY
            message.reply_to = target.id
        return see(self._world.post(message), self._world.renderer)

    def _with_mentions(self, text: str, channel: Channel) -> str:
        roles = channel.guild.roles.values() if channel.guild else ()
        by_name = {role.name: f"<@&{role.id}>" for role in roles}
        # The bot's own role has the bot's name; who types that means the bot.
        by_name |= {user.name: f"<@{user.id}>" for user in self._world.users.values()}

        def mention(match: re.Match[str]) -> str:
            return by_name.get(match[1], match[0])

        return _AT_NAME.sub(mention, text)

    def _find(self, message: SeenMessage) -> Message:
        channel = self._world.channels.get(message.channel_id)
        found = channel.messages.get(message.id) if channel else None
        if found is None or not self._sees(found):
            raise ClientRefusedError("this message was deleted")
        return found

    def _sees(self, message: Message) -> bool:
        return message.private_to in (None, self.user)
