from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobs.spool import Spool
from storage.database import Database
from tests.jobs.serving import Door, PictureServer
from tests.jobs.world import World
from tests.migrated import place_database


@pytest.fixture
async def server() -> AsyncIterator[PictureServer]:
    async with PictureServer() as started:
        yield started


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with Door() as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
async def spool(folder: Path, server: PictureServer) -> AsyncIterator[Spool]:
    async with Spool(folder, [server.place]) as opened:
        yield opened


@pytest.fixture
async def world(tmp_path: Path, server: PictureServer, spool: Spool) -> AsyncIterator[World]:
    async with Database(place_database(tmp_path / "jobs.db")) as database:
        world = World(database=database, server=server, spool=spool)
        try:
            yield world
        finally:
            await world.close()
