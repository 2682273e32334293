"""Any order of requests, steps and flags, against a plain model of the books."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from domain.errors import UserError
from domain.limits import Budget, LimitKind, Limits, Whose
from domain.models import FINAL, TRANSITIONS, Job, JobState, Payer, Problem, Requester
from storage.database import Database
from storage.jobs import DuplicateRequestError, JobRepository, StaleJobError
from storage.recount import find_differences
from tests.examples import examples
from tests.factories import make_job, make_place, make_request, make_ticket
from tests.migrated import place_database
from tests.storage.plain_books import WITHOUT_PICTURE, bearer, pictures, price, refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from domain.models import Place

pytestmark = pytest.mark.both_engines

PEOPLE = (1, 2)
PRICES = (0, 100, 250)

PLACES = (make_place(), make_place(guild_id=4002))

OF_MONEY = Limits(
    cooldown_s=2,
    jobs_per_user=3,
    budgets=(
        Budget(whose=Whose.PERSON, kind=LimitKind.CREDITS_PER_DAY, most=600),
        Budget(whose=Whose.SERVER, kind=LimitKind.CREDITS_PER_DAY, most=900),
        Budget(whose=Whose.ALL, kind=LimitKind.CREDITS_PER_MONTH, most=1_500),
    ),
)
OF_PICTURES = Limits(
    member_cooldown_s=5,
    jobs_per_member=2,
    budgets=(
        Budget(whose=Whose.MEMBER, kind=LimitKind.PICTURES_PER_DAY, most=4),
        Budget(whose=Whose.PERSON, kind=LimitKind.PICTURES_PER_MONTH, most=9),
        Budget(whose=Whose.SERVER, kind=LimitKind.PICTURES_PER_MONTH, most=12),
    ),
)
LIMITS = (OF_MONEY, OF_PICTURES, Limits())

START = datetime(2026, 10, 30, 23, 59, 50, tzinfo=UTC)
"""Close to the end of a day and not far from that of a month."""

PAUSES = [timedelta(seconds=seconds) for seconds in (0, 1, 4, 6, 30, 40_000)]

PROBLEMS = [
    Problem.FLUX_FAILED,
    Problem.ANSWER_LOST,
    Problem.MESSAGE_GONE,
    Problem.CANCELLED,
    Problem.ARRIVED_LATE,
]


def unaware(job: Job) -> Job:
    """Return the job as one knows it who read it before any flag or fresh token was set."""
    old = make_ticket(interaction_id=job.request.ticket.interaction_id)
    request = replace(job.request, ticket=old)
    return replace(job, request=request, cancel_asked_at=None)


class Books(RuleBasedStateMachine):
    """The real database beside a dictionary of jobs."""

    jobs_made = Bundle("jobs_made")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory(
            prefix="books-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT") or None
        )
        self.runner = asyncio.Runner()
        self.database = Database(place_database(Path(self.folder.name) / "books.db"))
        self.wait(self.database.open())
        self.jobs = JobRepository(self.database)
        self.model: dict[str, Job] = {}
        self.now = START

    def teardown(self) -> None:
        self.wait(self.database.close())
        self.runner.close()
        self.folder.cleanup()

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  # as the work returns
        return self.runner.run(work)

    @rule(
        target=jobs_made,
        person=st.sampled_from(PEOPLE),
        place=st.sampled_from(PLACES),
        estimate=st.sampled_from(PRICES),
        count=st.sampled_from([1, 1, 3]),
        limits=st.sampled_from(LIMITS),
        pause=st.sampled_from(PAUSES),
    )
    def request(
        self,
        person: int,
        place: Place,
        estimate: int,
        count: int,
        limits: Limits,
        pause: timedelta,
    ) -> str:
        self.now += pause
        return self.add(self.asked(person, estimate, place=place, count=count), limits)

    @rule(
        again=jobs_made,
        person=st.sampled_from(PEOPLE),
        is_cancelled=st.booleans(),
        pause=st.sampled_from(PAUSES),
    )
    def press_again_twice(
        self,
        again: str,
        person: int,
        is_cancelled: bool,  # noqa: FBT001
        pause: timedelta,
    ) -> None:
        first = self.model.get(self.add(self.asked(person, 100, retry_of=again), Limits()))
        if is_cancelled and first is not None:
            self.advance(first, replace(first, state=JobState.CANCELLED, ended_at=self.now))
        self.now += pause
        self.add(self.asked(person, 100, retry_of=again), Limits())

    def asked(self, person: int, estimate: int, **changes: object) -> Job:
        number = len(self.model) + 1
        request = make_request(
            requester=Requester(user_id=person, user_name="somebody"),
            ticket=make_ticket(interaction_id=number),
            **changes,
        )
        return make_job(
            id=f"job-{number}",
            request=request,
            created_at=self.now,
            estimated_microcredits=estimate,
        )

    def add(self, job: Job, limits: Limits) -> str:
        refused: Problem | str | None
        expected = refusal(job, limits, list(self.model.values()))
        try:
            stored = self.wait(self.jobs.add(job, limits))
        except UserError as error:
            refused = error.reason
        else:
            refused = None
            self.model[job.id] = stored
        assert refused is expected
        return job.id

    @rule(job_id=jobs_made)
    def deliver_the_interaction_twice(self, job_id: str) -> None:
        if job_id in self.model:
            twice = replace(self.model[job_id], id="twice")
            try:
                self.wait(self.jobs.add(twice, OF_MONEY))
            except DuplicateRequestError:
                return
            raise AssertionError("one interaction made two jobs")

    @rule(
        job_id=jobs_made,
        way=st.integers(0, 5),
        problem=st.sampled_from([None, *PROBLEMS]),
        charge=st.sampled_from([None, *PRICES]),
        told=st.booleans(),
    )
    def step(
        self,
        job_id: str,
        way: int,
        problem: Problem | None,
        charge: int | None,
        told: bool,  # noqa: FBT001
    ) -> None:
        before = self.model.get(job_id)
        if before is None:
            return
        ways = sorted({before.state, *TRANSITIONS[before.state]})
        state = ways[way % len(ways)]
        after = replace(
            before,
            state=state,
            problem=problem if state in (*WITHOUT_PICTURE, JobState.RUNNING) else None,
            charged_microcredits=charge,
            ended_at=self.now if state in FINAL else None,
            told_at=self.now if state in FINAL and told else None,
        )
        self.advance(before, after)

    @rule(job_id=jobs_made, state=st.sampled_from(JobState))
    def step_off_the_table(self, job_id: str, state: JobState) -> None:
        job = self.model.get(job_id)
        if job is not None and state not in {job.state, *TRANSITIONS[job.state]}:
            self.check_stale(job, replace(job, state=state))

    def advance(self, before: Job, after: Job) -> None:
        """Take a step as one does who read the job before its flags and fresh token were set."""
        stored = self.wait(self.jobs.advance(unaware(before), unaware(after)))
        token = None if after.told_at else before.request.ticket.token
        ticket = replace(before.request.ticket, token=token)
        request = replace(before.request, ticket=ticket)
        self.model[before.id] = replace(after, request=request, revision=before.revision + 1)
        assert stored == self.model[before.id]

    @precondition(lambda self: any(job.revision for job in self.model.values()))
    @rule(job_id=jobs_made, state=st.sampled_from(JobState), behind=st.integers(1, 3))
    def step_from_an_older_revision(self, job_id: str, state: JobState, behind: int) -> None:
        job = self.model.get(job_id)
        if job is not None and job.revision >= behind:
            old = replace(job, revision=job.revision - behind)
            self.check_stale(old, replace(old, state=state, charged_microcredits=7))

    def check_stale(self, before: Job, after: Job) -> None:
        try:
            self.wait(self.jobs.advance(before, after))
        except StaleJobError:
            return
        raise AssertionError(f"{before.state} went to {after.state}")

    @rule(job_id=jobs_made)
    def ask_cancel(self, job_id: str) -> None:
        self.wait(self.jobs.ask_cancel(job_id, self.now))
        if job := self.model.get(job_id):
            self.model[job_id] = replace(job, cancel_asked_at=job.cancel_asked_at or self.now)

    @rule(job_id=jobs_made)
    def mark_overdue(self, job_id: str) -> None:
        if job := self.model.get(job_id):
            self.advance(job, replace(job, overdue_at=self.now))

    @rule(job_id=jobs_made, token=st.sampled_from(["fresh", "fresher"]))
    def renew_token(self, job_id: str, token: str) -> None:
        self.wait(self.jobs.renew_token(job_id, token, self.now))
        job = self.model.get(job_id)
        if job is not None and not job.told_at:
            ticket = replace(job.request.ticket, token=token, token_since=self.now)
            self.model[job_id] = replace(job, request=replace(job.request, ticket=ticket))

    @rule()
    def start_again(self) -> None:
        self.wait(self.database.close())
        self.database = Database(Path(self.folder.name) / "books.db")
        self.wait(self.database.open())
        self.jobs = JobRepository(self.database)

    @invariant()
    def every_job_is_as_it_should_be(self) -> None:
        for job in self.model.values():
            assert self.wait(self.jobs.get(job.id)) == job
        untold = [job for job in self.model.values() if not job.told_at]
        assert [job.id for job in self.wait(self.jobs.list_open())] == [job.id for job in untold]

    @invariant()
    def the_books_agree(self) -> None:
        rows = self.wait(
            self.database.read(lambda db: db.fetch("select * from ledger order by id"))
        )
        found: Counter[tuple[str, str]] = Counter()
        given: Counter[tuple[str, str]] = Counter()
        for row in rows:
            found[row["job_id"], row["payer"]] += row["microcredits"]
            given[row["job_id"], row["payer"]] += row["pictures"]
            job = self.model[row["job_id"]]
            assert row["user_id"] == job.request.requester.user_id
            assert row["requested_at"] == job.created_at.isoformat()
        jobs = self.model.values()
        expected = {(job.id, bearer(job)): price(job) for job in jobs if price(job)}
        assert {key: sum_ for key, sum_ in found.items() if sum_} == expected
        counted = {(job.id, Payer.USER): pictures(job) for job in jobs if pictures(job)}
        assert {key: sum_ for key, sum_ in given.items() if sum_} == counted
        assert self.wait(self.database.read(find_differences, self.now)) == []


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=examples(40, fewer=10),
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    # What failed first is short enough to read, and a failing run ends soon.
    phases=[Phase.generate],
)
