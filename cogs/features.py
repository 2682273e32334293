"""Every feature of the bot, built from what all of them are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cogs.buttons import Buttons
from cogs.deletions import Deletions
from cogs.edit import Edit
from cogs.forms import Forms
from cogs.history import History
from cogs.imagine import Imagine
from cogs.menus import Menus
from cogs.moderation import Moderation
from cogs.privacy import Privacy
from cogs.replies import Replies
from cogs.settings import ServerSettings
from cogs.show import Show
from cogs.styles import Styles
from ui.buttons import DraftButton, JobButton, PositionSelect
from ui.exhibits import Exhibits
from ui.hints import Hints
from ui.history import KeptButton, PageButton, PictureSelect
from ui.intake import Intake
from ui.kept import KeptPictures
from ui.operators import Operators
from ui.picker import PictureChoice
from ui.privacy import ForgetButton
from ui.styles import Styling

if TYPE_CHECKING:
    from jobs.drafts import Drafts
    from jobs.requests import DefaultModels
    from jobs.runner import JobRunner
    from jobs.spool import Spool
    from services.export import Exporter
    from services.moderation import Moderation as ModerationService
    from services.privacy import Privacy as PrivacyService
    from storage.jobs import JobRepository
    from storage.settings import SettingRepository
    from storage.styles import StyleRepository
    from ui.client import FluxcordBot


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What features are made of; built once, in bot.py."""

    runner: JobRunner
    jobs: JobRepository
    drafts: Drafts
    styles: StyleRepository
    settings: SettingRepository
    spool: Spool
    defaults: DefaultModels
    moderation: ModerationService
    privacy: PrivacyService
    exporter: Exporter


async def add_features(bot: FluxcordBot, parts: Parts) -> None:
    """Add every command, button and listener to the bot."""
    jobs, drafts, runner, defaults = parts.jobs, parts.drafts, parts.runner, parts.defaults
    intake = Intake(
        runner=runner,
        jobs=jobs,
        defaults=defaults,
        drafts=drafts,
        moderation=parts.moderation,
    )
    kept = KeptPictures(jobs=jobs, spool=parts.spool)
    exhibits = Exhibits(jobs=jobs, kept=kept)
    styling = Styling(parts.styles)
    gone = runner.models_gone
    features = (
        Imagine(intake=intake, styling=styling, default_model=defaults.generate, models_gone=gone),
        Edit(intake=intake, styling=styling, default_model=defaults.edit, models_gone=gone),
        Styles(
            styles=parts.styles,
            styling=styling,
            default_model=defaults.generate,
            models_gone=gone,
        ),
        History(jobs=jobs, kept=kept, exhibits=exhibits, spool=parts.spool),
        Show(jobs=jobs, exhibits=exhibits),
        Buttons(jobs=jobs, runner=runner, intake=intake, exhibits=exhibits, defaults=defaults),
        Deletions(jobs=jobs),
        Forms(jobs=jobs, drafts=drafts, intake=intake, runner=runner, defaults=defaults),
        Menus(
            tree=bot.tree,
            jobs=jobs,
            drafts=drafts,
            exhibits=exhibits,
            default_model=defaults.edit,
            models_gone=gone,
        ),
        Replies(bot=bot, intake=intake, jobs=jobs, settings=parts.settings, hints=Hints()),
        ServerSettings(settings=parts.settings),
        Moderation(moderation=parts.moderation, operators=Operators(bot)),
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
    )
