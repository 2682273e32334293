"""What the steps of jobs work with; built once and handed to all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clock import Clock
    from domain.scheduler import FairScheduler
    from flux import FluxClient
    from images.retention import Retention
    from jobs.answer_priority import AnswerPriority
    from jobs.callback_hints import CallbackHints
    from jobs.circuit_breaker import CircuitBreaker
    from jobs.delivery import Deliverer
    from jobs.downloads import Downloads, RetryPolicy
    from jobs.eta import EtaEstimator
    from jobs.poller import Poller
    from jobs.transitions import Transitions
    from storage.jobs import JobRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOptions:
    """How the bot learns what became of a submit, besides asking.

    Attributes:
        streams: whether submits ask for a stream of lines.
        callback_base: address that a job's callback token is added to; None without callbacks.
    """

    streams: bool = False
    callback_base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Everything around one job: where it is stored, done, waited for and shown."""

    jobs: JobRepository
    journal: Transitions
    flux: FluxClient
    poller: Poller
    fetcher: Downloads
    presenter: Deliverer
    sweeper: Retention
    account: CircuitBreaker
    evidence: CallbackHints
    timing: EtaEstimator
    turns: FairScheduler
    pace: RetryPolicy
    rush: AnswerPriority
    options: SubmitOptions
    clock: Clock
