"""One mode from the first start to the verdict."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import time
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sandbox.flux import LocalFlux
from storage.sqlite import SqliteConnection
from tests.openapi import local_discord
from tests.torture.books import Verdict, judge
from tests.torture.calendar import Calendar
from tests.torture.collecting import World, all_told, facts_of, open_jobs
from tests.torture.killer import Killer
from tests.torture.misfortune import Misfortune, dice
from tests.torture.nursery import Nursery
from tests.torture.people import People

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from sandbox.discord import LocalDiscord
    from sandbox.flux import Era
    from tests.torture.facts import Facts
    from tests.torture.points import Point

SECONDS_PER_PICTURE: Final = 0.1
MEGAPIXELS: Final = 0.02
PATIENCE_S: Final = 60.0
"""After the last kill, until every job has ended and was told."""

LOOPBACK: Final = "127.0.0.1"
LOOK_AGAIN_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Mode:
    """How the bot waits for pictures, and which contract Flux holds."""

    waiting: str
    era: Era

    def __str__(self) -> str:
        return f"{self.waiting}/{self.era}"

    @property
    def is_held(self) -> bool:
        """Whether the answer to a submit brings the result, so that a kill loses it."""
        return self.waiting in ("stream", "hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one mode came to."""

    mode: Mode
    name: str = ""
    requests: int
    kills: int
    faults: int
    seconds: float
    missed: tuple[Point, ...]
    facts: Facts
    verdict: Verdict
    notes: str = ""


async def torture(
    mode: Mode, folder: Path, *, kills: int, seed: int, scale: float = 1.0
) -> Outcome:
    """Kill the bot so many times under a stream of requests, and compare the books.

    Args:
        scale: how much goes wrong besides; 1 is about 6 % of errors, 0 nothing.
    """
    started = time.monotonic()
    async with (
        local_discord() as discord,
        await LocalFlux.start(
            seconds_per_picture=SECONDS_PER_PICTURE, megapixels=MEGAPIXELS, era=mode.era
        ) as flux,
        Nursery(environ_of(mode, discord, flux, folder), folder) as bot,
    ):
        killer = Killer(bot, dice(seed, "kills"), callbacks=mode.waiting == "callback")
        misfortune = Misfortune(discord, flux, killer, seed, scale=scale, answers_late=mode.is_held)
        calendar = Calendar(discord.clock, dice(seed, "clocks"))
        people = People(discord, lambda: _open_jobs(folder), dice(seed, "people"))
        deaths: list[str] = []
        async with in_the_background(people.go_on(), misfortune.shake_the_gateway()):
            while len(killer.kills) < kills and len(deaths) < kills:
                await _one_life(discord, bot, killer, calendar, deaths)
        misfortune.is_on = False
        await _last_life(discord, flux, bot, folder, deaths)
        world = World(
            discord=discord,
            flux=flux,
            people=people,
            killer=killer,
            calendar=calendar,
            misfortune=misfortune,
            folder=folder,
        )
        keep_logs(world, bot.log)
        with _database(folder) as db:
            facts = await facts_of(world, db)
        facts = replace(facts, deaths=tuple(deaths))
        return Outcome(
            mode=mode,
            requests=len(people.uses),
            kills=len(killer.kills),
            faults=len(discord.faults.log) + len(flux.injected),
            seconds=time.monotonic() - started,
            missed=tuple(killer.missed),
            facts=facts,
            verdict=judge(facts),
        )


async def _one_life(
    discord: LocalDiscord, bot: Nursery, killer: Killer, calendar: Calendar, deaths: list[str]
) -> None:
    await bot.start(clock_ahead_s=calendar.turn())
    online = asyncio.create_task(discord.wait_until(discord.gateway.online, within=PATIENCE_S))
    try:
        await killer.kill_once(online)
        status = await bot.ended()
        if status >= 0:
            deaths.append(f"status {status}: {bot.log[-1] if bot.log else ''}")
    finally:
        online.cancel()
        with suppress(asyncio.CancelledError):
            await online
        # A killed process never resumes its session, and Discord would feed it for minutes.
        discord.cut_gateway(resumable=False)


async def _last_life(
    discord: LocalDiscord, flux: LocalFlux, bot: Nursery, folder: Path, deaths: list[str]
) -> None:
    """Let the bot finish everything with nothing in its way, then stop it."""
    await bot.start()
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            await discord.wait_until(discord.gateway.online, within=PATIENCE_S)
            await flux.settled()
            while not _all_told(folder):
                await asyncio.sleep(LOOK_AGAIN_S)
    try:
        status = await bot.stop()
    except TimeoutError:
        deaths.append("it did not stop when it was told to")
        bot.kill()
    else:
        if status:
            deaths.append(f"status {status} when it was told to stop")


def keep_logs(world: World, log: list[str]) -> None:
    """Write what happened, in its order, to find the cause of a complaint."""
    events = [*log, *(f"{_clock(kill.at)} KILLED {kill.point}" for kill in world.killer.kills)]
    events += [
        f"{_clock(world.calendar.here(each.at))} FAULT"
        f" {each.trouble.name} {each.method} {each.path} after={each.after}"
        for each in world.discord.faults.log
    ]
    events += [
        f"{_clock(at)} DISCORD {each.method} {each.path} {each.status} {' '.join(each.files)}"
        for at, each in world.misfortune.requests
    ]
    (world.folder / "bot.log").write_text("\n".join(sorted(events, key=lambda line: line[:23])))
    (world.folder / "flux.log").write_text("\n".join(map(str, world.flux.injected)))


def _clock(at: float) -> str:
    """Write a time as the bot's log does, so that both can be sorted together."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]


@contextmanager
def _database(folder: Path) -> Iterator[SqliteConnection]:
    uri = f"{(folder / 'fluxcord.db').as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=0)) as database:
        yield SqliteConnection(database)


def _all_told(folder: Path) -> bool:
    with _database(folder) as db:
        return all_told(db)


def _open_jobs(folder: Path) -> int | None:
    try:
        with _database(folder) as db:
            return open_jobs(db)
    except sqlite3.OperationalError:
        return None  # it is being made, or recovered


@asynccontextmanager
async def in_the_background(*things: object) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(thing) for thing in things]  # type: ignore[call-overload]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


def environ_of(mode: Mode, discord: LocalDiscord, flux: LocalFlux, folder: Path) -> dict[str, str]:
    settings = {
        "PATH": os.environ.get("PATH", ""),
        "DISCORD_TOKEN": discord.bot_token,
        "FLUX_API_TOKEN": flux.token,
        "DATABASE_PATH": str(folder / "fluxcord.db"),
        "DATA_DIR": str(folder),
        "FLUX_API_BASE": flux.base,
        "DISCORD_API_BASE": discord.api_base,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "POLL_INTERVAL_S": "0.02",
        "JOB_TIMEOUT_S": "86400",
        "MAX_RUNNING_JOBS": "10",
        "MAX_RUNNING_PER_USER": "10",
        "MAX_JOBS_PER_USER": "0",
        "FLUX_ANSWER": mode.waiting if mode.is_held else "poll",
    }
    if mode.waiting != "callback":
        return settings
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    return {
        **settings,
        "PUBLIC_URL": f"http://{LOOPBACK}:{port}",
        "CALLBACK_HOST": LOOPBACK,
        "CALLBACK_PORT": str(port),
    }
