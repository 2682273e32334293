from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.migrated import place_database
from tests.services.court import Court


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(place_database(tmp_path / "fluxcord.db")) as opened:
        yield opened


@pytest.fixture
def court(database: Database) -> Court:
    return Court(database)
