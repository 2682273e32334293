"""Fluxcord's entry point, and the one place that builds and connects everything."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import aiohttp
import dotenv

import cli
from clock import Clock
from cogs.help import HelpCommand, Welcome
from cogs.moderation.log_channel import LogChannel
from cogs.setup import add_history, add_image_features, add_management, add_moderation, add_privacy
from cogs.usage.budget_warnings import BudgetMessenger, send_budget_warnings
from config import ConfigError, LogFormat, Settings, read_database_path, read_settings
from domain.errors import RefusedError, StartError
from flux import FluxClient
from images.decoder import Decoder
from images.retention import Retention
from images.store import ImageStore
from jobs.drafts import Drafts
from jobs.request_service import Defaults, RequestService
from jobs.requests import DefaultModels
from jobs.setup import build_worker
from jobs.submission import CircuitBreaker
from jobs.transitions import Observers, Retry
from network import Connector
from services.export import Exporter
from services.limits_and_access import Rules
from services.logs import set_up_logging
from services.moderation import Moderation
from services.privacy import Privacy
from storage.database import Database
from storage.drafts import DraftRepository
from storage.erasing import ErasureRepository
from storage.errors import StorageError
from storage.exporting import ExportRepository
from storage.images import ImageRepository
from storage.jobs import JobRepository
from storage.limits import BudgetWarningRepository, SpendingRepository
from storage.limits_and_access import RuleRepository
from storage.moderation import ModerationRepository
from storage.preferences import ChoiceRepository
from storage.private_files import UMASK
from storage.repository import SettingRepository
from storage.stats import FigureRepository
from storage.styles import StyleRepository
from storage.usage import UsageRepository
from ui.attachments import KeptPictures
from ui.autocomplete import Offers
from ui.client import FluxcordBot, use_discord_at
from ui.errors import log_lost_error
from ui.formatting import use_credit_price
from ui.help import Help
from ui.i18n import languages
from ui.job_views import JobViews
from ui.login import login_errors_explained
from ui.messenger import DiscordMessenger
from ui.operators import Operators
from ui.places import Places
from ui.submit import Requests
from web import CALLBACK_PATH

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from jobs.worker import JobWorker
    from services.doctor import Finding
    from services.live_run import LiveRun, Plan
    from web.metrics import Metrics

logger = logging.getLogger("fluxcord")

FLUX_CONNECTIONS: Final = 16

MEGABYTE: Final = 1_000_000

ENV_FILE: Final = Path(".env")

YOUNG_OBJECTS: Final = 10_000
"""New objects after which Python looks for garbage among them, instead of its 700."""

EXIT_FAILED: Final = 1

EXIT_REFUSED: Final = 3
"""Discord refuses the bot, which no restart changes; 2 is for settings (`cli.EXIT_USAGE`)."""


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
        if options.command in {"backup", "recount"}:
            run = cli.run_backup if options.command == "backup" else cli.run_recount
            return run(options, read_database_path(environ))
        settings = read_settings(environ)
    except ConfigError as error:
        return cli.tell_faults(error, options)
    if options.command == "doctor":
        return _doctor(options, settings)
    set_up_logging(settings.log_level, as_json=settings.log_format is LogFormat.JSON)
    # Else full collections take 0.4 s each in the middle of a burst of requests.
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    try:
        asyncio.run(_run_until_signalled(settings, clock or Clock()))
    except (StartError, StorageError) as error:
        logger.critical("%s", error)
        return EXIT_REFUSED if isinstance(error, RefusedError) else EXIT_FAILED
    return 0


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    if options.live:
        check = partial(live_check, settings)
        return cli.run_live_check(options, settings.flux_contract, check)
    return cli.run_doctor(examine(settings, options.channel, ENV_FILE))


async def run(
    settings: Settings, stop: asyncio.Event, *, clock: Clock, decoder: Decoder | None = None
) -> None:
    """Run the bot until `stop` is set.

    Args:
        decoder: of pictures; None for one of its own, within the limits of the settings.

    Raises:
        RefusedError: Discord refuses the bot.
        StartError: the bot cannot run for another reason, such as a port that is taken.
        StorageError: the database cannot be used.
    """
    asyncio.get_running_loop().set_exception_handler(log_lost_error)
    languages()  # read before anybody waits for an answer
    use_credit_price(settings.credit_price)
    use_discord_at(settings.discord_api_base, settings.discord_gateway_url)
    async with (
        Database(settings.database_path) as database,
        nullcontext(decoder) if decoder else Decoder(settings.picture_limits) as open_decoder,
        _image_store(settings, open_decoder) as spool,
        _flux_session(settings) as session,
        _discord_client(settings, clock) as client,
    ):
        app = App(settings, database=database, spool=spool, session=session, client=client)
        await app.add_features()
        await app.run(stop)


async def examine(
    settings: Settings, channel_ids: Sequence[int], env_file: Path | None = None
) -> AsyncIterator[Finding]:
    """Yield what may keep the bot from working; see `doctor.examine_all`."""
    import doctor  # noqa: PLC0415  # needed for this command only

    use_discord_at(settings.discord_api_base, settings.discord_gateway_url)
    async with (
        _flux_session(settings) as session,
        _discord_client(settings, Clock()) as client,
    ):
        # Nothing of it is opened: it is built for the commands alone.
        database = Database(settings.database_path)
        spool = _image_store(settings, Decoder(settings.picture_limits))
        app = App(settings, database=database, spool=spool, session=session, client=client)
        await app.add_features()
        async for finding in doctor.examine_all(
            settings, channel_ids, env_file, session=session, client=client
        ):
            yield finding


async def live_check(
    settings: Settings,
    plan: Plan,
    run: LiveRun,
    *,
    callback_wait_s: float | None = None,
) -> None:
    """Try Discord and Flux for real; see `doctor.check_live`."""
    import doctor  # noqa: PLC0415  # needed for this command only

    use_discord_at(settings.discord_api_base, settings.discord_gateway_url)
    languages()
    # Not the spool: opening it removes the unfinished downloads of a bot that runs.
    with TemporaryDirectory(prefix="fluxcord-live-") as folder:
        async with (
            Decoder(settings.picture_limits) as decoder,
            _image_store(settings, decoder, Path(folder)) as spool,
            _flux_session(settings) as session,
            _discord_client(settings, Clock()) as client,
        ):
            await doctor.check_live(
                settings,
                plan,
                run,
                session=session,
                client=client,
                spool=spool,
                callback_wait_s=callback_wait_s or doctor.CALLBACK_WAIT_S,
            )


def _image_store(settings: Settings, decoder: Decoder, folder: Path | None = None) -> ImageStore:
    return ImageStore(
        folder or settings.spool_folder,
        settings.image_hosts,
        timeout_s=settings.fetch_timeout_s,
        min_free_bytes=settings.spool_min_free_mb * MEGABYTE,
        proxies=settings.proxies,
        name_ranges=settings.fake_ip_ranges,
        decoder=decoder,
    )


def _flux_session(settings: Settings) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=Connector(settings.proxies, limit=FLUX_CONNECTIONS))


def _discord_client(settings: Settings, clock: Clock) -> FluxcordBot:
    return FluxcordBot(
        clock=clock,
        message_content=settings.message_content_intent,
        proxies=settings.proxies,
    )


class App:
    """What the bot is made of, in the order of the rooms, and the order of a start and a stop.

    Building it reads and sends nothing.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        spool: ImageStore,
        session: aiohttp.ClientSession,
        client: FluxcordBot,
    ) -> None:
        self._settings = settings
        self._database = database
        self._spool = spool
        self._client = client
        clock = client.clock
        self._jobs = JobRepository(database, clock=clock)
        self._choices = ChoiceRepository(database)
        self._retention = Retention(
            images=ImageRepository(database),
            folder=settings.spool_folder,
            max_bytes=settings.spool_max_mb * MEGABYTE,
            max_user_bytes=settings.spool_max_mb_per_user * MEGABYTE,
            max_days=settings.spool_max_days,
            clock=clock,
        )
        self._rules = Rules(
            RuleRepository(database), base=settings.base_limits, choices=self._choices
        )
        self._moderation = Moderation(ModerationRepository(database))
        self._exporter = Exporter(
            exports=ExportRepository(database),
            folder=settings.export_folder,
            spool=settings.spool_folder,
            clock=clock,
        )
        self._metrics = self._build_metrics()
        self._kept = KeptPictures(jobs=self._jobs, spool=spool)
        self._log_channel = LogChannel(
            client=client,
            kept=self._kept,
            choices=self._choices,
            moderation=self._moderation,
            clock=clock,
        )
        self._places = Places(self._choices)
        self._help = self._build_help()
        self._breaker = CircuitBreaker()
        self._worker = self._build_worker(session)
        self._privacy = self._build_privacy()

    def _build_metrics(self) -> Metrics | None:
        if not self._settings.health_port:
            return None
        from web.metrics import Metrics  # noqa: PLC0415  # 30 modules, needed for this port only

        metrics = Metrics(
            version=cli.VERSION,
            figures=FigureRepository(self._database),
            spool_bytes=self._retention.held_bytes,
            gateway_latency_s=lambda: self._client.gateway_latency_s,
            retries=tuple(Retry),
            clock=self._client.clock,
        )
        self._client.refusal_observers.append(metrics.refused)
        return metrics

    def _build_help(self) -> Help:
        return Help(
            rules=self._rules,
            moderation=self._moderation,
            places=self._places,
            operators=Operators(self._client),
        )

    def _build_worker(self, session: aiohttp.ClientSession) -> JobWorker:
        clock = self._client.clock
        return build_worker(
            jobs=self._jobs,
            spool=self._spool,
            flux=FluxClient(session=session, endpoint=self._settings.flux_endpoint),
            messenger=DiscordMessenger(
                client=self._client,
                spool=self._spool,
                last_locale=self._jobs.last_locale,
                clock=clock,
            ),
            retention=self._retention,
            options=self._settings.job_options(CALLBACK_PATH),
            clock=clock,
            observer=Observers(
                *([] if self._metrics is None else [self._metrics]),
                self._log_channel,
                Welcome(client=self._client, jobs=self._jobs, help_=self._help),
            ),
            breaker=self._breaker,
        )

    def _build_privacy(self) -> Privacy:
        return Privacy(
            erasures=ErasureRepository(self._database),
            choices=self._choices,
            remove_files=self._spool.remove_all_of,
            cancel=self._worker.cancel,
            reload=self._load,
            usual_days=self._settings.retention_days,
            clock=self._client.clock,
        )

    async def add_features(self) -> None:
        """Add every command, button and listener to the client."""
        client, jobs, choices, rules = self._client, self._jobs, self._choices, self._rules
        clock, kept = client.clock, self._kept
        models_gone = self._breaker.models_gone
        usual = DefaultModels(
            generate=self._settings.default_model, edit=self._settings.default_edit_model
        )
        places = self._places
        drafts = Drafts(DraftRepository(self._database), clock=clock)
        defaults = Defaults(usual=usual, choices=choices)
        offers = Offers(
            rules=rules,
            moderation=self._moderation,
            defaults=defaults,
            models_gone=models_gone,
        )
        views = JobViews(jobs=jobs, kept=kept)
        service = RequestService(
            worker=self._worker,
            jobs=jobs,
            rules=rules,
            moderation=self._moderation,
            defaults=defaults,
            drafts=drafts,
        )
        requests = Requests(service=service, places=places, clock=clock)
        await add_image_features(
            client,
            worker=self._worker,
            requests=requests,
            jobs=jobs,
            drafts=drafts,
            places=places,
            views=views,
            styles=StyleRepository(self._database),
            offers=offers,
            help_=self._help,
        )
        await client.add_cog(HelpCommand(self._help))
        await add_history(
            client,
            jobs=jobs,
            kept=kept,
            views=views,
            requests=requests,
            places=places,
            spool=self._spool,
            log_channel=self._log_channel,
        )
        await add_moderation(
            client, jobs=jobs, moderation=self._moderation, log_channel=self._log_channel
        )
        await add_privacy(client, exporter=self._exporter, privacy=self._privacy, choices=choices)
        await add_management(
            client,
            rules=rules,
            choices=choices,
            spending=SpendingRepository(self._database),
            usage=UsageRepository(self._database),
            decoder=self._spool.decoder,
            defaults=defaults,
            offers=offers,
            models_gone=models_gone,
            default_model=usual.generate,
        )

    async def _load(self) -> None:
        await asyncio.gather(self._moderation.load(), self._choices.load(), self._rules.load())

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; raises as the function `run` does."""
        await self._load()
        await self._exporter.open()
        send_warnings = partial(
            send_budget_warnings,
            BudgetWarningRepository(self._database),
            BudgetMessenger(client=self._client, choices=self._choices).send,
            clock=self._client.clock,
        )
        logged_in = asyncio.Event()
        async with self._health_served():
            beside = (
                asyncio.create_task(_after(logged_in, self._retention.run), name="sweeper"),
                asyncio.create_task(_after(logged_in, self._privacy.run), name="privacy"),
                asyncio.create_task(_after(logged_in, send_warnings), name="warner"),
                asyncio.create_task(stop.wait(), name="stop"),
            )
            serving = asyncio.create_task(self._serve(logged_in), name="discord")
            try:
                await asyncio.wait({serving, beside[-1]}, return_when=asyncio.FIRST_COMPLETED)
                if serving.done():
                    serving.result()
                logger.info("stopping")
            finally:
                for task in beside:
                    task.cancel()
                await self._worker.close()
                serving.cancel()
                await asyncio.gather(serving, *beside, return_exceptions=True)

    async def _serve(self, logged_in: asyncio.Event) -> None:
        settings = self._settings
        with login_errors_explained():
            await self._client.log_in(settings.discord_token, SettingRepository(self._database))
            logged_in.set()
            async with self._callbacks_served():
                await self._worker.open()
                await self._client.stay_connected()

    def _callbacks_served(self) -> AbstractAsyncContextManager[None]:
        settings = self._settings
        if not settings.calls_back:
            return nullcontext()
        from web.callbacks import Callbacks  # noqa: PLC0415  # a web server, for this port only
        from web.listening import listening  # noqa: PLC0415

        callbacks = Callbacks(
            knows=self._worker.knows_callback,
            called_back=self._worker.called_back,
            trusted_proxies=settings.trusted_proxies,
        )
        return listening(
            callbacks,
            key="CALLBACK_PORT",
            host=settings.callback_host,
            port=settings.callback_port,
        )

    @asynccontextmanager
    async def _health_served(self) -> AsyncIterator[None]:
        if self._metrics is None:
            yield
            return
        from web.health import Health  # noqa: PLC0415  # a web server, for this port only
        from web.listening import listening  # noqa: PLC0415

        async def is_connected() -> bool:
            return self._client.is_connected

        health = Health(
            version=cli.VERSION,
            checks={
                "gateway": is_connected,
                "database": self._database.is_writable,
                "disk": self._spool.has_room,
            },
            metrics=self._metrics.render,
            trusted_proxies=self._settings.trusted_proxies,
        )
        host, port = self._settings.health_host, self._settings.health_port
        async with listening(health, key="HEALTH_PORT", host=host, port=port):
            watching = asyncio.create_task(self._metrics.watch_loop(), name="lag")
            try:
                yield
            finally:
                watching.cancel()


async def _after(logged_in: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """Do what removes things by their age, once Discord has told what time it is."""
    await logged_in.wait()
    await work()


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
