"""Builds and connects everything, in the order of the rooms."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp

import cli
from cogs.doctor import Doctor
from cogs.help import HelpCommand, welcome
from cogs.history import History
from cogs.images.buttons import Buttons, DeletionFormId
from cogs.images.commands import ImageCommands
from cogs.images.context_menus import Menus
from cogs.images.messages import Messages, PickerId
from cogs.images.modals import Forms
from cogs.limits.access import AccessCommands
from cogs.limits.limits import LimitCommands
from cogs.limits.rules import ConfirmRuleId
from cogs.moderation.cards import BlockFormId, EntryButtonId, ReportFormId
from cogs.moderation.log_channel import LogButtons, LogChannel
from cogs.moderation.moderation import ModerationCommands
from cogs.moderation.reports import Reports
from cogs.privacy import ForgetButtonId, PrivacyCommands
from cogs.settings.panel import ControlId, SaveId
from cogs.settings.settings import SettingsCommands
from cogs.styles import Styles
from cogs.usage.budget_warnings import send_budget_warnings, send_warning
from cogs.usage.cards import PeriodButtonId
from cogs.usage.usage import Usage
from flux.client import FluxClient
from images.decoder import Decoder
from images.fetcher import Fetcher
from images.inspect import MEGABYTE
from images.retention import Retention
from images.store import ImageStore
from jobs.lifecycle import BackgroundTasks
from jobs.request_service import Defaults, RequestService
from jobs.requests import DefaultModels, Drafts
from jobs.setup import build_worker
from jobs.submission import CircuitBreaker
from network import connector_for
from services.export import Exporter
from services.limits_and_access import Rules
from services.moderation import Moderation
from services.privacy import Privacy
from storage.database import Database
from storage.drafts import DraftRepository
from storage.erasing import ErasureRepository
from storage.exporting import ExportRepository
from storage.images import ImageRepository
from storage.jobs import JobRepository
from storage.limit_checks import BudgetWarningRepository, SpendingRepository
from storage.limits_and_access import RuleRepository
from storage.moderation import ModerationRepository
from storage.preferences import ChoiceRepository
from storage.styles import StyleRepository
from storage.usage import UsageRepository
from ui.attachments import KeptPictures
from ui.autocomplete import Offers
from ui.buttons import DraftButtonId, JobButtonId, KeptButtonId, PictureButtonId, PositionSelectId
from ui.client import FluxcordBot
from ui.forms import FormRef
from ui.gallery import PictureSelectId, View
from ui.help import Help
from ui.job_views import JobViews
from ui.messenger import DiscordMessenger
from ui.operators import Operators
from ui.submit import Requests
from web import CALLBACK_PATH

if TYPE_CHECKING:
    from clock import Clock
    from config import Settings
    from domain.models import Job
    from jobs.worker import JobWorker
    from sharing import Shared
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
        self.database = database = Database(settings.database)
        self.options = settings.job_options(CALLBACK_PATH)
        self.shared = self._build_shared()
        self.jobs = jobs = JobRepository(database, clock=clock)
        self.choices = choices = ChoiceRepository(database)
        self.decoder = decoder or Decoder(settings.picture_limits)
        self.spool = self._build_spool()
        self.retention = Retention(
            images=ImageRepository(database),
            files=self.spool.files,
            limits=settings.spool_limits,
            clock=clock,
        )
        self.rules = Rules(RuleRepository(database), base=settings.base_limits, choices=choices)
        self.moderation = Moderation(ModerationRepository(database))
        self.spending = SpendingRepository(database)
        self.exporter = Exporter(
            exports=ExportRepository(database),
            folder=settings.export_folder,
            pictures=self.spool.files,
            clock=clock,
            is_shared=self.shared is not None,
        )
        self.client = FluxcordBot(
            clock=clock,
            message_content=settings.message_content_intent,
            proxies=settings.proxies,
            shard_count=settings.shard_count,
            shard_ids=settings.shard_ids,
        )
        self.operators = Operators(self.client)
        self.kept = KeptPictures(jobs, self.spool)
        self.help = Help(self.rules, self.moderation, choices, self.operators)
        self.log_channel = LogChannel(self.client, self.kept, choices, self.moderation, clock)
        self.metrics = self._build_metrics()
        self.session = self._build_session()
        self.breaker = CircuitBreaker()
        self.send_budget_warnings = partial(
            send_budget_warnings,
            BudgetWarningRepository(database),
            partial(send_warning, self.client, choices),
            clock=clock,
        )
        self.worker = self._build_worker()
        self.privacy = self._build_privacy()
        if self.shared is not None:
            self.shared.connect(self)

    def _build_shared(self) -> Shared | None:
        if not self.settings.database_url:
            return None
        from sharing import Shared  # noqa: PLC0415  # needs PostgreSQL's package

        return Shared(self.settings, self.database, self.options)

    def _build_session(self) -> aiohttp.ClientSession:
        connector = connector_for(self.settings.proxies, limit=FLUX_CONNECTIONS)
        traces = [] if self.shared is None else [self.shared.trace]
        return aiohttp.ClientSession(connector=connector, trace_configs=traces)

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
            bucket=settings.bucket,
            is_shared=self.shared is not None,
        )

    def _build_metrics(self) -> Metrics | None:
        if not self.settings.health_port:
            return None
        from web.metrics import Metrics  # noqa: PLC0415  # 30 modules, needed for this port only

        is_worker = self.settings.role == "worker"
        metrics = Metrics(
            version=cli.VERSION,
            usage=UsageRepository(self.database),
            spool_bytes=self.spool.files.held_bytes,
            gateway_latency_s=None if is_worker else lambda: self.client.gateway_latency_s,
            clock=self.clock,
            role=self.settings.role,
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
        self._following = BackgroundTasks()
        metrics = [] if self.metrics is None else [self.metrics]
        worker = build_worker(
            jobs=self.jobs,
            spool=self.spool,
            flux=FluxClient(session=self.session, endpoint=self.settings.flux_endpoint),
            messenger=messenger,
            retention=self.retention,
            options=self.options,
            clock=self.clock,
            observers=metrics,
            breaker=self.breaker,
            shared=None if self.shared is None else self.shared.scheduler,
        )
        worker.transitions.delivered = self._follow
        return worker

    def _follow(self, job: Job) -> None:
        """Start what follows a delivery: its entry in the server's log, or a newcomer's help."""
        request, guild_id = job.request, job.request.place.guild_id
        if self.client.is_closed():
            return
        if self.choices.guilds.of(guild_id).log_channel_id is not None:
            self._following.start(self.log_channel.enter(job), f"log {job.id}")
        # A private result of a message in a server goes to direct messages as well.
        if guild_id is None and request.reply_to is not None and not request.private:
            work = welcome(self.client, self.jobs, self.help, job)
            self._following.start(work, f"welcome {job.id}")

    def _build_privacy(self) -> Privacy:
        return Privacy(
            erasures=ErasureRepository(self.database),
            remove_files=self.spool.remove_all_of,
            cancel=self.worker.cancel,
            reload=self._reload,
            usual_days=self.settings.retention_days,
            clock=self.clock,
        )

    async def load(self) -> None:
        """Read what every request needs into memory; raises StorageError where it cannot."""
        await asyncio.gather(
            self.moderation.load(), self.choices.load(), self.rules.repository.load()
        )

    async def _reload(self) -> None:
        await self.load()
        if self.shared is not None:
            await self.shared.processes.note_changes()

    async def add_features(self) -> None:
        settings = self.settings
        defaults = Defaults(
            DefaultModels(generate=settings.default_model, edit=settings.default_edit_model),
            self.choices,
        )
        offers = Offers(self.rules, self.moderation, defaults, self.breaker.models_gone)
        drafts = Drafts(DraftRepository(self.database), clock=self.clock)
        service = RequestService(
            self.worker, self.jobs, self.rules, self.moderation, defaults, drafts
        )
        requests = Requests(service, self.choices, self.clock)
        await self._add_images(requests, drafts, offers)
        await self._add_rules()
        panels = SettingsCommands(self.choices, defaults, offers, self.breaker.models_gone)
        privacy = PrivacyCommands(self.exporter, self.privacy, self.choices)
        for cog in (panels, privacy):
            await self.client.add_cog(cog)
        serve = self.client.components.add
        serve(ControlId, panels.press)
        serve(SaveId, panels.save)
        serve(ForgetButtonId, privacy.forget)

    async def _add_images(self, requests: Requests, drafts: Drafts, offers: Offers) -> None:
        views = JobViews(self.jobs, self.kept)
        styles = StyleRepository(self.database)
        messages = Messages(self.client, requests, self.jobs, self.choices, self.help)
        buttons = Buttons(self.jobs, self.worker, requests, views, offers)
        history = History(
            self.jobs, self.kept, views, requests, self.choices, self.log_channel.enter_again
        )
        for cog in (
            messages,
            buttons,
            ImageCommands(requests=requests, styles=styles, offers=offers),
            Styles(styles=styles, offers=offers),
            HelpCommand(self.help),
            history,
        ):
            await self.client.add_cog(cog)
        Menus(self.client.tree, self.jobs, drafts, views, offers)
        forms = Forms(self.jobs, drafts, requests, offers)
        serve = self.client.components.add
        serve(JobButtonId, buttons.press)
        serve(PictureButtonId, buttons.open_picture)
        serve(PositionSelectId, buttons.pick)
        serve(DeletionFormId, buttons.confirm_deletion)
        serve(DraftButtonId, forms.reopen)
        serve(FormRef, forms.submit)
        serve(PickerId, messages.choose)
        serve(PictureSelectId, history.pick)
        serve(View, history.turn)
        serve(KeptButtonId, history.press)

    async def _add_rules(self) -> None:
        log_buttons = LogButtons(
            self.jobs, self.moderation, self.operators, self.log_channel, self.clock
        )
        access = AccessCommands(rules=self.rules, default_model=self.settings.default_model)
        usage = Usage(
            UsageRepository(self.database),
            self.rules,
            self.spending,
            self.decoder,
            self.choices,
            self.operators,
        )
        for cog in (
            log_buttons,
            ModerationCommands(moderation=self.moderation, operators=self.operators),
            LimitCommands(self.rules, self.spending, self.operators),
            access,
            usage,
            Doctor(),
        ):
            await self.client.add_cog(cog)
        reports = Reports(self.client.tree, self.jobs, self.log_channel)
        serve = self.client.components.add
        serve(EntryButtonId, log_buttons.press)
        serve(BlockFormId, log_buttons.submit)
        serve(ReportFormId, reports.submit)
        serve(ConfirmRuleId, access.confirm)
        serve(PeriodButtonId, usage.turn)
