"""A short torture with a fixed seed; `make torture` runs the long one in every mode."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.torture.report import details
from tests.torture.run import Mode, torture

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 8


@pytest.mark.skipif(os.name != "posix", reason="forks and kills")
@pytest.mark.parametrize("mode", [Mode("poll", "current"), Mode("callback", "documented")], ids=str)
async def test_nothing_is_lost_or_paid_twice_under_kills(tmp_path: Path, mode: Mode) -> None:
    outcome = await torture(mode, tmp_path, kills=KILLS, seed=1)

    log = (tmp_path / "bot.log").read_text().splitlines()
    assert outcome.verdict.is_clean, "\n".join(details(outcome, log))
    assert outcome.kills == KILLS
    assert any(row.state == "delivered" for row in outcome.facts.rows)
