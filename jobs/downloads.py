"""Downloads a job's images into the image store, with retries."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from domain.models import Image, ImageKind, Job, Problem
from images.fetcher import DeadLinkError, FetchError, GoneLinkError
from images.files import StoreUnavailableError
from images.inspect import PictureLimitError, UnusablePictureError
from jobs.problems import result_problem, source_problem
from jobs.transitions import Observer, Retry
from storage.errors import Outage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flux import Task
    from images.store import BroughtSource, ImageStore

logger = logging.getLogger(__name__)

FETCH_ATTEMPTS: Final = 4
"""Tries for a source whose link does not work; a try costs nothing."""

RESULT_ATTEMPTS: Final = 8
"""Tries for a picture that is paid for: two minutes, in which most outages end."""

MAX_WAIT_S: Final = 60.0
"""Longest pause between two tries of anything, where nobody asked for a longer one."""

MAX_ASKED_S: Final = 300.0
"""Longest pause that is taken because it was asked for; an odd number must not be for days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How patient the bot is.

    Attributes:
        interval_s: seconds before a first retry.
        observers: are told of every try that has to be made again.
    """

    interval_s: float
    observers: Sequence[Observer] = ()

    async def pause(self, what: Retry, attempt: int, asked_s: float | None = None) -> None:
        """Wait before another try: twice as long each time, and at least what was asked for."""
        for observer in self.observers:
            observer.retried(what)
        await asyncio.sleep(self.pause_s(attempt, asked_s))

    def pause_s(self, attempt: int, asked_s: float | None = None) -> float:
        """Return how many seconds the pause before another try takes."""
        own_s: float = min(self.interval_s * 2 ** min(attempt, 10), MAX_WAIT_S)
        return max(own_s, min(asked_s or 0.0, MAX_ASKED_S))


class Downloads:
    """Fetches with retries; what cannot be had is returned as a `Problem`."""

    def __init__(self, *, spool: ImageStore, retry: RetryPolicy) -> None:
        self._spool = spool
        self.warm = spool.decoder.warm
        self._retry = retry
        self._unwritable = Outage("the spool is not writable")

    async def has(self, images: Sequence[Image]) -> bool:
        """Whether all of these are still in the spool; waits for a spool that cannot be read."""
        attempt = 0
        while True:
            try:
                return len(await self._spool.present(images)) == len(images)
            except StoreUnavailableError as error:
                self._unwritable.failed(error)
                await self._retry.pause(Retry.DISK, attempt)
                attempt += 1

    async def fit(self, images: Sequence[Image], limit_bytes: int) -> list[Image] | None:
        """Return these pictures small enough for one message, None where nothing makes them so."""
        attempt = 0
        while True:
            try:
                return await self._spool.fit(images, limit_bytes)
            except UnusablePictureError as error:
                logger.warning("cannot resize images: %s", type(error).__name__)
                return None
            except StoreUnavailableError as error:
                self._unwritable.failed(error)
                await self._retry.pause(Retry.DISK, attempt)
                attempt += 1

    async def source(self, job: Job, url: str, position: int = 1) -> BroughtSource | Problem:
        """Bring the picture that is to be edited."""
        for attempt in range(FETCH_ATTEMPTS):
            try:
                source = await self._spool.fetch_source(
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
        """Make one source of several."""
        person = job.request.requester.user_id
        try:
            return await self._spool.join(images, job_id=job.id, person=person)
        except StoreUnavailableError as error:
            self._unwritable.failed(error)
            return Problem.SPOOL_UNAVAILABLE
        except UnusablePictureError as error:
            logger.info("job=%s sources: %s", job.id, error)
            return source_problem(error)

    async def source_again(self, job: Job, image: Image) -> Image | Problem:
        """Keep a picture of an earlier job as what this one edits."""
        try:
            return await self._spool.copy(image, job_id=job.id, kind=ImageKind.SOURCE, position=1)
        except StoreUnavailableError as error:
            self._unwritable.failed(error)
            return Problem.SPOOL_UNAVAILABLE

    async def drop(self, image: Image) -> None:
        """Remove a picture that was brought here and is not stored."""
        await self._spool.remove([image])

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
                image = await self._spool.fetch(
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
