"""Emojis, and how a message shows the reactions that are made of them.

https://discord.com/developers/docs/resources/emoji
https://discord.com/developers/docs/resources/message#reaction-object
"""

import re
import unicodedata

from sandbox.discord.errors import JSON
from sandbox.discord.records import Message, User

_CUSTOM = re.compile(r"(?:a:)?(\w+):(\d+)$")
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
# An emoji is made of signs, of modifiers, and of what joins several into one.
_CATEGORIES = {"So", "Sk", "Sm", "Po", "Pd", "Mn", "Cf"}
_FIRST_SIGN = "\u00a9"


def custom_id(emoji: str) -> int | None:
    """Return the id of a server's own emoji, which is written as its name and its id."""
    custom = _CUSTOM.fullmatch(emoji)
    return int(custom[2]) if custom else None


def is_emoji(text: str) -> bool:
    """Tell whether a text is one of Unicode's signs, by the kinds of its characters."""
    if _KEYCAP.fullmatch(text):
        return True
    signs = all(sign >= _FIRST_SIGN and unicodedata.category(sign) in _CATEGORIES for sign in text)
    return bool(text) and signs


def emoji_json(emoji: str) -> JSON:
    """Write an emoji as reactions have it.

    https://discord.com/developers/docs/resources/emoji#emoji-object
    """
    custom = _CUSTOM.fullmatch(emoji)
    if custom is None:
        return {"id": None, "name": emoji}
    return {"id": custom[2], "name": custom[1], "animated": emoji.startswith("a:")}


def reactions_json(message: Message, bot: User) -> list[JSON]:
    """Write the reactions of a message."""
    return [
        {
            "emoji": emoji_json(emoji),
            "count": len(users),
            "count_details": {"normal": len(users), "burst": 0},
            "burst_colors": [],
            "me_burst": False,
            "me": bot in users,
        }
        for emoji, users in message.reactions.items()
    ]
