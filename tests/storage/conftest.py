from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.migrated import place_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fluxcord.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with Database(place_database(path)) as opened:
        yield opened
