from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.canary import canary
from tests.end_to_end.loop_files import loop_files
from tests.end_to_end.stage import open_stage

__all__ = ["canary", "loop_files"]  # apply to every test here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.end_to_end.stage import Stage


@pytest.fixture
async def idle_stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Both services, no bot yet."""
    async with open_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
async def stage(idle_stage: Stage) -> AsyncIterator[Stage]:
    """Both services and the bot."""
    async with idle_stage.bot_running():
        yield idle_stage
