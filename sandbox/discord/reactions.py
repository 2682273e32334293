"""Reactions to messages: who adds and removes them.

https://discord.com/developers/docs/resources/message#reaction-object
"""

from sandbox.discord import errors
from sandbox.discord.emojis import custom_id, is_emoji
from sandbox.discord.permissions import Permission
from sandbox.discord.records import Message, Reaction, User
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

MAX_REACTIONS = 20


class Reactions:
    """Carries out reactions of the bot and of people."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add(self, message: Message, emoji: str, user: User) -> None:
        """Add a reaction, which only a new kind of emoji needs a permission for."""
        rules = self._world.rules
        rules.refuse(Rule.REACTION_EMOJI, not self._is_known(emoji), errors.UNKNOWN_EMOJI)
        archived = message.channel.archived
        rules.refuse(Rule.THREAD_NO_REACTION, archived, errors.THREAD_IS_ARCHIVED)
        users = message.reactions.get(emoji, [])
        if user in users:
            return
        if not users and user == self._world.bot:
            authority, needed = self._world.authority, Permission.ADD_REACTIONS
            authority.require(Rule.ADD_REACTIONS, message.channel, needed)
        full = not users and len(message.reactions) >= MAX_REACTIONS
        rules.refuse(Rule.REACTION_COUNT, full, errors.TOO_MANY_REACTIONS)
        message.reactions.setdefault(emoji, []).append(user)
        self._world.news.tell("MESSAGE_REACTION_ADD", Reaction(message, emoji, user))

    def remove(self, message: Message, emoji: str, user_id: int) -> None:
        """Remove somebody's reaction, which takes MANAGE_MESSAGES where it is another's."""
        user = self._world.rules.found(
            Rule.UNKNOWN_USER, self._world.users.get(user_id), errors.UNKNOWN_USER
        )
        if user != self._world.bot:
            self._require_managing(message)
        users = message.reactions.get(emoji, [])
        self._world.rules.refuse(Rule.REACTION_EMOJI, user not in users, errors.UNKNOWN_EMOJI)
        users.remove(user)
        if not users:
            del message.reactions[emoji]
        self._world.news.tell("MESSAGE_REACTION_REMOVE", Reaction(message, emoji, user))

    def clear(self, message: Message, emoji: str | None) -> None:
        """Remove all reactions of a message, or all with one emoji."""
        self._require_managing(message)
        if emoji is None:
            message.reactions.clear()
            self._world.news.tell("MESSAGE_REACTION_REMOVE_ALL", Reaction(message))
            return
        known = emoji in message.reactions
        self._world.rules.refuse(Rule.REACTION_EMOJI, not known, errors.UNKNOWN_EMOJI)
        del message.reactions[emoji]
        self._world.news.tell("MESSAGE_REACTION_REMOVE_EMOJI", Reaction(message, emoji))

    def users(self, message: Message, emoji: str) -> list[User]:
        """Return who has reacted with an emoji."""
        known = self._is_known(emoji)
        self._world.rules.refuse(Rule.REACTION_EMOJI, not known, errors.UNKNOWN_EMOJI)
        return message.reactions.get(emoji, [])

    def _require_managing(self, message: Message) -> None:
        authority = self._world.authority
        authority.require(Rule.MANAGE_MESSAGES, message.channel, Permission.MANAGE_MESSAGES)

    def _is_known(self, emoji: str) -> bool:
        custom = custom_id(emoji)
        if custom is None:
            return is_emoji(emoji)
        return any(custom in guild.emojis for guild in self._world.bot_guilds())
