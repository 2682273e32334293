"""A bot in a process of its own, so that the local Discord does not slow it down."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from sandbox.discord import LocalDiscord
    from sandbox.flux import LocalFlux

ROOT: Final = Path(__file__).parents[1]
BOT: Final = ROOT / "bot.py"
WATCHED: Final = ROOT / "benchmarks" / "watched.py"

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
    watched: bool = False,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a bot that is connected; what it logs goes to `bot.log` in the folder.

    Args:
        watched: whether the lag of its event loop is sampled.
    """
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
    with (folder / "bot.log").open("ab") as log, _on_the_second_core():
        command: list[str | Path] = [sys.executable, *([WATCHED] if watched else []), script]
        bot = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=needed | settings, stdout=log, stderr=log
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
            while not condition():  # noqa: ASYNC110  # files and the local Flux tell nobody
                await asyncio.sleep(LOOK_AGAIN_S)


def has_two_cores() -> bool:
    """Whether this process can choose cores, so that the bot gets one of its own."""
    return hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1


@contextmanager
def on_the_first_core() -> Iterator[None]:
    """Keep this thread, and threads that it starts, on one core; a bot then gets another."""
    if not has_two_cores():
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


@contextmanager
def _on_the_second_core() -> Iterator[None]:
    """Start processes beside the core that this thread keeps to, if it does."""
    own = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if len(own) != 1:
        yield
        return
    others = set(range(os.cpu_count() or 1)) - own
    os.sched_setaffinity(0, {min(others)})  # a process keeps the core of the thread that starts it
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def cpu_s(pid: int) -> float:
    """Return the CPU time that a process has used, without its children; proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started, and that have not ended."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in lists for child in each.read_text().split()]


def memory_mb(pid: int, *, peak: bool = False) -> float | None:
    """Return a process's resident memory, None where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    name = "VmHWM" if peak else "VmRSS"
    found = re.search(rf"{name}:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1_024 if found else None
