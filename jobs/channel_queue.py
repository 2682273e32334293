"""One lane per channel: its messages are sent one after the other, results before the rest."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jobs.answer_priority import AnswerPriority

MAX_PROGRESS: Final = 20
"""Edits that only tell of progress, a channel and minute; Discord takes about 60 in all."""

SENDS_PER_S: Final = 40
"""Over all channels; Discord takes 50 of a bot's requests a second and counts those beyond."""

MINUTE_S: Final = 60.0


class Priority(IntEnum):
    """What goes first in a channel, the lowest number before the others."""

    RESULT = 0
    CARD = 1
    """A first message, an end, or what somebody has to know."""
    PROGRESS = 2


@dataclass(slots=True)
class _Lane:
    is_busy: bool = False
    waiting: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)
    progress: deque[float] = field(default_factory=deque)


class ChannelQueues:
    """Orders what is sent to each channel, so that Discord's limits delay the least important.

    Args:
        answers: answers to interactions, before which nothing is sent.
    """

    def __init__(self, answers: AnswerPriority) -> None:
        self._answers = answers
        self._lanes: dict[int, _Lane] = {}
        self._ticket = count()
        self._pace = asyncio.Lock()
        self._next_send = 0.0

    @asynccontextmanager
    async def turn(self, channel_id: int, rank: Priority) -> AsyncIterator[None]:
        """Wait until this channel is free; what is of a higher rank goes first."""
        lane = self._lanes.setdefault(channel_id, _Lane())
        if lane.is_busy:
            called = asyncio.get_running_loop().create_future()
            heapq.heappush(lane.waiting, (rank, next(self._ticket), called))
            try:
                await called
            except asyncio.CancelledError:
                if called.done() and not called.cancelled():
                    self._leave(channel_id, lane)  # it was called and ended at the same moment
                raise
        lane.is_busy = True
        try:
            await self._keep_pace()
            yield
        finally:
            self._leave(channel_id, lane)

    async def _keep_pace(self) -> None:
        loop = asyncio.get_running_loop()
        # One after the other, and by when the last one really went: after a moment in which the
        # loop had too much to do, all that were due would else go at once.
        async with self._pace:
            await asyncio.sleep(self._next_send - loop.time())
            await self._answers.step_back()
            self._next_send = loop.time() + 1 / SENDS_PER_S

    def takes_progress(self, channel_id: int) -> bool:
        """Whether an edit that only tells of progress may be sent this minute; counts it if so."""
        lane = self._lanes.setdefault(channel_id, _Lane())
        now = asyncio.get_running_loop().time()
        while lane.progress and lane.progress[0] <= now - MINUTE_S:
            lane.progress.popleft()
        if len(lane.progress) >= MAX_PROGRESS:
            return False
        lane.progress.append(now)
        return True

    def _leave(self, channel_id: int, lane: _Lane) -> None:
        lane.is_busy = False
        while lane.waiting:
            _, _, called = heapq.heappop(lane.waiting)
            if not called.done():
                lane.is_busy = True
                called.set_result(None)
                return
        if not lane.progress:
            self._lanes.pop(channel_id, None)
