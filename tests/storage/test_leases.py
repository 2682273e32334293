"""Leases, the queue and the processes of a bot on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from domain.models import JobState, Requester
from storage.database import Database
from storage.jobs import DuplicateRequestError, StaleJobError
from storage.leases import CLOSED_UNTIL, LeasedJobs, LeaseRepository
from storage.processes import ProcessRepository
from storage.settings import remember
from tests.factories import NOON, make_job, make_request, make_ticket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from domain.models import Job
    from storage.connection import Connection
    from tests.postgres import Server

LEASE_S: Final = 30.0


class Process:
    """What one process has of the database."""

    def __init__(self, database: Database, name: str) -> None:
        self.queue = LeaseRepository(database, worker=name, lease_s=LEASE_S)
        self.jobs = LeasedJobs(database)
        self.jobs.own = self.queue.take
        self.alive = ProcessRepository(database, process=name, role="all", beat_s=5)
        self.database = database

    async def add(self, number: int, user_id: int = 1) -> Job:
        """Store a job and put it into the queue."""
        request = make_request(
            ticket=make_ticket(interaction_id=number),
            requester=Requester(user_id=user_id, user_name="ada"),
        )
        at = NOON + timedelta(seconds=number)
        return await self.release(
            await self.jobs.add(make_job(id=f"job-{number}", request=request, created_at=at))
        )

    async def release(self, job: Job) -> Job:
        self.queue.releasing.add(job.id)
        return await self.jobs.advance(job, job)

    async def end(self, job: Job) -> None:
        ended = replace(job, state=JobState.CANCELLED, ended_at=NOON, told_at=NOON)
        await self.jobs.advance(job, ended)

    async def expire(self) -> None:
        """Let every lease be over, as if it was not renewed."""
        await self.database.write(
            lambda db: db.execute("update jobs set lease_until = 1 where worker is not null")
        )


@pytest.fixture
async def processes(postgres: Server) -> AsyncIterator[list[Process]]:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(postgres.migrated_database())
        found = []
        for name in ("one", "two", "three"):
            database = await stack.enter_async_context(Database(url))
            found.append(Process(database, name))
        yield found


async def test_a_job_is_called_once(processes: list[Process]) -> None:
    one, two, _ = processes
    for number in range(3):
        await one.add(number, user_id=number)

    assert {job.id for job in await two.queue.call(2, 2)} == {"job-0", "job-1"}
    assert await one.queue.call(2, 2) == []
    assert [job.id for job in await one.queue.call(3, 2)] == ["job-2"]


async def test_people_take_turns(processes: list[Process]) -> None:
    one, *_ = processes
    for number in range(4):
        await one.add(number, user_id=1)
    for number in range(4, 7):
        await one.add(number, user_id=2)
    called = []
    for _ in range(7):
        [job] = await one.queue.call(1, 1)
        called.append(job.request.requester.user_id)
        await one.end(job)

    assert called == [1, 2, 1, 2, 1, 2, 1]


async def test_one_person_has_no_more_slots_than_is_allowed(processes: list[Process]) -> None:
    one, two, _ = processes
    for number in range(5):
        await one.add(number, user_id=1)
    await one.add(5, user_id=2)

    assert {job.id for job in await two.queue.call(10, 2)} == {"job-0", "job-5", "job-1"}
    assert await one.queue.call(10, 2) == []


async def test_of_many_calls_at_once_none_goes_past_the_limit(processes: list[Process]) -> None:
    for number in range(40):
        await processes[0].add(number, user_id=number)
    called = await asyncio.gather(
        *(process.queue.call(10, 2) for process in processes for _ in range(5))
    )

    ids = [job.id for jobs in called for job in jobs]
    assert len(ids) == len({*ids}) == 10


async def test_a_claim_makes_every_later_step_of_the_holder_fail(processes: list[Process]) -> None:
    one, two, _ = processes
    await one.add(1)
    [job] = await one.queue.call(1, 1)
    await one.expire()
    taken = await two.queue.take_over(NOON)

    assert [each.id for each in taken.called] == [job.id]
    for at in JobState.SUBMITTING, JobState.CANCELLED:
        with pytest.raises(StaleJobError):
            await one.jobs.advance(job, replace(job, state=at))
    assert await one.queue.renew([job.id]) == []
    assert not await one.queue.owns(job.id)
    await two.jobs.advance(taken.called[0], replace(taken.called[0], state=JobState.SUBMITTING))


async def test_a_job_with_a_lease_is_left_alone(processes: list[Process]) -> None:
    one, two, _ = processes
    await one.add(1)
    await one.add(2)
    [job] = await one.queue.call(1, 1)
    stored = await one.jobs.add(
        make_job(id="new", request=make_request(ticket=make_ticket(interaction_id=3)))
    )

    assert (await two.queue.take_over(NOON)).all == []
    kept = await one.queue.renew([job.id, stored.id])
    assert {held.job_id for held in kept} == {job.id, stored.id}
    assert await two.queue.call(1, 1) == []


async def test_a_job_whose_process_ended_before_it_was_queued_is_taken_over(
    processes: list[Process],
) -> None:
    one, two, _ = processes
    stored = await one.jobs.add(make_job())
    await one.expire()
    taken = await two.queue.take_over(NOON)

    assert ([job.id for job in taken.open], taken.called) == ([stored.id], [])
    assert (await one.queue.take_over(NOON)).all == []


async def test_a_process_that_stops_leaves_its_jobs_to_others_at_once(
    processes: list[Process],
) -> None:
    one, two, _ = processes
    await one.add(1)
    await one.queue.call(1, 1)
    await one.queue.give_up()

    assert len((await two.queue.take_over(NOON)).called) == 1


async def test_a_process_that_stops_rewrites_no_leases_that_have_ended(
    processes: list[Process],
) -> None:
    one, two, _ = processes
    await one.add(1)
    [job] = await two.queue.call(1, 1)
    await two.end(job)
    await one.expire()
    await two.queue.give_up()

    [row] = await one.database.read(lambda db: db.fetch("select lease_until from jobs"))
    assert row["lease_until"] == 1


async def test_too_many_requests_slow_all_processes_down(processes: list[Process]) -> None:
    one, two, _ = processes
    for number in range(8):
        await one.add(number, user_id=number)
    assert len(await one.queue.call(4, 1)) == 4
    await one.queue.slow_down(60)
    assert await two.queue.call(8, 1) == []
    await two.database.write(lambda db: remember(db, CLOSED_UNTIL, "0"))

    assert await two.queue.call(8, 1) == []
    assert two.queue.is_slowed
    for _ in range(3):
        await two.queue.speed_up()
    assert len(await two.queue.call(8, 1)) == 1


async def test_a_place_in_the_queue(processes: list[Process]) -> None:
    one, *_ = processes
    job = make_job(request=make_request(requester=Requester(user_id=9, user_name="bob")))
    assert await one.queue.position(job, 2) == 0
    for number in range(6):
        await one.add(number, user_id=number % 2)
    assert await one.queue.position(job, 2) == 1
    await one.queue.call(2, 1)

    assert await one.queue.position(job, 2) == 1
    assert await one.queue.waiting() == 4
    again = replace(job, request=replace(job.request, requester=Requester(user_id=0, user_name="")))
    assert await one.queue.position(again, 2) == 5


async def test_a_shard_has_one_process(processes: list[Process]) -> None:
    one, two, three = processes
    for process in processes:
        await process.alive.beat()

    assert await one.alive.take_shards(4, [0, 1]) is None
    assert await two.alive.take_shards(4, [1, 2]) == 1
    assert await two.alive.take_shards(4, [2, 3]) is None
    assert await three.alive.take_shards(8, [4, 5, 6, 7]) == 0
    await one.alive.leave()
    await two.alive.leave()
    assert await three.alive.take_shards(8, [4, 5, 6, 7]) is None
    await three.database.write(lambda db: db.execute("delete from processes"))
    await three.alive.beat()
    await one.alive.beat()
    assert await one.alive.take_shards(8, [7]) == 7


async def test_a_process_that_is_quiet_is_not_counted(processes: list[Process]) -> None:
    one, two, _ = processes
    await two.alive.beat()
    assert (await one.alive.beat()).processes == 2
    await one.database.write(
        lambda db: db.execute("update processes set seen_at = seen_at - 20000 where id = 'two'")
    )

    assert (await one.alive.beat()).processes == 1


async def test_two_copies_of_an_interaction_make_one_job(processes: list[Process]) -> None:
    async def ask(number: int) -> bool:
        try:
            await processes[number % 3].jobs.add(make_job(id=f"job-{number}"))
        except DuplicateRequestError:
            return False
        return True

    assert sum(await asyncio.gather(*(ask(number) for number in range(9)))) == 1


async def test_nobody_with_half_of_a_long_queue_gets_more_than_their_turn(
    processes: list[Process],
) -> None:
    one, *_ = processes
    template = await one.add(0)

    def fill(db: Connection) -> None:
        columns = [*db.fetch("select * from jobs")[0]]
        own = {
            "id": "'job-' || number",
            "interaction_id": "number",
            "user_id": "case when number <= 5000 then 1 else number end",
            "callback_token": "null",
        }
        selected = ", ".join(own.get(column, column) for column in columns)
        db.execute(
            f"insert into jobs ({', '.join(columns)}) select {selected}"  # noqa: S608
            " from jobs cross join generate_series(1, 10000) as number"
        )

    await one.database.write(fill)
    await one.end(template)
    called: Counter[int] = Counter()
    for _ in range(20):
        jobs = await one.queue.call(10, 2)
        assert len(jobs) == 10
        called.update(job.request.requester.user_id for job in jobs)
        for job in jobs:
            await one.end(job)

    assert called[1] == 1
    assert len(called) == 200
