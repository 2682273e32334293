"""A job that meets a database which cannot be read for a while goes on, and in its turn."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import pytest
import sqlite_utils

from domain.models import Delivery, JobState
from images.store import ImageStore
from storage.database import Database
from storage.errors import StorageError
from tests.factories import make_place
from tests.images.serving import PictureServer
from tests.jobs.world import World

P = ParamSpec("P")
R = TypeVar("R")


class Unreadable(Database):
    """A database of which the next reads fail, as many as told."""

    failures = 0

    async def read(
        self,
        query: Callable[Concatenate[sqlite_utils.Database, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        if self.failures:
            self.failures -= 1
            raise StorageError("It cannot be read.")
        return await super().read(query, *args, **kwargs)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Unreadable]:
    async with Unreadable(tmp_path / "jobs.db") as database:
        yield database


@pytest.fixture
async def world(
    database: Unreadable, server: PictureServer, spool: ImageStore
) -> AsyncIterator[World]:
    world = World(database=database, server=server, spool=spool)
    try:
        yield world
    finally:
        await world.close()


async def test_a_job_that_could_not_be_read_still_waits_for_its_turn(
    world: World, database: Unreadable
) -> None:
    runner = world.runner(max_running=1)
    await runner.open()
    world.flux.accept("task-1", "task-2")
    first = await world.started(runner)
    await world.until(first, JobState.RUNNING)
    # The token of a response is read again before its card is sent.
    database.failures = 3
    second = await world.started(runner, place=make_place(delivery=Delivery.RESPONSE))
    while "announce" not in world.messenger.phases(second.id):
        await asyncio.sleep(0)
    await world.flux.more_looks(5)
    assert database.failures == 0
    assert (await world.now(second)).state is JobState.QUEUED
    world.flux.tell(world.done("task-1"), world.done("task-2"))
    ended = await world.ended(first, second)
    assert [job.state for job in ended] == [JobState.DELIVERED] * 2


async def test_a_paid_picture_outlasts_a_database_that_cannot_be_read(
    world: World, database: Unreadable
) -> None:
    runner = world.runner()
    await runner.open()
    world.flux.accept("task-1")
    # The token of a response is read again before its card is sent.
    started = await world.started(runner, place=make_place(delivery=Delivery.RESPONSE))
    job = await world.until(started, JobState.RUNNING)
    database.failures = 9
    world.flux.tell(world.done("task-1"))
    [ended] = await world.ended(job)
    assert database.failures == 0
    assert ended.state is JobState.DELIVERED
    assert len(world.flux.submitted) == 1
