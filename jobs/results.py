"""The end of a job at Flux, and its images: waits for the task, downloads with retries."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from domain.models import Image, Job, JobState, Problem
from flux.catalogue import MODELS
from images.fetcher import DeadLinkError, FetchError, GoneLinkError
from images.files import StoreUnavailableError
from images.inspect import PictureLimitError, UnusablePictureError
from jobs.problems import result_problem, source_problem, task_problem
from jobs.transitions import Retry
from storage.errors import Outage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from flux.models import Task
    from images.store import BroughtSource, ImageStore
    from jobs.delivery import Deliverer
    from jobs.lost_answers import LostAnswers
    from jobs.poller import EtaEstimator, Poller
    from jobs.transitions import RetryPolicy, Transitions

R = TypeVar("R")

logger = logging.getLogger(__name__)

FETCH_ATTEMPTS: Final = 4
"""Tries for a source whose link does not work; a try costs nothing."""

RESULT_ATTEMPTS: Final = 8
"""Tries for a picture that is paid for: two minutes, in which most outages end."""

LAST_LOOKS: Final = 120
"""Intervals that a job still has after its deadline passed while the bot was down."""

OVERDUE_LIMIT: Final = timedelta(hours=24)
"""How long after its submit a job is looked for at all."""

OVERDUE_INTERVAL_S: Final = 60.0
"""Between two looks at a job that is overdue."""


class Downloads:
    """Fetches with retries; what cannot be had is returned as a `Problem`."""

    def __init__(self, *, spool: ImageStore, retry: RetryPolicy) -> None:
        self.spool = spool
        self._retry = retry
        self._unwritable = Outage("the spool is not writable")

    async def has(self, images: Sequence[Image]) -> bool:
        """Whether all of these are still in the spool; waits for a spool that cannot be read."""
        present = await self._patiently(partial(self.spool.present, images))
        return len(present) == len(images)

    async def fit(self, images: Sequence[Image], limit_bytes: int) -> list[Image] | None:
        """Return these pictures small enough for one message, None where nothing makes them so."""
        try:
            return await self._patiently(partial(self.spool.fit, images, limit_bytes))
        except UnusablePictureError as error:
            logger.warning("cannot resize images: %s", type(error).__name__)
            return None

    async def _patiently(self, call: Callable[[], Awaitable[R]]) -> R:
        attempt = 0
        while True:
            try:
                return await call()
            except StoreUnavailableError as error:
                self._unwritable.failed(error)
                await self._retry.pause(Retry.DISK, attempt)
                attempt += 1

    async def source(self, job: Job, url: str, position: int = 1) -> BroughtSource | Problem:
        for attempt in range(FETCH_ATTEMPTS):
            try:
                source = await self.spool.fetch_source(
                    url, job_id=job.id, position=position, person=job.request.requester.user_id
                )
            except StoreUnavailableError as error:
                self._unwritable.failed(error)
                return Problem.SPOOL_UNAVAILABLE
            except (GoneLinkError, DeadLinkError, UnusablePictureError) as error:
                logger.info("job=%s source: %s", job.id, error)
                return source_problem(error)
            except FetchError:
                if attempt < FETCH_ATTEMPTS - 1:
                    await self._retry.pause(Retry.DOWNLOAD, attempt)
            else:
                if self._unwritable.is_on:
                    self._unwritable.worked()
                return source
        return Problem.SOURCE_UNREACHABLE

    async def join(self, job: Job, images: Sequence[Image]) -> Image | Problem:
        person = job.request.requester.user_id
        return await self._kept(job, self.spool.join(images, job_id=job.id, person=person))

    async def source_again(self, job: Job, image: Image) -> Image | Problem:
        """Keep a picture of an earlier job as what this one edits."""
        return await self._kept(job, self.spool.copy(image, job_id=job.id))

    async def _kept(self, job: Job, keeping: Awaitable[Image]) -> Image | Problem:
        try:
            return await keeping
        except StoreUnavailableError as error:
            self._unwritable.failed(error)
            return Problem.SPOOL_UNAVAILABLE
        except UnusablePictureError as error:
            logger.info("job=%s source: %s", job.id, error)
            return source_problem(error)

    async def results(self, job: Job, task: Task) -> list[Image] | Problem:
        """Bring the pictures that Flux made, at most as many as were asked for."""
        urls = task.image_urls[: job.request.count]
        if len(urls) == 1:  # it needs no task of its own
            result = await self._result(job, urls[0], 1)
            return result if isinstance(result, Problem) else [result]
        fetching = [self._result(job, url, position) for position, url in enumerate(urls, start=1)]
        results = await asyncio.gather(*fetching)
        images = [result for result in results if not isinstance(result, Problem)]
        problems = [result for result in results if isinstance(result, Problem)]
        return images or problems[0]

    async def _result(self, job: Job, url: str, position: int) -> Image | Problem:
        # The link of a result may be ahead of its file, and what it leads to may arrive broken.
        attempt = disk_attempt = 0
        while True:
            is_last = attempt == RESULT_ATTEMPTS - 1
            try:
                image = await self.spool.fetch(
                    url, job_id=job.id, position=position, is_tolerant=is_last
                )
            except StoreUnavailableError as error:
                # It is paid for, so it waits until there is room for it.
                self._unwritable.failed(error)
                if not disk_attempt:
                    logger.warning("job=%s cannot store its image, retrying", job.id)
                await self._retry.pause(Retry.DISK, disk_attempt)
                attempt, disk_attempt = 0, disk_attempt + 1
            except (FetchError, UnusablePictureError) as error:
                if is_last or isinstance(error, DeadLinkError | PictureLimitError):
                    logger.warning("job=%s image %d: %s", job.id, position, error)
                    return result_problem(error)
                logger.info("job=%s image %d, retrying: %s", job.id, position, error)
                await self._retry.pause(Retry.DOWNLOAD, attempt)
                attempt += 1
            else:
                if self._unwritable.is_on:
                    self._unwritable.worked()
                return image


class Retriever:
    """Waits for tasks, by asking and by what callbacks tell."""

    def __init__(
        self,
        transitions: Transitions,
        deliverer: Deliverer,
        downloads: Downloads,
        poller: Poller,
        eta: EtaEstimator,
        lost_answers: LostAnswers,
    ) -> None:
        self._transitions = transitions
        self._deliverer = deliverer
        self.downloads = downloads
        self.poller = poller
        self.eta = eta
        self.lost_answers = lost_answers

    async def fetch(self, job: Job) -> Job:
        """Wait for the task, then bring its pictures to the spool.

        Of a job whose answer was lost, the task is found first, and the job returned. A job that
        takes too long is marked overdue and returned as it is; called with such a job, this looks
        now and then, for a day.
        """
        if job.state is JobState.UNCERTAIN:
            return await self.lost_answers.find(job)
        if not job.task_id:
            # The call was held and named no task, and its pictures could not be kept.
            return await self._deliverer.end(job, Problem.RESULT_UNREACHABLE)
        is_overdue = job.overdue_at is not None
        limit = OVERDUE_LIMIT if is_overdue else timedelta(seconds=self.eta.timeout_s)
        left = (job.submitted_at or job.created_at) + limit - self._transitions.now()
        left_s = max(left.total_seconds(), LAST_LOOKS * self.poller.interval_s)
        elapsed_s = max(limit.total_seconds() - left_s, 0.0)
        # From here on a callback hurries the poller.
        named = self.lost_answers.named.pop(job.id, None)
        try:
            async with asyncio.timeout(left_s):
                task = await self.poller.wait(
                    job.task_id,
                    first_look_s=self.eta.first_look_s(job.request.model, elapsed_s, left_s),
                    gap_s=OVERDUE_INTERVAL_S if is_overdue else None,
                    is_told=named is not None and named.done(),
                )
        except TimeoutError:
            if is_overdue:
                return await self._deliverer.end(job, Problem.OVERDUE)
            logger.warning("job=%s is overdue", job.id)
            overdue = replace(job, overdue_at=self._transitions.now())
            return await self._transitions.advance(job, overdue)
        job = replace(job, trace_id=task.trace_id or job.trace_id)
        if task.failure is not None:
            logger.warning("job=%s failed at flux: code=%s", job.id, task.failure.code)
            return await self._deliverer.end(job, task_problem(job, task.failure))
        return await self.keep_results(job, task)

    async def called_back(self, job: Job, task_id: str | None) -> None:
        """Take what a callback says of a job that goes on as a hint, which is stored if new."""
        if job.state is JobState.RUNNING and job.task_id:
            self.lost_answers.name(job.id, job.task_id)
            self.poller.hurry(job.task_id)
        elif job.state in {JobState.SUBMITTING, JobState.UNCERTAIN} and task_id:
            self.lost_answers.name(job.id, task_id)
            await self._transitions.name_task(job, task_id)

    async def keep_results(self, job: Job, task: Task) -> Job:
        """Bring the pictures of a finished task to the spool."""
        # What Flux made is paid for, whether its links work or not.
        made = min(len(task.image_urls), job.request.count)
        model = MODELS.get(job.request.model)  # an update can have taken it from the catalogue
        estimate = model.estimated_microcredits * made if model else job.estimated_microcredits
        job = replace(
            job,
            # Pictures that are missing here later are brought again, and were made then.
            made_at=job.made_at or self._transitions.now(),
            charged_microcredits=task.charged_microcredits,
            estimated_microcredits=estimate,
        )
        images = await self.downloads.results(job, task)
        if isinstance(images, Problem):
            return await self._deliverer.end(job, images)
        charge = estimate if task.charged_microcredits is None else task.charged_microcredits
        after = replace(
            job,
            state=JobState.FETCHED,
            fetched_at=job.fetched_at or self._transitions.now(),
            carried_microcredits=charge * (made - len(images)) // made,
        )
        if job.fetched_at is None:
            self.eta.note(after)
        if job.task_id:  # after a crash Flux is asked again
            return self._transitions.hold(job, after, images)
        return await self._transitions.advance(job, after, images)

    async def show_partial(self, job: Job, task: Task) -> None:
        """Show the pictures that have come so far, unless somebody has cancelled the job."""
        images = await self.downloads.results(job, task)
        fresh = await self._transitions.fresh(job)
        if not isinstance(images, Problem) and fresh.cancel_asked_at is None:
            await self._deliverer.show_progress(fresh, images)
