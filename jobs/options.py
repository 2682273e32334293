"""Plain values that say how jobs are run, from the settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """How jobs are run.

    Attributes:
        interval_s: seconds between two questions to Flux, and before a first retry.
        per_user: how many of them may be one person's.
        first_gap_s: seconds between two questions about one job at first; None for `interval_s`.
        streams: whether submits ask for a stream of lines.
        callback_base: address that a job's callback token is added to; None without callbacks.
    """

    interval_s: float
    timeout_s: float
    max_running: int
    per_user: int
    first_gap_s: float | None = None
    streams: bool = False
    callback_base: str | None = None
