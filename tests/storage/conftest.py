from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.postgres import opened_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fluxcord.db"


@pytest.fixture
async def database(request: pytest.FixtureRequest, path: Path) -> AsyncIterator[Database]:
    async with opened_database(request, path) as opened:
        yield opened
