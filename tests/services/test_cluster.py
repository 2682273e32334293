"""What a process hears of the others, and that a failure is made up for."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from services.cluster import Cluster
from storage.database import Database
from storage.leases import notify
from storage.processes import CHANGES, ProcessRepository, Signals, note_change
from storage.repository import CachedRepository
from storage.settings import remember, setting
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from storage.connection import Connection
    from tests.postgres import Server

BEAT_S: Final = 0.2


class Cache(CachedRepository[str]):
    """A setting of an owner; read with a statement that fails as often as it shall."""

    empty = ""

    def __init__(self, database: Database, name: str) -> None:
        super().__init__(database)
        self.name = name
        self.failing = 0
        self.reads = 0

    def select(self, db: Connection, owner_id: int | None) -> dict[int, str]:
        """Return what the owner 1 has."""
        del owner_id
        self.reads += 1
        if self.failing:
            self.failing -= 1
            db.fetch("select 1 / 0 as failure")
        return {1: setting(db, self.name) or ""}


class Process:
    """What one process hears with."""

    def __init__(self, database: Database, url: str, name: str) -> None:
        self.database = database
        self.rows = ProcessRepository(database, process=name, role="all", beat_s=BEAT_S)
        self.cluster = Cluster(self.rows, Signals(url), beat_s=BEAT_S)
        self.heard = asyncio.Event()
        self.cluster.listeners["heard"] = lambda _: self.heard.set()
        self.caches = {kind: Cache(database, kind) for kind in ("rules", "filters")}
        self.cluster.caches = self.caches
        for kind, cache in self.caches.items():
            cache.tell = partial(note_change, process=name, kind=kind)

    async def change(self, kind: str, value: str) -> None:
        await self.caches[kind].write_through(1, lambda db: remember(db, kind, value))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def two_processes(url: str) -> AsyncIterator[list[Process]]:
    async with AsyncExitStack() as stack:
        found = []
        for name in ("one", "two"):
            database = await stack.enter_async_context(Database(url))
            process = Process(database, url, name)
            await stack.enter_async_context(process.cluster)
            found.append(process)
        yield found


@pytest.fixture
async def processes(postgres: Server) -> AsyncIterator[list[Process]]:
    with postgres.migrated_database() as url:
        async with two_processes(url) as found:
            for process in found:
                await process.heard.wait()
            yield found


async def test_without_notify_a_process_follows_another_by_its_heartbeats(
    postgres: Server,
) -> None:
    with postgres.migrated_database() as url, postgres.pooled(url) as address:
        async with two_processes(address) as (one, two):
            await one.change("rules", "denied")
            await until(lambda: two.caches["rules"].of(1) == "denied")
            await two.change("rules", "allowed")
            await until(lambda: one.caches["rules"].of(1) == "allowed")

            assert not one.heard.is_set()


async def test_a_cache_that_could_not_be_read_is_read_later(processes: list[Process]) -> None:
    one, two = processes
    cache = two.caches["rules"]
    cache.failing = 1
    await one.change("rules", "denied")
    await until(lambda: cache.of(1) == "denied")

    assert cache.failing == 0


async def test_a_cache_that_cannot_be_read_keeps_no_other_from_it(
    processes: list[Process],
) -> None:
    one, two = processes
    two.caches["rules"].failing = 1_000_000
    for kind, value in (("rules", "denied"), ("filters", "blocked")):
        await one.database.write(remember, kind, value)
    await one.rows.note_changes()
    await until(lambda: two.caches["filters"].of(1) == "blocked")

    two.caches["rules"].failing = 0
    await until(lambda: two.caches["rules"].of(1) == "denied")


async def test_caches_are_read_once_where_a_standby_that_lagged_behind_takes_over(
    processes: list[Process],
) -> None:
    one, two = processes
    for number in range(3):
        await one.change("rules", str(number))
    await until(lambda: two.caches["rules"].of(1) == "2")
    await one.database.write(remember, "rules", "before")
    await one.database.write(remember, CHANGES, "1")
    await until(lambda: two.caches["rules"].of(1) == "before")

    reads = [0]  # at each heartbeat
    two.cluster.observers = [lambda _: reads.append(two.caches["rules"].reads)]
    # A signal of before that comes late may have it read once more.
    await until(lambda: len(reads) > 4 and len({*reads[-4:]}) == 1)


async def test_a_listener_that_fails_keeps_no_other_from_hearing(
    processes: list[Process], postgres: Server
) -> None:
    one, two = processes
    heard: list[str] = []

    def fail(_: object) -> None:
        raise ValueError

    two.cluster.listeners = {"broken": fail, "queue": heard.append}
    two.cluster.observers = [fail]
    for name in ("broken", "queue"):
        await one.database.write(notify, name, "1")
    await until(lambda: heard == ["1"])
    postgres.disconnect_all()
    await until(lambda: heard == ["1", ""])

    await one.change("rules", "denied")
    await until(lambda: two.caches["rules"].of(1) == "denied")


async def test_who_gives_up_leases_is_named_to_the_others(processes: list[Process]) -> None:
    one, two = processes
    heard: list[str] = []
    two.cluster.listeners["queue"] = heard.append
    await one.rows.leave()
    await until(lambda: heard == ["one"])


async def test_a_lock_that_is_lost_with_its_connection_is_an_outage(
    processes: list[Process], postgres: Server
) -> None:
    one, _ = processes
    with pytest.raises(OSError, match="the database is unavailable"):
        async with one.cluster.registering():
            await asyncio.to_thread(postgres.disconnect_all)
