"""One poller for all running jobs, however many wait, and how long Flux usually takes."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from itertools import filterfalse, islice
from operator import itemgetter
from statistics import median
from typing import TYPE_CHECKING, Final

from flux.catalogue import MODELS
from flux.errors import BadRequestError, FluxError, RateLimitedError
from flux.models import Task, TaskState
from flux.protocol import MAX_BATCH_IDS
from storage.finding import RECENT_JOBS, UNUSUAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.models import Job
    from flux.client import FluxClient
    from storage.jobs import JobRepository

logger = logging.getLogger(__name__)

EARLY: Final = 0.7
"""The first look comes at this part of the usual time, so that getting faster is noticed."""


class EtaEstimator:
    """The median time of recent jobs, by model.

    Attributes:
        timeout_s: seconds after its submit until a job is overdue.
    """

    def __init__(self, jobs: JobRepository, *, timeout_s: float) -> None:
        self._jobs = jobs
        self.timeout_s = timeout_s
        # Kept here, so that no report on the reading thread stands in front of an answer.
        self._recent_s: dict[str, deque[float]] = {}
        self._since: datetime | None = None

    async def learn(self, models: Iterable[str], now: datetime) -> None:
        """Find out how long Flux has taken of late, up to this start of the bot."""
        recent = await self._jobs.recent_seconds(models)
        self._recent_s = {model: deque(taken, RECENT_JOBS) for model, taken in recent.items()}
        self._since = now

    def note(self, job: Job) -> None:
        """Take note of a job that was fetched just now, unless the bot was down meanwhile."""
        began, ended = job.submitted_at, job.fetched_at
        if began is None or ended is None or (self._since and began < self._since):
            return
        seconds = (ended - began).total_seconds()
        if 0 <= seconds <= UNUSUAL_S:
            recent = self._recent_s.setdefault(job.request.model, deque(maxlen=RECENT_JOBS))
            recent.appendleft(seconds)

    def usual_seconds(self, model: str) -> float:
        """Return how long Flux usually takes: as measured, else as guessed by the catalogue."""
        recent = self._recent_s.get(model)
        return median(recent) if recent else MODELS[model].usual_seconds

    def first_look_s(self, model: str, elapsed_s: float, left_s: float) -> float | None:
        """Return the seconds until a first look is worth it, None where no job was timed yet."""
        recent = self._recent_s.get(model)
        if not recent:
            return None
        look_s = min(EARLY * median(recent), MODELS[model].usual_seconds, left_s / 2)
        return max(look_s - elapsed_s, 0.0)


SLOWER: Final = 1.3
"""Each look at an unfinished task comes this much later than the one before it did."""

SLOWEST: Final = 10
"""Looks at one task are at most this many intervals apart."""

LONGEST_PAUSE_S: Final = 300.0
"""However long Flux asks to be left alone: an odd number must not keep pictures for days."""

FIRST_LOOK: Final = 3
"""Intervals until the first look at a task of a model that was never timed."""


@dataclass(slots=True)
class _Watch:
    next_look: float
    gap_s: float
    longest_gap_s: float
    ended: asyncio.Future[Task] = field(repr=False)


class Poller:
    """Asks for tasks in batches until each has ended.

    Args:
        interval_s: seconds between two requests; the vendor asks for at least one.
        first_gap_s: seconds between two looks at one task at first; where callbacks tell of the
            end, looking is only for those that are lost.
    """

    def __init__(
        self, *, flux: FluxClient, interval_s: float, first_gap_s: float | None = None
    ) -> None:
        self._flux = flux
        self.interval_s = interval_s
        self._first_gap_s = interval_s if first_gap_s is None else first_gap_s
        self._alone: set[str] = set()
        self._watched: dict[str, _Watch] = {}
        self._changed = asyncio.Event()

    async def wait(
        self,
        task_id: str,
        *,
        first_look_s: float | None,
        gap_s: float | None = None,
        is_told: bool = False,
    ) -> Task:
        """Return the task once it is done or failed; one that Flux does not know is waited for.

        Args:
            first_look_s: seconds until a first look is worth it, None where no job was timed yet.
            gap_s: seconds between two looks at it, None for the usual, growing ones.
            is_told: whether it is said to have ended, so that the first look is at once.
        """
        loop = asyncio.get_running_loop()
        if first_look_s is None:
            first_look_s = FIRST_LOOK * self.interval_s
        if gap_s is None:
            gap_s = self._first_gap_s
            first_look_s = max(first_look_s, gap_s)
        if is_told:
            first_look_s = 0.0
        longest_gap_s = max(gap_s, SLOWEST * self.interval_s)
        watch = _Watch(loop.time() + first_look_s, gap_s, longest_gap_s, loop.create_future())
        self._watched[task_id] = watch
        self._changed.set()
        try:
            return await watch.ended
        finally:
            self._watched.pop(task_id, None)
            self._alone.discard(task_id)

    def hurry(self, task_id: str) -> None:
        """Look at a task as soon as may be: it is said to have ended."""
        watch = self._watched.get(task_id)
        if watch is not None:
            watch.next_look = asyncio.get_running_loop().time()
            self._changed.set()

    async def run(self) -> None:
        while True:
            pause_s = self.interval_s
            due = await self._next_due()
            # Behind the others, whether they are answered for or not.
            now = asyncio.get_running_loop().time()
            for task_id in due:
                watch = self._watched[task_id]
                watch.next_look = now + watch.gap_s
                watch.gap_s = min(watch.gap_s * SLOWER, watch.longest_gap_s)
            try:
                tasks = await self._flux.retrieve_batch(due)
            except RateLimitedError as error:
                asked_s = error.retry_after_s or SLOWEST * self.interval_s
                pause_s = max(pause_s, min(asked_s, LONGEST_PAUSE_S))
            except BadRequestError as error:
                # One bad id must not hide the others: each of these is asked for by itself.
                logger.warning("flux rejects a poll: %s", type(error).__name__)
                self._alone.update(due)
            except FluxError as error:
                # Asking is free, so every error is met by asking again, more slowly.
                logger.warning("polling flux failed: %s", type(error).__name__)
                pause_s = SLOWEST * self.interval_s
            except Exception:  # every running job waits for this loop, so it must go on
                logger.exception("polling flux failed unexpectedly")
                pause_s = SLOWEST * self.interval_s
            else:
                self._note(tasks)
            await asyncio.sleep(pause_s)

    async def _next_due(self) -> list[str]:
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            now, until, due = loop.time(), None, []
            for task_id, watch in self._watched.items():
                if watch.next_look <= now:
                    due.append((watch.next_look, task_id))
                elif until is None or watch.next_look < until:
                    until = watch.next_look
            due.sort()
            if due and due[0][1] in self._alone:
                return [due[0][1]]
            if due:
                together = map(itemgetter(1), due)
                return [*islice(filterfalse(self._alone.__contains__, together), MAX_BATCH_IDS)]
            try:
                async with asyncio.timeout_at(until):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _note(self, tasks: list[Task]) -> None:
        for task in tasks:
            watch = self._watched.get(task.id)
            if watch is None or watch.ended.done():
                continue
            if task.state in {TaskState.DONE, TaskState.FAILED}:
                watch.ended.set_result(task)
