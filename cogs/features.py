"""Every feature of the bot, built from what all of them are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cogs.access import Access
from cogs.buttons import Buttons
from cogs.deletions import Deletions
from cogs.doctor import Doctor
from cogs.edit import Edit
from cogs.forms import Forms
from cogs.history import History
from cogs.imagine import Imagine
from cogs.limits import Limits
from cogs.menus import Menus
from cogs.moderation import Moderation
from cogs.preferences import Preferences
from cogs.privacy import Privacy
from cogs.replies import Replies
from cogs.reports import Reports
from cogs.settings import ServerSettings
from cogs.show import Show
from cogs.styles import Styles
from cogs.usage import Usage
from cogs.watching import Watching
from jobs.defaults import Defaults
from services.reports import ReportLimits
from ui.buttons import DraftButton, JobButton, PositionSelect
from ui.entries import EntryButton
from ui.exhibits import Exhibits
from ui.hints import Hints
from ui.history import KeptButton, PageButton, PictureSelect
from ui.intake import Intake
from ui.kept import KeptPictures
from ui.limit_board import LimitBoard
from ui.offers import Offers
from ui.operators import Operators
from ui.picker import PictureChoice
from ui.places import Places
from ui.privacy import ForgetButton
from ui.styles import Styling
from ui.watch import Watch

if TYPE_CHECKING:
    from clock import Clock
    from jobs.drafts import Drafts
    from jobs.requests import DefaultModels
    from jobs.runner import JobRunner
    from jobs.spool import Spool
    from services.export import Exporter
    from services.moderation import Moderation as ModerationService
    from services.privacy import Privacy as PrivacyService
    from services.rules import Rules
    from services.warner import Warner
    from storage.choices import ChoiceRepository
    from storage.jobs import JobRepository
    from storage.limits import SpendingRepository
    from storage.styles import StyleRepository
    from storage.usage import UsageRepository
    from ui.client import FluxcordBot


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What features are made of; built once, in bot.py."""

    runner: JobRunner
    rules: Rules
    spending: SpendingRepository
    jobs: JobRepository
    drafts: Drafts
    styles: StyleRepository
    usage: UsageRepository
    choices: ChoiceRepository
    spool: Spool
    defaults: DefaultModels
    moderation: ModerationService
    privacy: PrivacyService
    exporter: Exporter
    warner: Warner
    clock: Clock


async def add_features(bot: FluxcordBot, parts: Parts) -> None:
    """Add every command, button and listener to the bot."""
    jobs, drafts, runner, choices = parts.jobs, parts.drafts, parts.runner, parts.choices
    places = Places(choices)
    defaults = Defaults(usual=parts.defaults, choices=choices)
    clock = parts.clock
    intake = Intake(
        runner=runner,
        rules=parts.rules,
        jobs=jobs,
        places=places,
        defaults=defaults,
        drafts=drafts,
        moderation=parts.moderation,
        clock=clock,
    )
    kept = KeptPictures(jobs=jobs, spool=parts.spool)
    exhibits = Exhibits(jobs=jobs, kept=kept, places=places)
    styling = Styling(parts.styles)
    offers = Offers(rules=parts.rules, models_gone=runner.models_gone)
    operators = Operators(bot)
    watch = Watch(client=bot, kept=kept, choices=choices, moderation=parts.moderation, clock=clock)
    features = (
        Imagine(intake=intake, styling=styling, defaults=defaults, offers=offers),
        Edit(intake=intake, styling=styling, defaults=defaults, offers=offers),
        Styles(
            styles=parts.styles,
            styling=styling,
            defaults=defaults,
            offers=offers,
        ),
        History(
            jobs=jobs,
            kept=kept,
            exhibits=exhibits,
            intake=intake,
            places=places,
            spool=parts.spool,
            clock=clock,
        ),
        Show(jobs=jobs, exhibits=exhibits),
        Buttons(
            jobs=jobs,
            runner=runner,
            intake=intake,
            exhibits=exhibits,
            offers=offers,
            defaults=defaults,
        ),
        Deletions(jobs=jobs),
        Forms(jobs=jobs, drafts=drafts, intake=intake, offers=offers, defaults=defaults),
        Menus(
            tree=bot.tree,
            jobs=jobs,
            drafts=drafts,
            exhibits=exhibits,
            defaults=defaults,
            offers=offers,
        ),
        Replies(bot=bot, intake=intake, jobs=jobs, choices=choices, places=places, hints=Hints()),
        ServerSettings(choices=choices, defaults=defaults, models_gone=runner.models_gone),
        Preferences(choices=choices, defaults=defaults, offers=offers),
        Moderation(moderation=parts.moderation, operators=operators),
        Limits(
            rules=parts.rules,
            board=LimitBoard(rules=parts.rules, spending=parts.spending),
            operators=operators,
        ),
        Access(rules=parts.rules, default_model=parts.defaults.generate),
        Watching(
            jobs=jobs,
            moderation=parts.moderation,
            operators=operators,
            watch=watch,
            clock=clock,
        ),
        Reports(tree=bot.tree, jobs=jobs, watch=watch, limits=ReportLimits()),
        Doctor(),
        Usage(usage=parts.usage, choices=choices, operators=operators),
        Privacy(exporter=parts.exporter, privacy=parts.privacy),
    )
    for feature in features:
        await bot.add_cog(feature)
    bot.add_dynamic_items(
        JobButton,
        DraftButton,
        PositionSelect,
        PictureSelect,
        PageButton,
        KeptButton,
        PictureChoice,
        ForgetButton,
        EntryButton,
    )
