"""Adds every feature to the client, with its buttons, selects and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cogs.doctor import Doctor
from cogs.help import HelpCommand
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
from jobs.drafts import Drafts
from jobs.request_service import Defaults, RequestService
from jobs.requests import DefaultModels
from storage.drafts import DraftRepository
from storage.styles import StyleRepository
from storage.usage import UsageRepository
from ui.autocomplete import Offers
from ui.buttons import DraftButtonId, JobButtonId, PictureButtonId, PositionSelectId
from ui.forms import FormRef
from ui.gallery import KeptButtonId, PictureSelectId, View
from ui.job_views import JobViews
from ui.styles import Styling
from ui.submit import Requests

if TYPE_CHECKING:
    from app import App


async def add_features(app: App) -> None:
    """Add every command, button and listener to the client."""
    settings = app.settings
    defaults = Defaults(
        DefaultModels(generate=settings.default_model, edit=settings.default_edit_model),
        app.choices,
    )
    offers = Offers(app.rules, app.moderation, defaults, app.breaker.models_gone)
    drafts = Drafts(DraftRepository(app.database), clock=app.clock)
    service = RequestService(app.worker, app.jobs, app.rules, app.moderation, defaults, drafts)
    requests = Requests(service, app.places, app.clock)
    views = JobViews(app.jobs, app.kept)
    await _add_images(app, requests, drafts, views, offers)
    await _add_history(app, requests, views)
    await _add_moderation(app)
    await _add_limits(app)
    await _add_settings(app, defaults, offers)


async def _add_images(
    app: App, requests: Requests, drafts: Drafts, views: JobViews, offers: Offers
) -> None:
    styles = StyleRepository(app.database)
    styling = Styling(styles)
    deletions = Deletions(jobs=app.jobs)
    buttons = Buttons(app.jobs, app.worker, requests, views, offers, deletions)
    forms = Forms(app.jobs, drafts, requests, offers)
    messages = Messages(app.client, requests, app.jobs, app.places, TransientReplies(), app.help)
    for cog in (
        messages,
        Menus(app.client.tree, app.jobs, drafts, views, offers),
        deletions,
        Imagine(requests=requests, styling=styling, offers=offers),
        Edit(requests=requests, styling=styling, offers=offers),
        Styles(styles=styles, styling=styling, offers=offers),
        HelpCommand(app.help),
    ):
        await app.client.add_cog(cog)
    serve = app.client.components.add
    serve(JobButtonId, buttons.press)
    serve(PictureButtonId, buttons.open_picture)
    serve(PositionSelectId, buttons.pick)
    serve(DeletionFormId, deletions.confirm)
    serve(DraftButtonId, forms.reopen)
    serve(FormRef, forms.submit)
    serve(PickerId, messages.choose)


async def _add_history(app: App, requests: Requests, views: JobViews) -> None:
    history = History(app.jobs, app.kept, views, requests, app.places, app.log_channel.enter_again)
    for cog in (history, Show(jobs=app.jobs, views=views)):
        await app.client.add_cog(cog)
    serve = app.client.components.add
    serve(PictureSelectId, history.pick)
    serve(View, history.turn)
    serve(KeptButtonId, history.press)


async def _add_moderation(app: App) -> None:
    log_buttons = LogButtons(app.jobs, app.moderation, app.operators, app.log_channel, app.clock)
    reports = Reports(app.client.tree, app.jobs, app.log_channel, ReportLimits())
    filters = ModerationCommands(moderation=app.moderation, operators=app.operators)
    for cog in (log_buttons, reports, filters):
        await app.client.add_cog(cog)
    serve = app.client.components.add
    serve(EntryButtonId, log_buttons.press)
    serve(BlockFormId, log_buttons.submit)
    serve(ReportFormId, reports.submit)


async def _add_limits(app: App) -> None:
    limits = LimitCommands(app.rules, app.spending, app.operators)
    access = AccessCommands(rules=app.rules, default_model=app.settings.default_model)
    usage = Usage(
        UsageRepository(app.database),
        app.rules,
        app.spending,
        app.decoder,
        app.choices,
        app.operators,
    )
    for cog in (limits, access, usage, Doctor()):
        await app.client.add_cog(cog)
    serve = app.client.components.add
    serve(ConfirmRuleId, access.confirm)
    serve(PeriodButtonId, usage.turn)


async def _add_settings(app: App, defaults: Defaults, offers: Offers) -> None:
    settings = SettingsCommands(app.choices, defaults, offers, app.breaker.models_gone)
    privacy = PrivacyCommands(app.exporter, app.privacy, app.choices)
    for cog in (settings, privacy):
        await app.client.add_cog(cog)
    serve = app.client.components.add
    serve(ControlId, settings.press)
    serve(SaveId, settings.save)
    serve(ForgetButtonId, privacy.forget)
