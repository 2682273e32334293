"""The worker and all that a job meets, built in the order in which they need each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.scheduler import FairScheduler
from jobs.cluster import ClusterWorker
from jobs.delivery import Deliverer
from jobs.lifecycle import Admission, Lifecycle
from jobs.lost_answers import LostAnswers
from jobs.poller import EtaEstimator, Poller
from jobs.results import Downloads, Retriever
from jobs.sending import AnswerPriority, Sender
from jobs.source_images import SourceImages
from jobs.submission import CircuitBreaker, FluxCalls, Submitter
from jobs.transitions import Observer, RetryPolicy, Transitions
from jobs.worker import JobWorker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clock import Clock
    from flux.client import FluxClient
    from images.retention import Retention
    from images.store import ImageStore
    from jobs.messenger import Messenger
    from jobs.options import JobOptions
    from jobs.shared_queue import SharedScheduler
    from storage.jobs import JobRepository


def build_worker(  # noqa: PLR0913  # all that a job meets
    *,
    jobs: JobRepository,
    spool: ImageStore,
    flux: FluxClient,
    messenger: Messenger,
    retention: Retention,
    options: JobOptions,
    clock: Clock,
    observers: Sequence[Observer] = (),
    breaker: CircuitBreaker,
    shared: SharedScheduler | None,
) -> JobWorker:
    """Return a worker that is not yet open.

    Args:
        shared: the scheduler where other processes have jobs too; None for a worker alone.
    """
    answers = AnswerPriority()
    scheduler = shared or FairScheduler(options.max_running, per_user=options.per_user)
    eta = EtaEstimator(jobs, timeout_s=options.timeout_s)
    retry = RetryPolicy(interval_s=options.interval_s, observers=observers)
    transitions = Transitions(
        jobs=jobs, retry=retry, observers=observers, clock=clock, is_shared=shared is not None
    )
    downloads = Downloads(spool=spool, retry=retry)
    sender = Sender(jobs, transitions, messenger, downloads, retry, answers)
    deliverer = Deliverer(jobs, transitions, messenger, downloads, sender, retention)
    calls_back = options.callback_base is not None
    lost_answers = LostAnswers(jobs, flux, transitions, deliverer, retry, calls_back=calls_back)
    poller = Poller(flux=flux, interval_s=options.interval_s, first_gap_s=options.first_gap_s)
    retriever = Retriever(transitions, deliverer, downloads, poller, eta, lost_answers)
    calls = FluxCalls(flux, transitions, retriever, eta, options)
    submitter = Submitter(calls, transitions, deliverer, breaker, scheduler, retry)
    sources = SourceImages(jobs, transitions, downloads, deliverer)
    lifecycle = Lifecycle(transitions, deliverer, sources, submitter, retriever, scheduler)
    admission = Admission(spool, breaker, eta, scheduler, clock, calls_back=calls_back)
    parts = (jobs, transitions, deliverer, admission, lifecycle, answers)
    if shared is None:
        return JobWorker(*parts)
    worker = ClusterWorker(*parts)
    worker.join_others(shared)
    return worker
