"""A process of its own that stores, calls and ends requests as several of a bot do at once.

It reads orders as lines of JSON from standard input, and answers each with a line when it is done.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from domain.errors import UserError
from domain.limits import Budget, LimitKind, Limits, Whose
from domain.models import JobState, Requester
from storage.database import Database
from storage.jobs import DuplicateRequestError, JobRepository
from storage.leases import LeaseRepository
from tests.factories import make_job, make_request, make_ticket
from tests.python_process import ROOT

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Awaitable, Callable

    from domain.models import Job

LEASE_S: Final = 30.0

WORK_S: Final = 0.02
"""How long a job is at Flux, at most."""


class Called(NamedTuple):
    """A job that a process called, in milliseconds of the clock that all of them share."""

    user_id: int
    called_at: int
    ended_at: int


def request_of(number: int, user_id: int) -> Job:
    return make_job(
        id=f"{number:012x}",
        request=make_request(
            ticket=make_ticket(interaction_id=number),
            requester=Requester(user_id=user_id, user_name="ada"),
        ),
        created_at=datetime.fromtimestamp(number, UTC),
    )


class Own:
    """What the process has of the database."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._queue = LeaseRepository(database, worker=name, lease_s=LEASE_S)
        self._jobs = JobRepository(database)
        self._jobs.own = self._queue.take
        self._dice = random.Random(name)  # noqa: S311  # the same each time

    async def ask(self, people: dict[str, int], budget: int) -> int:
        """Store requests at once, and return how many were taken.

        Args:
            people: who asks, by the number of the request.
            budget: of images a day for each person.
        """
        per_day = Budget(whose=Whose.PERSON, kind=LimitKind.PICTURES_PER_DAY, most=budget)
        adding = [
            self._jobs.add(request_of(int(number), user_id), Limits(budgets=(per_day,)))
            for number, user_id in people.items()
        ]
        ends = await asyncio.gather(*adding, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException) and not isinstance(
                end, UserError | DuplicateRequestError
            ):
                raise end
        return sum(not isinstance(end, BaseException) for end in ends)

    async def queue(self, people: dict[str, int]) -> None:
        """Store requests, and put them into the queue."""
        for number, user_id in people.items():
            job = await self._jobs.add(request_of(int(number), user_id))
            self._queue.releasing.add((job.id, job.revision + 1))
            await self._jobs.advance(job, job)

    async def work(self, most: int, per_user: int) -> list[Called]:
        """Call jobs and end each after a while, until none has to be; return them."""
        found, running = list[Called](), set[asyncio.Task[Called]]()
        while await self._database.read(lambda db: db.count("jobs", "ended_at is null")):
            for job in await self._queue.call(most, per_user):
                running.add(asyncio.create_task(self._run(job)))
            done = {task for task in running if task.done()}
            running -= done
            found += [task.result() for task in done]
            await asyncio.sleep(0)
        return [*found, *await asyncio.gather(*running)]

    async def _run(self, job: Job) -> Called:
        await asyncio.sleep(self._dice.uniform(0, WORK_S))
        # Before its slot is free, and rounded down: never later than the call that takes the slot.
        ended_at = time.time_ns() // 1_000_000
        at = datetime.now(UTC)
        ended = replace(job, state=JobState.CANCELLED, ended_at=at, told_at=at)
        await self._jobs.advance(job, ended)
        [row] = await self._database.read(
            lambda db: db.fetch("select called_at from jobs where id = ?", [job.id])
        )
        return Called(job.request.requester.user_id, row["called_at"], ended_at)


class Other:
    """Such a process, as a test sees it."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def tell(self, order: str, **arguments: object) -> None:
        """Have it begin; several of them begin at the same time."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps([order, arguments])}\n".encode())

    async def done(self) -> Any:  # noqa: ANN401  # what the order returns
        """Wait until it has done what it was told last, and return what came of it."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "the process has ended, with an error above"
        return json.loads(line)


@asynccontextmanager
async def process_of(url: str, name: str) -> AsyncIterator[Other]:
    """Run one until the block ends, with the database open."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.storage.process", url, name),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        other = Other(process)
        assert await other.done() == "ready"
        yield other
    finally:
        process.kill()
        await process.wait()


async def main(url: str, name: str) -> None:
    async with Database(url) as database:
        own = Own(database, name)
        orders: dict[str, Callable[..., Awaitable[object]]]
        orders = {"ask": own.ask, "queue": own.queue, "work": own.work}
        sys.stdout.write('"ready"\n')
        sys.stdout.flush()
        while line := await asyncio.to_thread(sys.stdin.readline):
            order, arguments = json.loads(line)
            sys.stdout.write(f"{json.dumps(await orders[order](**arguments))}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
