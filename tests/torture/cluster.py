"""One bot of several processes on PostgreSQL: killed one by one, and its server restarted."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import psycopg

from sandbox.discord.sessions import shard_of
from sandbox.flux import LocalFlux
from storage.leases import LOOKS, NOW
from storage.postgresql import PostgresConnection
from tests.openapi import local_discord
from tests.postgres import running
from tests.torture.books import judge
from tests.torture.calendar import Calendar
from tests.torture.collecting import World, all_told, facts_of, open_jobs
from tests.torture.killer import Kills
from tests.torture.misfortune import Misfortune, dice
from tests.torture.nursery import Nursery
from tests.torture.people import People
from tests.torture.run import (
    LOOK_AGAIN_S,
    MEGAPIXELS,
    PATIENCE_S,
    SECONDS_PER_PICTURE,
    Mode,
    Outcome,
    environ_of,
    in_the_background,
    keep_logs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from random import Random

    from sandbox.discord import LocalDiscord
    from sandbox.discord.records import Guild
    from tests.postgres import Server

SHARDS: Final = 6
MAX_CONCURRENCY: Final = 16
"""Shards that may identify at once, as Discord allows to large bots."""

LEASE_S: Final = 3.0
TIME: Final = len("2026-11-29 18:30:00,000 ")

LONGEST_LIFE_S: Final = 2.4
"""Between two kills at most."""

RESTART_SHARE: Final = 0.1
"""How many of the kills a restart of PostgreSQL follows."""

FAULTS: Final = 5 / 6
"""Of what goes wrong with one process: about 5 % of errors."""

STARTED_WITHOUT: Final = "Check that PostgreSQL is running"
"""What a process says last that is started while PostgreSQL is away; it is then started again."""

LATE: Final = f"""
select id, {NOW} - greatest(lease_until, coalesce((
  select cast(split_part(value, ' ', 2) as bigint) from settings where key = '{LOOKS}'
), 0) + {round(LEASE_S * 1000)}) as late_ms from jobs
where told_at is null and worker is not null and lease_until between 1 and {NOW}
"""  # noqa: S608  # constants
"""After an outage, live processes have one lease to renew theirs."""


@dataclass
class Crew:
    """The processes, each started again when it ends.

    Attributes:
        log: what all of them have logged.
        deaths: how one ended that was neither killed nor told to stop.
    """

    random: Random
    log: list[str] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    is_stopping: bool = False
    _bots: dict[str, Nursery] = field(default_factory=dict)

    def kill(self) -> bool:
        """Kill one of them at random; False where all are dead."""
        running = sorted(name for name, bot in self._bots.items() if bot.is_running)
        return bool(running) and self._bots[self.random.choice(running)].kill()

    async def keep(self, name: str, environ: Mapping[str, str], folder: Path) -> None:
        """Run a process again and again, until all are told to stop."""
        at = ""

        def note(line: str) -> None:
            nonlocal at
            at = line[:TIME] if line.startswith("20") else at
            self.log.append(f"{at}{line.removeprefix(at)} process={name}")

        async with Nursery(environ, folder) as bot:
            bot.on_line = note
            self._bots[name] = bot
            while not self.is_stopping:
                await bot.start()
                status = await bot.ended()
                await asyncio.sleep(LOOK_AGAIN_S)  # for its last line
                is_told = status == -signal.SIGKILL or (status == 0 and self.is_stopping)
                if not is_told and STARTED_WITHOUT not in bot.log[-1]:
                    self.deaths.append(f"{name}, status {status}: {bot.log[-1]}")

    async def stop(self) -> None:
        """Tell all to stop, and wait until they have."""
        self.is_stopping = True
        stopping = [bot.stop() for bot in self._bots.values() if bot.is_running]
        for result in await asyncio.gather(*stopping, return_exceptions=True):
            if isinstance(result, BaseException):
                self.deaths.append("it did not stop when it was told to")


@dataclass
class Watch:
    """Looks for jobs whose lease has ended and that nobody has taken over yet.

    Attributes:
        late_s: by job, how long ago its lease had ended, at most.
    """

    url: str
    late_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def database(self) -> Iterator[PostgresConnection]:
        """Connect for a while."""
        db = PostgresConnection(self.url)
        with closing(db.raw):
            yield db

    def open_jobs(self) -> int | None:
        """Return how many jobs are open, None while PostgreSQL is away."""
        with suppress(psycopg.OperationalError), self.database() as db:
            return open_jobs(db)
        return None

    def is_done(self) -> bool:
        """Tell whether all that could be done for each job is done."""
        with suppress(psycopg.OperationalError), self.database() as db:
            return all_told(db)
        return False

    async def go_on(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            with suppress(psycopg.OperationalError), self.database() as db:
                while True:
                    for row in db.fetch(LATE):
                        late_s = row["late_ms"] / 1000
                        self.late_s[row["id"]] = max(late_s, self.late_s.get(row["id"], 0.0))
                    await asyncio.sleep(LOOK_AGAIN_S)
            await asyncio.sleep(LOOK_AGAIN_S)


async def torture_cluster(
    folder: Path, *, gateways: int, workers: int, kills: int, seed: int
) -> Outcome:
    """Kill processes of one bot so many times under a stream of requests, and compare the books.

    A job that was leased when its process died is to be taken over within two leases of that: when
    its lease, renewed before the death, has ended for one lease at most.
    """
    started, mode = time.monotonic(), Mode("poll", "current")
    with running() as server, server.migrated_database() as url:
        async with (
            local_discord() as discord,
            await LocalFlux.start(
                seconds_per_picture=SECONDS_PER_PICTURE, megapixels=MEGAPIXELS
            ) as flux,
        ):
            discord.gateway.max_concurrency = MAX_CONCURRENCY
            environ = environ_of(mode, discord, flux, folder) | {
                "DATABASE_URL": url,
                "LEASE_S": str(LEASE_S),
                "SHARD_COUNT": str(SHARDS),
            }
            crew = Crew(dice(seed, "kills"))
            watch = Watch(url)
            world = World(
                discord=discord,
                flux=flux,
                people=People(
                    discord, watch.open_jobs, dice(seed, "people"), await _guilds(discord)
                ),
                killer=(killer := Kills(crew)),
                calendar=Calendar(discord.clock, dice(seed, "clocks")),
                misfortune=Misfortune(discord, flux, killer, seed, scale=FAULTS),
                folder=folder,
            )
            processes = [
                crew.keep(name, environ | more, folder)
                for name, more in _roles(gateways, workers).items()
            ]
            async with in_the_background(watch.go_on(), *processes):
                sessions = discord.gateway.sessions
                async with asyncio.timeout(PATIENCE_S):
                    while len(sessions) < SHARDS:
                        await asyncio.sleep(LOOK_AGAIN_S)
                shaking = world.misfortune.shake_the_gateway()
                async with in_the_background(world.people.go_on(), shaking):
                    await _kill(world, crew, server, kills)
                world.misfortune.is_on = False
                with suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE_S):
                        await flux.settled()
                        while not watch.is_done():
                            await asyncio.sleep(LOOK_AGAIN_S)
                await crew.stop()
            keep_logs(world, crew.log)
            with watch.database() as db:
                facts = await facts_of(world, db)
    late = tuple(f"{job_id} {s:.1f} s" for job_id, s in watch.late_s.items() if s > LEASE_S)
    facts = replace(facts, deaths=tuple(crew.deaths), late=late)
    return Outcome(
        mode=mode,
        name=f"{gateways} gateways, {workers} workers",
        requests=len(world.people.uses),
        kills=len(killer.kills),
        faults=len(discord.faults.log) + len(flux.injected),
        seconds=time.monotonic() - started,
        missed=(),
        facts=facts,
        verdict=judge(facts),
        notes=f"{len(watch.late_s)} jobs had lost their process, the last was taken over"
        f" {max(watch.late_s.values(), default=0):.1f} s after its lease of {LEASE_S:.0f} s",
    )


async def _guilds(discord: LocalDiscord) -> list[Guild]:
    """Add servers until each shard has one."""
    guilds: dict[int, Guild] = {}
    while len(guilds) < SHARDS:
        guild = discord.add_guild(f"Server {len(discord.world.guilds)}")
        guilds.setdefault(shard_of(guild.id, SHARDS), guild)
        await asyncio.sleep(0.001)  # an id is of a millisecond
    return [*guilds.values()]


def _roles(gateways: int, workers: int) -> dict[str, dict[str, str]]:
    """Return the settings of each process, by its name."""
    shards = [",".join(map(str, range(first, SHARDS, gateways))) for first in range(gateways)]
    return {
        f"gateway-{ids}": {"ROLE": "gateway", "SHARD_IDS": ids, "FLUX_API_TOKEN": ""}
        for ids in shards
    } | {f"worker-{number}": {"ROLE": "worker"} for number in range(workers)}


async def _kill(world: World, crew: Crew, server: Server, kills: int) -> None:
    while len(world.killer.kills) < kills and len(crew.deaths) < kills:
        await asyncio.sleep(crew.random.uniform(0.0, LONGEST_LIFE_S))
        world.killer.kill("at random")
        if crew.random.random() < RESTART_SHARE:
            await asyncio.to_thread(server.stop, crew.random.choice(("fast", "immediate")))
            await asyncio.to_thread(server.start)
