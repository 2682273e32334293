"""The books and the limits as plain sums over a list of jobs: slow, short and easy to trust."""

from collections.abc import Collection
from datetime import datetime, timedelta

from storage.records import KEPT, Job, JobState, Limits, Payer, Problem

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


def borne_since(
    since: datetime,
    jobs: Collection[Job],
    payer: Payer | None = None,
    user_id: int | None = None,
) -> int:
    return sum(
        price(job)
        for job in jobs
        if job.created_at >= since
        and payer in (None, bearer(job))
        and user_id in (None, job.request.requester.user_id)
    )


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
    waiting = [
        other
        for other in theirs
        if not (other.ended_at or other.overdue_at or other.state is JobState.UNCERTAIN)
    ]
    if any(
        job.created_at - other.created_at < timedelta(seconds=limits.cooldown_s)
        and other.charged_microcredits != 0
        for other in theirs
    ):
        return Problem.COOLING_DOWN
    if limits.jobs_per_user and len(waiting) >= limits.jobs_per_user:
        return Problem.TOO_MANY_JOBS
    return _budget_spent(job, limits, jobs)


def _budget_spent(job: Job, limits: Limits, jobs: Collection[Job]) -> Problem | None:
    person = job.request.requester.user_id
    mine = job.estimated_microcredits
    day = job.created_at.replace(hour=0, minute=0, second=0)
    by_person = borne_since(day, jobs, Payer.USER, person)
    by_all = borne_since(day.replace(day=1), jobs)
    if limits.user_microcredits_per_day and by_person + mine > limits.user_microcredits_per_day:
        return Problem.USER_BUDGET_SPENT
    if limits.microcredits_per_month and by_all + mine > limits.microcredits_per_month:
        return Problem.TOTAL_BUDGET_SPENT
    return None
