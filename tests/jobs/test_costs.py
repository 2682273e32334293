"""Counted costs of a job: commits, reads, and what is kept of one that waits."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from domain.models import JobState, Requester

if TYPE_CHECKING:
    from concurrent.futures import Future

    import pytest

    from storage.sqlite import SqliteConnection
    from tests.jobs.world import World

COMMITS_PER_JOB = 4
"""Before the answer, before the submit, with the id of the task, and with the posted result."""

BYTES_PER_WAITING_JOB = 15_000
"""10,300 when it was set."""

READS_PER_JOB = 4
"""Of the thread that reads; budgets and limits are read where they are written."""


async def traced(world: World) -> tuple[Counter[str], Counter[str]]:
    """Return the first words of all statements from here on, of writes and of reads."""
    writes, reads = Counter[str](), Counter[str]()

    def trace(db: SqliteConnection, words: Counter[str]) -> None:
        db.conn.set_trace_callback(lambda sql: words.update([sql.split()[0].lower()]))

    await world.database.write(trace, writes)
    await world.database.read(trace, reads)
    writes.clear()
    return writes, reads


async def test_a_job_takes_four_commits_and_few_reads(world: World) -> None:
    runner = world.runner()
    await runner.open()
    world.flux.accept("task-0", "task-1")
    world.flux.tell(world.done("task-0"), world.done("task-1"))
    await world.ended(await world.started(runner))
    writes, reads = await traced(world)

    [job] = await world.ended(await world.started(runner))

    assert job.state is JobState.DELIVERED
    assert world.messenger.phases(job.id) == ["announce", "deliver"]
    assert world.messenger.dismissed.count(job.id) == 1
    assert writes["commit"] <= COMMITS_PER_JOB, writes
    assert reads["select"] <= READS_PER_JOB, reads


async def test_before_an_answer_are_one_thread_and_no_task(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = world.runner()
    await runner.open()
    await runner.accept(world.request())  # from here on it is known that the disk has room
    threads, tasks = list[str](), list[str]()
    submit = ThreadPoolExecutor.submit

    def count(self: ThreadPoolExecutor, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        threads.append(str(self._thread_name_prefix))
        return submit(self, *args, **kwargs)

    def create(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Task[Any]:  # noqa: ANN401
        tasks.append(str(work))
        return asyncio.Task(work, loop=loop, **more)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", count)
    asyncio.get_running_loop().set_task_factory(create)
    await runner.accept(world.request())
    asyncio.get_running_loop().set_task_factory(None)

    assert threads == ["database-writer"]
    assert tasks == []


async def test_a_waiting_job_keeps_few_bytes(world: World) -> None:
    world.flux.may_answer.clear()
    runner = world.runner(max_running=1)
    await runner.open()

    async def queue_up(total: int) -> None:
        for number in range(total):
            await world.started(runner, requester=Requester(user_id=number, user_name="a"))
        await world.messenger.until("announce", total)

    await queue_up(20)
    world.messenger.shown.clear()
    tracemalloc.start()
    try:
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        await queue_up(100)
        world.messenger.shown.clear()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / 100 <= BYTES_PER_WAITING_JOB
