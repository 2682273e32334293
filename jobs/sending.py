"""Sending what shows a job: in its channel's lane, again while Discord is away, small enough."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections import deque
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

from domain.models import Delivery, Image, ImageKind, Job
from jobs.messenger import (
    DEFAULT_FILE_LIMIT_BYTES,
    Expired,
    Messenger,
    Outcome,
    Temporary,
    TooLarge,
)
from jobs.transitions import Retry, Transitions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from jobs.results import Downloads
    from jobs.transitions import RetryPolicy
    from storage.jobs import JobRepository

R = TypeVar("R")

LONGEST_S: Final = 3.0
"""How long others step back for one rush; Discord takes no answer to an interaction after 3 s."""


class AnswerPriority:
    """Counts requests that are being accepted: of many at once, each must be answered in 3 s."""

    def __init__(self) -> None:
        self._unanswered: set[str] = set()
        self._is_over = asyncio.Event()
        self._is_over.set()
        self._until = 0.0

    def begin(self, job_id: str) -> None:
        if not self._unanswered:
            self._until = asyncio.get_running_loop().time() + LONGEST_S
        self._unanswered.add(job_id)
        self._is_over.clear()

    def end(self, job_id: str) -> None:
        """Count a request as answered, refused or given up; again changes nothing."""
        self._unanswered.discard(job_id)
        if not self._unanswered:
            self._is_over.set()

    async def step_back(self) -> None:
        """Wait until nobody waits for an answer, until `LONGEST_S` after the first one began to."""
        if self._unanswered:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._until):
                    await self._is_over.wait()


MAX_PROGRESS: Final = 20
"""Progress edits per channel and minute; Discord takes about 60 in all."""

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

    Attributes:
        processes: that share what Discord takes of the bot.

    Args:
        answers: answers to interactions, before which nothing is sent.
    """

    def __init__(self, answers: AnswerPriority) -> None:
        self._answers = answers
        self._lanes: dict[int, _Lane] = {}
        self._ticket = count()
        self._pace = asyncio.Lock()
        self._next_send = 0.0
        self.processes = 1

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
        loop = asyncio.get_running_loop()
        try:
            # One after the other, and by when the last one really went: after a moment in which
            # the loop had too much to do, all that were due would else go at once.
            async with self._pace:
                wait_s = self._next_send - loop.time()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                await self._answers.step_back()
                self._next_send = loop.time() + self.processes / SENDS_PER_S
            yield
        finally:
            self._leave(channel_id, lane)

    def takes_progress(self, channel_id: int) -> bool:
        """Count a progress edit, and return whether this minute has room for it."""
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


MAX_UPLOADS: Final = 4
"""Uploads at once, far below Discord's connections, so that none delays an acknowledgement."""

FIT_ATTEMPTS: Final = 4
"""Uploads of one result, each smaller than the one that Discord found too large."""

STILL_TOO_LARGE: Final = 0.6
"""How much smaller the next is, where Discord refused what should have fitted."""


class Sender:
    """Makes the messenger's single attempts into what was meant.

    Attributes:
        lanes: the order within each channel.
    """

    def __init__(
        self,
        jobs: JobRepository,
        transitions: Transitions,
        messenger: Messenger,
        downloads: Downloads,
        retry: RetryPolicy,
        answers: AnswerPriority,
    ) -> None:
        self.lanes = ChannelQueues(answers)
        self._answers = answers
        self._jobs = jobs
        self._transitions = transitions
        self._messenger = messenger
        self._downloads = downloads
        self._retry = retry
        self._uploads = asyncio.Semaphore(MAX_UPLOADS)

    async def send(
        self,
        job: Job,
        images: Sequence[Image] = (),
        *,
        position: int = 0,
        until: float | None = None,
        attempt_one: Callable[[Job, Sequence[Image]], Awaitable[Outcome]] | None = None,
    ) -> Outcome:
        """Show a job, as often as it takes, until some time has come.

        Args:
            attempt_one: one attempt in another way than the messenger's `show`.

        Raises:
            FileNotFoundError: the file of a picture is missing.
        """
        attempt = 0
        while until is None or asyncio.get_running_loop().time() < until:
            try:
                async with (
                    self.lanes.turn(
                        job.request.place.channel_id, Priority.RESULT if images else Priority.CARD
                    ),
                    self._uploads if images else contextlib.nullcontext(),
                ):
                    if job.request.place.delivery is Delivery.RESPONSE:
                        job = await self._with_token(job)
                    if attempt_one is not None:
                        return await attempt_one(job, images)
                    return await self._messenger.show(job, images, position=position)
            except Temporary as error:
                await self._retry.pause(Retry.DISCORD, attempt, error.retry_after_s)
                attempt += 1
        return Expired()

    async def send_fitting(
        self,
        job: Job,
        images: Sequence[Image],
        smaller: Sequence[Image],
        *,
        until: float | None = None,
        attempt_one: Callable[[Job, Sequence[Image]], Awaitable[Outcome]] | None = None,
    ) -> tuple[Job, Outcome]:
        """Show the pictures, made smaller where Discord finds them too large.

        Args:
            smaller: copies of some of them that were made before.
        """
        shown = [*images]
        if smaller and await self._downloads.has(smaller):
            copies = {image.position: image for image in smaller}
            shown = [copies.get(image.position, image) for image in images]
        limit_bytes = None
        for _ in range(FIT_ATTEMPTS):
            outcome = await self.send(job, shown, until=until, attempt_one=attempt_one)
            if not isinstance(outcome, TooLarge):
                break
            # A server that has lost its boosts meanwhile takes no more than any other.
            again = limit_bytes and min(STILL_TOO_LARGE * limit_bytes, DEFAULT_FILE_LIMIT_BYTES)
            limit_bytes = min(outcome.limit_bytes, round(again or outcome.limit_bytes))
            fitted = await self._downloads.fit(images, limit_bytes)
            if fitted is None:
                break
            posted = [image for image in fitted if image.kind is ImageKind.POSTED]
            job = await self._transitions.advance(job, job, posted)
            shown = fitted
        return job, outcome

    async def until_told(self, call: Callable[[], Awaitable[R]]) -> R:
        """Make a call of the messenger again until Discord has taken it."""
        await self._answers.step_back()
        attempt = 0
        while True:  # until it worked, or the interaction's token has expired
            try:
                return await call()
            except Temporary as error:
                await self._retry.pause(Retry.DISCORD, attempt, error.retry_after_s)
                attempt += 1

    async def _with_token(self, job: Job) -> Job:
        """Return the job with the token that a click may have brought meanwhile."""
        own, ticket = job.request.ticket, (await self._jobs.get(job.id) or job).request.ticket
        # Of a job whose end was told, a click's own token is the newer one, or the only one.
        if ticket.token is None or ticket.issued_at < own.issued_at:
            return job
        return replace(job, request=replace(job.request, ticket=ticket))
