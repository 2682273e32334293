"""The picture of an edit: brought here, and known to Flux by an address that works."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from domain.models import FINAL, Image, ImageKind, Job, MessageRef, PictureRef, Problem
from flux.catalogue import PIXELS_BY_RATIO
from flux.protocol import nearest_ratio
from images.inspect import MAX_PIXELS
from jobs.leases import LeaseLostError, check_lease
from jobs.messenger import Posted, TooLarge
from jobs.problems import undelivered_problem
from jobs.requests import AUTO_SIZE, Source

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from images.store import BroughtSource
    from jobs.delivery import Deliverer
    from jobs.results import Downloads
    from jobs.transitions import Transitions
    from storage.jobs import JobRepository

JOINED: Final = 1
"""Position of a job's source; those of the pictures that it is joined of follow it."""

MAX_RETRIES_BACK: Final = 20
"""How many repetitions are looked through for the source of the first."""


class SourceImages:
    """The last step of an edit before it costs money."""

    def __init__(
        self,
        jobs: JobRepository,
        transitions: Transitions,
        downloads: Downloads,
        deliverer: Deliverer,
    ) -> None:
        self._jobs = jobs
        self._transitions = transitions
        self._downloads = downloads
        self._deliverer = deliverer

    async def join(self, job: Job) -> Job:
        """Make one source of the pictures of an edit that has several, before its card is shown.

        Where one cannot be used, the job ends here, free of charge, and its author alone is told
        which one. Raises StaleJobError.
        """
        more = job.request.more_source_urls or ""
        urls = [job.request.source_url or "", *more.splitlines()]
        parts: list[BroughtSource] = []
        try:
            joined = await self._joined(job, urls, parts)
        finally:
            await self._drop(*(part.image for part in parts))
        if isinstance(joined, Problem):
            number = len(parts) + 1 if len(parts) < len(urls) else None
            return await self._deliverer.end(replace(job, problem_source=number), joined)
        first = parts[0].image
        request = replace(job.request, source_url=None, more_source_urls=None)
        if request.size == AUTO_SIZE:
            request = replace(request, size=nearest_ratio(first.width, first.height))
        storing = self._transitions.advance(job, replace(job, request=request), [joined])
        return await self._stored_or_dropped(joined, storing)

    async def _joined(
        self, job: Job, urls: Sequence[str], parts: list[BroughtSource]
    ) -> Image | Problem:
        """Bring the pictures here, into `parts`, and join them; a problem is of the next part."""
        for position, url in enumerate(urls, start=JOINED + 1):
            part = await self._downloads.source(job, url, position)
            if isinstance(part, Problem):
                return part
            parts.append(part)
        if sum(part.pixels for part in parts) > MAX_PIXELS:
            return Problem.SOURCES_TOO_MANY_PIXELS
        return await self._downloads.join(job, [part.image for part in parts])

    async def take(self, job: Job) -> Job:
        """Keep the picture in the spool, checked, and store an address that Flux can fetch it from.

        Its own address is tried first, then a fresh one from the message that shows it. Where
        neither works, or Flux may not take what is there, the picture goes from the spool onto the
        job's own message. A job whose picture is nowhere ends here, free of charge. Raises
        StaleJobError.
        """
        for is_fresh in (False, True):
            url = await self._deliverer.source_url(job) if is_fresh else job.request.source_url
            if url is None:
                continue
            source = await self._downloads.source(job, url)
            if not isinstance(source, Problem):
                if source.is_copy:
                    return await self._stored_or_dropped(
                        source.image, self._attach(job, source.image)
                    )
                return await self._stored_or_dropped(
                    source.image, self._found(job, source.image, url)
                )
            if source is not Problem.SOURCE_UNREACHABLE:
                return await self._deliverer.end(job, source)
        kept = await self._kept(job)
        if isinstance(kept, Problem):
            return await self._deliverer.end(job, kept)
        return await self._stored_or_dropped(kept, self._attach(job, kept))

    async def _stored_or_dropped(self, source: Image, storing: Awaitable[Job]) -> Job:
        """Leave no file of a job that ends meanwhile: no row would count it."""
        job = None
        try:
            job = await storing
        finally:
            if job is None or job.state in FINAL:
                stored = await self._jobs.list_images(source.job_id, ImageKind.SOURCE)
                if source.file_name not in map(attrgetter("file_name"), stored):
                    await self._drop(source)
        return job

    async def _drop(self, *images: Image) -> None:
        """Remove pictures that are not stored; without the lease another process may store them."""
        with suppress(LeaseLostError):
            check_lease()
            await self._downloads.spool.remove(images)

    async def _kept(self, job: Job) -> Image | Problem:
        """Return the picture from the spool, as a picture of this job."""
        own = await self._of_spool(job.id, ImageKind.SOURCE)
        if own is not None:
            return own
        image = await self._of_parent(job) or await self._of_repeated(job)
        if image is None:
            return Problem.SOURCE_UNREACHABLE
        return await self._downloads.source_again(job, image)

    async def _of_parent(self, job: Job) -> Image | None:
        parent = job.request.parent
        if parent is None:
            return None
        # The copy that was made to be posted is sure to fit a message.
        for kind in (ImageKind.POSTED, ImageKind.RESULT):
            image = await self._of_spool(parent.job_id, kind, parent.position)
            if image is not None:
                return image
        return None

    async def _of_repeated(self, job: Job) -> Image | None:
        earlier: Job | None = job
        for _ in range(MAX_RETRIES_BACK):
            if earlier is None or earlier.request.retry_of is None:
                return None
            image = await self._of_spool(earlier.request.retry_of, ImageKind.SOURCE)
            if image is not None:
                return image
            earlier = await self._jobs.get(earlier.request.retry_of)
        return None

    async def _of_spool(self, job_id: str, kind: ImageKind, position: int = 1) -> Image | None:
        images = await self._jobs.list_images(job_id, kind)
        found = [image for image in images if image.position == position]
        return found[0] if found and await self._downloads.has(found) else None

    async def _attach(self, job: Job, source: Image) -> Job:
        try:
            outcome = await self._deliverer.attach_source(job, source)
        except FileNotFoundError:
            return await self._deliverer.end(job, Problem.SOURCE_UNREACHABLE)
        if isinstance(outcome, Posted) and outcome.source_url is not None:
            return await self._found(job, source, outcome.source_url)
        if isinstance(outcome, Posted | TooLarge):
            return await self._deliverer.end(job, Problem.SOURCE_UNREACHABLE)
        return await self._deliverer.end(job, undelivered_problem(outcome))

    async def _found(self, job: Job, source: Image, url: str) -> Job:
        request = replace(job.request, source_url=url)
        if request.size == AUTO_SIZE:
            request = replace(request, size=nearest_ratio(source.width, source.height))
        return await self._transitions.advance(job, replace(job, request=request), [source])


def source_of(job: Job, image: Image) -> Source:
    """Return a kept picture of a job as what an edit can start from: its result, or its source."""
    request = job.request
    described = Source(
        url=request.source_url,
        message=request.source_message,
        parent=request.parent,
        bytes=image.bytes,
        width=image.width,
        height=image.height,
        content_type=image.media_type,
    )
    if image.kind is ImageKind.SOURCE:
        return described
    message = None
    if job.message_id is not None:
        message = MessageRef(channel_id=request.place.channel_id, message_id=job.message_id)
    parent = PictureRef(job_id=job.id, position=image.position)
    return replace(described, url=None, message=message, parent=parent)


def posted_source(job: Job, position: int) -> Source | None:
    """Return a result that is no longer kept here as what an edit can start from.

    It is had from the job's own message; None where that does not stand or never showed it.
    """
    request = job.request
    if job.message_id is None or job.problem is Problem.MESSAGE_GONE:
        return None
    if job.fetched_at is None or not 1 <= position <= request.count:
        return None
    width, height = map(int, PIXELS_BY_RATIO.get(request.size, request.size).split("x"))
    return Source(
        url=None,
        bytes=None,
        width=width,
        height=height,
        message=MessageRef(channel_id=request.place.channel_id, message_id=job.message_id),
        parent=PictureRef(job_id=job.id, position=position),
    )
