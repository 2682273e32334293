"""Many jobs at Flux at once in one bot, and what it took."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from benchmarks.process import bot_running, memory_mb, until
from sandbox.discord.records import Interaction, Message
from sandbox.flux import LocalFlux
from sandbox.flux.faults import Hang
from tests.openapi import local_discord

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord import InteractionResult, LocalDiscord, Person
    from sandbox.flux.conduct import Mishap, Where

MEGAPIXELS: Final = 0.02
PRESSES_A_SECOND: Final = 50
"""As many requests a second as Discord takes of one bot, and each press makes at least two."""

JOBS_PER_CHANNEL: Final = 4
JOBS_PER_PERSON: Final = 2

HEARTBEAT_INTERVAL_S: Final = 5.0
"""Of this Discord, shorter than the real one's 41 s, so that a run has some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a run came to.

    Attributes:
        at_once: the most jobs that Flux was working on at one time.
        late: presses whose answer Discord did not get within its 3 s.
        slowest_answer_s: of an acknowledgement, from the press.
        missed_heartbeats: pauses between two heartbeats in which another was due.
        rate_limited: requests that Discord answered with 429.
        peak_mb: the bot's largest resident memory, None where the system does not tell.
    """

    jobs: int
    channels: int
    at_once: int
    delivered: int
    galleries: int
    charged: int
    late: int
    slowest_answer_s: float
    heartbeats: int
    missed_heartbeats: int
    sessions: int
    rate_limited: int
    seconds: float
    peak_mb: float | None

    @property
    def is_carried(self) -> bool:
        """Whether every job was at Flux at once and delivered, and nothing came too late."""
        counts = {self.jobs, self.at_once, self.delivered, self.galleries, self.charged}
        return len(counts) == 1 and not self.late and not self.missed_heartbeats

    def lines(self) -> list[str]:
        """Return a table, a line each."""
        peak = "unknown" if self.peak_mb is None else f"{self.peak_mb:.0f} MB"
        rows = {
            "jobs": self.jobs,
            "channels": self.channels,
            "at Flux at once": self.at_once,
            "delivered": self.delivered,
            "answers after 3 s": self.late,
            "slowest answer": f"{self.slowest_answer_s:.2f} s",
            "heartbeats, missed": f"{self.heartbeats}, {self.missed_heartbeats}",
            "gateway sessions": self.sessions,
            "answered with 429": self.rate_limited,
            "from first to last": f"{self.seconds:.0f} s",
            "peak memory of the bot": peak,
        }
        return ["| what | how much |", "|---|---:|", *(f"| {k} | {v} |" for k, v in rows.items())]


@dataclass
class _Watch:
    """Notes what happens in the local Discord when it happens."""

    answered_at: dict[int, float] = field(default_factory=dict)
    galleries: set[int] = field(default_factory=set)
    beats: list[float] = field(default_factory=list)

    def __call__(self, kind: str, subject: object) -> None:
        now = time.monotonic()
        if kind == "HEARTBEAT":
            self.beats.append(now)
        elif isinstance(subject, Interaction) and subject.callback_type is not None:
            self.answered_at.setdefault(subject.id, now)
        elif isinstance(subject, Message) and subject.body.files:
            self.galleries.add(subject.id)

    @property
    def missed(self) -> int:
        """How many heartbeats did not come: an interval is the longest pause there may be."""
        pauses = [after - before for before, after in zip(self.beats, self.beats[1:], strict=False)]
        return sum(pause >= 2 * HEARTBEAT_INTERVAL_S for pause in pauses)


@dataclass
class _Hall:
    """Keeps the work at Flux waiting until all of it has come."""

    at_once: int = 0

    def __call__(self, where: Where, _subject: str) -> Mishap | None:
        if where != "work":
            return None
        self.at_once += 1
        return Hang()


async def carry(folder: Path, *, jobs: int, rate_limits: bool = True) -> Load:
    """Have so many jobs at Flux at one time, then let them all be delivered."""
    async with (
        local_discord() as discord,
        await LocalFlux.start(megapixels=MEGAPIXELS) as flux,
    ):
        watch, hall = _Watch(), _Hall()
        discord.world.news.listen(watch)
        discord.gateway.heartbeat_interval_ms = round(HEARTBEAT_INTERVAL_S * 1_000)
        flux.whim = hall
        channels = [discord.channel]
        while len(channels) < jobs // JOBS_PER_CHANNEL:
            channels.append(discord.add_channel(f"pictures-{len(channels)}"))
        people = [discord.person(f"Person {n}") for n in range(jobs // JOBS_PER_PERSON)]
        settings = {
            "MAX_RUNNING_JOBS": str(jobs),
            "MAX_RUNNING_PER_USER": str(JOBS_PER_PERSON),
            "POLL_INTERVAL_S": "0.25",
        }
        async with bot_running(discord, flux, folder, settings) as bot:
            if rate_limits:
                discord.limits.on()
            started = time.monotonic()
            presses = await _press(discord, people, jobs)
            await until(lambda: hall.at_once + _count(folder, ended=True) >= jobs)
            flux.release()
            await until(lambda: _count(folder, ended=True) == jobs)
            seconds = time.monotonic() - started
            peak_mb = memory_mb(bot.pid, peak=True)
        return Load(
            jobs=jobs,
            channels=len(channels),
            at_once=hall.at_once,
            delivered=_count(folder),
            galleries=len(watch.galleries),
            charged=len(flux.charges),
            late=sum(use.failed is not None for use in presses),
            slowest_answer_s=max(
                watch.answered_at.get(use.interaction.id, float("inf")) - at
                for use, at in presses.items()
            ),
            heartbeats=len(watch.beats),
            missed_heartbeats=watch.missed,
            sessions=discord.gateway.identified,
            rate_limited=sum(request.status == 429 for request in discord.requests),
            seconds=seconds,
            peak_mb=peak_mb,
        )


async def _press(
    discord: LocalDiscord, people: list[Person], jobs: int
) -> dict[InteractionResult, float]:
    channels = discord.world.channels_of(discord.guild)
    presses: dict[InteractionResult, float] = {}
    for number in range(jobs):
        await asyncio.sleep(1 / PRESSES_A_SECOND)
        person = people[number % len(people)]
        channel = channels[number % len(channels)]
        now = time.monotonic()
        presses[person.use("imagine", prompt=f"lighthouse {number:04d}", channel=channel)] = now
    return presses


def _count(folder: Path, *, ended: bool = False) -> int:
    """Return how many jobs are delivered, or have ended in any way."""
    wanted = "told_at is not null" if ended else "state = 'delivered'"
    with closing(sqlite3.connect(folder / "fluxcord.db")) as database:
        query = f"select count(*) from jobs where {wanted}"  # noqa: S608  # two constants
        return int(database.execute(query).fetchone()[0])
