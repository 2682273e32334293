"""The bot in a process of its own, so that the local Discord does not slow it down."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from sandbox.discord import LocalDiscord
    from sandbox.flux import LocalFlux

BOT: Final = Path(__file__).parents[2] / "bot.py"

PATIENCE_S: Final = 120.0
LOOK_AGAIN_S: Final = 0.05


@asynccontextmanager
async def bot_running(
    discord: LocalDiscord,
    flux: LocalFlux,
    folder: Path,
    more_settings: Mapping[str, str] | None = None,
    *,
    script: Path = BOT,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a bot that is connected; what it logs goes to `bot.log` in the folder."""
    settings = {
        "DISCORD_TOKEN": discord.bot_token,
        "FLUX_API_TOKEN": flux.token,
        "DATABASE_PATH": str(folder / "fluxcord.db"),
        "DATA_DIR": str(folder),
        "FLUX_API_BASE": flux.base,
        "DISCORD_API_BASE": discord.api_base,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        **(more_settings or {}),
    }
    needed = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    with (folder / "bot.log").open("wb") as log:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, script, cwd=folder, env=needed | settings, stdout=log, stderr=log
        )
        try:
            await discord.connected(within=PATIENCE_S)
            yield bot
        finally:
            with suppress(ProcessLookupError):
                bot.terminate()
            try:
                await asyncio.wait_for(bot.wait(), PATIENCE_S)
            except TimeoutError:
                bot.kill()
                await bot.wait()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, for at most two minutes."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(LOOK_AGAIN_S)
