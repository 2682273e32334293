"""The table `ledger`: what is reserved, paid and given back, and the limits it is held to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage.pseudonyms import known_as
from storage.records import (
    FINAL,
    KEPT,
    JobState,
    LedgerEntry,
    LedgerKind,
    Payer,
    Problem,
)
from storage.rows import entry_from_row, row_from_entry, text_from_time

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteDatabase

    from storage.database import Database
    from storage.records import Job, Limits


class LimitReachedError(Exception):
    """The request is over a limit; nothing was stored.

    Attributes:
        problem: which limit.
        frees_at: when there will be room again, None where that depends on other jobs.
    """

    def __init__(self, problem: Problem, frees_at: datetime | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.frees_at = frees_at


class LedgerRepository:
    """What was booked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_entries(self, job_id: str) -> list[LedgerEntry]:
        """Return everything that was booked for a job, oldest first."""
        return await self._database.read(_select_entries, job_id)


def shares(job: Job) -> dict[Payer, int]:
    """Return what each payer bears of a job as it stands, in microcredits.

    What Flux charged is the requester's where they have the picture, and the house's where they
    have not; together the two bear all of it.
    """
    charge = job.charged_microcredits
    if charge is None:
        charge = job.estimated_microcredits
    if job.problem is Problem.ARRIVED_LATE:
        by_user = False  # it was given back before it came
    elif job.state in FINAL:
        by_user = job.state is JobState.DELIVERED or job.problem in KEPT
    else:
        by_user = True
    by_house = job.carried_microcredits if by_user else charge
    return {Payer.USER: charge - by_house, Payer.HOUSE: by_house}


def book(db: SqliteDatabase, job: Job, now: datetime) -> None:
    """Bring the ledger to what the job as it stands costs each; part of the job's transaction."""
    booked = _booked(db, job.id)
    is_estimate = job.charged_microcredits is None
    for payer, microcredits in shares(job).items():
        so_far, was_estimate = booked.get(payer, (0, is_estimate))
        # A charge just as estimated is booked too, so that the rows tell that it is known.
        if microcredits == so_far and (not microcredits or is_estimate == was_estimate):
            continue
        entry = LedgerEntry(
            job_id=job.id,
            payer=payer,
            kind=_kind(payer, microcredits, is_first=not booked),
            microcredits=microcredits - so_far,
            is_estimate=is_estimate,
            user_id=job.request.requester.user_id,
            guild_id=job.request.place.guild_id,
            requested_at=job.created_at,
            created_at=now,
        )
        db.table("ledger").insert(row_from_entry(entry))


def _kind(payer: Payer, microcredits: int, *, is_first: bool) -> LedgerKind:
    if payer is Payer.HOUSE:
        return LedgerKind.CARRIED
    if is_first:
        return LedgerKind.RESERVED
    return LedgerKind.SETTLED if microcredits else LedgerKind.GIVEN_BACK


def check_limits(db: SqliteDatabase, job: Job, limits: Limits) -> None:
    """Refuse a job that is over a limit; the one place where limits are decided.

    It runs inside the transaction that stores the job, so that two requests at the same moment
    cannot both take the last of an allowance.

    Raises:
        LimitReachedError: a limit is reached; the first of them is named.
    """
    user_id = job.request.requester.user_id
    price = job.estimated_microcredits
    now = job.created_at.astimezone(UTC)
    if limits.cooldown_s:
        frees_at = _last_request(db, user_id) + timedelta(seconds=limits.cooldown_s)
        if now < frees_at:
            raise LimitReachedError(Problem.COOLING_DOWN, frees_at)
    if limits.jobs_per_user and _unfinished(db, user_id) >= limits.jobs_per_user:
        raise LimitReachedError(Problem.TOO_MANY_JOBS)
    if limits.user_microcredits_per_day:
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if _spent_by_user(db, user_id, today) + price > limits.user_microcredits_per_day:
            raise LimitReachedError(Problem.USER_BUDGET_SPENT, today + timedelta(days=1))
    if limits.microcredits_per_month:
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        if _spent_by_all(db, month) + price > limits.microcredits_per_month:
            next_month = (month + timedelta(days=32)).replace(day=1)
            raise LimitReachedError(Problem.TOTAL_BUDGET_SPENT, next_month)


def _booked(db: SqliteDatabase, job_id: str) -> dict[Payer, tuple[int, bool]]:
    """Return what each payer bears so far, and whether that is an estimate."""
    rows = db.query(
        "select payer, sum(microcredits) as total, min(is_estimate) as is_estimate"
        " from ledger where job_id = ? group by payer",
        [job_id],
    )
    return {Payer(row["payer"]): (row["total"], bool(row["is_estimate"])) for row in rows}


def _select_entries(db: SqliteDatabase, job_id: str) -> list[LedgerEntry]:
    rows = db.query("select * from ledger where job_id = ? order by id", [job_id])
    return [entry_from_row(row) for row in rows]


def _last_request(db: SqliteDatabase, user_id: int) -> datetime:
    # What came to nothing and cost nothing makes nobody wait.
    rows = db.query(
        "select max(created_at) as last from jobs"
        " where user_id in (?, ?) and coalesce(charged_microcredits, 1) > 0",
        [user_id, known_as(db, user_id)],
    )
    last = next(rows)["last"]
    return datetime.fromisoformat(last) if last else datetime.min.replace(tzinfo=UTC)


def _unfinished(db: SqliteDatabase, user_id: int) -> int:
    # An overdue job, or one whose answer was lost, keeps nobody from going on.
    rows = db.query(
        "select count(*) as jobs from jobs"
        " where user_id = ? and ended_at is null and overdue_at is null and state <> ?",
        [user_id, JobState.UNCERTAIN],
    )
    return int(next(rows)["jobs"])


def _spent_by_user(db: SqliteDatabase, user_id: int, since: datetime) -> int:
    rows = db.query(
        "select coalesce(sum(microcredits), 0) as spent from ledger"
        " where user_id in (?, ?) and payer = ? and requested_at >= ?",
        [user_id, known_as(db, user_id), Payer.USER, text_from_time(since)],
    )
    return int(next(rows)["spent"])


def _spent_by_all(db: SqliteDatabase, since: datetime) -> int:
    rows = db.query(
        "select coalesce(sum(microcredits), 0) as spent from ledger where requested_at >= ?",
        [text_from_time(since)],
    )
    return int(next(rows)["spent"])
