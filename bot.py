"""Fluxcord's entry point, and the one place that builds and connects everything."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import random
import signal
import sys
import time
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
import discord.gateway
import discord.http
import dotenv
from discord import app_commands
from discord.ext import commands

import cli
from cogs.edit import Edit
from cogs.imagine import Imagine
from config import ConfigError, Settings, read_settings
from flux import Endpoint, FluxClient
from jobs.fetching import Fetcher, Pace
from jobs.poller import Poller
from jobs.requests import DefaultModels
from jobs.runner import JobRunner
from jobs.spool import Spool
from jobs.steps import Steps
from jobs.sweeper import Sweeper
from storage.database import Database, StorageError
from storage.images import ImageRepository
from storage.jobs import JobRepository
from storage.settings import SettingRepository
from ui.errors import Tree
from ui.intake import Intake
from ui.lost_errors import guarded, log_lost_error, where
from ui.messenger import DiscordMessenger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

logger = logging.getLogger("fluxcord")

DISCORD_CONNECTIONS: Final = 256
"""Enough that slow uploads never delay an acknowledgement; without a limit, each costs memory."""

FLUX_CONNECTIONS: Final = 16

FIRST_RETRY_S: Final = 1.0
SLOWEST_RETRY_S: Final = 60.0

MEGABYTE: Final = 1_000_000

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2

COMMANDS_HASH: Final = "commands_hash"
"""Key of the setting that holds what Discord was last told about the commands."""


class StartError(Exception):
    """The bot cannot run; the text is a sentence for the operator."""


class FluxcordBot(commands.Bot):
    """A Discord client with the least that the features need; nothing privileged."""

    def __init__(self) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        parsers = self._connection.parsers
        parsers.update({event: guarded(event, parse) for event, parse in parsers.items()})

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages alone: there are no prefix commands."""

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect to the gateway, until it is lost in a way that discord.py does not mend.

        Raises:
            ConnectionError: for what else discord.py cannot read; nothing is left open then.
        """
        try:
            await super().connect(reconnect=reconnect)
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            raise
        except Exception as error:
            # discord.py 2.7.1 leaves the websocket open then, and its thread that sends heartbeats.
            # The first connection that is never made ends so too: it looks for its sequence.
            logger.warning("the gateway was not understood: %s", where(error))
            if self.ws is not None:
                await self.ws.close()
            raise ConnectionError from error

    async def sync_commands(self, settings: SettingRepository) -> None:
        """Tell Discord about the commands, only if they changed since it was last told."""
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        text = json.dumps([self.application_id, payload], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if await settings.get(COMMANDS_HASH) == digest:
            return
        await self.tree.sync()
        await settings.set(COMMANDS_HASH, digest)
        logger.info("commands registered with discord: %d", len(payload))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return the exit status."""
    options = cli.parse(arguments)
    if options.command == "sandbox":
        return cli.run_sandbox(options)
    try:
        settings = read_settings({**_dotenv(), **os.environ})
    except ConfigError as error:
        print(f"Fluxcord cannot start:\n{error}", file=sys.stderr)  # noqa: T201  # before logging
        print("Set them in the file .env or in the environment.", file=sys.stderr)  # noqa: T201
        return EXIT_USAGE
    _set_up_logging(settings.log_level)
    try:
        asyncio.run(_run_until_signalled(settings))
    except (StartError, StorageError) as error:
        logger.critical("%s", error)
        return EXIT_FAILED
    return 0


def _set_up_logging(level: str) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)-8s %(name)s: %(message)s")
    # discord.py's own debug lines hold tokens and prompts.
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.root.level))
    # It warns about voice at every start, which this bot has no use for.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run the bot until `stop` is set.

    Raises:
        StartError: Discord refuses the bot.
        StorageError: the database cannot be used.
    """
    asyncio.get_running_loop().set_exception_handler(log_lost_error)
    discord.http.Route.BASE = str(settings.discord_api_base).rstrip("/")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = settings.discord_gateway_url
    spool_folder = settings.data_dir / "spool"
    async with (
        Database(settings.database_path) as database,
        Spool(
            spool_folder,
            settings.image_hosts,
            timeout_s=settings.fetch_timeout_s,
            min_free_bytes=settings.spool_min_free_mb * MEGABYTE,
        ) as spool,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=FLUX_CONNECTIONS)) as session,
        FluxcordBot() as bot,
    ):
        runner = _build_runner(settings, database, spool, session, bot)
        defaults = DefaultModels(generate=settings.default_model, edit=settings.default_edit_model)
        intake = Intake(runner=runner, defaults=defaults)
        await bot.add_cog(Imagine(intake=intake, default_model=defaults.generate))
        await bot.add_cog(Edit(intake=intake, default_model=defaults.edit))
        serving = asyncio.create_task(
            _serve(bot, runner, settings, SettingRepository(database)), name="discord"
        )
        sweeper = Sweeper(
            images=ImageRepository(database),
            folder=spool_folder,
            max_bytes=settings.spool_max_mb * MEGABYTE,
            max_days=settings.spool_max_days,
        )
        sweeping = asyncio.create_task(sweeper.run(), name="sweeper")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            logger.info("stopping")
        finally:
            stopping.cancel()
            sweeping.cancel()
            await runner.close()
            serving.cancel()
            await asyncio.gather(serving, stopping, sweeping, return_exceptions=True)


def _build_runner(
    settings: Settings,
    database: Database,
    spool: Spool,
    session: aiohttp.ClientSession,
    bot: FluxcordBot,
) -> JobRunner:
    jobs = JobRepository(database)
    base_url = str(settings.flux_api_base).rstrip("/")
    endpoint = Endpoint(
        base_url=base_url,
        token=settings.flux_api_token,
        contract=settings.flux_contract,
        callback_url=str(settings.flux_callback_url or f"{base_url}/health"),
    )
    flux = FluxClient(session=session, endpoint=endpoint)
    poller = Poller(flux=flux, interval_s=settings.poll_interval_s)
    pace = Pace(interval_s=settings.poll_interval_s, timeout_s=settings.job_timeout_s)
    steps = Steps(
        jobs=jobs,
        flux=flux,
        poller=poller,
        fetcher=Fetcher(spool=spool, pace=pace),
        messenger=DiscordMessenger(client=bot, spool=spool),
        pace=pace,
    )
    return JobRunner(jobs=jobs, steps=steps, poller=poller, max_running=settings.max_running_jobs)


async def _serve(
    bot: FluxcordBot, runner: JobRunner, settings: Settings, stored: SettingRepository
) -> None:
    async def log_in() -> None:
        # A failed login closes its connector, so each try brings a new one.
        bot.http.connector = aiohttp.TCPConnector(limit=DISCORD_CONNECTIONS)
        try:
            await bot.login(settings.discord_token)
        except BaseException:  # a stop in the middle leaves a session behind as well
            await bot.http.close()
            raise

    try:
        await _patiently(log_in)
        await _patiently(lambda: bot.sync_commands(stored))
        await runner.open()
        await _patiently(bot.connect)
    except discord.LoginFailure as error:
        raise StartError(
            "Discord does not accept DISCORD_TOKEN. Reset it in the developer portal (your "
            "application, Bot, Reset Token) and put the new one into .env."
        ) from error
    except discord.ConnectionClosed as error:
        raise StartError(f"Discord ended the connection for good (code {error.code}).") from error
    except (discord.HTTPException, app_commands.AppCommandError) as error:
        raise StartError(f"Discord refuses what the bot asks at its start: {error}") from error


async def _patiently(action: Callable[[], Awaitable[None]]) -> None:
    """Do it again while Discord is away; discord.py itself gives up on a first failure."""
    wait_s = FIRST_RETRY_S
    while True:
        began_at = time.monotonic()
        try:
            return await action()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            reason = type(error).__name__
        except discord.HTTPException as error:
            if error.status < 500 and error.status != 429:  # noqa: PLR2004  # it is not away
                raise
            reason = f"status {error.status}"
        if time.monotonic() - began_at > SLOWEST_RETRY_S:  # it was there in between
            wait_s = FIRST_RETRY_S
        logger.warning("discord is away (%s), trying again in %.0f s", reason, wait_s)
        await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311  # spreads retries
        wait_s = min(wait_s * 2, SLOWEST_RETRY_S)


async def _run_until_signalled(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # signal.signal and not loop.add_signal_handler, which Windows has not.
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
    await run(settings, stop)


def _dotenv() -> dict[str, str]:
    try:
        return {key: value or "" for key, value in dotenv.dotenv_values(".env").items()}
    except UnicodeDecodeError as error:
        raise ConfigError("The file .env is not UTF-8 text. Save it as UTF-8.") from error


if __name__ == "__main__":
    sys.exit(main())
