"""Fluxcord's entry point, and the one place that builds and connects everything."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
import discord.gateway
import discord.http
import dotenv
from discord import app_commands

import cli
from clock import Clock
from cogs.moderation.log_channel import LogChannel
from cogs.setup import Parts, add_features
from cogs.usage.budget_messages import BudgetHerald
from config import (
    Answer,
    ConfigError,
    LogFormat,
    Settings,
    read_database_path,
    read_settings,
)
from domain.limits import Budget, LimitKind, Limits, Whose
from domain.models import MICROCREDITS_PER_CREDIT
from flux import Endpoint, FluxClient
from flux.client import MAX_HELD_CALLS
from images.decoder import PictureLimits
from images.retention import Retention
from images.store import ImageStore
from images.url_guard import may_lead_to
from jobs.circuit_breaker import CircuitBreaker
from jobs.drafts import Drafts
from jobs.events import UNOBSERVED, Observers, Retry
from jobs.log_context import current_job
from jobs.options import JobOptions
from jobs.requests import DefaultModels
from jobs.setup import build_worker
from network import Connector, Proxies
from services.budget_alerts import BudgetAlerts
from services.doctor import (
    examine_clock,
    examine_database,
    examine_disk,
    examine_files,
    examine_flux,
    examine_port,
    examine_public_url,
    fine,
)
from services.export import Exporter
from services.limits_and_access import Rules
from services.logs import log_handler
from services.moderation import Moderation
from services.names import examine_names, picture_hosts
from services.privacy import Privacy
from storage.budget_warnings import BudgetWarningRepository
from storage.database import Database, StorageError
from storage.drafts import DraftRepository
from storage.erasing import ErasureRepository
from storage.exporting import ExportRepository
from storage.images import ImageRepository
from storage.jobs import JobRepository
from storage.key_values import SettingRepository
from storage.limits import SpendingRepository
from storage.limits_and_access import RuleRepository
from storage.moderation import ModerationRepository
from storage.preferences import ChoiceRepository
from storage.private_files import UMASK, files_of_database
from storage.stats import FigureRepository
from storage.styles import StyleRepository
from storage.usage import UsageRepository
from ui.attachments import KeptPictures
from ui.client import FluxcordBot
from ui.doctor import examine_discord
from ui.error_logging import log_lost_error
from ui.i18n import languages
from ui.messenger import DiscordMessenger
from web.callbacks import CALLBACK_PATH, Callbacks
from web.health import HEALTH_PATH, Health
from web.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from jobs.events import Observer
    from jobs.worker import JobWorker
    from services.doctor import Finding
    from web.listening import Listener

logger = logging.getLogger("fluxcord")

FLUX_CONNECTIONS: Final = 16

CALLBACK_GAP: Final = 10
"""Intervals between two questions about a request that Flux calls back for."""

MEGABYTE: Final = 1_000_000

ENV_FILE: Final = Path(".env")

YOUNG_OBJECTS: Final = 10_000
"""New objects after which Python looks for garbage among them, instead of its 700."""

EXIT_FAILED: Final = 1

EXIT_REFUSED: Final = 3
"""Discord refuses the bot, which no restart changes; 2 is for settings (`cli.EXIT_USAGE`)."""

AUTHENTICATION_FAILED: Final = 4004
"""With this code Discord's gateway refuses a token.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway
"""

LOGIN_REFUSED: Final = (
    "Discord does not accept DISCORD_TOKEN. Reset it in the developer portal (your "
    "application, Bot, Reset Token) and put the new one into .env."
)


class StartError(Exception):
    """The bot cannot run; the text is a sentence for the operator."""


class RefusedError(StartError):
    """Discord refuses the bot, at the start or later, until its operator changes something.

    Starting again and again costs session starts, of which Discord allows 1,000 a day before it
    resets the token.
    """


def main(arguments: Sequence[str] | None = None, *, clock: Clock | None = None) -> int:
    """Run what the command line asks for; return the exit status.

    Args:
        clock: of the bot; None for one that starts with the machine's time.
    """
    options = cli.parse(arguments)
    os.umask(UMASK)  # prompts, pictures and tokens are for nobody else on this machine
    if options.command == "sandbox":
        return cli.run_sandbox(options)
    try:
        environ = {**_dotenv(), **os.environ}
        if options.command == "backup":
            return cli.run_backup(options, read_database_path(environ))
        settings = read_settings(environ)
    except ConfigError as error:
        return cli.tell_faults(error, options)
    if options.command == "doctor":
        return cli.run_doctor(examine(settings, options.channel, ENV_FILE))
    _set_up_logging(settings.log_level, as_json=settings.log_format is LogFormat.JSON)
    _pause_less_for_garbage()
    try:
        asyncio.run(_run_until_signalled(settings, clock or Clock()))
    except (StartError, StorageError) as error:
        logger.critical("%s", error)
        return EXIT_REFUSED if isinstance(error, RefusedError) else EXIT_FAILED
    return 0


def _pause_less_for_garbage() -> None:
    """Collect garbage less often, and never look through what was imported.

    Else full collections take 0.4 s each in the middle of a burst of requests.
    """
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


def _set_up_logging(level: str, *, as_json: bool = False) -> None:
    logging.basicConfig(
        level=level, handlers=[log_handler(as_json=as_json, current_job=current_job)]
    )
    # discord.py's own debug lines hold tokens and prompts.
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.root.level))
    # Pillow's hold what is noted in people's pictures.
    logging.getLogger("PIL").setLevel(max(logging.INFO, logging.root.level))
    # It warns about voice at every start, which this bot has no use for.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


async def run(settings: Settings, stop: asyncio.Event, *, clock: Clock) -> None:
    """Run the bot until `stop` is set.

    Raises:
        RefusedError: Discord refuses the bot.
        StartError: the bot cannot run for another reason, such as a port that is taken.
        StorageError: the database cannot be used.
    """
    asyncio.get_running_loop().set_exception_handler(log_lost_error)
    languages()  # read before anybody waits for an answer
    _use_discord_at(settings)
    async with (
        Database(settings.database_path) as database,
        _spool(settings) as spool,
        _session(settings) as session,
        _discord_client(settings, clock) as bot,
    ):
        stored = SettingRepository(database)
        sweeper = _sweeper(settings, database, clock)
        metrics = Metrics(
            version=cli.VERSION,
            figures=FigureRepository(database),
            spool_bytes=sweeper.held_bytes,
            gateway_latency_s=lambda: bot.gateway_latency_s,
            retries=tuple(Retry),
            clock=clock,
        )
        bot.refusal_observers.append(metrics.refused)
        parts = await _equip(bot, settings, database, spool, session, metrics)
        runner = parts.runner
        await _load(parts.moderation, parts.choices, parts.rules)
        await parts.exporter.open()
        async with _listening(_health(settings, database, spool, bot, metrics)):
            logged_in = asyncio.Event()
            beside = (
                asyncio.create_task(_after(logged_in, sweeper.run), name="sweeper"),
                asyncio.create_task(_after(logged_in, parts.privacy.run), name="privacy"),
                asyncio.create_task(_after(logged_in, parts.warner.run), name="warner"),
                asyncio.create_task(metrics.watch_loop(), name="lag"),
                asyncio.create_task(stop.wait(), name="stop"),
            )
            serving = asyncio.create_task(
                _serve(bot, runner, settings, stored, logged_in), name="discord"
            )
            try:
                await asyncio.wait({serving, beside[-1]}, return_when=asyncio.FIRST_COMPLETED)
                if serving.done():
                    serving.result()
                logger.info("stopping")
            finally:
                for task in beside:
                    task.cancel()
                await runner.close()
                serving.cancel()
                await asyncio.gather(serving, *beside, return_exceptions=True)


async def examine(
    settings: Settings, channel_ids: Sequence[int], env_file: Path | None = None
) -> AsyncIterator[Finding]:
    """Yield what may keep the bot from working; it changes nothing, and the bot may run.

    Args:
        env_file: where the settings may be, to look who can read it.
    """
    clock = Clock()
    yield fine("settings", "They are complete and make sense.")
    yield await asyncio.to_thread(examine_database, settings.database_path)
    kept = (settings.spool_folder, settings.export_folder)
    files = [*files_of_database(settings.database_path), *kept]
    yield await asyncio.to_thread(examine_files, files, env_file)
    yield await asyncio.to_thread(examine_disk, settings.data_dir, settings.spool_min_free_mb)
    _use_discord_at(settings)
    async with (
        _session(settings) as session,
        _discord_client(settings, clock) as bot,
    ):
        apis = (settings.discord_api_base, settings.discord_gateway_url, settings.flux_api_base)
        names = await examine_names(
            apis,
            picture_hosts(apis),
            proxies=_proxies(settings),
            may_lead_to=partial(may_lead_to, name_ranges=settings.fake_ip_ranges),
        )
        if names is not None:
            yield names
        skew = await examine_clock(session, settings.discord_api_base, clock)
        if skew is not None:
            yield skew
        client = FluxClient(session=session, endpoint=_endpoint(settings))
        yield await examine_flux(client, settings.flux_api_base)
        ports = (
            ("CALLBACK_PORT", settings.callback_host, settings.callback_port, CALLBACK_PATH),
            ("HEALTH_PORT", settings.health_host, settings.health_port, HEALTH_PATH),
        )
        used = (settings.calls_back, settings.health_port)
        for is_used, port in zip(used, ports, strict=True):
            if is_used:
                yield await examine_port(session, *port)
        if settings.public_url is not None and settings.calls_back:
            yield await examine_public_url(session, settings.public_url, *ports[0][1:])
        # Nothing of it is opened: it is built for the commands alone.
        database = Database(settings.database_path)
        await _equip(bot, settings, database, _spool(settings), session, UNOBSERVED)
        async for finding in examine_discord(bot, settings.discord_token, channel_ids):
            yield finding


def _use_discord_at(settings: Settings) -> None:
    discord.http.Route.BASE = str(settings.discord_api_base).rstrip("/")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = settings.discord_gateway_url


def _spool(settings: Settings) -> ImageStore:
    return ImageStore(
        settings.spool_folder,
        settings.image_hosts,
        timeout_s=settings.fetch_timeout_s,
        min_free_bytes=settings.spool_min_free_mb * MEGABYTE,
        proxies=_proxies(settings),
        name_ranges=settings.fake_ip_ranges,
        limits=PictureLimits(
            cpu_s=settings.picture_cpu_s,
            wall_s=settings.picture_wall_s,
            memory_mb=settings.picture_memory_mb,
        ),
    )


def _session(settings: Settings) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=Connector(_proxies(settings), limit=FLUX_CONNECTIONS))


def _discord_client(settings: Settings, clock: Clock) -> FluxcordBot:
    return FluxcordBot(
        clock=clock,
        message_content=settings.message_content_intent,
        proxies=_proxies(settings),
    )


def _proxies(settings: Settings) -> Proxies:
    return Proxies(http=settings.http_proxy, https=settings.https_proxy, bypass=settings.no_proxy)


async def _equip(
    bot: FluxcordBot,
    settings: Settings,
    database: Database,
    spool: ImageStore,
    session: aiohttp.ClientSession,
    observer: Observer,
) -> Parts:
    """Give the bot its features, and return what they are made of."""
    clock = bot.clock
    jobs = JobRepository(database, clock=clock)
    choices = ChoiceRepository(database)
    moderation = Moderation(ModerationRepository(database))
    kept = KeptPictures(jobs=jobs, spool=spool)
    log_channel = LogChannel(
        client=bot, kept=kept, choices=choices, moderation=moderation, clock=clock
    )
    breaker = CircuitBreaker()
    runner = build_worker(
        jobs=jobs,
        spool=spool,
        flux=FluxClient(session=session, endpoint=_endpoint(settings)),
        messenger=DiscordMessenger(
            client=bot, spool=spool, last_locale=jobs.last_locale, clock=clock
        ),
        retention=_sweeper(settings, database, clock),
        options=_job_options(settings),
        clock=clock,
        observer=Observers(observer, log_channel),
        breaker=breaker,
    )
    rules = Rules(RuleRepository(database), base=_base_limits(settings))
    parts = Parts(
        runner=runner,
        models_gone=breaker.models_gone,
        rules=rules,
        spending=SpendingRepository(database),
        jobs=jobs,
        drafts=Drafts(DraftRepository(database), clock=clock),
        styles=StyleRepository(database),
        usage=UsageRepository(database),
        choices=choices,
        spool=spool,
        kept=kept,
        log_channel=log_channel,
        defaults=DefaultModels(generate=settings.default_model, edit=settings.default_edit_model),
        moderation=moderation,
        privacy=Privacy(
            erasures=ErasureRepository(database),
            choices=choices,
            remove_files=spool.remove_all_of,
            cancel=runner.cancel,
            reload=partial(_load, moderation, choices, rules),
            usual_days=settings.retention_days,
            clock=clock,
        ),
        exporter=Exporter(
            exports=ExportRepository(database),
            folder=settings.export_folder,
            spool=settings.spool_folder,
            clock=clock,
        ),
        warner=BudgetAlerts(
            warnings=BudgetWarningRepository(database),
            herald=BudgetHerald(client=bot, choices=choices),
            clock=clock,
        ),
        clock=clock,
    )
    await add_features(bot, parts)
    return parts


def _sweeper(settings: Settings, database: Database, clock: Clock) -> Retention:
    return Retention(
        images=ImageRepository(database),
        folder=settings.spool_folder,
        max_bytes=settings.spool_max_mb * MEGABYTE,
        max_user_bytes=settings.spool_max_mb_per_user * MEGABYTE,
        max_days=settings.spool_max_days,
        clock=clock,
    )


def _job_options(settings: Settings) -> JobOptions:
    # A call that is held is at Flux from its first moment, so that no job is stored as sent while
    # it waits for a connection.
    most = settings.max_running_jobs
    polls = settings.flux_answer is Answer.POLL
    callback_base = str(settings.public_url).rstrip("/") + CALLBACK_PATH
    return JobOptions(
        interval_s=settings.poll_interval_s,
        timeout_s=settings.job_timeout_s,
        max_running=most if polls else min(most, MAX_HELD_CALLS),
        per_user=settings.max_running_per_user,
        first_gap_s=CALLBACK_GAP * settings.poll_interval_s if settings.calls_back else None,
        streams=settings.flux_answer is Answer.STREAM,
        callback_base=callback_base if settings.calls_back else None,
    )


def _base_limits(settings: Settings) -> Limits:
    """Return what holds for everybody, whatever else is set on Discord."""
    budgets = (
        (Whose.PERSON, LimitKind.CREDITS_PER_DAY, settings.user_credits_per_day),
        (Whose.ALL, LimitKind.CREDITS_PER_MONTH, settings.credits_per_month),
    )
    return Limits(
        cooldown_s=settings.cooldown_s,
        jobs_per_user=settings.max_jobs_per_user,
        budgets=tuple(
            Budget(whose=whose, kind=kind, most=round(amount * MICROCREDITS_PER_CREDIT))
            for whose, kind, amount in budgets
            if amount
        ),
    )


def _endpoint(settings: Settings) -> Endpoint:
    base_url = str(settings.flux_api_base).rstrip("/")
    return Endpoint(
        base_url=base_url,
        token=settings.flux_api_token,
        contract=settings.flux_contract,
        callback_url=str(settings.flux_callback_url or f"{base_url}/health"),
        holds=settings.flux_answer is Answer.HOLD,
    )


async def _after(logged_in: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """Do what removes things by their age, once Discord has told what time it is."""
    await logged_in.wait()
    await work()


async def _serve(
    bot: FluxcordBot,
    runner: JobWorker,
    settings: Settings,
    stored: SettingRepository,
    logged_in: asyncio.Event,
) -> None:
    try:
        await bot.log_in(settings.discord_token, stored)
        logged_in.set()
        async with _listening(_callbacks(runner, settings)):
            await runner.open()
            await bot.stay_connected()
    except discord.LoginFailure as error:
        raise RefusedError(LOGIN_REFUSED) from error
    except discord.PrivilegedIntentsRequired as error:
        raise RefusedError(
            "MESSAGE_CONTENT_INTENT is on, and Discord has not given your application that intent. "
            "Switch it on in the developer portal (your application, Bot, Message Content Intent), "
            "or take the setting out of .env."
        ) from error
    except discord.ConnectionClosed as error:
        if error.code == AUTHENTICATION_FAILED:
            raise RefusedError(LOGIN_REFUSED) from error
        raise RefusedError(f"Discord ended the connection for good (code {error.code}).") from error
    except (discord.HTTPException, app_commands.AppCommandError) as error:
        if isinstance(error, discord.HTTPException) and error.status == HTTPStatus.UNAUTHORIZED:
            raise RefusedError(LOGIN_REFUSED) from error
        raise StartError(f"Discord refuses what the bot asks at its start: {error}") from error


@dataclass(frozen=True, slots=True)
class _Site:
    """A server of the bot's own, and the settings that say where it listens."""

    listener: Listener
    key: str
    host: str
    port: int


def _callbacks(runner: JobWorker, settings: Settings) -> _Site | None:
    if not settings.calls_back:
        return None
    callbacks = Callbacks(
        knows=runner.knows_callback,
        called_back=runner.called_back,
        trusted_proxies=settings.trusted_proxies,
    )
    return _Site(callbacks, "CALLBACK_PORT", settings.callback_host, settings.callback_port)


def _health(
    settings: Settings, database: Database, spool: ImageStore, bot: FluxcordBot, metrics: Metrics
) -> _Site | None:
    if not settings.health_port:
        return None

    async def is_connected() -> bool:
        return bot.is_connected

    health = Health(
        version=cli.VERSION,
        checks={
            "gateway": is_connected,
            "database": database.is_writable,
            "disk": spool.has_room,
        },
        metrics=metrics.render,
        trusted_proxies=settings.trusted_proxies,
    )
    return _Site(health, "HEALTH_PORT", settings.health_host, settings.health_port)


@asynccontextmanager
async def _listening(site: _Site | None) -> AsyncIterator[None]:
    if site is None:
        yield
        return
    try:
        await site.listener.listen(site.host, site.port)
    except OSError as error:
        raise StartError(
            f"{site.key} {site.port} cannot be listened on ({error.strerror}). "
            "Choose another one, or stop what uses it."
        ) from error
    try:
        yield
    finally:
        await site.listener.close()


async def _load(moderation: Moderation, choices: ChoiceRepository, rules: Rules) -> None:
    await asyncio.gather(moderation.load(), choices.load(), rules.load())


async def _run_until_signalled(settings: Settings, clock: Clock) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # signal.signal and not loop.add_signal_handler, which Windows has not.
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
    await run(settings, stop, clock=clock)


def _dotenv() -> dict[str, str]:
    try:
        return {key: value or "" for key, value in dotenv.dotenv_values(ENV_FILE).items()}
    except UnicodeDecodeError as error:
        raise ConfigError("The file .env is not UTF-8 text. Save it as UTF-8.") from error


if __name__ == "__main__":
    sys.exit(main())
