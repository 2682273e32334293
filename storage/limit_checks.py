"""The cooldown, running jobs and budgets, checked in the transaction that stores a request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from domain.failures import FAILURES
from domain.limits import Allowance, Budget, Whose
from domain.models import JobState, Problem
from storage.budgets import OWN, sum_spent
from storage.connection import Lock, LockScope
from storage.mapping import text_from_time
from storage.pseudonyms import known_as

if TYPE_CHECKING:
    from domain.limits import Limits
    from domain.models import Job
    from storage.budgets import Spent
    from storage.connection import Connection

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
    asked = _Asked(
        now=job.created_at.astimezone(UTC),
        user_id=user_id,
        alias=known_as(db, user_id) if counts_past else user_id,
        guild_id=here,
        pictures=job.request.count,
        microcredits=job.estimated_microcredits,
    )
    for seconds, guild_id in ((limits.cooldown_s, None), (limits.member_cooldown_s, here)):
        if seconds:
            _check_pause(db, asked, seconds, guild_id)
    for most, guild_id in ((limits.jobs_per_user, None), (limits.jobs_per_member, here)):
        if most:
            _check_under_way(db, asked, most, guild_id)
    return _check_budgets(db, asked, limits.budgets) if limits.budgets else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked for, by whom and where.

    Attributes:
        alias: the requester's pseudonym in rows of theirs that were erased.
    """

    now: datetime
    user_id: int
    alias: int
    guild_id: int | None
    pictures: int
    microcredits: int


_HERE: Final = " and guild_id = :guild_id"


def _check_pause(db: Connection, asked: _Asked, seconds: float, guild_id: int | None) -> None:
    pause = timedelta(seconds=seconds)
    here = "" if guild_id is None else _HERE
    # What failed by Flux or by the bot and cost nothing makes nobody wait, nor does what an earlier
    # version stored by a clock that was far ahead.
    rows = db.fetch(
        "select max(created_at) as created_at from jobs"  # noqa: S608  # a constant
        " where user_id in (:user_id, :alias) and created_at > :since and created_at < :until"
        " and (coalesce(charged_microcredits, 1) > 0"
        " or problem in (select value from json_each(:counted)))" + here,
        {
            "user_id": asked.user_id,
            "alias": asked.alias,
            "guild_id": guild_id,
            "since": text_from_time(asked.now - pause),
            "until": text_from_time(asked.now + pause),
            "counted": COUNTED_FOR_COOLDOWN,
        },
    )
    last = rows[0]["created_at"]
    if last is not None:
        raise _reached(Problem.COOLING_DOWN, datetime.fromisoformat(last) + pause)


def _check_under_way(db: Connection, asked: _Asked, most: int, guild_id: int | None) -> None:
    # An overdue job, or one whose answer was lost, keeps nobody from going on. What is not over
    # is never erased.
    rows = db.fetch(
        "select count(*) as jobs, min(expected_at) as expected_at from jobs"  # noqa: S608
        " where user_id = :user_id and ended_at is null and overdue_at is null"
        " and state <> :uncertain" + ("" if guild_id is None else _HERE),
        {"user_id": asked.user_id, "guild_id": guild_id, "uncertain": JobState.UNCERTAIN},
    )
    [row] = rows
    if row["jobs"] >= most:
        expected_at = datetime.fromisoformat(row["expected_at"])
        # What should be there by now is done any moment.
        frees_at = expected_at if expected_at > asked.now else None
        raise _reached(Problem.TOO_MANY_JOBS, frees_at)


def _check_budgets(db: Connection, asked: _Asked, budgets: tuple[Budget, ...]) -> Allowance | None:
    spent: dict[tuple[Whose, bool], Spent] = {}
    person = (asked.user_id, asked.alias)
    over: list[tuple[datetime | None, Budget]] = []
    own: list[Allowance] = []
    for budget in budgets:
        counted = budget.whose, budget.kind.is_monthly
        if counted not in spent:
            spent[counted] = sum_spent(db, budget, asked.now, person, asked.guild_id)
        wanted = asked.pictures if budget.kind.counts_pictures else asked.microcredits
        used = spent[counted].of(budget.kind) + wanted
        if used > budget.most:
            alone = wanted > budget.most
            frees_at = None if alone else budget.kind.period_end(asked.now)
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
