"""A tenth of the bursts of `make load`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.load.burst import burst

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("waiting", [0, 300])
async def test_of_a_hundred_commands_at_once_none_is_lost(tmp_path: Path, waiting: int) -> None:
    result = await burst(tmp_path, commands=100, waiting=waiting)

    assert result.answered + result.refused == 100, result.line()
