"""A message that may address the bot, as `cogs/images/messages.py` parses it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import discord

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
