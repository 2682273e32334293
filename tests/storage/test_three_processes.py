"""Three processes of one bot at the same PostgreSQL: budgets, slots and turns hold over all."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
from hypothesis import settings

from tests.examples import FULL
from tests.storage.process import Called, process_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.postgres import Server
    from tests.storage.process import Other

PROCESSES: Final = 3
AT_ONCE: Final = 50
BUDGET: Final = 10

SLOTS: Final = 6
PER_PERSON: Final = 2
QUEUED: Final = 48

REPEATS: Final = 100 if settings.get_current_profile_name() == FULL else 5


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.migrated_database() as url:
        yield url


@pytest.fixture
async def processes(url: str) -> AsyncIterator[list[Other]]:
    async with AsyncExitStack() as stack:
        starting = [
            stack.enter_async_context(process_of(url, f"process {number}"))
            for number in range(PROCESSES)
        ]
        yield [await start for start in starting]


async def at_once(processes: list[Other], order: str, **same: object) -> list[Any]:
    for process in processes:
        process.tell(order, **same)
    return await asyncio.gather(*(process.done() for process in processes))


async def test_of_fifty_requests_at_once_exactly_ten_are_paid(
    processes: list[Other], url: str
) -> None:
    for user_id in range(1, REPEATS + 1):
        numbers = range(AT_ONCE * user_id, AT_ONCE * (user_id + 1))
        for at, process in enumerate(processes):
            people = {number: user_id for number in numbers if number % PROCESSES == at}
            process.tell("ask", people=people, budget=BUDGET)
        assert sum([await process.done() for process in processes]) == BUDGET
    with psycopg.connect(url) as db:
        booked = db.execute("select user_id, count(*) from ledger group by user_id").fetchall()
    assert dict(booked) == dict.fromkeys(range(1, REPEATS + 1), BUDGET)


def most_at_once(jobs: list[Called]) -> int:
    """Return how many jobs had a slot at the same time, at most."""
    # Of one millisecond an end is first, as it makes room.
    changes = sorted([(job.called_at, 1) for job in jobs] + [(job.ended_at, -1) for job in jobs])
    running = most = 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most


async def test_slots_are_filled_and_never_exceeded_and_people_take_turns(
    processes: list[Other], url: str
) -> None:
    reached = 0
    for repeat in range(REPEATS):
        # Half of the queue is the first person's, and was there first.
        numbers = range(1 + QUEUED * repeat, 1 + QUEUED * (repeat + 1))
        greedy = numbers[0]
        people = {
            number: greedy if at < QUEUED // 2 else number for at, number in enumerate(numbers)
        }
        processes[0].tell("queue", people=people)
        await processes[0].done()
        found = await at_once(processes, "work", most=SLOTS, per_user=PER_PERSON)
        jobs = [Called(*job) for each in found for job in each]
        assert len(jobs) == QUEUED
        own = [job for job in jobs if job.user_id == greedy]
        last_turn = max(job.called_at for job in jobs if job.user_id != greedy)
        assert most_at_once(own) <= PER_PERSON
        assert most_at_once(jobs) <= SLOTS
        reached = max(reached, most_at_once(jobs))
        # One turn each: the second comes after the first of everybody, or with the last of them.
        assert sum(job.called_at < last_turn for job in own) <= 1 + PER_PERSON
    assert reached == SLOTS
    with psycopg.connect(url) as db:
        assert db.execute("select count(*) from jobs where ended_at is null").fetchone() == (0,)
