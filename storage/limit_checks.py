"""The cooldown, running jobs and budgets, checked in the transaction that stores a request.

Budgets are what was booked in a day or month; one that is nearly used is warned of.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from domain.failures import FAILURES
from domain.limits import EVERYWHERE, Allowance, Budget, BudgetWarning, LimitKind, Who, Whose
from domain.models import JobState, Problem
from storage.connection import Lock, LockScope
from storage.repository import Repository, reading, record_from_row, text_from_time, writing
from storage.settings import known_as
from storage.totals import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.limits import Limits
    from domain.models import Job
    from storage.connection import Connection

OWN: Final = frozenset({Whose.PERSON, Whose.MEMBER})

WARN_AT_PERCENT: Final = 80
"""Of a server's budget; told once in each of its days or months."""

SPENT: Final = {
    Whose.PERSON: Problem.USER_BUDGET_SPENT,
    Whose.MEMBER: Problem.USER_BUDGET_SPENT,
    Whose.SERVER: Problem.SERVER_BUDGET_SPENT,
    Whose.ALL: Problem.TOTAL_BUDGET_SPENT,
}
"""How a request is refused that would go over each."""

COUNTED_FOR_COOLDOWN: Final = json.dumps(
    [problem for problem, failure in FAILURES.items() if failure.counts_for_cooldown]
)
"""As SQLite takes a list; these count although they cost nothing."""

FAR_AWAY: Final = datetime.max.replace(tzinfo=UTC)


def locks_of(job: Job, limits: Limits) -> list[Lock]:
    """Return what the transaction that stores a job has to hold: for each limit that is set."""
    user_id, guild_id = job.request.requester.user_id, job.request.place.guild_id
    counted = set(map(attrgetter("whose"), limits.budgets))
    locks = []
    if Whose.ALL in counted:
        locks.append(Lock(LockScope.ALL))
    if Whose.SERVER in counted and guild_id is not None:
        locks.append(Lock(LockScope.SERVER, guild_id))
    own = (limits.cooldown_s, limits.member_cooldown_s, limits.jobs_per_user)
    if counted & OWN or any(own) or limits.jobs_per_member or job.request.retry_of:
        locks.append(Lock(LockScope.PERSON, user_id))
    return locks


def check_limits(db: Connection, job: Job, limits: Limits) -> Allowance | None:
    """Refuse a job that is over a limit; the one place where limits are decided.

    It runs inside the transaction that stores the job, so that two requests at the same moment
    cannot both take the last of an allowance. Days and months are UTC's.

    Returns:
        What the requester has used of their own budget with it: of several, the one that is
        nearest to its end; None without any.

    Raises:
        UserError: a limit is reached: the cooldown, then jobs in progress, then budgets.
    """
    user_id, here = job.request.requester.user_id, job.request.place.guild_id
    counts_past = limits.cooldown_s or limits.member_cooldown_s or limits.budgets
    # Their pseudonym in rows of theirs that were erased.
    alias = known_as(db, user_id) if counts_past else user_id
    for seconds, guild_id in ((limits.cooldown_s, None), (limits.member_cooldown_s, here)):
        if seconds:
            _check_pause(db, job, alias, timedelta(seconds=seconds), guild_id)
    for most, guild_id in ((limits.jobs_per_user, None), (limits.jobs_per_member, here)):
        if most:
            _check_under_way(db, job, most, guild_id)
    return _check_budgets(db, job, alias, limits.budgets) if limits.budgets else None


_HERE: Final = " and guild_id = :guild_id"


def _check_pause(
    db: Connection, job: Job, alias: int, pause: timedelta, guild_id: int | None
) -> None:
    here = "" if guild_id is None else _HERE
    # What failed by Flux or by the bot and cost nothing makes nobody wait, nor does what an earlier
    # version stored by a clock that was far ahead.
    rows = db.fetch(
        "select max(created_at) as created_at from jobs"  # noqa: S608  # a constant
        " where user_id in (:user_id, :alias) and created_at > :since and created_at < :until"
        " and (coalesce(charged_microcredits, 1) > 0"
        " or problem in (select value from json_each(:counted)))" + here,
        {
            "user_id": job.request.requester.user_id,
            "alias": alias,
            "guild_id": guild_id,
            "since": text_from_time(job.created_at - pause),
            "until": text_from_time(job.created_at + pause),
            "counted": COUNTED_FOR_COOLDOWN,
        },
    )
    last = rows[0]["created_at"]
    if last is not None:
        raise _reached(Problem.COOLING_DOWN, datetime.fromisoformat(last) + pause)


def _check_under_way(db: Connection, job: Job, most: int, guild_id: int | None) -> None:
    # An overdue job, or one whose answer was lost, keeps nobody from going on. What is not over
    # is never erased.
    user_id = job.request.requester.user_id
    [row] = db.fetch(
        "select count(*) as jobs, min(expected_at) as expected_at from jobs"  # noqa: S608
        " where user_id = :user_id and ended_at is null and overdue_at is null"
        " and state <> :uncertain" + ("" if guild_id is None else _HERE),
        {"user_id": user_id, "guild_id": guild_id, "uncertain": JobState.UNCERTAIN},
    )
    if row["jobs"] >= most:
        expected_at = datetime.fromisoformat(row["expected_at"])
        # What should be there by now is done any moment.
        frees_at = expected_at if expected_at > job.created_at else None
        raise _reached(Problem.TOO_MANY_JOBS, frees_at)


def _check_budgets(
    db: Connection, job: Job, alias: int, budgets: tuple[Budget, ...]
) -> Allowance | None:
    now, guild_id = job.created_at.astimezone(UTC), job.request.place.guild_id
    person = (job.request.requester.user_id, alias)
    over: list[tuple[datetime | None, Budget]] = []
    own: list[Allowance] = []
    for budget, spent in zip(budgets, sum_spent(db, budgets, now, person, guild_id), strict=True):
        is_of_pictures = budget.kind.counts_pictures
        wanted = job.request.count if is_of_pictures else job.estimated_microcredits
        used = spent + wanted
        if used > budget.most:
            alone = wanted > budget.most
            frees_at = None if alone else budget.kind.period_end(now)
            over.append((frees_at, budget))
        elif budget.whose in OWN and budget.most:
            own.append(Allowance(kind=budget.kind, used=used, most=budget.most))
    if over:
        # Of several the one that lasts longest: to come back before would be in vain.
        frees_at, budget = max(over, key=lambda each: each[0] or FAR_AWAY)
        setter = "managers" if budget.by_managers else "owner"
        raise _reached(SPENT[budget.whose], frees_at, limit=budget, setter=setter)
    return max(own, key=lambda allowance: allowance.used / allowance.most, default=None)


def _reached(problem: Problem, frees_at: datetime | None, **limit: Budget | str) -> UserError:
    """Return the refusal by a limit.

    Args:
        frees_at: when there will be room again; None where that cannot be told, or where the
            request alone is more than the whole budget.
        limit: the budget that would be overspent, where it is one, and who set it.
    """
    if frees_at is None:
        return UserError(problem, frees="never", **limit)
    return UserError(problem, frees="later", frees_at=frees_at, **limit)


class SpendingRepository(Repository):
    """What was spent so far, for those who look; requests are decided in their transaction."""

    @reading
    def used(
        self,
        db: Connection,
        budgets: Sequence[Budget],
        now: datetime,
        *,
        user_id: int = 0,
        guild_id: int | None = None,
    ) -> list[int]:
        """Return how much of each budget is used, in its own unit.

        Args:
            user_id: whose, where it is a person's.
            guild_id: where, where it is one server's.
        """
        return sum_spent(db, budgets, now, (user_id, known_as(db, user_id)), guild_id)


_SUM: Final = """
select {} as place, coalesce(sum(
    microcredits + case when whose in ('server', 'all') then house_microcredits else 0 end
  ), 0) as microcredits,
  coalesce(sum(booked_pictures), 0) as pictures
from totals
where whose = ? and guild_id = ? and user_id in (?, ?) and part = '' and unit = ? and since >= ?
"""


@cache
def _sums(number: int) -> str:
    return " union all ".join(map(_SUM.format, range(number))) + " order by place"


def sum_spent(
    db: Connection,
    budgets: Sequence[Budget],
    now: datetime,
    person: tuple[int, int] = (0, 0),
    guild_id: int | None = None,
) -> list[int]:
    """Return how much of each budget is used since its day or month began (UTC), in its own unit.

    Args:
        person: the requester's id, and their pseudonym in erased rows.
    """
    given: list[object] = []
    for budget in budgets:
        is_here = budget.whose in {Whose.SERVER, Whose.MEMBER}
        given += [budget.whose, guild_id if is_here else 0]
        given += person if budget.whose in OWN else (0, 0)
        since = budget.kind.period_start(now.astimezone(UTC)).date().isoformat()
        given += [Unit.MONTH if budget.kind.is_monthly else Unit.DAY, since]
    # One statement: a round trip to PostgreSQL takes longer than all of them.
    rows = db.fetch(_sums(len(budgets)), given) if budgets else []
    return [
        row["pictures" if budget.kind.counts_pictures else "microcredits"]
        for budget, row in zip(budgets, rows, strict=True)
    ]


class BudgetWarningRepository(Repository):
    """Warnings that were stored with a booking, until they are sent."""

    @reading
    def list_untold(self, db: Connection) -> list[BudgetWarning]:
        """Return what still has to be told, the first noted first."""
        rows = db.fetch("select * from budget_warnings where told_at is null order by noted_at")
        return [record_from_row(BudgetWarning, row) for row in rows]

    @writing
    def mark_told(self, db: Connection, warning: BudgetWarning, at: datetime) -> None:
        """Note that the managers of the server were told, or cannot be."""
        db.execute(
            "update budget_warnings set told_at = ?"
            " where guild_id = ? and kind = ? and period_start = ?",
            [
                text_from_time(at),
                warning.guild_id,
                warning.kind,
                text_from_time(warning.period_start),
            ],
        )


def note_warnings(db: Connection, guild_id: int | None, now: datetime) -> None:
    """Note each budget of a server that is nearly used; part of the transaction that books.

    A budget's day or month is warned of once, whatever becomes of it meanwhile.
    """
    if guild_id is None or guild_id == EVERYWHERE:
        return
    now = now.astimezone(UTC)
    rules = db.fetch(
        "select kind, min(amount) as amount from limits"
        " where guild_id = ? and who in (?, ?) and amount > 0 group by kind",
        [guild_id, Who.ALL, Who.SERVER],
    )
    if not rules:
        return
    budgets = [
        Budget(whose=Whose.SERVER, kind=LimitKind(rule["kind"]), most=rule["amount"])
        for rule in rules
    ]
    for budget, used in zip(budgets, sum_spent(db, budgets, now, guild_id=guild_id), strict=True):
        if used * 100 >= budget.most * WARN_AT_PERCENT:
            row = {
                "guild_id": guild_id,
                "kind": budget.kind,
                "period_start": text_from_time(budget.kind.period_start(now)),
                "used": used,
                "most": budget.most,
                "noted_at": text_from_time(now),
            }
            db.insert("budget_warnings", row, is_first_kept=True)
