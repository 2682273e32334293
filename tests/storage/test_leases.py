"""Leases, the queue and the processes of a bot on PostgreSQL."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from inspect import getmembers, isfunction
from typing import TYPE_CHECKING, Any, Final

import pytest

from domain.models import FINAL, TRANSITIONS, JobState, Requester
from storage.database import Database
from storage.jobs import DuplicateRequestError, JobRepository, StaleJobError, Step
from storage.leases import CLOSED_UNTIL, LOOKS, NOW, LeaseRepository
from storage.processes import ProcessRepository
from storage.settings import remember
from tests.factories import NOON, make_job, make_request, make_ticket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from domain.models import Job
    from storage.connection import Connection
    from tests.postgres import Server

LEASE_S: Final = 30.0

ALWAYS: Final = "9000000000000 0"


class Process:
    """What one process has of the database."""

    def __init__(self, database: Database, name: str) -> None:
        self.queue = LeaseRepository(database, worker=name, lease_s=LEASE_S)
        self.jobs = JobRepository(database)
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
        self.queue.releasing.add((job.id, job.revision + 1))
        return await self.jobs.advance(job, job)

    async def end(self, job: Job) -> None:
        ended = replace(job, state=JobState.CANCELLED, ended_at=NOON, told_at=NOON)
        await self.jobs.advance(job, ended)

    async def expire(self, ago_s: float = 10 * LEASE_S) -> None:
        """Let every lease have ended so long ago, as if it was not renewed."""
        ended = f"update jobs set lease_until = {NOW} - ? where worker is not null"  # noqa: S608
        await self.database.write(lambda db: db.execute(ended, [round(ago_s * 1000)]))

    async def row(self, job: Job) -> dict[str, Any]:
        """Return all that is stored of a job."""
        sql = "select * from jobs where id = ?"
        rows: list[dict[str, Any]] = await self.database.read(lambda db: db.fetch(sql, [job.id]))
        return rows[0]


@pytest.fixture
async def processes(postgres: Server) -> AsyncIterator[list[Process]]:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(postgres.migrated_database())
        found = []
        for name in ("one", "two", "three"):
            database = await stack.enter_async_context(Database(url))
            found.append(Process(database, name))
        # As if workers had looked for ended leases all the time.
        await found[0].database.write(lambda db: remember(db, LOOKS, ALWAYS))
        yield found


async def test_a_job_is_called_once(processes: list[Process]) -> None:
    one, two, _ = processes
    for number in range(3):
        await one.add(number, user_id=number)

    assert {job.id for job in await two.queue.call(2, 2)} == {"job-0", "job-1"}
    assert await one.queue.call(2, 2) == []
    assert [job.id for job in await one.queue.call(3, 2)] == ["job-2"]


async def test_a_job_is_in_the_queue_once_its_own_step_is_stored(
    processes: list[Process],
) -> None:
    one, *_ = processes
    job = await one.jobs.add(make_job())
    one.queue.releasing.add((job.id, job.revision + 2))
    posted = await one.jobs.advance(job, replace(job, message_id=7))
    assert await one.queue.call(1, 1) == []
    await one.jobs.advance(posted, posted)

    assert len(await one.queue.call(1, 1)) == 1


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
    assert await one.queue.renew([job.id]) == {}
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
    assert kept.keys() == {job.id, stored.id}
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
    await one.alive.leave()

    assert len((await two.queue.take_over(NOON)).called) == 1


async def test_a_process_that_stops_rewrites_no_leases_that_have_ended(
    processes: list[Process],
) -> None:
    one, two, _ = processes
    await one.add(1)
    [job] = await two.queue.call(1, 1)
    await one.expire()
    before = await two.row(job)
    await two.alive.leave()

    assert await two.row(job) == before


async def test_after_an_outage_processes_that_are_alive_keep_their_jobs(
    processes: list[Process],
) -> None:
    one, two, _ = processes
    await one.add(1)
    [job] = await one.queue.call(1, 1)
    await one.expire()
    await two.database.write(lambda db: remember(db, LOOKS, "1 0"))  # nobody has looked since

    assert (await two.queue.take_over(NOON)).all == []
    assert await one.queue.renew([job.id]) == {job.id: None}
    await one.jobs.advance(job, replace(job, state=JobState.SUBMITTING))
    await one.expire()
    assert (await two.queue.take_over(NOON)).all == []  # it has not looked for one lease
    await two.database.write(lambda db: remember(db, LOOKS, ALWAYS))
    assert [each.id for each in (await two.queue.take_over(NOON)).called] == [job.id]


async def test_what_a_process_gave_up_before_an_outage_waits_for_nothing(
    processes: list[Process],
) -> None:
    one, two, _ = processes
    await one.add(1)
    await one.queue.call(1, 1)
    await one.alive.leave()
    await two.database.write(lambda db: remember(db, LOOKS, "1 0"))

    assert len((await two.queue.take_over(NOON)).called) == 1


async def test_a_submit_has_a_grace(processes: list[Process]) -> None:
    one, two, _ = processes
    for number in range(2):
        await one.add(number, user_id=number)
    submitting, queued = await one.queue.call(2, 1)
    await one.jobs.advance(submitting, replace(submitting, state=JobState.SUBMITTING))
    await one.expire(LEASE_S / 3)

    assert [job.id for job in (await two.queue.take_over(NOON)).called] == [queued.id]
    await one.expire(LEASE_S)
    taken = (await one.queue.take_over(NOON, [queued.id])).called
    assert [job.id for job in taken] == [submitting.id]


FLAGS: Final = {
    "ask_cancel": {"cancel_asked_at"},
    "renew_token": {"interaction_token", "token_since"},
    "name_task": {"named_task_id"},
    "note_dismissed": {"dismissed_at"},
}
"""Columns of a job that any process may store, with or without the lease, by function."""

STEPS: Final = {"advance", "take", "note_copied"}
"""What only the process with the lease may store."""

NO_STEP_OF_A_PROCESS: Final = {"add", "note_interruption", "remove_pictures", "drop_named_task"}
"""The first; SQLite's; of ended jobs only; and what depends on what is stored."""

READS: Final = re.compile(r"(find|for|get|has|is|last|list|recent|search)(_|$)")


def test_each_write_of_a_job_is_known() -> None:
    methods = {
        name for name, each in getmembers(JobRepository, isfunction) if not name.startswith("_")
    }
    writes = {name for name in methods if not READS.match(name)}

    assert writes == STEPS | {*FLAGS} | NO_STEP_OF_A_PROCESS


async def test_each_write_of_a_process_without_the_lease_is_lost(
    processes: list[Process],
) -> None:
    one, two, _ = processes
    await one.add(1)
    [job] = await one.queue.call(1, 1)
    await one.expire()
    await two.queue.take_over(NOON)
    overdue = replace(job, overdue_at=NOON)
    before = await two.row(job)
    for stale in (
        lambda: one.jobs.advance(job, replace(job, state=JobState.SUBMITTING)),
        lambda: one.jobs.take(Step(job, overdue), Step(overdue, overdue)),
        lambda: one.jobs.note_copied(job, NOON),
    ):
        with pytest.raises(StaleJobError):
            await stale()
    assert await one.queue.renew([job.id]) == {}
    await one.queue.give_up(job.id)
    await one.alive.leave()
    await one.jobs.drop_named_task(job.id, "task-1")
    assert await two.row(job) == before

    flags: dict[str, Callable[[], Awaitable[None]]] = {
        "ask_cancel": lambda: one.jobs.ask_cancel(job.id, NOON),
        "renew_token": lambda: one.jobs.renew_token(job.id, "fresh", NOON),
        "name_task": lambda: one.jobs.name_task(job.id, "task-2"),
        "note_dismissed": lambda: one.jobs.note_dismissed(job.id, NOON, within_s=0),
    }
    for name, columns in FLAGS.items():
        await flags[name]()
        after = await two.row(job)
        assert {column for column in after if after[column] != before[column]} == columns
        before = after


@pytest.mark.parametrize("state", [state for state in JobState if state in FINAL])
async def test_an_ended_job_keeps_no_lease(processes: list[Process], state: JobState) -> None:
    one, two, _ = processes
    await one.add(1)
    [job] = await one.queue.call(1, 1)
    for step in _way_to(state):
        job = await one.jobs.advance(job, replace(job, state=step))
    ended = await one.jobs.advance(job, replace(job, ended_at=NOON, told_at=NOON))
    assert ((await one.row(ended))["worker"], ended.told_at) == (None, NOON)
    await one.jobs.name_task(job.id, "task-9")  # which this end does not wait for
    assert (await two.queue.take_over(NOON)).all == []


def _way_to(state: JobState) -> list[JobState]:
    """Return the shortest way of a queued job to a state."""
    ways = [[JobState.QUEUED]]
    for way in ways:
        if way[-1] is state:
            return way[1:]
        ways += [[*way, after] for after in TRANSITIONS[way[-1]]]
    raise AssertionError(state)


async def test_a_copy_keeps_the_lease_of_a_delivered_job(processes: list[Process]) -> None:
    one, two, _ = processes
    request = make_request(dm_copy=True)
    job = await one.jobs.add(make_job(request=request, state=JobState.FETCHED))
    ended = replace(job, state=JobState.DELIVERED, ended_at=NOON, told_at=NOON)
    ended = await one.jobs.advance(job, ended)
    assert (await two.queue.take_over(NOON - timedelta(hours=1))).all == []
    await one.jobs.note_copied(ended, NOON)

    assert (await one.row(job))["worker"] is None
    assert (await two.queue.take_over(NOON - timedelta(hours=1))).all == []


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
