"""Jobs that several processes share on PostgreSQL: leases, one fair queue, and who is alive.

A lease is in the job's own row: whose it is, and until when by the database's clock. A claim raises
the revision that every step compares, so a step of an earlier holder is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from domain.failures import FAILURES
from domain.models import JobState
from storage.connection import Lock, LockScope
from storage.finding import readable
from storage.repository import Repository, holding, reading, text_from_time, writing
from storage.settings import remember, setting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.models import Job
    from storage.connection import Connection
    from storage.database import Database

NOW: Final = "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)"
"""Milliseconds by the database's clock, whatever the clocks of the processes say."""

ALLOWED: Final = "flux_allowed"
CLOSED_UNTIL: Final = "flux_closed_until"
"""Settings: how many jobs may be at Flux after it had too many, and when the next may go there."""

QUEUE: Final = (Lock(LockScope.ALL, 1),)
"""Held while jobs are called, so that two processes cannot both take the last free slot."""

LOOKS: Final = "takeover_looks"
"""A setting, by that clock: when a worker last looked for ended leases, and since when workers have
looked without a gap."""

ENDED_LEASE: Final = f"""(coalesce(lease_until, 0) = 0 or lease_until
 + case when state = '{JobState.SUBMITTING}' then :grace_ms else 0 end < :ended_before)"""
"""A submit has a grace: its image may be paid for, and only its process hears what Flux names."""

REOPENED: Final = ", ".join(
    f"'{each.problem}'" for each in FAILURES.values() if each.may_be_reopened
)

AT_FLUX: Final = (
    "ended_at is null and called_at is not null and overdue_at is null"
    f" and state in ('{JobState.QUEUED}', '{JobState.SUBMITTING}', '{JobState.RUNNING}')"
)
"""Jobs that have a slot."""

WAITING: Final = f"state = '{JobState.QUEUED}' and called_at is null and worker is null"
"""Which of the jobs that have not ended are in the queue."""

RANKED: Final = f"""
with unfinished as (
  select id, user_id, created_at, interaction_id, {WAITING} as is_waiting, {AT_FLUX} as is_at_flux
  from jobs where ended_at is null
), ranked as (
  select *, count(*) filter (where is_at_flux) over (partition by user_id)
    + row_number() over (partition by user_id, is_waiting order by created_at, interaction_id) - 1
    as round
  from unfinished
)
"""  # noqa: S608  # constants
"""The order of `FairQueue`: round by round, and in a round by who was called longest ago."""

ORDER: Final = (
    "round, (select coalesce(max(called_at), 0) from jobs as earlier"
    " where earlier.user_id = ranked.user_id and called_at is not null),"
    " ranked.created_at, ranked.interaction_id"
)


CHANNEL: Final = "fluxcord"


def notify(db: Connection, name: str, about: object = "") -> None:
    """Tell all processes, once the transaction is stored."""
    db.execute("select pg_notify(?, ?)", [CHANNEL, f"{name} {about}"])


@dataclass(frozen=True, slots=True)
class Taken:
    """Jobs that were taken over.

    Attributes:
        called: those that have a slot.
        open: those that have none, and have not ended or whose end was not told.
        undismissed: those that were told, and whose "thinking" answer is still to be removed.
        named: failed ones of which a callback has named a task.
        uncopied: delivered ones whose copy by direct message is still to be sent.
    """

    called: list[Job]
    open: list[Job]
    undismissed: list[Job]
    named: list[Job]
    uncopied: list[Job]

    @property
    def all(self) -> list[Job]:
        """All of them."""
        return [*self.called, *self.open, *self.undismissed, *self.named, *self.uncopied]


LOST: Final = {
    "called": f"told_at is null and called_at is not null and {ENDED_LEASE}",
    "open": (
        f"told_at is null and called_at is null and {ENDED_LEASE}"
        f" and (worker is not null or state <> '{JobState.QUEUED}')"
    ),
    "undismissed": f"told_at is not null and interaction_token is not null and {ENDED_LEASE}",
    "named": (
        f"named_task_id is not null and state = '{JobState.FAILED}' and problem in ({REOPENED})"
        f" and {ENDED_LEASE}"
    ),
    "uncopied": (
        "dm_copy <> 0 and copied_at is null and ended_at > :since and erased_at is null"
        f" and state = '{JobState.DELIVERED}' and {ENDED_LEASE}"
    ),
}
"""Which jobs no process has, by the fields of `Taken`."""


class LeaseRepository(Repository):
    """The leases of one process.

    Attributes:
        releasing: jobs, and the revisions with which they are given to the queue.
        is_slowed: whether fewer jobs may be at Flux than is set, as it had too many.

    Args:
        lease_s: seconds that a lease lasts without being renewed.
    """

    def __init__(self, database: Database, *, worker: str, lease_s: float) -> None:
        super().__init__(database)
        self.worker = worker
        self.releasing: set[tuple[str, int]] = set()
        self.is_slowed = False
        self._lease_ms = round(lease_s * 1000)

    def take(self, db: Connection, job: Job) -> None:
        """Own a job that this process has just stored a step of; part of its transaction."""
        is_released = (job.id, job.revision) in self.releasing
        has_more = job.request.ticket.token is not None or job.request.dm_copy
        if is_released or (job.told_at is not None and not has_more):
            db.execute("update jobs set worker = null, lease_until = null where id = ?", [job.id])
        elif job.told_at is None:
            db.execute(
                f"update jobs set worker = ?, lease_until = {NOW} + ? where id = ?",  # noqa: S608
                [self.worker, self._lease_ms, job.id],
            )
        has_no_slot = job.state in {JobState.UNCERTAIN, JobState.FETCHED} or job.ended_at
        if is_released or has_no_slot or job.overdue_at:
            notify(db, "queue")

    @writing
    def tell(self, db: Connection, name: str, about: str) -> None:
        """Tell all processes."""
        notify(db, name, about)

    @writing
    def renew(self, db: Connection, job_ids: Sequence[str]) -> dict[str, str | None]:
        """Renew leases; return the jobs that this process still has, and what callbacks named."""
        rows = db.fetch(
            f"update jobs set lease_until = {NOW} + ?"  # noqa: S608  # a constant
            " where id = any(cast(? as text[])) and worker = ? returning id, named_task_id",
            [self._lease_ms, [*job_ids], self.worker],
        )
        return {row["id"]: row["named_task_id"] for row in rows}

    @writing
    def give_up(self, db: Connection, job_id: str) -> None:
        """Let other processes go on with a job of this one."""
        db.execute(
            "update jobs set lease_until = 0 where worker = ? and id = ?", [self.worker, job_id]
        )
        notify(db, "queue", self.worker)

    @holding(*QUEUE)
    def call(self, db: Connection, most: int, per_user: int) -> list[Job]:
        """Give the free slots to the first jobs of the queue, which are this process's then.

        Args:
            most: jobs at Flux at once, over all processes.
            per_user: of them, one person's.
        """
        now = _now(db)
        if now < int(setting(db, CLOSED_UNTIL) or 0):
            return []
        allowed = min(most, int(setting(db, ALLOWED) or most))
        self.is_slowed = allowed < most
        free = allowed - db.count("jobs", AT_FLUX)
        if free <= 0:
            return []
        rows = db.fetch(
            f"{RANKED}, chosen as ("  # noqa: S608  # constants
            " select jobs.id from ranked join jobs using (id)"
            f" where is_waiting and round < ? order by {ORDER} limit ?"
            " for update of jobs skip locked"
            f") update jobs set worker = ?, lease_until = {NOW} + ?, called_at = {NOW},"
            " revision = revision + 1"
            " where id in (select id from chosen) and worker is null and ended_at is null"
            " returning *",
            [per_user, free, self.worker, self._lease_ms],
        )
        return readable(rows)

    @reading
    def position(self, db: Connection, job: Job, most: int) -> int:
        """Return the place that a job would have in the queue, an estimate; 0 if it need not wait.

        Args:
            most: jobs at Flux at once, over all processes.
        """
        [row] = db.fetch(
            f"{RANKED} select count(*) as earlier from ranked where is_waiting and round <="  # noqa: S608
            " (select count(*) from unfinished"
            " where user_id = ? and (is_waiting or is_at_flux))",
            [job.request.requester.user_id],
        )
        free = min(most, int(setting(db, ALLOWED) or most)) - db.count("jobs", AT_FLUX)
        return max(0, int(row["earlier"]) + 1 - max(0, free))

    @reading
    def waiting(self, db: Connection) -> int:
        """Return how many jobs are in the queue."""
        return db.count("jobs", f"ended_at is null and {WAITING}")

    @holding(*QUEUE)
    def take_over(self, db: Connection, since: datetime, own: Sequence[str] = ()) -> Taken:
        """Take the jobs that no process has and that are not in the queue.

        Args:
            since: when a job may have ended whose copy is still sent.
            own: jobs that this process runs, whatever their leases are.
        """
        given: dict[str, Any] = {
            "since": text_from_time(since),
            "own": [*own],
            "ended_before": self._ended_before(db),
            "grace_ms": self._lease_ms // 2,
        }
        return Taken(**{kind: self._take_over(db, where, given) for kind, where in LOST.items()})

    def _ended_before(self, db: Connection) -> int:
        """Return before when a lease must have ended to be taken over; 0 if only given up ones may.

        If no worker has looked for a while, the database may have been unavailable to all: then
        processes that are alive have one lease to renew what they have.
        """
        now = _now(db)
        looked_at, back_at = map(int, (setting(db, LOOKS) or "0 0").split())
        if now - looked_at > self._lease_ms // 3:
            back_at = now
        remember(db, LOOKS, f"{now} {back_at}")
        return now if now - back_at >= self._lease_ms else 0

    def _take_over(self, db: Connection, where: str, given: dict[str, Any]) -> list[Job]:
        rows = db.fetch(
            f"update jobs set worker = :worker, lease_until = {NOW} + :lease_ms,"  # noqa: S608
            " revision = revision + 1, interrupted = case when submitted_at is not null"
            " and fetched_at is null then 1 else interrupted end"
            f" where id in (select id from jobs where {where} and id <> all(cast(:own as text[]))"
            " order by created_at for update skip locked)"
            " returning *",
            {"worker": self.worker, "lease_ms": self._lease_ms, **given},
        )
        return readable(rows)

    @holding(*QUEUE)
    def slow_down(self, db: Connection, wait_s: float) -> None:
        """Halve how many jobs may be at Flux at once, and let none go there for a while."""
        until = max(_now(db) + round(wait_s * 1000), int(setting(db, CLOSED_UNTIL) or 0))
        remember(db, CLOSED_UNTIL, str(until))
        remember(db, ALLOWED, str(max(1, db.count("jobs", AT_FLUX) // 2)))

    @writing
    def speed_up(self, db: Connection) -> None:
        """Let one more job be at Flux at once, if there are fewer than there may be."""
        db.execute(
            "update settings set value = cast(cast(value as bigint) + 1 as text) where key = ?",
            [ALLOWED],
        )
        notify(db, "queue")


def _now(db: Connection) -> int:
    [row] = db.fetch(f"select {NOW} as now")
    return int(row["now"])
