"""Takes requests, gives each its turn, and sees every job to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from domain.failures import FAILURES
from domain.limits import NO_LIMITS, Limits
from domain.models import FINAL, Delivery, ImageRequest, Job, JobState, Problem, Ticket
from flux.catalogue import MODELS
from jobs.leases import LeaseLostError
from jobs.lifecycle import Admission, BackgroundTasks, Lifecycle, alongside
from services.logs import CURRENT_JOB, about
from storage.errors import TooSlowError
from storage.jobs import StaleJobError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from jobs.delivery import Deliverer
    from jobs.sending import AnswerPriority
    from jobs.transitions import Transitions
    from storage.jobs import JobRepository

logger = logging.getLogger(__name__)

BEGIN_STORING_S: Final = 1.0
STORE_DEADLINE_S: Final = 2.0
"""For writing down a request, of the 3 s in which Discord takes an answer to an interaction; the
rest is for the answer or the refusal."""

LAST_ANSWERS_S: Final = 4.0
"""How long a stop waits for answers to requests that may cost money."""

COLLECT_AFTER: Final = timedelta(minutes=14)
"""Age of an interaction's token at which a button takes its place; it ends a minute later."""

COPY_LOOK_BACK: Final = timedelta(days=1)
"""How old a result may be whose copy by direct message is sent at a start."""


class JobWorker:
    """Runs jobs, each as a task of its own, from any state it is found in."""

    def __init__(
        self,
        jobs: JobRepository,
        transitions: Transitions,
        deliverer: Deliverer,
        admission: Admission,
        lifecycle: Lifecycle,
        answers: AnswerPriority,
    ) -> None:
        self._jobs = jobs
        self.transitions = transitions
        self.deliverer = deliverer
        self._admission = admission
        self.lifecycle = lifecycle
        self._answers = answers
        self._tasks = BackgroundTasks()
        self._opened = asyncio.Event()
        self._closing = False

    async def open(self) -> None:
        """Start polling, and put every job that has not ended back on its way."""
        retriever = self.lifecycle.retriever
        self._tasks.start(retriever.poller.run(), "poller")
        await self._jobs.note_interruption()
        await retriever.eta.learn(MODELS, self.transitions.now())
        # Before any job goes on, which sends its own.
        for job in await self._jobs.list_uncopied(self.transitions.now() - COPY_LOOK_BACK):
            with about(job.id):
                self._start_copy(job, job.request.ticket)
        found = await self._jobs.list_open()
        for job in found:
            if job.state not in FINAL:
                self.lifecycle.join(job)
        self._tasks.start(self._resume_all(found), "resume")
        for job in await self._jobs.list_undismissed():
            self._tasks.start(self.deliverer.dismiss(job), f"dismiss {job.id}")
        for job in await self._jobs.list_named():
            if may_be_reopened(job) and job.named_task_id:
                with about(job.id):
                    self._tasks.start(self._reopen(job, job.named_task_id), f"reopen {job.id}")

    async def close(self) -> None:
        """Stop at once, but for answers of Flux that are on their way; nothing is forgotten.

        Jobs that have not ended go on at the next `open`.
        """
        self._closing = True
        self.lifecycle.submitter.stop_submitting()
        # The jobs end first, so that none of them submits while the last answers are awaited.
        await self._tasks.cancel()
        await self.transitions.close()
        await self.deliverer.close()
        await self.lifecycle.close(LAST_ANSWERS_S)

    async def accept(
        self, request: ImageRequest, limits: Limits = NO_LIMITS, *, age_s: float = 0.0
    ) -> Job:
        """Store a job for the request; nothing is spent and nothing shown until `start`.

        Until `start` or `abandon`, other jobs step back.

        Args:
            age_s: seconds since its interaction was received, which count for its deadlines.

        Raises:
            UserError: it cannot be done now, or would go over a limit.
            DuplicateRequestError: the same interaction made a job before.
            TooSlowError: it could not be stored in time, and will not be begun.
            StorageError: it cannot be stored.
        """
        if not request.ticket.token:
            age_s = 0.0  # a message can be answered at any time
        if age_s >= BEGIN_STORING_S:
            raise TooSlowError
        job = await self._admission.job_for(request)
        CURRENT_JOB.set(job.id)
        self._answers.begin(job.id)
        # A message can be answered at any time: then it is known whether its row stands.
        deadline_s = STORE_DEADLINE_S - age_s if request.ticket.token else None
        try:
            async with asyncio.timeout(deadline_s):
                job = await self._jobs.add(job, limits, begin_within_s=BEGIN_STORING_S - age_s)
        except TimeoutError as error:
            self._answers.end(job.id)
            # Its commit takes long. A start that finds the row sees what the answer said.
            self._tasks.start(self._forget(job), f"forget {job.id}")
            raise TooSlowError from error
        except BaseException:  # a cancel too: other jobs wait for it
            self._answers.end(job.id)
            raise
        self.lifecycle.join(job)
        return job

    async def abandon(self, job: Job, problem: Problem) -> None:
        """End a job that was accepted and never started; it cost nothing."""
        self._answers.end(job.id)
        try:
            await self.deliverer.end(job, problem)
        except StaleJobError:  # its author has deleted all their data meanwhile
            await self._tell_if_unannounced(job)
        finally:
            self.lifecycle.forget(job.id)

    def start(self, job: Job) -> None:
        """Send an accepted job on its way, now that its interaction has been answered.

        While closing it waits for the next `open`.
        """
        now = self.transitions.now()
        # A message is answered by the job's own.
        answered_at = now if job.request.ticket.token is not None else job.answered_at
        announced_at = now if job.nonce is not None else job.announced_at
        job = replace(job, answered_at=answered_at, announced_at=announced_at)
        self._answers.end(job.id)
        request = job.request
        logger.info(
            "job=%s accepted command=%s model=%s size=%s count=%d user=%d",
            job.id,
            request.command,
            request.model,
            request.size,
            request.count,
            request.requester.user_id,
        )
        if not self._closing:
            self._tasks.start(self._run(job), f"job {job.id}")

    async def cancel(self, job_id: str) -> Job | None:
        """Stop a job: free of charge before it was sent, else its picture is only kept."""
        CURRENT_JOB.set(job_id)
        while True:
            job = await self._jobs.get(job_id)
            if job is None or job.state in FINAL:
                return job
            if job.state is not JobState.QUEUED:
                break
            with contextlib.suppress(StaleJobError):
                ended = await self.transitions.end(job, Problem.CANCELLED)
                had_place = self.lifecycle.leave(job_id)
                if not had_place or job.message_id is not None:
                    # Else its message is being posted, and that task shows the end there.
                    self._tasks.start(self._tell(ended), f"tell {job_id}")
                return ended
        await self.transitions.ask_cancel(job_id)
        job = await self.transitions.fresh(job)
        self._tasks.start(self.deliverer.show_status(job), f"status {job_id}")
        return job

    async def collect(self, job_id: str, token: str, since: datetime) -> Job | None:
        """Go on with the fresh token of a click on the job's own message.

        Args:
            since: when Discord issued the token.
        """
        CURRENT_JOB.set(job_id)
        job = await self._jobs.get(job_id)
        if job is None:
            return None
        # A message of the bot's own needs no token, and to this one the click's message is the
        # answer: what removes the answer would remove the card.
        if job.request.place.delivery is Delivery.RESPONSE:
            await self._jobs.renew_token(job_id, token, since)
            # Of an ended job no token is stored: this one is used up here.
            ticket = replace(job.request.ticket, token=token, token_since=since)
            job = replace(job, request=replace(job.request, ticket=ticket))
        if job.state in FINAL:
            self._tasks.start(self.deliverer.hand_over(job), f"hand over {job_id}")
            return job
        self._tasks.start(self.deliverer.show_status(job), f"status {job_id}")
        if job.request.place.delivery is Delivery.RESPONSE:
            self._tasks.start(self._offer_collect(job), f"collect {job_id}")
        return job

    async def knows_callback(self, callback_token: str) -> bool:
        return await self._jobs.find_by_callback_token(callback_token) is not None

    async def called_back(self, callback_token: str, task_id: str | None) -> bool:
        """Take what a callback says as a hint; False where no job has this token.

        What tells of a lost answer is stored: Flux may say it once only.
        """
        job = await self._jobs.find_by_callback_token(callback_token)
        if job is None:
            return False
        if job.state is JobState.FAILED and may_be_reopened(job) and task_id:
            await self.transitions.name_task(job, task_id)
            with about(job.id):
                self._tasks.start(self._reopen(job, task_id), f"reopen {job.id}")
        else:
            await self.lifecycle.retriever.called_back(job, task_id)
        return True

    async def _resume_all(self, jobs: Sequence[Job]) -> None:
        """Go on with the jobs of an earlier process, after those who wait for an answer now."""
        for job in jobs:
            await self._answers.step_back()
            with about(job.id):
                self._resume(job)
            await asyncio.sleep(0)
        self._opened.set()

    def _resume(self, job: Job) -> None:
        if job.request.ticket.token is not None:
            # The process may have ended between the post and this.
            self._tasks.start(self.deliverer.dismiss(job), f"dismiss {job.id}")
        if job.state in FINAL:
            self._tasks.start(self._tell(job), f"tell {job.id}")
        elif job.state is JobState.QUEUED and job.message_id is None and job.answered_at is None:
            self._tasks.start(self._resume_unannounced(job), f"job {job.id}")
        elif not self._closing:
            self._tasks.start(self._run(job), f"job {job.id}")

    async def _forget(self, job: Job) -> None:
        """Cancel a job whose row comes too late: its author was told that it was not begun."""
        with contextlib.suppress(StaleJobError):  # it was not stored after all
            await self.deliverer.end(job, Problem.STORED_TOO_LATE)

    async def _tell(self, job: Job) -> None:
        with contextlib.suppress(StaleJobError):  # what changed it also shows it
            await self.deliverer.tell(job)

    async def _reopen(self, job: Job, task_id: str) -> None:
        await self._opened.wait()  # else the start would resume it as well
        with contextlib.suppress(StaleJobError):  # a second callback said the same
            reopened = await self.lifecycle.retriever.lost_answers.reopen(job, task_id)
            if reopened is not None:
                self.lifecycle.join(reopened)
                await self._run(reopened)

    async def _resume_unannounced(self, job: Job) -> None:
        """Go on with a job of which nothing was shown, if its author was promised an answer."""
        try:
            was_answered = await self.deliverer.was_answered(job)
        except Exception:  # else the job would keep its place in the queue, and never run
            logger.exception("job=%s cannot look up its response", job.id)
            was_answered = False
        if was_answered:
            await self._run(job)
        else:
            await self.abandon(job, Problem.RESTARTED)

    async def _offer_collect(self, job: Job) -> None:
        age = self.transitions.now() - job.request.ticket.issued_at
        await asyncio.sleep((COLLECT_AFTER - age).total_seconds())
        fresh = await self.transitions.fresh(job)
        if fresh.state not in FINAL and fresh.request.ticket == job.request.ticket:
            await self.deliverer.offer_collect(fresh)

    async def _run(self, job: Job) -> None:
        CURRENT_JOB.set(job.id)
        await self._answers.step_back()
        collecting: AbstractAsyncContextManager[None] = contextlib.nullcontext()
        if job.request.place.delivery is Delivery.RESPONSE:
            collecting = alongside(self._offer_collect(job), f"collect {job.id}")
        try:
            async with collecting:
                ended = await self.lifecycle.run(job)
            if ended.request.dm_copy:
                self._start_copy(ended, job.request.ticket)
        except LeaseLostError:
            raise
        except StaleJobError:
            logger.info("job=%s was ended elsewhere", job.id)
            await self._tell_if_unannounced(job)
        except Exception:  # this job fails and its requester is told; the others go on
            logger.exception("job=%s stopped by an unexpected error", job.id)
            await self._give_up(job)
        finally:
            self.lifecycle.forget(job.id)

    def _start_copy(self, ended: Job, ticket: Ticket) -> None:
        if not self._closing:
            self._tasks.start(self.deliverer.send_copy(ended, ticket), f"copy {ended.id}")

    async def _tell_if_unannounced(self, job: Job) -> None:
        fresh = await self.transitions.fresh(job)
        if fresh.state in FINAL and fresh.told_at is None and fresh.message_id is None:
            await self._tell(fresh)

    async def _give_up(self, job: Job) -> None:
        with contextlib.suppress(Exception):  # the first error is logged and matters more
            job = await self.transitions.fresh(job)
            if job.state not in FINAL:
                await self.deliverer.end(job, Problem.INTERNAL)


def may_be_reopened(job: Job) -> bool:
    """Whether a callback can still bring the result of a job that failed."""
    return job.problem is not None and FAILURES[job.problem].may_be_reopened
