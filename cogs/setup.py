"""Every feature of the bot, built from what all of them are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cogs.doctor import Doctor
from cogs.history.history import History
from cogs.history.show import Show
from cogs.images.buttons import Buttons
from cogs.images.context_menus import Menus
from cogs.images.deletions import Deletions
from cogs.images.edit import Edit
from cogs.images.image_picker import PickerId
from cogs.images.imagine import Imagine
from cogs.images.messages import Replies
from cogs.images.modals import Forms
from cogs.images.transient_replies import TransientReplies
from cogs.limits.access import AccessCommands
from cogs.limits.limits import LimitCommands
from cogs.moderation.blocks import Watching
from cogs.moderation.filters import ModerationCommands
from cogs.moderation.log_entries import BlockFormId, EntryButtonId, ReportFormId
from cogs.moderation.reports import Reports
from cogs.privacy.cards import ForgetButtonId
from cogs.privacy.privacy import PrivacyCommands
from cogs.settings.personal import Preferences
from cogs.settings.server import ServerSettings
from cogs.styles import Styles
from cogs.usage.usage import Usage
from jobs.defaults import Defaults
from jobs.request_service import RequestService
from services.reports import ReportLimits
from ui.buttons import DraftButtonId, JobButtonId, PositionSelectId
from ui.forms import FormRef
from ui.gallery import KeptButtonId, PageButtonId, PictureSelectId
from ui.job_views import JobViews
from ui.offers import Offers
from ui.operators import Operators
from ui.places import Places
from ui.styles import Styling
from ui.submit import Requests

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from clock import Clock
    from cogs.moderation.log_channel import LogChannel
    from images.store import ImageStore
    from jobs.drafts import Drafts
    from jobs.requests import DefaultModels
    from jobs.worker import JobWorker
    from services.budget_alerts import BudgetAlerts
    from services.export import Exporter
    from services.limits_and_access import Rules
    from services.moderation import Moderation
    from services.privacy import Privacy
    from storage.jobs import JobRepository
    from storage.limits import SpendingRepository
    from storage.preferences import ChoiceRepository
    from storage.styles import StyleRepository
    from storage.usage import UsageRepository
    from ui.attachments import KeptPictures
    from ui.client import FluxcordBot


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What features are made of; built once, in bot.py."""

    runner: JobWorker
    models_gone: Callable[[], Collection[str]]
    rules: Rules
    spending: SpendingRepository
    jobs: JobRepository
    drafts: Drafts
    styles: StyleRepository
    usage: UsageRepository
    choices: ChoiceRepository
    spool: ImageStore
    kept: KeptPictures
    log_channel: LogChannel
    defaults: DefaultModels
    moderation: Moderation
    privacy: Privacy
    exporter: Exporter
    warner: BudgetAlerts
    clock: Clock


async def add_features(bot: FluxcordBot, parts: Parts) -> None:
    """Add every command, button and listener to the bot."""
    jobs, drafts, runner, choices = parts.jobs, parts.drafts, parts.runner, parts.choices
    places = Places(choices)
    defaults = Defaults(usual=parts.defaults, choices=choices)
    clock = parts.clock
    service = RequestService(
        worker=runner,
        jobs=jobs,
        rules=parts.rules,
        moderation=parts.moderation,
        defaults=defaults,
        drafts=drafts,
    )
    requests = Requests(service=service, places=places, clock=clock)
    kept, watch = parts.kept, parts.log_channel
    exhibits = JobViews(jobs=jobs, kept=kept, places=places)
    styling = Styling(parts.styles)
    offers = Offers(rules=parts.rules, models_gone=parts.models_gone)
    operators = Operators(bot)
    history = History(
        jobs=jobs,
        kept=kept,
        exhibits=exhibits,
        requests=requests,
        places=places,
        spool=parts.spool,
        clock=clock,
        posted=watch.enter_again,
    )
    buttons = Buttons(
        jobs=jobs,
        runner=runner,
        requests=requests,
        exhibits=exhibits,
        offers=offers,
        defaults=defaults,
    )
    forms = Forms(jobs=jobs, drafts=drafts, requests=requests, offers=offers, defaults=defaults)
    replies = Replies(
        bot=bot,
        requests=requests,
        jobs=jobs,
        choices=choices,
        places=places,
        hints=TransientReplies(),
    )
    watching = Watching(
        jobs=jobs,
        moderation=parts.moderation,
        operators=operators,
        watch=watch,
        clock=clock,
    )
    reports = Reports(tree=bot.tree, jobs=jobs, watch=watch, limits=ReportLimits())
    privacy = PrivacyCommands(exporter=parts.exporter, privacy=parts.privacy)
    features = (
        history,
        replies,
        watching,
        reports,
        privacy,
        Imagine(requests=requests, styling=styling, defaults=defaults, offers=offers),
        Edit(requests=requests, styling=styling, defaults=defaults, offers=offers),
        Styles(
            styles=parts.styles,
            styling=styling,
            defaults=defaults,
            offers=offers,
        ),
        Show(jobs=jobs, exhibits=exhibits),
        Deletions(jobs=jobs),
        Menus(
            tree=bot.tree,
            jobs=jobs,
            drafts=drafts,
            exhibits=exhibits,
            defaults=defaults,
            offers=offers,
        ),
        ServerSettings(choices=choices, defaults=defaults, models_gone=parts.models_gone),
        Preferences(choices=choices, defaults=defaults, offers=offers),
        ModerationCommands(moderation=parts.moderation, operators=operators),
        LimitCommands(
            rules=parts.rules,
            spending=parts.spending,
            operators=operators,
        ),
        AccessCommands(rules=parts.rules, default_model=parts.defaults.generate),
        Doctor(),
        Usage(
            usage=parts.usage,
            rules=parts.rules,
            decoder=parts.spool.decoder,
            choices=choices,
            operators=operators,
        ),
    )
    for feature in features:
        await bot.add_cog(feature)
    serve = bot.components.add
    serve(JobButtonId, buttons.press)
    serve(PositionSelectId, buttons.pick)
    serve(DraftButtonId, forms.reopen)
    serve(FormRef, forms.submit)
    serve(PickerId, replies.choose)
    serve(PictureSelectId, history.pick)
    serve(PageButtonId, history.turn)
    serve(KeptButtonId, history.press)
    serve(EntryButtonId, watching.press)
    serve(BlockFormId, watching.submit)
    serve(ReportFormId, reports.submit)
    serve(ForgetButtonId, privacy.forget)
