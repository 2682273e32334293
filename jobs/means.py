"""What the steps of jobs work with; built once and handed to all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clock import Clock
    from domain.scheduler import Turns
    from flux import FluxClient
    from images.retention import Sweeper
    from jobs.answer_priority import Rush
    from jobs.callback_hints import Evidence
    from jobs.circuit_breaker import Account
    from jobs.delivery import Presenter
    from jobs.downloads import Fetcher, Pace
    from jobs.eta import Timing
    from jobs.poller import Poller
    from jobs.transitions import Journal
    from storage.jobs import JobRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
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
    journal: Journal
    flux: FluxClient
    poller: Poller
    fetcher: Fetcher
    presenter: Presenter
    sweeper: Sweeper
    account: Account
    evidence: Evidence
    timing: Timing
    turns: Turns
    pace: Pace
    rush: Rush
    ways: Ways
    clock: Clock
