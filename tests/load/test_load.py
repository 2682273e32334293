"""A tenth of `make load`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.load.run import carry

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_hundred_jobs_at_once_are_all_delivered(tmp_path: Path) -> None:
    load = await carry(tmp_path, jobs=100)

    assert load.is_carried, "\n".join(load.lines())
