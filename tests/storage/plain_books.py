"""The books and the limits as plain sums over a list of jobs: slow, short and easy to trust."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from domain.limits import Limits, Whose
from domain.models import Job, JobState, Payer, Problem
from tests.domain.test_failures import COUNTED_FOR_COOLDOWN, KEPT

WITHOUT_PICTURE = (JobState.REFUSED, JobState.FAILED, JobState.CANCELLED)


def bearer(job: Job) -> Payer:
    """Return who pays for a job, told in words of its own: whoever has the picture, or hopes."""
    if job.problem is Problem.ARRIVED_LATE:
        return Payer.HOUSE
    if job.state in WITHOUT_PICTURE:
        return Payer.USER if job.problem in KEPT else Payer.HOUSE
    return Payer.USER


def price(job: Job) -> int:
    charge = job.charged_microcredits
    return job.estimated_microcredits if charge is None else charge


def pictures(job: Job) -> int:
    """Return how many pictures whoever asked has of a job, or hopes for."""
    is_over = job.state in WITHOUT_PICTURE and not job.fetched_at
    return 0 if is_over or bearer(job) is Payer.HOUSE else job.request.count


def refusal(job: Job, limits: Limits, jobs: Collection[Job]) -> Problem | None:
    """Return why this request would be refused beside those jobs."""
    person = job.request.requester.user_id
    theirs = [other for other in jobs if other.request.requester.user_id == person]
    if job.request.retry_of and any(
        other.request.retry_of == job.request.retry_of
        and job.created_at - other.created_at < timedelta(seconds=5)
        and other.state is not JobState.CANCELLED
        for other in theirs
    ):
        return Problem.CLICKED_TWICE
    here = [other for other in theirs if other.request.place == job.request.place]
    for among, cooldown_s in ((theirs, limits.cooldown_s), (here, limits.member_cooldown_s)):
        if any(
            job.created_at - other.created_at < timedelta(seconds=cooldown_s)
            and (other.charged_microcredits != 0 or other.problem in COUNTED_FOR_COOLDOWN)
            for other in among
        ):
            return Problem.COOLING_DOWN
    for among, most in ((theirs, limits.jobs_per_user), (here, limits.jobs_per_member)):
        waiting = [
            other
            for other in among
            if not (other.ended_at or other.overdue_at or other.state is JobState.UNCERTAIN)
        ]
        if most and len(waiting) >= most:
            return Problem.TOO_MANY_JOBS
    return _budget_spent(job, limits, jobs)


def _budget_spent(job: Job, limits: Limits, jobs: Collection[Job]) -> Problem | None:
    reasons = []
    for budget in limits.budgets:
        start = job.created_at.replace(hour=0, minute=0, second=0)
        end = start + timedelta(days=1)
        if "month" in budget.kind:
            start = start.replace(day=1)
            end = datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
        counted = [other for other in jobs if other.created_at >= start]
        if budget.whose in {Whose.PERSON, Whose.MEMBER}:
            counted = [other for other in counted if bearer(other) is Payer.USER]
            person = job.request.requester.user_id
            counted = [other for other in counted if other.request.requester.user_id == person]
        if budget.whose in {Whose.MEMBER, Whose.SERVER}:
            place = job.request.place.guild_id
            counted = [other for other in counted if other.request.place.guild_id == place]
        cost = pictures if "pictures" in budget.kind else price
        if sum(map(cost, counted)) + cost(job) > budget.most:
            lasts = end if cost(job) <= budget.most else datetime.max.replace(tzinfo=UTC)
            reasons.append((lasts, SPENT[budget.whose]))
    return max(reasons, key=lambda reason: reason[0])[1] if reasons else None


SPENT = {
    Whose.PERSON: Problem.USER_BUDGET_SPENT,
    Whose.MEMBER: Problem.USER_BUDGET_SPENT,
    Whose.SERVER: Problem.SERVER_BUDGET_SPENT,
    Whose.ALL: Problem.TOTAL_BUDGET_SPENT,
}
