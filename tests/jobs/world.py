"""Everything around jobs: real storage, a real spool and server, a scripted Flux and Discord."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from flux import Task, TaskFailure, TaskState
from jobs.fetching import Fetcher, Pace
from jobs.poller import Poller
from jobs.runner import JobRunner
from jobs.steps import Steps
from storage.jobs import JobRepository
from storage.records import Action, JobState
from tests.factories import make_job, make_request, make_ticket
from tests.fakes import FakeFlux, FakeMessenger
from tests.jobs.serving import picture

if TYPE_CHECKING:
    from jobs.spool import Spool
    from storage.database import Database
    from storage.records import ImageRequest, Job
    from tests.jobs.serving import PictureServer

INTERVAL_S = 0.001


@dataclass
class World:
    """What a job meets on its way; each runner or steps made here is a start of the bot."""

    database: Database
    server: PictureServer
    spool: Spool
    flux: FakeFlux = field(default_factory=FakeFlux)
    messenger: FakeMessenger = field(default_factory=FakeMessenger)
    _interactions: count[int] = field(default_factory=lambda: count(9001))
    _polling: list[asyncio.Task[None]] = field(default_factory=list)
    _runners: list[JobRunner] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.jobs = JobRepository(self.database)

    def steps(self, *, timeout_s: float = 600) -> Steps:
        """Return steps whose poller polls until the world ends."""
        poller = Poller(flux=self.flux, interval_s=INTERVAL_S)
        self._polling.append(asyncio.create_task(poller.run()))
        return self._steps(poller, timeout_s)

    def runner(self, *, max_running: int = 2, timeout_s: float = 600) -> JobRunner:
        """Return a runner that is not yet open."""
        poller = Poller(flux=self.flux, interval_s=INTERVAL_S)
        runner = JobRunner(
            jobs=self.jobs,
            steps=self._steps(poller, timeout_s),
            poller=poller,
            max_running=max_running,
        )
        self._runners.append(runner)
        return runner

    def _steps(self, poller: Poller, timeout_s: float) -> Steps:
        self.flux.is_closing = False
        pace = Pace(interval_s=INTERVAL_S, timeout_s=timeout_s)
        return Steps(
            jobs=self.jobs,
            flux=self.flux,
            poller=poller,
            fetcher=Fetcher(spool=self.spool, pace=pace),
            messenger=self.messenger,
            pace=pace,
        )

    async def close(self) -> None:
        self.flux.may_answer.set()
        for runner in self._runners:
            await runner.close()
        for polling in self._polling:
            polling.cancel()
        await asyncio.gather(*self._polling, return_exceptions=True)

    def request(self, **changes: Any) -> ImageRequest:  # noqa: ANN401  # make_request's own
        """Return a request of an interaction of its own."""
        ticket = make_ticket(interaction_id=next(self._interactions))
        return make_request(**{"ticket": ticket, **changes})

    def edit_request(self, source_url: str) -> ImageRequest:
        return self.request(
            action=Action.EDIT, command="edit", model="flux-kontext-pro", source_url=source_url
        )

    async def stored(self, **changes: Any) -> Job:  # noqa: ANN401  # make_job's own
        """Store a job that an earlier start of the bot left so."""
        job = make_job(
            **{
                "id": secrets.token_hex(6),
                "request": self.request(),
                "created_at": datetime.now(UTC),
                **changes,
            }
        )
        await self.jobs.add(job)
        return job

    async def running(self, task_id: str | None = "task-1", **changes: Any) -> Job:  # noqa: ANN401
        """Store a job that Flux has accepted and that people see."""
        return await self.stored(
            **{
                "state": JobState.RUNNING,
                "task_id": task_id,
                "message_id": 6001,
                "nonce": "nonce",
                "submitted_at": datetime.now(UTC),
                **changes,
            }
        )

    async def now(self, job: Job) -> Job:
        """Return what storage knows of the job."""
        stored = await self.jobs.get(job.id)
        assert stored is not None
        return stored

    async def ended(self, *jobs: Job) -> list[Job]:
        """Wait until nothing more happens to these jobs; return what became of them."""
        names = {
            f"{what} {job.id}" for what in ("job", "abandon", "dismiss", "tell") for job in jobs
        }
        tasks = [task for task in asyncio.all_tasks() if task.get_name() in names]
        if tasks:
            await asyncio.wait(tasks)
        return [await self.now(job) for job in jobs]

    def done(self, task_id: str, *urls: str, charged: int | None = 216_000) -> Task:
        """Return a finished task with these pictures, or with one that is served here."""
        urls = urls or (self.server.serve(f"/{task_id}.png", picture()),)
        return Task(id=task_id, state=TaskState.DONE, image_urls=urls, charged_microcredits=charged)


def failed(task_id: str, *, refused: bool = False) -> Task:
    """Return a task that Flux could not, or would not, finish."""
    failure = TaskFailure(code="any", message="supplier said no", refused=refused)
    return Task(id=task_id, state=TaskState.FAILED, failure=failure, trace_id="trace-of-failure")
