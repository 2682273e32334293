"""Smaller bursts than those of `make load`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.load.burst import Bot, burst

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("waiting", [0, 300])
async def test_of_a_hundred_commands_at_once_none_is_lost(tmp_path: Path, waiting: int) -> None:
    result = await burst(tmp_path, commands=100, waiting=waiting)

    assert result.answered + result.refused == 100, result.line()


async def test_what_a_locked_database_cannot_store_is_refused_in_time_and_never_begun(
    tmp_path: Path,
) -> None:
    result = await burst(tmp_path, commands=20, bot=Bot.LOCKED)

    assert (result.answered, result.refused) == (0, 20), result.line()
    with closing(sqlite3.connect(tmp_path / "fluxcord.db")) as database:
        [(begun,)] = database.execute("select count(*) from jobs where prompt <> 'lighthouse'")
    assert begun == 0
