"""What a torn write-ahead log leaves is taken up, and the books agree with Flux's at the end."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

from domain.models import JobState, Payer, Problem
from flux.errors import AnswerLostError, FluxError, RefusedContentError
from flux.models import Submission, TaskState
from storage.database import Database
from storage.jobs import JobRepository
from tests.examples import is_full
from tests.factories import make_image, make_job, make_request, make_ticket
from tests.fakes import FakeFlux
from tests.images.serving import picture
from tests.jobs.world import World, failed
from tests.migrated import place_database
from tests.storage.test_torn_wal import (
    ENDS,
    PAGE_BYTES,
    PAGES_UNTIL_CHECKPOINT,
    copy_of,
    torn,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from domain.models import Image, Job
    from flux.models import EditRequest, GenerateRequest, Task
    from images.store import ImageStore
    from tests.images.serving import PictureServer

CHARGED = 180_000
"""What Flux takes, other than the estimate, so that what is only reserved is told from it."""

FATES = {
    "delivered": (JobState.DELIVERED, None),
    "failed": (JobState.FAILED, Problem.FLUX_FAILED),
    "unreachable": (JobState.FAILED, Problem.RESULT_UNREACHABLE),
    "lost": (JobState.FAILED, Problem.ANSWER_LOST),
    "refused": (JobState.REFUSED, Problem.FLUX_REFUSED_CONTENT),
    "cancelled": (JobState.CANCELLED, Problem.CANCELLED),
}
"""How a job ends, by its prompt."""

WAYS = {
    "delivered": (JobState.SUBMITTING, JobState.RUNNING, JobState.FETCHED),
    "failed": (JobState.SUBMITTING, JobState.RUNNING),
    "unreachable": (JobState.SUBMITTING, JobState.RUNNING),
    "lost": (JobState.SUBMITTING, JobState.UNCERTAIN),
    "refused": (JobState.SUBMITTING,),
    "cancelled": (),
}
"""What a job of this fate goes through before."""

EVERY = 2
"""By default, one step in so many is torn; every state is met in these too."""

AGE = timedelta(hours=1)
"""Of what was submitted before: too old to be a measure of how long Flux takes now."""

PATIENCE_S = 86_400

PAID: dict[str, Any] = {"charged_microcredits": CHARGED}
PICTURE = picture()


def task_id_of(prompt: str) -> str:
    return f"task of {prompt}"


class BookkeepingFlux(FakeFlux):
    """Does with each request what its prompt says, and remembers what it took for it."""

    def __init__(self, server: PictureServer) -> None:
        super().__init__()
        self.taken: Counter[str] = Counter()
        self.charged: Counter[str] = Counter()
        self._picture_url = server.serve("/made.png", PICTURE)
        self._dead_url = server.url("/gone.png")

    def take(self, prompt: str) -> Submission:
        """Begin a task; it ends at once.

        Raises:
            FluxError: as the prompt says.
        """
        self.taken[prompt] += 1
        if prompt == "refused":
            raise RefusedContentError("")
        self.charged[prompt] += 0 if prompt == "failed" else CHARGED
        if prompt == "lost":
            raise AnswerLostError("")
        self.tell(self._task(prompt))
        return Submission(task_id=task_id_of(prompt), trace_id=None)

    async def submit(self, request: GenerateRequest | EditRequest) -> Submission:
        return self.take(request.prompt)

    def _task(self, prompt: str) -> Task:
        task = failed(task_id_of(prompt))
        if prompt == "failed":
            return task
        url = self._dead_url if prompt == "unreachable" else self._picture_url
        return replace(task, state=TaskState.DONE, image_urls=(url,), failure=None, **PAID)


def steps_of(job: Job) -> Iterator[dict[str, Any]]:
    """Yield what changes in a job on its way to its fate."""
    fate, now = job.request.prompt, datetime.now(UTC)
    state, problem = FATES[fate]
    yield {"nonce": job.id, "announced_at": now}
    yield {"message_id": 6001}
    changes: dict[JobState, dict[str, Any]] = {
        JobState.SUBMITTING: {"submitted_at": now - AGE},
        JobState.RUNNING: {"task_id": task_id_of(fate)},
        JobState.FETCHED: {"fetched_at": now, **PAID},
    }
    for passed in WAYS[fate]:
        yield {"state": passed, **changes.get(passed, {})}
    charge = {"delivered": CHARGED, "unreachable": CHARGED, "lost": None}.get(fate, 0)
    end = {"state": state, "problem": problem, "charged_microcredits": charge, "ended_at": now}
    if fate == "delivered":
        yield {**end, "told_at": now}
    else:
        yield end
        yield {"told_at": now}


async def record(path: Path) -> list[int]:
    """Leave copies of a file and its log through which jobs have gone to each end.

    Returns how long the log was before the first of them, and after each step of a job.
    """
    log = path.with_name(f"{path.name}-wal")
    place_database(path)
    random = Random(1)  # noqa: S311  # no secret
    async with Database(path) as database:
        jobs = JobRepository(database)
        under_way: list[tuple[Job, Iterator[dict[str, Any]]]] = []
        lengths = [log.stat().st_size]
        for number, prompt in enumerate(FATES):
            ticket = make_ticket(interaction_id=1_000 + number)
            job = make_job(
                id=f"{number:012x}",
                request=make_request(ticket=ticket, prompt=prompt),
                created_at=datetime.now(UTC),
            )
            await jobs.add(job)
            lengths.append(log.stat().st_size)
            under_way.append((job, steps_of(job)))
        while under_way:
            job, steps = under_way.pop(random.randrange(len(under_way)))
            changes = next(steps, None)
            if changes is not None:
                images = [result_of(job)] if "fetched_at" in changes else []
                under_way.append((await jobs.advance(job, replace(job, **changes), images), steps))
                lengths.append(log.stat().st_size)
        # While it is open: its end would take everything out of the log.
        for end in ENDS:
            shutil.copyfile(f"{path}{end}", copy_of(path, end))
    return lengths


def result_of(job: Job) -> Image:
    name = f"{job.id}-result-1.png"
    return make_image(job_id=job.id, file_name=name, width=64, height=48, bytes=len(PICTURE))


def put_back(
    world: World, flux: BookkeepingFlux, jobs: list[Job], random: Random, missed: list[bool]
) -> None:
    """Have Flux and the spool as they were at that moment.

    Args:
        missed: whether each fetched file so far is missing; every other one is, and is added.
    """
    for job in jobs:
        path = world.spool.folder.path / result_of(job).file_name
        path.unlink(missing_ok=True)
        if job.state in {JobState.QUEUED, JobState.CANCELLED}:
            continue
        # The process may have ended before the request went out, or after.
        if job.state is not JobState.SUBMITTING or random.random() < 0.5:
            with suppress(FluxError):
                flux.take(job.request.prompt)
        if job.state is JobState.FETCHED:
            missed.append(len(missed) % 2 == 0)
        if job.state is JobState.DELIVERED or (job.state is JobState.FETCHED and not missed[-1]):
            path.write_bytes(PICTURE)


async def check_books(world: World, flux: BookkeepingFlux, before: Job) -> None:
    """Check that a job came to its end, and that Flux and the ledger agree about it."""
    job, charges = await world.now(before), await world.charges(before)
    prompt = job.request.prompt
    assert flux.taken[prompt] <= 1
    if before.state is JobState.SUBMITTING:
        end = FATES["lost"]
    elif before.state is JobState.QUEUED and prompt == "cancelled":
        end = FATES["delivered"]
    else:
        end = FATES[prompt]
    assert (job.state, job.problem) == end
    is_lost = job.problem is Problem.ANSWER_LOST
    cost = job.estimated_microcredits if is_lost else flux.charged[prompt]
    payer = Payer.USER if job.state is JobState.DELIVERED else Payer.HOUSE
    assert charges == {**dict.fromkeys(Payer, 0), payer: cost}

    results = await world.results(job)
    assert [image.position for image in results] == [1] * (job.state is JobState.DELIVERED)
    assert all(
        (world.spool.folder.path / image.file_name).read_bytes() == PICTURE for image in results
    )
    words = [phase for phase in world.messenger.phases(job.id) if phase in {"deliver", "end"}]
    assert len(words) == (before.told_at is None)


async def test_whatever_of_the_log_is_left_is_taken_up_and_the_books_agree(
    tmp_path: Path, server: PictureServer, spool: ImageStore
) -> None:
    lengths = await record(tmp_path / "recorded.db")
    file, log = (copy_of(tmp_path / "recorded.db", end).read_bytes() for end in ENDS)
    assert len(log) < PAGES_UNTIL_CHECKPOINT * PAGE_BYTES
    random = Random(2)  # noqa: S311  # no secret
    states: set[JobState] = set()
    missed: list[bool] = []
    # Once within each step, and once after the last: every state is met, whatever a row takes.
    points = [*enumerate(pairwise([*lengths, len(log) + 1]))]
    for point, (since, until) in points[:: 1 if is_full() else EVERY]:
        path = tmp_path / f"{point}.db"
        path.write_bytes(file)
        left = torn(log, random.randrange(since, until), random)
        path.with_name(f"{path.name}-wal").write_bytes(left)
        async with Database(path) as database:
            flux = BookkeepingFlux(server)
            world = World(database=database, server=server, spool=spool, flux=flux)
            ids = await database.read(
                lambda db: [row["id"] for row in db.fetch("select id from jobs")]
            )
            jobs = [job for job in [await world.jobs.get(job_id) for job_id in ids] if job]
            put_back(world, flux, jobs, random, missed)
            try:
                await world.runner(max_running=len(FATES), timeout_s=PATIENCE_S).open()
                await world.ended(*jobs)
                assert await world.jobs.list_open() == []
                for job in jobs:
                    await check_books(world, flux, job)
            finally:
                await world.close()
        states |= {job.state for job in jobs}

    assert states == {*JobState}
    assert {*missed} == {True, False}
