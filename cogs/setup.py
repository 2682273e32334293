"""Features of several commands, each added with its buttons, selects and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cogs.doctor import Doctor
from cogs.history.history import History
from cogs.history.show import Show
from cogs.images.buttons import Buttons
from cogs.images.context_menus import Menus
from cogs.images.deletions import DeletionFormId, Deletions
from cogs.images.edit import Edit
from cogs.images.image_picker import PickerId
from cogs.images.imagine import Imagine
from cogs.images.messages import Messages
from cogs.images.modals import Forms
from cogs.images.transient_replies import TransientReplies
from cogs.limits.access import AccessCommands
from cogs.limits.cards import ConfirmRuleId
from cogs.limits.limits import LimitCommands
from cogs.moderation.log_buttons import LogButtons
from cogs.moderation.log_entries import BlockFormId, EntryButtonId, ReportFormId
from cogs.moderation.moderation import ModerationCommands
from cogs.moderation.reports import ReportLimits, Reports
from cogs.privacy.cards import ForgetButtonId
from cogs.privacy.privacy import PrivacyCommands
from cogs.settings.panel import ControlId, SaveId
from cogs.settings.settings import SettingsCommands
from cogs.styles import Styles
from cogs.usage.cards import PeriodButtonId
from cogs.usage.usage import Usage
from ui.buttons import DraftButtonId, JobButtonId, PictureButtonId, PositionSelectId
from ui.forms import FormRef
from ui.gallery import KeptButtonId, PageButtonId, PictureSelectId
from ui.operators import Operators
from ui.styles import Styling

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from cogs.moderation.log_channel import LogChannel
    from images.decoder import Decoder
    from images.store import ImageStore
    from jobs.drafts import Drafts
    from jobs.request_service import Defaults
    from jobs.worker import JobWorker
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
    from ui.autocomplete import Offers
    from ui.client import FluxcordBot
    from ui.help import Help
    from ui.job_views import JobViews
    from ui.places import Places
    from ui.submit import Requests


async def add_image_features(  # noqa: PLR0913  # every way to request images
    bot: FluxcordBot,
    *,
    worker: JobWorker,
    requests: Requests,
    jobs: JobRepository,
    drafts: Drafts,
    places: Places,
    views: JobViews,
    styles: StyleRepository,
    offers: Offers,
    help_: Help,
) -> None:
    """Add commands, menus, buttons and messages that request images or show jobs."""
    styling = Styling(styles)
    deletions = Deletions(jobs=jobs)
    buttons = Buttons(
        jobs=jobs,
        worker=worker,
        requests=requests,
        views=views,
        offers=offers,
        deletions=deletions,
    )
    forms = Forms(jobs=jobs, drafts=drafts, requests=requests, offers=offers)
    messages = Messages(
        bot=bot,
        requests=requests,
        jobs=jobs,
        places=places,
        hints=TransientReplies(),
        help_=help_,
    )
    menus = Menus(tree=bot.tree, jobs=jobs, drafts=drafts, views=views, offers=offers)
    for cog in (
        messages,
        menus,
        deletions,
        Imagine(requests=requests, styling=styling, offers=offers),
        Edit(requests=requests, styling=styling, offers=offers),
        Styles(styles=styles, styling=styling, offers=offers),
    ):
        await bot.add_cog(cog)
    serve = bot.components.add
    _serve_cards(bot, buttons, deletions)
    serve(DraftButtonId, forms.reopen)
    serve(FormRef, forms.submit)
    serve(PickerId, messages.choose)


def _serve_cards(bot: FluxcordBot, buttons: Buttons, deletions: Deletions) -> None:
    serve = bot.components.add
    serve(JobButtonId, buttons.press)
    serve(PictureButtonId, buttons.open_picture)
    serve(PositionSelectId, buttons.pick)
    serve(DeletionFormId, deletions.confirm)


async def add_history(  # noqa: PLR0913  # a history reads, shows, repeats, posts and removes
    bot: FluxcordBot,
    *,
    jobs: JobRepository,
    kept: KeptPictures,
    views: JobViews,
    requests: Requests,
    places: Places,
    spool: ImageStore,
    log_channel: LogChannel,
) -> None:
    """Add the commands and cards of pictures that are kept."""
    history = History(
        jobs=jobs,
        kept=kept,
        views=views,
        requests=requests,
        places=places,
        spool=spool,
        clock=bot.clock,
        posted=log_channel.enter_again,
    )
    await bot.add_cog(history)
    await bot.add_cog(Show(jobs=jobs, views=views))
    serve = bot.components.add
    serve(PictureSelectId, history.pick)
    serve(PageButtonId, history.turn)
    serve(KeptButtonId, history.press)


async def add_moderation(
    bot: FluxcordBot,
    *,
    jobs: JobRepository,
    moderation: Moderation,
    log_channel: LogChannel,
) -> None:
    """Add blocks, filters, reports and the buttons of the log channel."""
    operators = Operators(bot)
    log_buttons = LogButtons(
        jobs=jobs,
        moderation=moderation,
        operators=operators,
        log_channel=log_channel,
        clock=bot.clock,
    )
    reports = Reports(tree=bot.tree, jobs=jobs, log_channel=log_channel, limits=ReportLimits())
    for cog in (
        log_buttons,
        reports,
        ModerationCommands(moderation=moderation, operators=operators),
    ):
        await bot.add_cog(cog)
    serve = bot.components.add
    serve(EntryButtonId, log_buttons.press)
    serve(BlockFormId, log_buttons.submit)
    serve(ReportFormId, reports.submit)


async def add_privacy(
    bot: FluxcordBot, *, exporter: Exporter, privacy: Privacy, choices: ChoiceRepository
) -> None:
    """Add what people and servers may do with their data."""
    commands = PrivacyCommands(exporter=exporter, privacy=privacy, choices=choices)
    await bot.add_cog(commands)
    serve = bot.components.add
    serve(ForgetButtonId, commands.forget)


async def add_management(  # noqa: PLR0913  # each command has its own part
    bot: FluxcordBot,
    *,
    rules: Rules,
    choices: ChoiceRepository,
    spending: SpendingRepository,
    usage: UsageRepository,
    decoder: Decoder,
    defaults: Defaults,
    offers: Offers,
    models_gone: Callable[[], Collection[str]],
    default_model: str,
) -> None:
    """Add settings, limits, access, usage and the doctor."""
    operators = Operators(bot)
    settings = SettingsCommands(
        choices=choices, defaults=defaults, offers=offers, models_gone=models_gone
    )
    access = AccessCommands(rules=rules, default_model=default_model)
    usage_command = Usage(
        usage=usage,
        rules=rules,
        spending=spending,
        decoder=decoder,
        choices=choices,
        operators=operators,
    )
    for cog in (
        settings,
        LimitCommands(rules=rules, spending=spending, operators=operators),
        access,
        usage_command,
        Doctor(),
    ):
        await bot.add_cog(cog)
    serve = bot.components.add
    serve(ControlId, settings.press)
    serve(SaveId, settings.save)
    serve(ConfirmRuleId, access.confirm)
    serve(PeriodButtonId, usage_command.turn)
