"""Everything around jobs: real storage, a real spool and server, a scripted Flux and Discord."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from clock import Clock
from domain.models import Action, ImageKind, JobState, Payer
from flux.models import Task, TaskFailure, TaskState
from images.retention import Retention, SpoolLimits
from jobs.options import JobOptions
from jobs.setup import build_worker
from jobs.submission import CircuitBreaker
from storage.images import ImageRepository
from storage.jobs import JobRepository
from tests.factories import make_job, make_request, make_ticket
from tests.fakes import FakeFlux, FakeMessenger
from tests.images.serving import picture
from tests.storage.ledger import LedgerRepository

if TYPE_CHECKING:
    from domain.models import Image, ImageRequest, Job
    from domain.scheduler import FairScheduler
    from images.store import ImageStore
    from jobs.delivery import Deliverer
    from jobs.results import Retriever
    from jobs.shared_queue import SharedScheduler
    from jobs.source_images import SourceImages
    from jobs.submission import Submitter
    from jobs.worker import JobWorker
    from storage.database import Database
    from tests.images.serving import PictureServer

INTERVAL_S = 0.001

OPTIONS = JobOptions(interval_s=INTERVAL_S, timeout_s=600, max_running=2, per_user=2)

CALLED_BACK = replace(OPTIONS, callback_base="https://bot.test/flux/callbacks/")


@dataclass(frozen=True)
class Hands:
    """All that one start of the bot works with."""

    worker: JobWorker

    @property
    def presenter(self) -> Deliverer:
        return self.worker.deliverer

    @property
    def scheduler(self) -> FairScheduler:
        return self.worker.lifecycle.scheduler

    @property
    def sources(self) -> SourceImages:
        return self.worker.lifecycle.sources

    @property
    def submitter(self) -> Submitter:
        return self.worker.lifecycle.submitter

    @property
    def retriever(self) -> Retriever:
        return self.worker.lifecycle.retriever

    async def announce(self, job: Job, *, position: int) -> Job:
        """Announce a job, and wait until that is stored."""
        return await self._stored(await self.presenter.announce(job, position=position))

    async def fetch(self, job: Job) -> Job:
        """Fetch a job, and wait until that is stored."""
        return await self._stored(await self.retriever.fetch(job))

    async def _stored(self, job: Job) -> Job:
        await self.worker.transitions.store_held(job.id)
        return job


@dataclass
class World:
    """What a job meets on its way; each runner or steps made here is a start of the bot."""

    database: Database
    server: PictureServer
    spool: ImageStore
    flux: FakeFlux = field(default_factory=FakeFlux)
    messenger: FakeMessenger = field(default_factory=FakeMessenger)
    clock: Clock = field(default_factory=Clock)
    max_user_bytes: int = 0
    shared: SharedScheduler | None = None
    _interactions: count[int] = field(default_factory=lambda: count(9001))
    _polling: list[asyncio.Task[None]] = field(default_factory=list)
    _runners: list[JobWorker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.jobs = JobRepository(self.database)

    def hands(self, *, timeout_s: float = 600, options: JobOptions = OPTIONS) -> Hands:
        """Return everything that takes steps, with a poller that polls until the world ends."""
        hands = Hands(self._build(replace(options, timeout_s=timeout_s)))
        self._polling.append(asyncio.create_task(hands.retriever.poller.run()))
        return hands

    def runner(
        self,
        *,
        max_running: int = 2,
        timeout_s: float = 600,
        options: JobOptions = OPTIONS,
        breaker: CircuitBreaker | None = None,
    ) -> JobWorker:
        """Return a runner that is not yet open."""
        options = replace(
            options, max_running=max_running, per_user=max_running, timeout_s=timeout_s
        )
        runner = self._build(options, breaker)
        self._runners.append(runner)
        return runner

    def _build(self, options: JobOptions, breaker: CircuitBreaker | None = None) -> JobWorker:
        self.flux.is_closing = False
        return build_worker(
            jobs=self.jobs,
            spool=self.spool,
            flux=self.flux,
            messenger=self.messenger,
            retention=Retention(
                images=ImageRepository(self.database),
                files=self.spool.files,
                limits=SpoolLimits(max_user_bytes=self.max_user_bytes),
                clock=self.clock,
            ),
            options=options,
            clock=self.clock,
            breaker=breaker or CircuitBreaker(),
            shared=self.shared,
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
        if job.told_at is not None:  # which is when its token is removed
            ticket = replace(job.request.ticket, token=None)
            job = replace(job, request=replace(job.request, ticket=ticket))
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

    async def until(self, job: Job, state: JobState) -> Job:
        """Wait until storage knows the job in this state; return it so."""
        while (stored := await self.now(job)).state is not state:
            await asyncio.sleep(INTERVAL_S)
        return stored

    async def charges(self, job: Job) -> dict[Payer, int]:
        """Return what each payer bears of the job, in microcredits."""
        charges = dict.fromkeys(Payer, 0)
        for entry in await LedgerRepository(self.database).list_entries(job.id):
            charges[entry.payer] += entry.microcredits
        return charges

    async def started(self, runner: JobWorker, **changes: Any) -> Job:  # noqa: ANN401
        """Accept and start a request with these changes."""
        job = await runner.accept(self.request(**changes))
        runner.start(job)
        return job

    async def results(self, job: Job) -> list[Image]:
        """Return the pictures that are kept of the job."""
        return await self.jobs.list_images(job.id, ImageKind.RESULT)

    async def ended(self, *jobs: Job) -> list[Job]:
        """Wait until nothing more happens to these jobs; return what became of them."""
        await _end_of({"resume"})  # which starts the others
        what = ("job", "abandon", "tell", "status", "reopen", "hand over")
        await _end_of({f"{each} {job.id}" for each in what for job in jobs})
        # It waits for another commit, which would take ten seconds to come by itself.
        while _named({f"dismiss {job.id}" for job in jobs}):
            await self.database.write(lambda _: None)
        return [await self.now(job) for job in jobs]

    def done(self, task_id: str, *urls: str, charged: int | None = 216_000) -> Task:
        """Return a finished task with these pictures, or with one that is served here."""
        urls = urls or (self.server.serve(f"/{task_id}.png", picture()),)
        return Task(id=task_id, state=TaskState.DONE, image_urls=urls, charged_microcredits=charged)


def failed(task_id: str, *, refused: bool = False) -> Task:
    """Return a task that Flux could not, or would not, finish."""
    failure = TaskFailure(code="any", message="supplier said no", refused=refused)
    return Task(id=task_id, state=TaskState.FAILED, failure=failure, trace_id="trace-of-failure")


def untold(job: Job) -> Job:
    """Return an ended job as it was while its end was being told, with the token to tell it by."""
    ticket = replace(job.request.ticket, token=make_ticket().token)
    request = replace(job.request, ticket=ticket)
    return replace(job, request=request, told_at=None, revision=job.revision - 1)


def _named(names: set[str]) -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name() in names]


async def _end_of(names: set[str]) -> None:
    """Wait for the tasks with these names."""
    tasks = _named(names)
    if tasks:
        await asyncio.wait(tasks)
