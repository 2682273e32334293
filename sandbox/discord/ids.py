"""Ids that carry the time they were made.

https://discord.com/developers/docs/reference#snowflakes
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from sandbox.discord.clock import Clock

DISCORD_EPOCH_MS = 1_420_070_400_000
TIME_SHIFT = 22


def made_at(snowflake: int) -> float:
    """Return when an id was made, in seconds since 1970."""
    return ((snowflake >> TIME_SHIFT) + DISCORD_EPOCH_MS) / 1000


def made_token(bot_id: int) -> str:
    """Return a token in Discord's form: the bot's id, and two parts that say nothing.

    https://discord.com/developers/docs/reference#authentication-example-bot-token-authorization-header
    """
    owner = urlsafe_b64encode(str(bot_id).encode()).decode().rstrip("=")
    return f"{owner}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"


def owner_of(token: str) -> int | None:
    """Return the id of the bot that a token in Discord's form is for, None for any other token."""
    try:
        first = token.split(".", maxsplit=1)[0]
        return int(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except ValueError:
        return None


class Snowflakes:
    """Gives out ids that strictly grow and carry the world's time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """Return a new id."""
        made = (int(self._clock.now() * 1000) - DISCORD_EPOCH_MS) << TIME_SHIFT
        self._last = max(self._last + 1, made)
        return self._last
