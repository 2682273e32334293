"""Very many commands at once, and when each of them was answered."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from benchmarks.process import BOT, ROOT, bot_running, until
from domain.models import Place, Requester
from sandbox.discord.records import Interaction
from sandbox.flux import LocalFlux
from sandbox.flux.faults import Hang
from storage.database import Database
from storage.jobs import JobRepository
from tests.factories import make_job, make_place, make_request, make_ticket
from tests.openapi import local_discord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from domain.models import Job
    from sandbox.discord import InteractionResult, LocalDiscord

BARE: Final = ROOT / "benchmarks" / "baselines" / "bare.py"

ANSWER_WITHIN_S: Final = 3.0
"""Discord's limit for the answer to a command; interactions, receiving and responding."""

RUNNING: Final = 5
"""How many requests Flux has at once, the usual limit; until the end it answers none of them."""

COMMANDS_PER_PERSON: Final = 2
COMMANDS_PER_CHANNEL: Final = 20
WAITING_PER_PERSON: Final = 5

DEFERRED: Final = 5
"""Type of the answer that a message will follow; interactions, receiving and responding."""

NUMBERS_OF_WAITING: Final = 10**15
"""From here on, ids of what was asked before the burst."""


class Bot(StrEnum):
    """What is tried."""

    BARE = "bare discord.py"
    FLUXCORD = "Fluxcord"
    LOCKED = "Fluxcord, its database locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What a burst came to.

    Attributes:
        waiting: requests that were queued before.
        answered: commands of which a request was begun; the others are refused.
        lost: commands that got no answer within Discord's 3 s.
        first_s: from a command to its answer, of the first one.
        last_s: the same of the last one.
    """

    bot: Bot
    waiting: int
    commands: int
    answered: int
    refused: int
    first_s: float
    last_s: float

    @property
    def lost(self) -> int:
        return self.commands - self.answered - self.refused

    @property
    def is_carried(self) -> bool:
        """Whether each command was answered or refused in time."""
        return not self.lost and self.last_s < ANSWER_WITHIN_S

    def line(self) -> str:
        """Return a row of the table."""
        return (
            f"| {self.bot} | {self.waiting} | {self.commands} | {self.first_s:.2f} s"
            f" | {self.last_s:.2f} s | {self.answered} | {self.refused} | {self.lost} |"
        )


HEAD: Final = (
    "| bot | waiting | commands | first answered | last answered | begun | refused | lost |",
    "|---|---:|---:|---:|---:|---:|---:|---:|",
)


class _Answers:
    """Notes when the local Discord gets which answer."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}

    def __call__(self, kind: str, subject: object) -> None:
        del kind
        if isinstance(subject, Interaction) and subject.callback_type is not None:
            self.at.setdefault(subject.id, time.monotonic())


async def burst(folder: Path, *, commands: int, waiting: int = 0, bot: Bot = Bot.FLUXCORD) -> Burst:
    """Have so many commands typed at once while so many requests wait for Flux."""
    async with local_discord() as discord, await LocalFlux.start() as flux:
        flux.misbehave("work", Hang(), times=commands + waiting)
        await _queue(folder, discord, waiting)
        script = BARE if bot is Bot.BARE else BOT
        async with bot_running(discord, flux, folder, script=script):
            await until(lambda: _submitted(flux) >= min(waiting, RUNNING))
            # Behind this answer nothing is left of the start.
            first = discord.person("First").use("imagine", prompt="lighthouse")
            await until(lambda: _is_over(first))
            discord.limits.on()
            answers = _Answers()
            discord.world.news.listen(answers)
            with _locked(folder) if bot is Bot.LOCKED else nullcontext():
                presses = _press(discord, commands)
                await until(lambda: all(_is_over(use) for use, _ in presses))
        seconds = [answers.at[use.interaction.id] - at for use, at in presses if _answered(use)]
        return Burst(
            bot=bot,
            waiting=waiting,
            commands=commands,
            answered=sum(use.callback_type == DEFERRED for use, _ in presses),
            refused=sum(use.callback_type not in {None, DEFERRED} for use, _ in presses),
            first_s=min(seconds, default=float("inf")),
            last_s=max(seconds, default=float("inf")),
        )


def _press(discord: LocalDiscord, commands: int) -> list[tuple[InteractionResult, float]]:
    """Have all commands typed before the local Discord sends the first."""
    channels = [discord.channel]
    while len(channels) * COMMANDS_PER_CHANNEL < commands:
        channels.append(discord.add_channel(f"pictures-{len(channels)}"))
    people = [discord.person(f"Person {n}") for n in range(commands // COMMANDS_PER_PERSON)]
    presses: list[tuple[InteractionResult, float]] = []
    for number in range(commands):
        person = people[number % len(people)]
        channel = channels[number % len(channels)]
        pressed_at = time.monotonic()
        use = person.use("imagine", prompt=f"lighthouse {number:04d}", channel=channel)
        presses.append((use, pressed_at))
    return presses


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the database as another program would that writes for long."""
    with closing(sqlite3.connect(folder / "fluxcord.db", isolation_level=None)) as database:
        database.execute("begin immediate")
        yield
        database.execute("rollback")


def _answered(use: InteractionResult) -> bool:
    return use.callback_type is not None


def _is_over(use: InteractionResult) -> bool:
    return _answered(use) or use.failed is not None


async def _queue(folder: Path, discord: LocalDiscord, waiting: int) -> None:
    """Store requests whose cards stand already, as if they had been typed before."""
    place: Place = make_place(channel_id=discord.channel.id, guild_id=discord.guild.id)
    jobs = [_waiting_job(number, place) for number in range(waiting)]
    async with Database(folder / "fluxcord.db") as database:
        repository = JobRepository(database)
        await asyncio.gather(*map(repository.add, jobs))


def _waiting_job(number: int, place: Place) -> Job:
    ids = NUMBERS_OF_WAITING + number
    user_id = NUMBERS_OF_WAITING + number // WAITING_PER_PERSON
    request = make_request(
        place=place,
        reply_to=ids,
        requester=Requester(user_id=user_id, user_name=f"person {user_id}"),
        ticket=make_ticket(interaction_id=ids, token=None),
    )
    job_id = f"{number:012x}"
    return make_job(id=job_id, request=request, nonce=f"{job_id}-1", message_id=ids)


def _submitted(flux: LocalFlux) -> int:
    return sum(request.path == "/flux/images" for request in flux.requests)
