"""The whole play in one process: a local Discord, a local Flux and the real bot between them."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlite_utils

import bot
from clock import Clock
from config import read_settings
from images.decoder import PictureLimits
from sandbox.flux import LocalFlux
from tests.decoding import decoder_if_shared
from tests.migrated import place_database
from tests.openapi import local_discord
from tests.patience import PATIENCE_S
from ui.login import COMMANDS_HASH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from config import Settings
    from sandbox.discord import LocalDiscord, Person, SeenMessage
    from sandbox.flux import Era

SMALL_MEGAPIXELS = 0.02
"""Pictures are drawn small, so that a test takes milliseconds."""

LOOK_AGAIN_S = 0.005

BOT_ID = 1_100_000_000_000_000_000
"""Of the bot of every stage, because its commands name it."""


@dataclass
class Stage:
    """Everything an end-to-end test needs at hand.

    Attributes:
        knows_commands: whether Discord has the commands from an earlier start, as it usually has.
    """

    discord: LocalDiscord
    flux: LocalFlux
    folder: Path
    more_settings: dict[str, str]
    clock_ahead_s: float = 0
    knows_commands: bool = True
    _open_reader: sqlite3.Connection | None = None

    @property
    def ada(self) -> Person:
        return self.discord.person("Ada")

    @property
    def environ(self) -> dict[str, str]:
        return {
            "DISCORD_TOKEN": self.discord.bot_token,
            "FLUX_API_TOKEN": self.flux.token,
            "DATABASE_PATH": str(self.folder / "fluxcord.db"),
            "DATA_DIR": str(self.folder),
            "FLUX_API_BASE": self.flux.base,
            "DISCORD_API_BASE": self.discord.api_base,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "POLL_INTERVAL_S": "0.005",
            **self.more_settings,
        }

    @property
    def settings(self) -> Settings:
        return read_settings(self.environ)

    def rows(self, table: str = "usage") -> list[dict[str, Any]]:
        """Return what stands in the database, read as its operator would."""
        # Called while waiting, so without what sqlite-utils asks of a database first.
        with self._reader() as database:
            rows = database.execute(f"select * from {table}")  # noqa: S608  # a test's own
            names = [column[0] for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in rows]

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """Connect to the database; once while a bot runs, as that takes longer than ten looks."""
        if self._open_reader is not None:
            yield self._open_reader
            return
        with closing(sqlite3.connect(self.folder / "fluxcord.db")) as database:
            yield database

    def change(self, **columns: str | float | None) -> None:
        """Change the one job's row while no bot runs, to what a crash or time could have made it.

        Numbers are seconds from now.
        """
        now = datetime.now(UTC)
        written = {
            column: (now + timedelta(seconds=value)).isoformat()
            if isinstance(value, float | int)
            else value
            for column, value in columns.items()
        }
        with sqlite_utils.Database(self.folder / "fluxcord.db") as database:
            [job] = database["jobs"].rows
            database.table("jobs").update(job["id"], written)

    def borne(self) -> dict[str, float]:
        """Return the credits that people and the house bear, by the sum of the ledger's rows."""
        sums = dict.fromkeys(("user", "house"), 0)
        for row in self.rows("ledger"):
            sums[row["payer"]] += row["microcredits"]
        return {payer: sums[payer] / 1_000_000 for payer in sums}

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what the local Discord does not see: rows, files, requests to Flux."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(LOOK_AGAIN_S)

    async def running(self, jobs: int) -> None:
        """Wait until Flux works on so many, and what is to hang there does."""
        await self._until_jobs("state = 'running'", jobs)

    async def ended(self) -> list[dict[str, Any]]:
        """Wait until every job has ended and its author was told; return the usage rows."""
        await self._until_jobs("told_at is null", 0)
        return self.rows()

    async def _until_jobs(self, condition: str, count: int) -> None:
        with self._reader() as database:
            query = f"select count(*) from jobs where {condition}"  # noqa: S608  # a test's own
            await self.until(lambda: database.execute(query).fetchone() == (count,))

    def spooled(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "spool").iterdir())

    async def _place_database(self, path: Path) -> None:
        """Leave what an earlier start left, in the database and in the local Discord.

        A bot with other commands, because of its settings, registers them.
        """
        if self.knows_commands:
            database, commands = await left_by_a_start()
            place_database(path, database)
            self.discord.world.set_commands([{**command} for command in commands])
        else:
            place_database(path)

    @asynccontextmanager
    async def bot_running(self) -> AsyncIterator[None]:
        """Run the bot until the block ends, as SIGTERM would end it."""
        path = self.folder / "fluxcord.db"
        if not path.exists():
            await self._place_database(path)
        stop = asyncio.Event()
        clock = Clock(lambda: time.time() + self.clock_ahead_s)
        settings = self.settings
        decoder = decoder_if_shared() if settings.picture_limits == PictureLimits() else None
        running = asyncio.create_task(bot.run(settings, stop, clock=clock, decoder=decoder))
        connected = asyncio.create_task(self.discord.wait_until(self.discord.gateway.online))
        try:
            await asyncio.wait({running, connected}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            await connected
            with closing(sqlite3.connect(path)) as self._open_reader:
                yield
        finally:
            self._open_reader = None
            connected.cancel()
            with suppress(asyncio.CancelledError):
                await connected
            stop.set()
            await running


@asynccontextmanager
async def open_stage(
    folder: Path,
    *,
    megapixels: float = SMALL_MEGAPIXELS,
    era: Era = "current",
    **more_settings: str,
) -> AsyncIterator[Stage]:
    """Open the two services; the bot is started by whoever needs it."""
    async with (
        local_discord(bot_name="Fluxcord", bot_id=BOT_ID) as discord,
        await LocalFlux.start(megapixels=megapixels, era=era) as flux,
    ):
        # Tests of the deadline move the world's time.
        discord.interactions.answer_window_s = PATIENCE_S
        yield Stage(discord, flux, folder, more_settings)


_left: list[tuple[bytes, list[dict[str, Any]]]] = []


async def left_by_a_start() -> tuple[bytes, list[dict[str, Any]]]:
    """Return an empty database with the hash of the commands, and the commands as registered.

    A bot of this process is started for them once: to translate, send and check the commands takes
    longer than the rest of a start.
    """
    if not _left:
        with tempfile.TemporaryDirectory() as folder:
            async with open_stage(Path(folder)) as stage:
                stage.knows_commands = False
                async with stage.bot_running():
                    [row] = [row for row in stage.rows("settings") if row["key"] == COMMANDS_HASH]
            path = place_database(Path(folder) / "left.db")
            with sqlite_utils.Database(path) as database:
                database.table("settings").insert(row)
            _left.append((path.read_bytes(), [*stage.discord.commands]))
    return _left[0]


def has_picture(message: SeenMessage) -> bool:
    return bool(message.images)


def says(words: str) -> Callable[[SeenMessage], bool]:
    """Return whether a finished message holds these words."""
    return lambda message: words in message.text
