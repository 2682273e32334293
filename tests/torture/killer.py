"""Kills the bot at named instants first, each in turn, then at random ones."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from tests.torture.points import IS_ANSWERED, LOGGED, Point, every_point

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.torture.nursery import Nursery

PATIENCE_S: Final = 1.2
"""How long a named instant is waited for before the bot is killed in any case."""

TRIES: Final = 3
"""How often an instant that did not come is put at the end of the line again."""

LATEST_S: Final = 0.5
"""After its connection, of a kill at a random instant."""

START_SHARE: Final = 0.15
START_S: Final = 0.15
"""How many of the random kills come while the bot starts, and how late."""

AFTER_ANSWER_S: Final = 0.012

SOON_S: Final = 1.5
"""A submit that never reaches Flux is over by then."""

CLOCK_S: Final = 1.0
"""How far the bot's time may be from Discord's: what a `Date` leaves out."""

STORED_S: Final = 0.1
"""From Flux's answer until a bot on a busy machine has written it down."""


class Victim(Protocol):
    """What is killed."""

    def kill(self) -> bool:
        """Kill it at once; False where there is nothing to kill."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill; `at` is in seconds since 1970."""

    at: float
    point: str


class Kills:
    """Kills, and remembers when it did.

    Attributes:
        on_kill: called at the next kill. What a dead bot has sent takes effect before another one
            starts, as it does at any distance over which Discord is reached.
    """

    def __init__(self, victim: Victim) -> None:
        self.kills: list[Kill] = []
        self.missed: list[Point] = []
        self.on_kill: list[Callable[[], None]] = []
        self._victim = victim

    def at(self, seam: str, moment: str) -> bool:
        """Kill if this is the instant that was chosen; tell whether it was."""
        del seam, moment
        return False

    def kill(self, point: str) -> None:
        """Kill now."""
        if self._victim.kill():
            self.kills.append(Kill(time.time(), point))
            while self.on_kill:
                self.on_kill.pop()()

    def explains(self, submitted_at: float, answered_at: float | None) -> bool:
        """Whether a kill may have interrupted a submit.

        Args:
            answered_at: when Flux answered it, None where it never got there.
        """
        until = submitted_at + SOON_S + CLOCK_S if answered_at is None else answered_at + STORED_S
        since = submitted_at - CLOCK_S
        return any(since <= kill.at < until for kill in self.kills)


class Killer(Kills):
    """Decides when the one process of a bot dies."""

    def __init__(self, bot: Nursery, random: Random, *, callbacks: bool) -> None:
        super().__init__(bot)
        self._bot = bot
        self._random = random
        points = every_point(callbacks=callbacks)
        random.shuffle(points)
        self._line = deque((point, TRIES) for point in points)
        self._armed: Point | None = None
        bot.on_line = self._on_line

    async def kill_once(self, online: asyncio.Task[None]) -> None:
        """Kill the bot that was just started: at the next point in line, else at random."""
        point, tries = self._line.popleft() if self._line else (None, 0)
        if point is None:
            return await self._kill_at_random(online)
        if point.seam == "start":
            return await self._kill_in_start()
        self._armed = point
        try:
            async with asyncio.timeout(PATIENCE_S + LATEST_S):
                await self._bot.ended()
        except TimeoutError:
            self._armed = None
            self.kill("too late for " + str(point))
            if tries > 1:
                self._line.append((point, tries - 1))
            else:
                self.missed.append(point)
        return None

    def at(self, seam: str, moment: str) -> bool:
        """Kill if this is the instant that was chosen; tell whether it was."""
        if self._armed != Point(seam, moment):
            return False
        self._armed = None
        if moment == IS_ANSWERED:
            delay_s = self._random.uniform(0.0, AFTER_ANSWER_S)
            name = f"{seam} {moment}"
            asyncio.get_running_loop().call_later(delay_s, self.kill, name)
            return False
        self.kill(f"{seam} {moment}")
        return True

    async def _kill_at_random(self, online: asyncio.Task[None]) -> None:
        if self._random.random() < START_SHARE:
            return await self._kill_in_start()
        await asyncio.wait({online}, timeout=PATIENCE_S)
        await asyncio.sleep(self._random.uniform(0.0, LATEST_S))
        self.kill("at random")
        return None

    async def _kill_in_start(self) -> None:
        await asyncio.sleep(self._random.uniform(0.0, START_S))
        self.kill("while it starts")

    def _on_line(self, line: str) -> None:
        if found := LOGGED.search(line):
            self.at(found[2], "is logged")
