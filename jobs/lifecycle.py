"""The way of one job through its states, from whichever it is found in."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeAlias

from domain.models import Action, ImageKind, JobState
from jobs.events import Retry
from jobs.source_images import SourceImages
from storage.database import DatabaseClosedError, StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from domain.models import Job
    from domain.scheduler import Slot
    from jobs.means import Means
    from jobs.results import Retriever
    from jobs.submission import Submitter

    Spawn: TypeAlias = Callable[[Coroutine[object, object, None], str], object]

logger = logging.getLogger(__name__)


class Lifecycle:
    """Takes jobs from step to step.

    Args:
        spawn: starts work beside the job, under a name; what it raises is only logged.
    """

    def __init__(
        self, *, means: Means, submitter: Submitter, retriever: Retriever, spawn: Spawn
    ) -> None:
        self._means = means
        self._sources = SourceImages(
            jobs=means.jobs,
            journal=means.journal,
            fetcher=means.fetcher,
            presenter=means.presenter,
            sweeper=means.sweeper,
        )
        self._submitter = submitter
        self._retriever = retriever
        self._spawn = spawn
        self._submits: set[asyncio.Task[Job]] = set()

    async def run(self, job: Job, turn: Slot) -> None:
        """See a job to its end; the turn is given back as soon as Flux is done with it.

        Raises:
            StaleJobError: somebody else ended the job.
            DatabaseClosedError: the bot has stopped.
        """
        with turn:
            job = await self._patiently(job, lambda now: self._until_fetched(now, turn))
        # From here on nobody waits for this job's place.
        if job.overdue_at is not None and job.state is JobState.RUNNING:
            self._spawn(self._means.presenter.show_status(job), f"status {job.id}")
        await self._patiently(job, self._until_ended)

    async def close(self, patience_s: float) -> None:
        """Send nothing more, and wait for answers that are on their way."""
        submits = [*self._submits]
        if submits:
            await asyncio.wait(submits, timeout=patience_s)
        for submit in submits:
            submit.cancel()
        await asyncio.gather(*submits, return_exceptions=True)

    async def _patiently(self, job: Job, steps: Callable[[Job], Awaitable[Job]]) -> Job:
        """Take steps; where one cannot be read, from where the job stands by then."""
        attempt = 0
        while True:
            try:
                if attempt:
                    job = await self._means.journal.fresh(job)
                return await steps(job)
            except DatabaseClosedError:
                raise
            except StorageError:
                if not attempt:  # the database logs why, and for how long
                    logger.warning("job=%s cannot be read, trying again", job.id)
                await self._means.pace.pause(Retry.DISK, attempt)
                attempt += 1

    async def _until_fetched(self, job: Job, turn: Slot) -> Job:
        job = await self._until_sent(job, turn)
        if job.state is JobState.RUNNING and job.overdue_at is None:
            job = await self._fetch(job, turn)
        return job

    async def _until_sent(self, job: Job, turn: Slot) -> Job:
        if job.state is JobState.SUBMITTING:
            # The process ended between the request and its answer: it is never sent again.
            return await self._retriever.lose(job)
        if job.state is not JobState.QUEUED:
            return job
        if job.request.action is Action.EDIT:
            self._means.fetcher.warm(ImageKind.SOURCE)
        if job.message_id is None:
            job = await self._means.presenter.announce(job, position=turn.position)
            if job.state is JobState.QUEUED:
                self._spawn(self._means.presenter.dismiss(job), f"dismiss {job.id}")
        if job.state is JobState.QUEUED:
            job = await self._sources.take(job)
        if job.state is not JobState.QUEUED:
            return job
        await self._wait_for(turn, job)
        return await self._submit(job)

    async def _wait_for(self, turn: Slot, job: Job) -> None:
        noting = None
        if turn.position > 1:
            noting = asyncio.create_task(self._note_next_up(turn, job), name=f"next up {job.id}")
        try:
            await turn.wait()
        finally:
            if noting is not None:
                noting.cancel()
                await asyncio.gather(noting, return_exceptions=True)

    async def _note_next_up(self, turn: Slot, job: Job) -> None:
        await turn.next_up.wait()
        await self._means.presenter.show_progress(job, position=1)

    async def _until_ended(self, job: Job) -> Job:
        if job.state is JobState.UNCERTAIN:
            job = await self._retriever.await_evidence(job)
        while job.state in {JobState.RUNNING, JobState.FETCHED}:
            if job.state is JobState.FETCHED:
                job = await self._means.presenter.deliver(job)
            else:
                job = await self._retriever.fetch(job)
        return job

    async def _fetch(self, job: Job, turn: Slot) -> Job:
        if not turn.has_waited:
            return await self._retriever.fetch(job)
        progress = asyncio.create_task(
            self._means.presenter.show_progress(job), name=f"progress {job.id}"
        )
        try:
            return await self._retriever.fetch(job)
        finally:
            # The result says more, and a slow status must neither hold it up nor come after it.
            progress.cancel()
            await asyncio.gather(progress, return_exceptions=True)

    async def _submit(self, job: Job) -> Job:
        self._means.fetcher.warm(ImageKind.RESULT)
        # A task of its own, so that a stop can wait for the answer while the job's task is ended.
        submit = asyncio.create_task(self._submitter.submit(job), name=f"submit {job.id}")
        self._submits.add(submit)
        submit.add_done_callback(self._submits.discard)
        return await asyncio.shield(submit)
