from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from images.store import ImageStore
from tests.images.conftest import door, folder, server, spool  # noqa: F401  # fixtures
from tests.images.serving import PictureServer
from tests.jobs.world import World
from tests.postgres import opened_database


@pytest.fixture
async def world(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    server: PictureServer,  # noqa: F811  # the fixture
    spool: ImageStore,  # noqa: F811  # the fixture
) -> AsyncIterator[World]:
    async with opened_database(request, tmp_path / "jobs.db") as database:
        world = World(database=database, server=server, spool=spool)
        try:
            yield world
        finally:
            await world.close()
