"""Totals after any order of bookings, deletions and trims; and what reads them reads few rows."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from domain.limits import BUDGETS, Budget, LimitRule, Limits, Who, Whose
from domain.models import TRANSITIONS, Job, JobState, Problem, Requester
from storage.erasing import ErasureRepository
from storage.jobs import JobRepository
from storage.limit_checks import check_limits, note_warnings
from storage.limits_and_access import RuleRepository
from storage.recount import oldest_reported
from storage.totals import Unit
from storage.usage import UsageRepository
from tests.examples import examples
from tests.factories import NOON, make_image, make_job, make_place, make_request, make_ticket
from tests.storage.totals import check_totals, steps_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from storage.connection import Connection
    from storage.database import Database

pytestmark = pytest.mark.both_engines

PEOPLE = (5001, 5002, 5003)
SERVERS = (4001, 4002, None)
MODELS = ("flux-dev", "flux-2-pro")
START = datetime(2026, 9, 28, 22, 50, tzinfo=UTC)
PAUSES: Final = [timedelta(minutes=1)] * 9 + [
    timedelta(hours=1.2),
    timedelta(days=1),
    timedelta(days=9),
]
ENDS: Final[dict[JobState, list[Problem | None]]] = {
    JobState.DELIVERED: [None],
    JobState.FAILED: [Problem.FLUX_FAILED, Problem.ANSWER_LOST, Problem.MESSAGE_GONE],
    JobState.CANCELLED: [Problem.CANCELLED],
    JobState.REFUSED: [Problem.FLUX_REFUSED_CONTENT],
}


class Use:
    """Any order of requests, steps, deletions and trims over some months."""

    def __init__(self, database: Database, draw: random.Random) -> None:
        self.database = database
        self.jobs = JobRepository(database)
        self.erasures = ErasureRepository(database)
        self.draw = draw
        self.now = START
        self.made = 0
        self.open: list[Job] = []
        self.failed: list[Job] = []

    async def go_on(self) -> None:
        self.now += self.draw.choice(PAUSES)
        acts = [self.request] * 4 + [self.fetch] * 3 + [self.end] * 4
        await self.draw.choice([*acts, self.arrive_late, self.delete, self.forget, self.lapse])()

    async def request(self) -> None:
        self.made += 1
        request = make_request(
            requester=Requester(user_id=self.draw.choice(PEOPLE), user_name="somebody"),
            place=make_place(guild_id=self.draw.choice(SERVERS)),
            ticket=make_ticket(interaction_id=self.made),
            model=self.draw.choice(MODELS),
            count=self.draw.choice([1, 3]),
        )
        job = make_job(id=f"{self.made:012x}", request=request, created_at=self.now)
        self.open.append(await self.jobs.add(job))

    async def fetch(self) -> None:
        if (job := self.taken(self.open)) is None:
            return
        for state in (JobState.SUBMITTING, JobState.RUNNING, JobState.FETCHED):
            if state in TRANSITIONS[job.state]:
                is_made = state is JobState.FETCHED
                charged = self.draw.choice([None, 0, 100_000]) if is_made else None
                after = replace(job, state=state, fetched_at=self.now if is_made else None)
                after = replace(after, charged_microcredits=charged)
                images = [make_image(job_id=job.id, file_name=job.id)] if is_made else []
                job = await self.jobs.advance(job, after, images)
        self.open.append(job)

    async def end(self) -> None:
        if (job := self.taken(self.open)) is None:
            return
        state = self.draw.choice([state for state in ENDS if state in TRANSITIONS[job.state]])
        seconds = self.draw.choice([-3, 4, 14.26, 400, 90_000])
        ended = replace(
            job,
            state=state,
            problem=self.draw.choice(ENDS[state]),
            ended_at=job.created_at + timedelta(seconds=seconds),
            told_at=self.now,
            charged_microcredits=self.draw.choice([None, 0, 90_000]),
        )
        job = await self.jobs.advance(job, ended)
        if state is JobState.FAILED:
            self.failed.append(job)

    async def arrive_late(self) -> None:
        job = self.taken(self.failed)
        if job is not None and await self.jobs.get(job.id) == job:  # else it was erased
            late = replace(job, state=JobState.RUNNING, problem=Problem.ARRIVED_LATE)
            late = replace(late, ended_at=None, told_at=None)
            self.open.append(await self.jobs.advance(job, late))

    async def delete(self) -> None:
        person = self.draw.choice(PEOPLE)
        await self.erasures.ask(person, self.now)
        while marked := await self.erasures.list_marked(3):
            await self.erasures.erase(marked, self.now)
        named = await self.database.read(_places_of, person)
        theirs = [job for job in self.open if job.request.requester.user_id == person]
        assert named == {job.request.place.guild_id or 0 for job in theirs} | (
            {0} if theirs else set()
        )

    async def forget(self) -> None:
        expired = await self.erasures.list_expired(self.now, 1, 9)
        await self.erasures.erase(expired, self.now)

    async def lapse(self) -> None:
        await self.erasures.lapse(self.now)
        while await self.erasures.trim_totals(self.now):
            pass

    def taken(self, jobs: list[Job]) -> Job | None:
        return jobs.pop(self.draw.randrange(len(jobs))) if jobs else None


def _places_of(db: Connection, user_id: int) -> set[int]:
    rows = db.fetch("select distinct guild_id from totals where user_id = ?", [user_id])
    return {row["guild_id"] for row in rows}


@pytest.mark.parametrize("seed", range(examples(8)))
async def test_totals_are_those_of_the_ledger_on_both_engines(
    database: Database, seed: int
) -> None:
    await _use_for_a_while(database, seed + 1_000)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("seed", range(examples(40, fewer=10)))
async def test_totals_are_those_of_the_ledger_whatever_happens(
    database: Database, seed: int
) -> None:
    await _use_for_a_while(database, seed)


async def _use_for_a_while(database: Database, seed: int) -> None:
    use = Use(database, random.Random(seed))  # noqa: S311
    for _ in range(30):
        for _ in range(5):
            await use.go_on()
        await database.write(check_totals, use.now)


async def store(jobs: JobRepository, first: int, number: int, *, people: int = 1) -> None:
    """Store requests of some people in one server, on two days of one month, and end them."""
    for each in range(first, first + number):
        at = NOON + timedelta(days=each % 2)
        job = await jobs.add(asked(each, at, 5001 + each % people))
        done = replace(
            job,
            state=JobState.FAILED,
            ended_at=at + timedelta(seconds=4),
            told_at=at,
            charged_microcredits=216_000,
            problem=Problem.ANSWER_LOST,
        )
        await jobs.advance(job, done)


def asked(number: int, at: datetime, user_id: int = 5001) -> Job:
    ticket = make_ticket(interaction_id=number)
    requester = Requester(user_id=user_id, user_name="ada")
    request = make_request(ticket=ticket, model=MODELS[number // 2 % 2], requester=requester)
    return make_job(id=f"{number:012x}", request=request, created_at=at)


ALL_BUDGETS = Limits(
    cooldown_s=0.001,
    jobs_per_user=10**9,
    budgets=tuple(
        Budget(whose=whose, kind=kind, most=10**15) for whose in Whose for kind in BUDGETS
    ),
)


@pytest.mark.sqlite_only
async def test_what_each_request_costs_does_not_grow_with_what_is_stored(
    database: Database,
) -> None:
    jobs, numbers = JobRepository(database), iter(range(10**6, 10**7))
    for kind in BUDGETS:
        rule_of_server = LimitRule(
            guild_id=4001, who=Who.ALL, target_id=0, kind=kind, amount=10**12, set_by=1, set_at=NOON
        )
        await RuleRepository(database).set_rule(rule_of_server)
    at = NOON + timedelta(days=1, hours=1)

    def later() -> Job:
        number = next(numbers)
        return asked(number, at + timedelta(seconds=number % 10**6))

    work = {
        "check": lambda: database.write(check_limits, later(), ALL_BUDGETS),
        "store": lambda: jobs.add(later(), ALL_BUDGETS),
        "warn": lambda: database.write(note_warnings, 4001, at),
        "month": lambda: UsageRepository(database).figures(at),
    }
    await store(jobs, 0, 20)
    few = {name: await steps_of(database, each) for name, each in work.items()}
    await store(jobs, 20, 380)
    many = {name: await steps_of(database, each) for name, each in work.items()}

    assert few["check"] < 1_500  # a row for each of eight sums
    # Among more requests may be a model more, which is a group more.
    assert {name: many[name] for name in work if many[name] > few[name] * 1.05 + 50} == {}


@pytest.mark.sqlite_only
async def test_what_a_start_reads_does_not_grow_with_what_is_stored(database: Database) -> None:
    jobs, erasures, now = JobRepository(database), ErasureRepository(database), NOON
    work: dict[str, Callable[[], Awaitable[object]]] = {
        "interruption": jobs.note_interruption,
        "usual time": lambda: jobs.recent_seconds(MODELS),
        "copies": lambda: jobs.list_uncopied(now),
        "open": jobs.list_open,
        "undismissed": jobs.list_undismissed,
        "named": jobs.list_named,
        "lapse": lambda: erasures.lapse(now + timedelta(days=99)),
        "trim": lambda: erasures.trim_totals(now + timedelta(days=3)),
        "marked": lambda: erasures.list_marked(10),
        "left": erasures.count_left,
    }

    async def steps() -> dict[str, int]:
        while await erasures.trim_totals(now + timedelta(days=3)):
            pass
        return {name: await steps_of(database, each) for name, each in work.items()}

    await store(jobs, 0, 20, people=10**6)
    few = await steps()
    await store(jobs, 20, 380, people=10**6)
    many = await steps()

    assert {name: many[name] for name in work if many[name] > few[name] + 100} == {}


@pytest.mark.parametrize(
    ("now", "day", "hour"),
    [
        (datetime(2026, 10, 5, 12, tzinfo=UTC), "2026-09-24", "2026-10-04"),
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-10-25", "2026-10-31"),  # a Sunday
    ],
)
def test_a_week_that_began_in_the_month_before_can_be_reported(
    now: datetime, day: str, hour: str
) -> None:
    assert oldest_reported(now, Unit.DAY) == day
    assert oldest_reported(now, Unit.HOUR) == hour
    monday = now - timedelta(days=now.weekday())
    assert day <= monday.isoformat()[:10]
