"""The server's setting of whose reply edits an image."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.preferences import GuildChoices


class ReplyEdits(StrEnum):
    """Whose reply to a picture of the bot's edits it; a mention in the words is clear anyway."""

    EVERYONE = "everyone"
    REQUESTER = "requester"
    MENTION = "mention"
    OFF = "off"


def reply_edits(chosen: GuildChoices) -> ReplyEdits:
    """Return whose reply edits in a server."""
    modes = (mode for mode in ReplyEdits if mode == chosen.reply_edits)
    return next(modes, ReplyEdits.REQUESTER)
