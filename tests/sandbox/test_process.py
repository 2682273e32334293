"""The bot's process beside the sandbox: there is one at most, and none is left behind."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from sandbox.process import BotProcess
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

WAITING = "import time; print('started', flush=True); time.sleep(60)"


async def test_whoever_starts_it_twice_at_once_has_one(tmp_path: Path) -> None:
    log = tmp_path / "bot.log"
    bot = BotProcess((sys.executable, "-c", WAITING), os.environ, log)
    try:
        await asyncio.gather(bot.start(), bot.start())
        await bot.start()
        async with asyncio.timeout(PATIENCE_S):
            while not log.read_text():
                await asyncio.sleep(0.01)
    finally:
        await bot.kill()
    assert log.read_text() == "started\n"
    assert not bot.is_running


async def test_a_kill_at_a_start_is_of_what_was_started(tmp_path: Path) -> None:
    bot = BotProcess((sys.executable, "-c", WAITING), os.environ, tmp_path / "bot.log")
    await asyncio.gather(bot.start(), bot.kill())
    assert not bot.is_running
