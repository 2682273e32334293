from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.database import Database
from tests.migrated import place_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.postgres import Server

ENGINES = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests with the mark `both_engines` on each, but for those with the mark `sqlite_only`."""
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    is_for_both = "both_engines" in marks and "sqlite_only" not in marks
    if is_for_both and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", ENGINES, indirect=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fluxcord.db"


@pytest.fixture
async def database(request: pytest.FixtureRequest, path: Path) -> AsyncIterator[Database]:
    if getattr(request, "param", "sqlite") == "sqlite":
        async with Database(place_database(path)) as opened:
            yield opened
        return
    server: Server = request.getfixturevalue("postgres")
    with server.migrated_database() as url:
        async with Database(url) as opened:
            yield opened
