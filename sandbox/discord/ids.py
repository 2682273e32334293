"""Ids that carry the time they were made.

https://discord.com/developers/docs/reference#snowflakes
"""

from sandbox.discord.clock import Clock

DISCORD_EPOCH_MS = 1_420_070_400_000
TIME_SHIFT = 22


def made_at(snowflake: int) -> float:
    """Return when an id was made, in seconds since 1970."""
    return ((snowflake >> TIME_SHIFT) + DISCORD_EPOCH_MS) / 1000


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
