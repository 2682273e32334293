"""What people see of a job, brought to them by the first way that works."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from domain.failures import FAILURES
from domain.models import FINAL, Action, Delivery, Image, ImageKind, Job, JobState, Problem, Ticket
from jobs.leases import LeaseLostError
from jobs.lifecycle import BackgroundTasks
from jobs.messenger import Expired, Forbidden, Messenger, Outcome, Posted, TooLarge
from jobs.problems import undelivered_problem
from jobs.sending import Priority, Sender
from storage.jobs import StaleJobError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from images.retention import Retention
    from jobs.results import Downloads
    from jobs.transitions import Transitions
    from storage.jobs import JobRepository

logger = logging.getLogger(__name__)

ANNOUNCE_LIMIT_S: Final = 840.0
"""For a message, from its first try: after that, a fresh interaction's token still tells of it."""


class Deliverer:
    """Shows jobs: retries, order within a channel, and other ways where the first is closed."""

    def __init__(
        self,
        jobs: JobRepository,
        transitions: Transitions,
        messenger: Messenger,
        downloads: Downloads,
        sender: Sender,
        retention: Retention,
    ) -> None:
        self._jobs = jobs
        self._transitions = transitions
        self._messenger = messenger
        self._downloads = downloads
        self._sender = sender
        self._retention = retention
        self.lanes = sender.lanes
        self._statuses = BackgroundTasks()
        self.alert_operator = messenger.alert_operator

    async def close(self) -> None:
        """Give up what only tells of progress."""
        await self._statuses.cancel()

    async def was_answered(self, job: Job) -> bool:
        return await self._sender.until_told(lambda: self._messenger.was_answered(job))

    async def announce(self, job: Job, *, position: int) -> Job:
        """Post the job's message; where that cannot be, the job ends before it costs anything."""
        if job.nonce is None:
            announcing = replace(job, nonce=f"{job.id}-1", announced_at=self._transitions.now())
            job = await self._transitions.advance(job, announcing)
        # Not from the request on: an earlier start may have posted it, however long ago.
        until = asyncio.get_running_loop().time() + ANNOUNCE_LIMIT_S
        outcome = await self._sender.send(job, position=position, until=until)
        if not isinstance(outcome, Posted):
            return await self.end(job, undelivered_problem(outcome))
        posted = replace(job, message_id=outcome.message_id)
        if position:
            return await self._transitions.advance(job, posted)
        # A start that does not find the id finds the message by its nonce.
        return self._transitions.hold(job, posted)

    async def dismiss(self, job: Job, *, is_awaited: bool = False) -> None:
        """Remove the private answer, now that the job has its own message, if that is not done.

        Args:
            is_awaited: whether something waits for this; else its commit may wait for another.
        """
        has_own = job.request.place.delivery is Delivery.MESSAGE and job.message_id is not None
        if has_own and job.request.ticket.token is not None and job.dismissed_at is None:
            await self._sender.until_told(partial(self._messenger.dismiss, job))
            await self._transitions.note_dismissed(job, is_awaited=is_awaited)

    async def source_url(self, job: Job) -> str | None:
        """Return a fresh address of the picture to edit, None where no message shows it."""
        return await self._sender.until_told(lambda: self._messenger.source_url(job))

    async def attach_source(self, job: Job, source: Image) -> Outcome:
        """Show the picture to edit on the job's message, which gives it an address.

        Raises:
            StaleJobError: the job has ended meanwhile.
            FileNotFoundError: the picture's file is missing.
        """
        until = asyncio.get_running_loop().time() + ANNOUNCE_LIMIT_S
        return await self._sender.send(
            job, [source], until=until, attempt_one=self._show_if_unchanged
        )

    async def show_progress(
        self, job: Job, images: Sequence[Image] = (), *, position: int = 0
    ) -> None:
        """Show how far a job is; tried once, after all else that waits for its channel."""
        if job.message_id is None or not self._sender.lanes.takes_progress(
            job.request.place.channel_id
        ):
            return
        # An edit that was sent is not taken back by hanging up: the result waits for its end.
        showing = self._show_progress(job, images, position)
        await asyncio.shield(self._statuses.start(showing, f"progress {job.id}"))

    async def _show_progress(self, job: Job, images: Sequence[Image], position: int) -> None:
        try:
            async with self._sender.lanes.turn(job.request.place.channel_id, Priority.PROGRESS):
                fresh = await self._unfinished(job)
                if fresh is None:
                    return
                is_waiting = fresh.state is JobState.QUEUED
                await self._messenger.show(fresh, images, position=position if is_waiting else 0)
        except LeaseLostError:
            pass  # another process shows it
        except Exception as error:  # noqa: BLE001  # a status must not end a paid job
            logger.warning("job=%s progress not shown: %s", job.id, type(error).__name__)

    async def show_status(self, job: Job) -> None:
        """Show what its author has to know of a job that goes on; it may wait for its channel."""
        if job.message_id is None:
            return
        until = asyncio.get_running_loop().time() + ANNOUNCE_LIMIT_S
        try:
            await self._sender.send(job, until=until, attempt_one=self._show_if_open)
        except LeaseLostError:
            pass  # another process shows it
        except Exception as error:  # noqa: BLE001  # a status must not end a paid job
            logger.warning("job=%s status not shown: %s", job.id, type(error).__name__)

    async def deliver(self, job: Job) -> Job:
        """Turn the job's message into the result, or keep it where nobody wants or can see it.

        A job whose pictures are no longer in the spool goes back to being fetched.
        """
        stored = self._transitions.held_for_delivery(job.id)
        if stored is None:
            await self._transitions.store_held(job.id)
            stored = await self._jobs.for_delivery(job.id)
            if not await self._downloads.has(stored.results):
                return await self._send_back(job)
        images = stored.results
        if job.problem is Problem.ARRIVED_LATE:  # cancelled or not, it was refunded
            return await self.end(job, Problem.ARRIVED_LATE)
        if stored.cancel_asked:
            return await self.end(job, Problem.CANCELLED)
        try:
            job, outcome = await self._sender.send_fitting(job, images, stored.posted)
            if isinstance(outcome, Expired):
                job, outcome = await self._send_direct(job, images, stored.posted)
        except FileNotFoundError:
            return await self._send_back(await self._transitions.fresh(job))
        if not isinstance(outcome, Posted):
            return await self.end(job, undelivered_problem(outcome))
        now = self._transitions.now()
        delivered = replace(job, state=JobState.DELIVERED, ended_at=now, told_at=now)
        return await self._transitions.advance(job, delivered)

    async def end(self, job: Job, problem: Problem) -> Job:
        """End a job that cannot go on, and say so where its author sees it.

        Whatever the problem, a picture that is stored is its requester's, who pays for it.

        Raises:
            StaleJobError: something else happened to the job meanwhile.
        """
        if job.fetched_at is not None and not FAILURES[problem].is_kept:
            job, problem = await self._with_stored_pictures(job, problem)
        return await self.tell(await self._transitions.end(job, problem))

    async def tell(self, ended: Job) -> Job:
        """Say how a job ended: on its message, or privately where that cannot be.

        Raises:
            StaleJobError: late evidence has reopened it, or its message is known only now.
        """
        ended = await self._find_message(ended)
        is_private = ended.problem is not None and FAILURES[ended.problem].shown_privately
        is_hidden = is_private or ended.message_id is None
        outcome = None if is_hidden else await self._show_once(ended)
        if isinstance(outcome, Forbidden | TooLarge):
            # It would seem to be in progress for ever.
            outcome = await self._sender.until_told(lambda: self._messenger.withdraw(ended))
        if not isinstance(outcome, Posted):
            # Else its removal, still being tried, could remove what is told in its place.
            await self.dismiss(await self._transitions.fresh(ended), is_awaited=True)
            await self._sender.until_told(lambda: self._messenger.tell(ended))
        if ended.request.action is Action.EDIT:
            await self._retention.trim(ended.request.requester.user_id)
        told = replace(ended, told_at=self._transitions.now())
        return await self._transitions.advance(ended, told)

    async def offer_collect(self, job: Job) -> None:
        """Put a button in place of an answer whose token is about to end."""

        async def offer() -> None:
            async with self._sender.lanes.turn(job.request.place.channel_id, Priority.CARD):
                if await self._unfinished(job) is not None:
                    await self._messenger.offer_collect(job)

        await self._sender.until_told(offer)  # or until the token has ended

    async def show_again(self, ended: Job) -> None:
        """Show an ended job on its message, over what came to be shown there since."""
        if ended.message_id is None or (ended.problem and FAILURES[ended.problem].shown_privately):
            return
        stored = await self._jobs.for_delivery(ended.id)
        images = stored.results if ended.state is JobState.DELIVERED else []
        with contextlib.suppress(FileNotFoundError, StaleJobError):
            if images or ended.state is not JobState.DELIVERED:  # else only the card may have them
                await self._sender.send_fitting(ended, images, stored.posted)

    async def hand_over(self, job: Job) -> None:
        """Show an ended job where a click has brought a fresh token."""
        stored = await self._jobs.for_delivery(job.id)
        images = stored.results
        # What somebody cancelled is for their history alone.
        if job.problem is Problem.CANCELLED or not await self._downloads.has(images):
            images = []
        with contextlib.suppress(FileNotFoundError, StaleJobError):
            until = asyncio.get_running_loop().time() + ANNOUNCE_LIMIT_S
            job, outcome = await self._sender.send_fitting(job, images, stored.posted, until=until)
            if images and isinstance(outcome, Forbidden | TooLarge):
                refused = replace(job, problem=undelivered_problem(outcome))
                await self._sender.send(refused, until=until)

    async def send_copy(self, job: Job, ticket: Ticket) -> None:
        """Send a delivered job by direct message too, if its requester chose that: free, and once.

        The nonce is always the same, and a message that an earlier process may have sent is looked
        for.

        Args:
            ticket: its interaction's, by which a requester without open direct messages is told.
        """
        place = job.request.place
        is_there = place.guild_id is None and place.delivery is Delivery.MESSAGE
        is_shown = job.state is JobState.DELIVERED and job.problem is None
        is_wanted = is_shown and not is_there and job.nonce != f"{job.id}-2"

        async def send_one(job: Job, images: Sequence[Image]) -> Outcome:
            # An earlier process can have sent it from the moment on when the result stood there.
            copy = replace(job, nonce=f"{job.id}-copy", announced_at=job.ended_at)
            return await self._messenger.send_direct(copy, images)

        stored = await self._jobs.for_delivery(job.id)
        try:
            if is_wanted and stored.results and await self._downloads.has(stored.results):
                job, outcome = await self._sender.send_fitting(
                    job, stored.results, stored.posted, attempt_one=send_one
                )
                logger.info("job=%s copy by DM: %s", job.id, type(outcome).__name__)
                if outcome == Forbidden(Problem.DIRECT_MESSAGES_CLOSED):
                    told = replace(job, request=replace(job.request, ticket=ticket))
                    await self._sender.until_told(lambda: self._messenger.tell_no_copy(told))
            await self._jobs.note_copied(job, self._transitions.now())
        except LeaseLostError:
            raise
        except (FileNotFoundError, StaleJobError):  # somebody removed it meanwhile
            logger.info("job=%s no copy: its images changed", job.id)

    async def _send_back(self, job: Job) -> Job:
        logger.warning("job=%s images are missing from the spool", job.id)
        return await self._transitions.advance(job, replace(job, state=JobState.RUNNING))

    async def _send_direct(
        self, job: Job, images: Sequence[Image], posted: Sequence[Image]
    ) -> tuple[Job, Outcome]:
        """Send the result as a direct message, where the place it was asked in is closed."""
        nonce = f"{job.id}-2"
        if job.nonce != nonce:
            sending = replace(job, nonce=nonce, announced_at=self._transitions.now())
            job = await self._transitions.advance(job, sending)
        job, outcome = await self._sender.send_fitting(
            job, images, posted, attempt_one=self._messenger.send_direct
        )
        # What cannot be sent there either is kept, and its own place says how to get it.
        return job, outcome if isinstance(outcome, Posted | TooLarge) else Expired()

    async def _show_if_open(self, job: Job, images: Sequence[Image]) -> Outcome:
        """Show a job as it is by now, and nothing over its result or its end."""
        fresh = await self._unfinished(job)
        if fresh is None:
            return Posted(job.message_id or 0)
        return await self._messenger.show(fresh, images)

    async def _unfinished(self, job: Job) -> Job | None:
        """Return the job as it is by now, None where its result or its end is on its way."""
        fresh = await self._transitions.fresh(job)
        return None if fresh.state in FINAL | {JobState.FETCHED} else fresh

    async def _find_message(self, ended: Job) -> Job:
        """Learn the number of a card whose own button ended its job before it was stored."""
        is_wanted = ended.problem is Problem.CANCELLED and ended.fetched_at is None
        may_stand = ended.message_id is None and ended.nonce is not None
        is_message = ended.request.place.delivery is Delivery.MESSAGE
        if not (is_wanted and may_stand and is_message):
            return ended
        outcome = await self._show_once(ended)
        if not isinstance(outcome, Posted):
            return ended
        found = replace(ended, message_id=outcome.message_id)
        found = await self._transitions.advance(ended, found)
        await self.dismiss(found, is_awaited=True)
        return found

    async def _show_once(self, ended: Job) -> Outcome | None:
        """Show an end on the job's message; None where that fails oddly."""
        try:
            return await self._sender.send(ended, attempt_one=self._show_if_unchanged)
        except StaleJobError:
            raise
        except Exception as error:  # noqa: BLE001  # the requester is still told by `tell`
            logger.warning("job=%s final status not shown: %s", ended.id, type(error).__name__)
            return None

    async def _with_stored_pictures(self, job: Job, problem: Problem) -> tuple[Job, Problem]:
        """Return how a job with stored results ends, and what the house pays of those it lost.

        Unchanged where no file is left: then nobody has anything of it.
        """
        images = await self._jobs.list_images(job.id, ImageKind.RESULT)
        missing = len([image for image in images if not await self._downloads.has([image])])
        if missing == len(images):
            return job, problem
        charge = job.charged_microcredits
        own = (job.estimated_microcredits if charge is None else charge) - job.carried_microcredits
        carried = job.carried_microcredits + own * missing // len(images)
        # What came after its refund stays a gift.
        is_gift = job.problem is Problem.ARRIVED_LATE
        kept_as = Problem.ARRIVED_LATE if is_gift else Problem.NOT_SHOWN
        return replace(job, carried_microcredits=carried), kept_as

    async def _show_if_unchanged(self, job: Job, images: Sequence[Image]) -> Outcome:
        if (await self._transitions.fresh(job)).revision != job.revision:
            raise StaleJobError(f"{job.id} is no longer at revision {job.revision}")
        return await self._messenger.show(job, images)
