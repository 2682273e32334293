"""The table `ledger`: reservations, charges and refunds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from domain.failures import FAILURES
from domain.models import FINAL, ImageKind, JobState, Payer, Problem
from storage.connection import insert_statement
from storage.repository import columns_of, row_from_record

if TYPE_CHECKING:
    from datetime import datetime

    from domain.models import Job
    from storage.connection import Connection


class LedgerKind(StrEnum):
    """Why a row of the ledger was written."""

    RESERVED = "reserved"
    SETTLED = "settled"
    GIVEN_BACK = "given_back"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One row of the table `ledger`; a balance is the sum of rows.

    Attributes:
        microcredits: millionths of a credit; negative for a refund.
        pictures: that somebody got, or is to get, for it; negative for a refund.
        is_estimate: whether Flux reported no charge, so that the catalogue's price is used.
        requested_at: when the job was requested, which decides the day and month it counts for.
    """

    job_id: str
    payer: Payer
    kind: LedgerKind
    microcredits: int
    pictures: int
    is_estimate: bool
    user_id: int
    guild_id: int | None
    requested_at: datetime
    created_at: datetime


_INSERT: Final = insert_statement("ledger", columns_of(LedgerEntry))


def shares(job: Job) -> dict[Payer, int]:
    """Return what each payer pays of a job in its present state, in microcredits.

    What Flux charged is the requester's where they have the picture, and the house's where they
    have not; together the two bear all of it.
    """
    charge = job.charged_microcredits
    if charge is None:
        charge = job.estimated_microcredits
    by_house = job.carried_microcredits if _is_requester_s(job) else charge
    return {Payer.USER: charge - by_house, Payer.HOUSE: by_house}


def _is_requester_s(job: Job) -> bool:
    """Whether the requester has what the job makes, or is to have it."""
    if job.problem is Problem.ARRIVED_LATE:
        return False  # it was refunded before it came
    if job.state in FINAL and job.state is not JobState.DELIVERED:
        return job.problem is not None and FAILURES[job.problem].payer is Payer.USER
    return True


_COST: Final = attrgetter(
    "problem",
    "fetched_at",
    "ended_at",
    "estimated_microcredits",
    "charged_microcredits",
    "carried_microcredits",
)


def changes_cost(before: Job, after: Job) -> bool:
    """Whether a step changes what is booked for a job or what its totals count."""
    is_end = before.state is not after.state and bool({before.state, after.state} & FINAL)
    return is_end or bool(_COST(before) != _COST(after))


def book(db: Connection, job: Job, now: datetime) -> bool:
    """Bring the ledger to what the job now costs each payer; part of the job's transaction.

    Returns whether something was booked. The caller counts it: `storage.totals`.
    """
    query = (
        "select payer, sum(microcredits) as microcredits, sum(pictures) as pictures,"
        " min(is_estimate) as is_estimate from ledger where job_id = ? group by payer"
    )
    booked = {}
    # Of a job that is being stored there are no rows.
    for row in db.fetch(query, [job.id]) if job.revision else ():
        so_far = _Balance(row["microcredits"], row["pictures"], bool(row["is_estimate"]))
        booked[Payer(row["payer"])] = so_far
    is_estimate = job.charged_microcredits is None
    pictures = {Payer.USER: _pictures(db, job, booked.get(Payer.USER)), Payer.HOUSE: 0}
    is_changed = False
    for payer, microcredits in shares(job).items():
        so_far = booked.get(payer, _Balance(0, 0, is_estimate))
        after = _Balance(microcredits, pictures[payer], is_estimate)
        is_nothing = not (microcredits or after.pictures)
        # A charge just as estimated is booked too, so that the rows show that it is known.
        if after == so_far or (is_nothing and not (so_far.microcredits or so_far.pictures)):
            continue
        kind = LedgerKind.GIVEN_BACK if is_nothing else LedgerKind.SETTLED
        if payer is Payer.HOUSE or not booked:
            kind = LedgerKind.CARRIED if payer is Payer.HOUSE else LedgerKind.RESERVED
        entry = LedgerEntry(
            job_id=job.id,
            payer=payer,
            kind=kind,
            microcredits=microcredits - so_far.microcredits,
            pictures=after.pictures - so_far.pictures,
            is_estimate=is_estimate,
            user_id=job.request.requester.user_id,
            guild_id=job.request.place.guild_id,
            requested_at=job.created_at,
            created_at=now,
        )
        db.execute(_INSERT, row_from_record(entry))
        is_changed = True
    return is_changed


@dataclass(frozen=True, slots=True)
class _Balance:
    """What one payer pays of one job."""

    microcredits: int
    pictures: int
    is_estimate: bool


def _pictures(db: Connection, job: Job, so_far: _Balance | None) -> int:
    """Return how many pictures the requester has of a job, or is to have."""
    if not _is_requester_s(job):
        return 0
    if job.fetched_at is None:
        # What ended before it was made may be "kept" all the same, such as what was cancelled.
        has_ended = job.state in FINAL and job.state is not JobState.DELIVERED
        return 0 if has_ended else job.request.count
    if job.state in FINAL and so_far is not None:
        return so_far.pictures  # whatever is removed later
    came = db.fetch(
        "select 1 from images where job_id = ? and kind = ?", [job.id, ImageKind.RESULT]
    )
    return len(came) or job.request.count  # until they come again, where their files were lost
