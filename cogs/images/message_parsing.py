"""Parses messages to the bot: the prompt, the image, and whether the bot is addressed at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Final

import discord

from domain.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.message_images import FoundPicture

USER_MESSAGES: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})
"""Kinds of messages that people write; others report pins, joins and the like."""

_NUMBERED: Final = re.compile(r"\A\s*#?([0-9]{1,2})[:\uff1a](?![0-9])\s*")
"""A picture's number before the words; in "16:9" it is none. Chinese is typed with wide colons."""

_PRIVATE: Final = re.compile(
    # The spaces before it are read from the first of them only: from each, the time is quadratic.
    r"(?:(?<![ \t])[ \t]+)?(?<!\S)private[:\uff1a]true(?!\S)[ \t]*",
    re.IGNORECASE,
)
"""Said among the words as it is said to a command; with the spaces around it."""

_LINK: Final = re.compile(r"https?://[^\s<>]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMessage:
    """A message that may address the bot.

    Attributes:
        way: the command that the request is stored with.
        is_direct: whether it is a direct message, which only the bot can be addressed in.
        words: what was written, without the mention of the bot.
        private: whether the words ask that the requester alone sees the result.
        mentions: whether the words mention the bot; the ping of a reply does not count.
        is_reply: to any message, also to one that is gone.
        target: the message that it replies to, None if Discord does not include it.
        locale: the author's language, None if unknown.
    """

    message: discord.Message
    way: str
    guild_id: int | None
    is_direct: bool
    words: str = field(repr=False)
    private: bool
    mentions: bool
    is_reply: bool
    target: discord.Message | None
    target_is_own: bool
    locale: str | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether Discord shows nothing of what is replied to, so that there may be a picture."""
        target = self.target
        if target is None or self.is_direct or self.target_is_own:
            return False
        shown = target.content, target.attachments, target.embeds, target.components
        return not any(shown) and not target.message_snapshots

    @property
    def has_link(self) -> bool:
        """Whether Discord may still be finding a picture behind a link in it."""
        return _LINK.search(self.message.content) is not None


def parse_message(message: discord.Message, me: discord.ClientUser | None) -> ParsedMessage | None:
    """Parse a message; return None if it cannot address the bot.

    Without the intent for message content, Discord shows only messages that ping the bot, and
    direct ones; one whose ping is off is blank.
    """
    if message.author.bot or message.webhook_id is not None or message.type not in USER_MESSAGES:
        return None
    if me is None:
        return None
    reference = message.reference
    is_reply = reference is not None and message.type is discord.MessageType.reply
    resolved = reference.resolved if reference is not None and is_reply else None
    target = resolved if isinstance(resolved, discord.Message) else None
    target_is_own = target is not None and target.author == me
    pings = me in message.mentions
    if message.guild is not None and not pings and not target_is_own:
        return None
    own = f"<@{me.id}>"
    parts = message.content.replace(f"<@!{me.id}>", own).split(own)
    mentions = pings and len(parts) > 1
    words = " ".join(map(str.strip, parts, repeat(" \t")))
    for user in message.mentions:
        for written in (f"<@{user.id}>", f"<@!{user.id}>"):
            words = words.replace(written, f"@{user.display_name}")
    words = words.strip()
    if message.guild is not None and not mentions and not words:
        return None
    is_direct = message.guild is None
    return ParsedMessage(
        message=message,
        way="reply" if is_reply else "message" if is_direct else "mention",
        guild_id=message.guild.id if message.guild else None,
        is_direct=is_direct,
        words=_PRIVATE.sub(" ", words).strip(),
        private=_PRIVATE.search(words) is not None,
        mentions=mentions,
        is_reply=is_reply,
        target=target,
        target_is_own=target_is_own,
    )


def pick(
    words: str, pictures: Sequence[FoundPicture], position: int | None = None
) -> tuple[FoundPicture | None, str]:
    """Return the image that a prompt is about, None if the user has to choose, and the prompt.

    Raises:
        UserError: there is no such picture, or there are no words.
    """
    numbered = _NUMBERED.match(words)
    if numbered:
        words = words[numbered.end() :]
        position = position or int(numbered[1])
    by_number = {}
    for each in pictures:
        by_number[each.position] = each
    if len(pictures) == 1:
        position = position or 1
        by_number[1] = pictures[0]
    if position is not None and position not in by_number:
        raise UserError("so-many-pictures", count=len(pictures))
    picture = by_number[position] if position is not None else None
    for each in pictures:
        if each.link and picture in (None, each):
            words = words.replace(each.link, "")
    if not words.strip():
        raise UserError("say-what")
    return picture, words.strip()
