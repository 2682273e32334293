"""A bot between a local Discord and a local Flux, each on a core of its own, and its figures."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import time
from array import array
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.process import bot_running, children_of, cpu_s, memory_mb, until
from benchmarks.watched import LAG, PROFILE
from domain.models import (
    Job,
    Requester,
    Ticket,
)
from sandbox.discord import LocalDiscord
from sandbox.discord.records import Interaction, Message
from sandbox.flux import LocalFlux
from sandbox.flux.faults import Hang
from storage.database import Database
from storage.jobs import JobRepository
from tests.factories import make_job, make_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from sandbox.discord import InteractionResult

ANSWER_WITHIN_S: Final = 3.0
"""Discord's limit for the answer to a command; interactions, receiving and responding."""

COMMANDS_PER_PERSON: Final = 2
COMMANDS_PER_CHANNEL: Final = 20
WAITING_PER_PERSON: Final = 5

NUMBERS_OF_WAITING: Final = 10**15
"""From here on, ids of what was requested before the bot started."""


@dataclass
class Rig:
    """One bot that runs, and what is seen of it from outside.

    Attributes:
        started_at: when its process was started, by the monotonic clock.
        answered_at: when the local Discord got the answer to which interaction.
        galleries: messages with a file.
        received_at: when the local Discord got the file of each.
    """

    discord: LocalDiscord
    flux: LocalFlux
    folder: Path
    started_at: float
    pid: int = 0
    answered_at: dict[int, float] = field(default_factory=dict)
    galleries: dict[int, Message] = field(default_factory=dict)
    received_at: list[float] = field(default_factory=list)

    def __call__(self, kind: str, subject: object) -> None:
        """Take note of what happens in the local Discord."""
        del kind
        if isinstance(subject, Interaction) and subject.callback_type is not None:
            self.answered_at.setdefault(subject.id, time.monotonic())
        elif isinstance(subject, Message) and subject.body.files:
            if subject.id not in self.galleries:
                self.received_at.append(time.monotonic())
            self.galleries[subject.id] = subject

    @property
    def polls(self) -> int:
        """How often Flux was asked about tasks."""
        return sum(request.path == "/flux/tasks" for request in self.flux.requests)

    @property
    def submits(self) -> int:
        """How many requests Flux got."""
        return sum(request.path == "/flux/images" for request in self.flux.requests)

    def memory_mb(self, *, peak: bool = False) -> float:
        """Return the resident memory of the bot's main process."""
        return memory_mb(self.pid, peak=peak) or 0.0

    def decoder_mb(self) -> float:
        """Return the peak of the resident memory of the largest process that it has started."""
        return max((memory_mb(pid, peak=True) or 0.0 for pid in children_of(self.pid)), default=0.0)

    def descriptors(self) -> int:
        """Return how many files and connections the main process has open."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    async def lag_ms(self, since: float) -> list[float]:
        """Return by how much the bot's event loop was late, each 20 ms since then."""
        file = self.folder / LAG
        file.unlink(missing_ok=True)
        os.kill(self.pid, signal.SIGUSR2)
        await until(file.exists)
        samples = array("d", file.read_bytes())
        late = zip(samples[::2], samples[1::2], strict=True)
        return [1_000 * late_s for at, late_s in late if at >= since]

    async def profile(self) -> None:
        """Have the bot begin to sample what its main thread does."""
        os.kill(self.pid, signal.SIGUSR1)

    async def profiled_ms(self) -> dict[str, float]:
        """Return what the main thread did since then, in milliseconds of each area."""
        file = self.folder / PROFILE
        os.kill(self.pid, signal.SIGUSR1)
        await until(file.exists)
        areas: dict[str, float] = json.loads(file.read_text())
        return areas

    def threads_cpu_s(self) -> tuple[float, float]:
        """Return the CPU time of the main thread and of all other threads; proc(5), schedstat."""
        ids = Path(f"/proc/{self.pid}/task").iterdir()
        used = {each.name: int((each / "schedstat").read_text().split()[0]) / 1e9 for each in ids}
        main = used.pop(str(self.pid))
        return main, sum(used.values())

    def cpu_s(self) -> tuple[float, float]:
        """Return the CPU time of the main process, and of the processes that it has started."""
        return cpu_s(self.pid), sum(map(cpu_s, children_of(self.pid)))

    def use(self, number: int) -> tuple[InteractionResult, float]:
        """Have a person type a command; return it with the time of that."""
        channels = self.discord.world.channels_of(self.discord.guild)
        while len(channels) * COMMANDS_PER_CHANNEL <= number:
            channels.append(self.discord.add_channel(f"pictures-{len(channels)}"))
        person = self.discord.person(f"Person {number // COMMANDS_PER_PERSON}")
        channel = channels[number // COMMANDS_PER_CHANNEL]
        at = time.monotonic()
        return person.use("imagine", prompt=f"lighthouse {number:05d}", channel=channel), at

    async def seconds_to_answers(self, uses: list[tuple[InteractionResult, float]]) -> list[float]:
        """Wait for all answers; return the seconds of each, 3 or more of what was lost."""
        await until(
            lambda: all(use.interaction.id in self.answered_at or use.failed for use, _ in uses)
        )
        return [
            self.answered_at.get(use.interaction.id, at + ANSWER_WITHIN_S) - at for use, at in uses
        ]


@asynccontextmanager
async def rig_running(
    script: Path,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    *,
    megapixels: float = 1.0,
    hangs: bool = False,
    discord: LocalDiscord | None = None,
) -> AsyncIterator[Rig]:
    """Run a bot in a world of its own, with Discord's rate limits.

    Args:
        hangs: whether Flux takes requests and never finishes one.
        discord: that it is in, in place of one of its own; left open.
    """
    async with await LocalFlux.start(megapixels=megapixels) as flux:
        if hangs:
            flux.misbehave("work", Hang(), times=None)
        world = discord or await LocalDiscord().start()
        try:
            rig = Rig(world, flux, folder, time.monotonic())
            listener = world.world.news.listen(rig)
            running = bot_running(world, flux, folder, settings, script=script, watched=True)
            async with running as process:
                rig.pid = process.pid
                world.limits.on()
                yield rig
            world.world.news.ignore(listener)
        finally:
            if discord is None:
                await world.close()


async def fill_queue(path: Path, waiting: int, now: datetime) -> None:
    """Create a database with this many requests in the queue, whose cards exist already."""
    async with Database(path) as database:
        repository = JobRepository(database)
        await asyncio.gather(*(repository.add(waiting_job(n, now)) for n in range(waiting)))


def copy_queue(queue: Path, folder: Path, discord: LocalDiscord, *, with_cards: bool) -> None:
    """Give a bot such a database; without cards, it has to post them first."""
    copy = folder / "fluxcord.db"
    shutil.copyfile(queue, copy)
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute(
            "update jobs set channel_id = ?, guild_id = ? where state = 'queued'",
            [discord.channel.id, discord.guild.id],
        )
        if not with_cards:
            db.execute("update jobs set message_id = null where state = 'queued'")
    with copy.open("rb") as file:
        os.fsync(file.fileno())  # else the bot's first commits wait for the copy to be written


def waiting_job(number: int, now: datetime) -> Job:
    """Return a request that waits in the queue, with its card."""
    ids = NUMBERS_OF_WAITING + number
    user_id = NUMBERS_OF_WAITING + number // WAITING_PER_PERSON
    return make_job(
        id=f"{ids:012x}",
        request=make_request(
            requester=Requester(user_id=user_id, user_name=f"person {user_id}"),
            ticket=Ticket(interaction_id=ids, application_id=1, token=None),
            reply_to=ids,
        ),
        created_at=now,
        expected_at=now,
        nonce=f"{ids:012x}-1",
        announced_at=now,
        message_id=ids,
    )
