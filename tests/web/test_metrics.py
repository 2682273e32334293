"""Figures of steps: which part of a job each of them ends, and what is left out when unreadable."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from clock import Clock
from domain.models import Job, JobState, Problem
from storage.database import Database
from storage.jobs import JobRepository
from storage.usage import UsageRepository
from tests.factories import NOON, make_job
from tests.samples import samples_of
from web.metrics import LAG_INTERVAL_S, Metrics, phases

if TYPE_CHECKING:
    from pathlib import Path

    from tests.samples import Samples

JOB = make_job()
ANSWERED = replace(JOB, nonce="n-1", answered_at=NOON + timedelta(seconds=0.25))
SUBMITTING = replace(ANSWERED, state=JobState.SUBMITTING, submitted_at=NOON + timedelta(seconds=2))
RUNNING = replace(SUBMITTING, state=JobState.RUNNING, task_id="t-1")
FETCHED = replace(
    RUNNING,
    state=JobState.FETCHED,
    made_at=NOON + timedelta(seconds=10),
    fetched_at=NOON + timedelta(seconds=11),
)
DELIVERED = replace(FETCHED, state=JobState.DELIVERED, ended_at=NOON + timedelta(seconds=14))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (ANSWERED, replace(ANSWERED, message_id=1), {"answer": 0.25}),
        (JOB, replace(JOB, message_id=1), {}),  # a message asked, and was not answered
        (replace(ANSWERED, nonce=None), ANSWERED, {}),
        (ANSWERED, SUBMITTING, {}),
        (SUBMITTING, replace(SUBMITTING, state=JobState.QUEUED), {}),  # it is tried again
        (SUBMITTING, RUNNING, {"queue": 2}),
        (SUBMITTING, replace(SUBMITTING, state=JobState.UNCERTAIN), {"queue": 2}),
        (SUBMITTING, replace(SUBMITTING, state=JobState.REFUSED), {"queue": 2}),
        (RUNNING, FETCHED, {"flux": 8, "download": 1}),
        (RUNNING, replace(FETCHED, state=JobState.FAILED, fetched_at=None), {"flux": 8}),
        (RUNNING, replace(RUNNING, state=JobState.FAILED), {}),
        (FETCHED, DELIVERED, {"upload": 3}),
        (FETCHED, replace(FETCHED, state=JobState.RUNNING), {}),
        # Its file was missing and is fetched again: Flux made it once.
        (replace(FETCHED, state=JobState.RUNNING), FETCHED, {"download": 1}),
        (DELIVERED, replace(DELIVERED, told_at=NOON), {}),
    ],
)
def test_a_step_ends_these_parts(before: Job, after: Job, expected: dict[str, float]) -> None:
    assert dict(phases(before, after)) == expected


def test_a_clock_that_was_set_back_makes_no_part_negative() -> None:
    early = replace(DELIVERED, ended_at=NOON)

    assert dict(phases(FETCHED, early)) == {"upload": 0}


async def spool_bytes() -> int:
    return 1_234


def metrics_of(database: Database, latency_s: float | None = 0.05) -> Metrics:
    return Metrics(
        version="1.2.3",
        usage=UsageRepository(database),
        spool_bytes=spool_bytes,
        gateway_latency_s=lambda: latency_s,
        clock=Clock(),
    )


async def told(metrics: Metrics) -> Samples:
    return samples_of((await metrics.render()).decode())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fluxcord.db"


async def test_steps_are_counted_beside_what_stands_in_the_database(path: Path) -> None:
    failed = replace(RUNNING, state=JobState.FAILED, problem=Problem.FLUX_FAILED)
    async with Database(path) as database:
        await JobRepository(database).add(JOB)
        metrics = metrics_of(database)
        metrics.stepped(RUNNING, FETCHED)
        metrics.stepped(FETCHED, DELIVERED)
        metrics.stepped(DELIVERED, replace(DELIVERED, told_at=NOON))
        metrics.stepped(RUNNING, failed)
        metrics.retried("submit")
        found = await told(metrics)

    assert found["fluxcord_info", "all", "1.2.3"] == 1
    assert found["fluxcord_jobs_open", "flux-dev", "queued"] == 1
    assert found["fluxcord_jobs_ended_total", "flux-dev", "", "delivered"] == 1
    assert found["fluxcord_jobs_ended_total", "flux-dev", "flux_failed", "failed"] == 1
    assert found["fluxcord_phase_seconds_sum", "upload"] == 3
    assert found["fluxcord_phase_seconds_count", "upload"] == 1
    assert found["fluxcord_retries_total", "submit"] == 1
    assert found["fluxcord_month_credits", "house"] == 0
    assert found["fluxcord_gateway_latency_seconds",] == 0.05
    assert found["fluxcord_spool_bytes",] == 1_234


async def test_two_bots_of_one_process_count_for_themselves(path: Path) -> None:
    async with Database(path) as database:
        one, other = metrics_of(database), metrics_of(database)
        one.retried("disk")

        assert (await told(one))["fluxcord_retries_total", "disk"] == 1
        assert (await told(other))["fluxcord_retries_total", "disk"] == 0


async def test_a_worker_has_its_role_and_no_latency_that_an_alert_could_miss(path: Path) -> None:
    async with Database(path) as database:
        worker = Metrics(
            version="1.2.3",
            usage=UsageRepository(database),
            spool_bytes=spool_bytes,
            gateway_latency_s=None,
            clock=Clock(),
            role="worker",
        )
        found = await told(worker)

    assert found["fluxcord_info", "worker", "1.2.3"] == 1
    assert not any("latency" in name for name, *_ in found)


async def test_what_cannot_be_read_is_left_out_and_the_rest_told(path: Path) -> None:
    async with Database(path) as database:
        await JobRepository(database).add(JOB)
        metrics = metrics_of(database, latency_s=None)
        metrics.retried("disk")
        assert ("fluxcord_jobs_open", "flux-dev", "queued") in await told(metrics)
    found = await told(metrics)

    assert found["fluxcord_retries_total", "disk"] == 1
    assert math.isnan(found["fluxcord_gateway_latency_seconds",])
    assert not any(name in {"fluxcord_jobs_open", "fluxcord_month_credits"} for name, *_ in found)


async def test_a_late_event_loop_is_noticed(path: Path) -> None:
    async with Database(path) as database:
        metrics = metrics_of(database)
        watching = asyncio.create_task(metrics.watch_loop())
        await asyncio.sleep(0)
        time.sleep(LAG_INTERVAL_S + 0.2)  # noqa: ASYNC251, TID251  # it blocks the loop
        await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        found = await told(metrics)

    assert found["fluxcord_event_loop_lag_seconds_count",] == 1
    assert found["fluxcord_event_loop_lag_seconds_sum",] >= 0.2
