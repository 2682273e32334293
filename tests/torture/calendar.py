"""Clocks that jump: that of the bot's machine, and Discord's time, which goes on without a bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

    from sandbox.discord.clock import Clock

AHEAD_S: Final = (0.0, 0.0, -3_600.0, 120.0, 1_200.0, 86_400.0)
"""How far ahead the clock of the bot's machine is at a start."""

LAPSE_SHARE: Final = 0.1
LAPSE_S: Final = 360.0
"""How often so much time passes at Discord before a start; a nonce is forgotten by then."""

LAPSE_EVERY: Final = 8
"""Starts from one lapse to the next at least: three of them outlive an interaction's token."""

BEHIND_S: Final = 1.0
"""How far behind Discord's time what the bot wrote down can be: what a `Date` leaves out."""


class Calendar:
    """Moves the clocks between two lives of the bot, and remembers how it did."""

    def __init__(self, discord: Clock, random: Random) -> None:
        self._discord = discord
        self._random = random
        self._lapses: list[float] = []
        self._starts_since_lapse = LAPSE_EVERY

    def turn(self) -> float:
        """Let time pass at Discord now and then; return how far ahead the bot's machine is."""
        self._starts_since_lapse += 1
        if self._random.random() < LAPSE_SHARE and self._starts_since_lapse > LAPSE_EVERY:
            self._starts_since_lapse = 0
            self._discord.advance(LAPSE_S)
            self._lapses.append(self._discord.now())
        return self._random.choice(AHEAD_S)

    def here(self, at: float) -> float:
        """Return what time it was here when it was this at Discord, in seconds since 1970."""
        return at - LAPSE_S * sum(lapse <= at + BEHIND_S for lapse in self._lapses)
