"""Builds and connects everything, in the order of the rooms."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp

import cli
from cogs.help import Welcome
from cogs.moderation.log_channel import LogChannel
from cogs.usage.budget_warnings import BudgetMessenger, send_budget_warnings
from flux import FluxClient
from images.decoder import Decoder
from images.fetcher import Fetcher
from images.inspect import MEGABYTE
from images.retention import Retention
from images.store import ImageStore
from jobs.setup import build_worker
from jobs.submission import CircuitBreaker
from jobs.transitions import Observers
from network import Connector
from services.export import Exporter
from services.limits_and_access import Rules
from services.moderation import Moderation
from services.privacy import Privacy
from storage.database import Database
from storage.erasing import ErasureRepository
from storage.exporting import ExportRepository
from storage.images import ImageRepository
from storage.jobs import JobRepository
from storage.limits import BudgetWarningRepository, SpendingRepository
from storage.limits_and_access import RuleRepository
from storage.moderation import ModerationRepository
from storage.preferences import ChoiceRepository
from storage.stats import FigureRepository
from ui.attachments import KeptPictures
from ui.client import FluxcordBot
from ui.help import Help
from ui.messenger import DiscordMessenger
from ui.operators import Operators
from ui.places import Places
from web import CALLBACK_PATH

if TYPE_CHECKING:
    from clock import Clock
    from config import Settings
    from jobs.worker import JobWorker
    from web.metrics import Metrics

FLUX_CONNECTIONS: Final = 16


class App:
    """The parts of the bot, connected.

    Building it reads and sends nothing. It runs with `session`, `database`, `decoder`, `spool` and
    `client` entered in this order, after `add_features`.

    Args:
        decoder: of pictures; None for one of its own, within the limits of the settings.
    """

    def __init__(self, settings: Settings, clock: Clock, decoder: Decoder | None = None) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database = Database(settings.database_path)
        self.jobs = jobs = JobRepository(database, clock=clock)
        self.choices = choices = ChoiceRepository(database)
        self.decoder = decoder or Decoder(settings.picture_limits)
        self.spool = self._build_spool()
        self.retention = Retention(
            images=ImageRepository(database),
            folder=settings.spool_folder,
            limits=settings.spool_limits,
            clock=clock,
        )
        self.rules = Rules(RuleRepository(database), base=settings.base_limits, choices=choices)
        self.moderation = Moderation(ModerationRepository(database))
        self.spending = SpendingRepository(database)
        self.exporter = Exporter(
            exports=ExportRepository(database),
            folder=settings.export_folder,
            spool=settings.spool_folder,
            clock=clock,
        )
        self.client = FluxcordBot(
            clock=clock,
            message_content=settings.message_content_intent,
            proxies=settings.proxies,
        )
        self.operators = Operators(self.client)
        self.places = Places(choices)
        self.kept = KeptPictures(jobs, self.spool)
        self.help = Help(self.rules, self.moderation, self.places, self.operators)
        self.log_channel = self._build_log_channel()
        self.metrics = self._build_metrics()
        connector = Connector(settings.proxies, limit=FLUX_CONNECTIONS)
        self.session = aiohttp.ClientSession(connector=connector)
        self.breaker = CircuitBreaker()
        self.send_budget_warnings = partial(
            send_budget_warnings,
            BudgetWarningRepository(database),
            BudgetMessenger(client=self.client, choices=choices).send,
            clock=clock,
        )
        self.worker = self._build_worker()
        self.privacy = self._build_privacy()

    def _build_spool(self) -> ImageStore:
        settings = self.settings
        fetcher = Fetcher(
            settings.image_hosts,
            timeout_s=settings.fetch_timeout_s,
            proxies=settings.proxies,
            name_ranges=settings.fake_ip_ranges,
        )
        return ImageStore(
            settings.spool_folder,
            fetcher,
            min_free_bytes=settings.spool_min_free_mb * MEGABYTE,
            decoder=self.decoder,
        )

    def _build_log_channel(self) -> LogChannel:
        return LogChannel(self.client, self.kept, self.choices, self.moderation, self.clock)

    def _build_metrics(self) -> Metrics | None:
        if not self.settings.health_port:
            return None
        from web.metrics import Metrics  # noqa: PLC0415  # 30 modules, needed for this port only

        metrics = Metrics(
            version=cli.VERSION,
            figures=FigureRepository(self.database),
            spool_bytes=self.retention.held_bytes,
            gateway_latency_s=lambda: self.client.gateway_latency_s,
            clock=self.clock,
        )
        self.client.refusal_observers.append(metrics.refused)
        return metrics

    def _build_worker(self) -> JobWorker:
        messenger = DiscordMessenger(
            client=self.client,
            spool=self.spool,
            last_locale=self.jobs.last_locale,
            clock=self.clock,
        )
        welcome = Welcome(client=self.client, jobs=self.jobs, help_=self.help)
        metrics = [] if self.metrics is None else [self.metrics]
        return build_worker(
            jobs=self.jobs,
            spool=self.spool,
            flux=FluxClient(session=self.session, endpoint=self.settings.flux_endpoint),
            messenger=messenger,
            retention=self.retention,
            options=self.settings.job_options(CALLBACK_PATH),
            clock=self.clock,
            observer=Observers(*metrics, self.log_channel, welcome),
            breaker=self.breaker,
        )

    def _build_privacy(self) -> Privacy:
        return Privacy(
            erasures=ErasureRepository(self.database),
            remove_files=self.spool.remove_all_of,
            cancel=self.worker.cancel,
            reload=self.load,
            usual_days=self.settings.retention_days,
            clock=self.clock,
        )

    async def load(self) -> None:
        """Read what every request needs into memory.

        Raises:
            StorageError: it cannot be read.
        """
        await asyncio.gather(
            self.moderation.load(), self.choices.load(), self.rules.repository.load()
        )
