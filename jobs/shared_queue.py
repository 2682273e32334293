"""The scheduler of one of several processes: the queue itself is in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.scheduler import LONGEST_HOLD_S, SLOWER_FOR_S, FairScheduler, Slot
from jobs.lifecycle import BackgroundTasks

if TYPE_CHECKING:
    from jobs.leases import Leases
    from jobs.options import JobOptions
    from storage.leases import LeaseRepository


class SharedScheduler(FairScheduler):
    """The scheduler where the queue is in the database: a job that joins has been called there.

    So `join` takes a slot at once.

    Attributes:
        runs_jobs: False for a process that only takes requests and puts them into the queue.
        waiting: jobs in the queue at the last look.
    """

    def __init__(
        self, queue: LeaseRepository, leases: Leases, options: JobOptions, *, runs_jobs: bool = True
    ) -> None:
        super().__init__(options.max_running, per_user=options.per_user)
        self.queue = queue
        self.leases = leases
        self.per_user = options.per_user
        self.runs_jobs = runs_jobs
        self._changes = BackgroundTasks()
        self.waiting = 0

    def join(self, user_id: int) -> Slot:
        turn = super().join(user_id)
        self._call(turn)
        return turn

    def resume(self, user_id: int) -> Slot:
        return self.join(user_id)

    def position(self, user_id: int, turn: Slot | None = None) -> int:
        """Return an estimate for any user's next request; a slot waits for nothing."""
        return self.waiting if turn is None else super().position(user_id, turn)

    def slow_down(self, wait_s: float | None) -> None:
        """Halve how many may run at once in all processes, and call nobody for a while."""
        hold_s = min(SLOWER_FOR_S if wait_s is None else wait_s, LONGEST_HOLD_S)
        self._changes.start(self.queue.slow_down(hold_s), "slow down")

    def speed_up(self) -> None:
        """Let one more run at once in all processes, where there are fewer than there may be."""
        if self.queue.is_slowed:
            self._changes.start(self.queue.speed_up(), "speed up")
