"""Metrics for Prometheus: counters since the start, and gauges read from the database."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)

from domain.models import FINAL, MICROCREDITS_PER_CREDIT, Job, JobState, Problem
from jobs.transitions import Retry
from storage.errors import DATABASE_UNAVAILABLE, StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from datetime import datetime

    from clock import Clock
    from storage.usage import UsageRepository

logger = logging.getLogger(__name__)

READ_DEADLINE_S: Final = 5.0
"""For reading the database and the disk; the other metrics are served without them."""

LAG_INTERVAL_S: Final = 0.25
"""Between two looks at how late the event loop is."""

PHASE_BUCKETS_S: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600)
"""From an answer, for which Discord gives 3 s, to a job that is overdue."""

LAG_BUCKETS_S: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3)


class Metrics:
    """Counts the steps of jobs; it is their observer.

    Args:
        gateway_latency_s: from a heartbeat to its answer, None while there is none; None for a
            process that does not connect to the gateway.
    """

    def __init__(
        self,
        *,
        version: str,
        usage: UsageRepository,
        spool_bytes: Callable[[], Awaitable[int]],
        gateway_latency_s: Callable[[], float | None] | None,
        clock: Clock,
        role: str = "all",
    ) -> None:
        self._clock = clock
        self._usage = usage
        self._spool_bytes = spool_bytes
        self._gateway_latency_s = gateway_latency_s
        # Not the library's own, which is shared by all of a process.
        self._registry = registry = CollectorRegistry()
        counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        ProcessCollector(registry=registry)
        Info("fluxcord", "Its build", registry=registry).info({"version": version, "role": role})
        self._ended = counter(
            "fluxcord_jobs_ended", "Jobs that ended since the start", ("state", "model", "problem")
        )
        self._open = gauge("fluxcord_jobs_open", "Unfinished jobs", ("state", "model"))
        self._phases = histogram(
            "fluxcord_phase_seconds",
            "Duration of a job's stages: answer, queue, flux, download, upload",
            ("phase",),
            buckets=PHASE_BUCKETS_S,
        )
        refusals = "Refused requests since the start"
        self._refusals = counter("fluxcord_refusals", refusals, ("reason",))
        self._retries = counter("fluxcord_retries", "Retries since the start", ("what",))
        # Zeros from the start: `increase` does not see a counter that begins with 1.
        for reason in (*Problem, DATABASE_UNAVAILABLE):
            self._refusals.labels(reason)
        for what in Retry:
            self._retries.labels(what)
        self._credits = gauge(
            "fluxcord_month_credits",
            "Flux credits booked for requests of this month (UTC), by payer",
            ("payer",),
        )
        if gateway_latency_s is not None:
            latency = "Heartbeat latency; NaN while not connected"
            self._latency = gauge("fluxcord_gateway_latency_seconds", latency)
        self._lag = histogram(
            "fluxcord_event_loop_lag_seconds", "Event loop lag", buckets=LAG_BUCKETS_S
        )
        self._spool = gauge("fluxcord_spool_bytes", "Images in the spool")

    def stepped(self, before: Job, after: Job) -> None:
        for phase, seconds in phases(before, after):
            self._phases.labels(phase).observe(seconds)
        if after.state in FINAL and before.state not in FINAL:
            self._ended.labels(after.state, after.request.model, after.problem or "").inc()

    def retried(self, what: str) -> None:
        self._retries.labels(what).inc()

    def refused(self, reason: str) -> None:
        self._refusals.labels(reason).inc()

    async def watch_loop(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_INTERVAL_S
            await asyncio.sleep(LAG_INTERVAL_S)
            self._lag.observe(max(loop.time() - due, 0.0))

    async def render(self) -> bytes:
        """Return all figures as text; without those that cannot be read now."""
        self._open.clear()
        self._credits.clear()
        if self._gateway_latency_s is not None:
            latency_s = self._gateway_latency_s()
            self._latency.set(float("nan") if latency_s is None else latency_s)
        try:
            async with asyncio.timeout(READ_DEADLINE_S):
                figures = await self._usage.figures(self._clock.now())
                self._spool.set(await self._spool_bytes())
        except (StorageError, OSError, TimeoutError) as error:
            logger.warning("some metrics cannot be read: %s", type(error).__name__)
        else:
            for labels, jobs in figures.open_jobs.items():
                self._open.labels(*labels).set(jobs)
            for payer, microcredits in figures.month_microcredits.items():
                self._credits.labels(payer).set(microcredits / MICROCREDITS_PER_CREDIT)
        return generate_latest(self._registry)


def phases(before: Job, after: Job) -> Iterator[tuple[str, float]]:
    """Yield the parts of a job that a step brought to an end, and how long each took."""
    if before.message_id is None and after.message_id is not None:
        yield from _part("answer", after.created_at, after.answered_at)
    if after.state is before.state:
        return
    if before.state is JobState.SUBMITTING and after.state is not JobState.QUEUED:
        yield from _part("queue", after.created_at, after.submitted_at)
    if before.state is JobState.RUNNING and before.fetched_at is None:
        yield from _part("flux", after.submitted_at, after.made_at)
    if after.state is JobState.FETCHED:
        yield from _part("download", after.made_at, after.fetched_at)
    if after.state is JobState.DELIVERED:
        yield from _part("upload", after.fetched_at, after.ended_at)


def _part(
    phase: str, since: datetime | None, until: datetime | None
) -> Iterator[tuple[str, float]]:
    if since is not None and until is not None:
        # The clock of a machine can be set back.
        yield phase, max((until - since).total_seconds(), 0.0)
