"""PostgreSQL behind PgBouncer in transaction mode: each transaction may be in another session."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import pytest

from storage.database import Database
from storage.jobs import JobRepository
from storage.processes import Signals
from storage.recount import find_differences
from tests.factories import NOON, make_job, make_request, make_ticket
from tests.patience import PATIENCE_S
from tests.storage.rows import keys, put

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from storage.connection import Connection
    from tests.postgres import Server

TIMES: Final = 20
"""More often than the library runs a statement before it has the server prepare it."""


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.migrated_database() as url:
        yield url


@pytest.fixture
def pooled(postgres: Server, url: str) -> Iterator[str]:
    with postgres.pooled(url) as address:
        yield address


@pytest.fixture
async def processes(pooled: str) -> AsyncIterator[list[Database]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Database(pooled)) for _ in range(3)]


async def test_no_statement_is_left_in_a_session(processes: list[Database]) -> None:
    for number in range(TIMES):
        for process in processes:
            await process.write(put, f"{number:02d}-{id(process)}")
            await process.read(keys)
        job = make_job(
            id=f"{number:012x}", request=make_request(ticket=make_ticket(interaction_id=number + 1))
        )
        await JobRepository(processes[number % 3]).add(job)

    assert len(await processes[0].read(keys)) == TIMES * len(processes)
    assert await processes[0].read(find_differences, NOON) == []


async def test_no_lock_is_left_in_a_session(url: str, pooled: str) -> None:
    order: list[str] = []
    go_on = asyncio.Event()

    async def hold(name: str) -> None:
        async with Signals(pooled).locked(1):
            order.append(name)
            await go_on.wait()
            order.append(name)

    def locks(db: Connection) -> tuple[int, int]:
        where = "locktype = 'advisory' and "
        return (
            db.count("pg_locks", f"{where} granted"),
            db.count("pg_locks", f"{where} not granted"),
        )

    async with Database(url) as database:
        holding = [asyncio.create_task(hold(name)) for name in "ab"]
        async with asyncio.timeout(PATIENCE_S):
            while await database.read(locks) != (1, 1):
                await asyncio.sleep(0.01)
        go_on.set()
        await asyncio.gather(*holding)

        assert order in (["a", "a", "b", "b"], ["b", "b", "a", "a"])
        assert await database.read(locks) == (0, 0)


async def test_starts_at_the_same_time_make_one_schema(postgres: Server) -> None:
    with postgres.database() as empty, postgres.pooled(empty) as address:
        databases = [Database(address) for _ in range(3)]
        await asyncio.gather(*(database.open() for database in databases))
        assert await databases[0].read(lambda db: db.count("jobs")) == 0
        await asyncio.gather(*(database.close() for database in databases))


async def test_sessions_that_are_lost_are_replaced(postgres: Server, url: str) -> None:
    with postgres.pooled(url) as address:
        async with Database(address) as database:
            await database.write(put, "before")
            await asyncio.to_thread(postgres.disconnect_all)
            await database.write(put, "after")

            assert await database.read(keys) == ["after", "before"]
