"""The checks of `python bot.py doctor`, in order, and of `doctor --live`."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from app import App
from clock import Clock
from flux.client import FluxClient
from images.fetcher import may_lead_to
from services.doctor import (
    Finding,
    Verdict,
    examine_bucket,
    examine_clock,
    examine_database,
    examine_disk,
    examine_files,
    examine_flux,
    examine_port,
    examine_public_url,
    examine_totals,
    ok,
)
from services.doctor_hosts import examine_names, picture_hosts
from services.live_check import FluxCheck
from services.live_run import LiveCheckError, LiveRun, Plan
from storage.private_files import files_of_database
from ui.client import use_discord_at
from ui.doctor import examine_discord
from ui.i18n import languages
from ui.live_check import LiveCheck
from ui.messenger import DiscordMessenger
from web import CALLBACK_PATH
from web.callbacks import CallbackCheck
from web.health import HEALTH_PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from config import Settings

CALLBACK_WAIT_S: Final = 30.0
"""For the callback of a live check; Flux calls within a second or two of a task's end."""


async def examine(
    settings: Settings, channel_ids: Sequence[int], env_file: Path | None = None
) -> AsyncIterator[Finding]:
    """Yield what may keep the bot from working; it changes nothing, and the bot may run."""
    use_discord_at(settings.discord_api_base, settings.discord_gateway_url)
    app = App(settings, Clock())
    async with app.session, app.client:
        await app.add_features()
        async for finding in _examine_host(settings, env_file, app.clock):
            yield finding
        async for finding in _examine_network(app):
            yield finding
        async for finding in examine_discord(app.client, settings.discord_token, channel_ids):
            yield finding


async def _examine_host(
    settings: Settings, env_file: Path | None, clock: Clock
) -> AsyncIterator[Finding]:
    yield ok("settings", "Complete and valid.")
    yield await asyncio.to_thread(examine_database, settings.database)
    totals = await asyncio.to_thread(examine_totals, settings.database, clock)
    if totals is not None:
        yield totals
    kept = (settings.spool_folder, settings.export_folder)
    files = [*files_of_database(settings.database_path), *kept]
    yield await asyncio.to_thread(examine_files, files, env_file)
    yield await asyncio.to_thread(examine_disk, settings.data_dir, settings.spool_min_free_mb)


async def _examine_network(app: App) -> AsyncIterator[Finding]:
    settings, session = app.settings, app.session
    apis = (settings.discord_api_base, settings.discord_gateway_url, settings.flux_api_base)
    names = await examine_names(
        apis,
        picture_hosts(apis),
        proxies=settings.proxies,
        may_lead_to=partial(may_lead_to, name_ranges=settings.fake_ip_ranges),
    )
    if names is not None:
        yield names
    skew = await examine_clock(session, settings.discord_api_base, app.clock)
    if skew is not None:
        yield skew
    if settings.bucket is not None:
        yield await examine_bucket(settings.bucket, app.spool.folder)
    flux = FluxClient(session=session, endpoint=settings.flux_endpoint)
    yield await examine_flux(flux, settings.flux_api_base)
    callback = (settings.callback_host, settings.callback_port, CALLBACK_PATH)
    health = (settings.health_host, settings.health_port, HEALTH_PATH)
    if settings.calls_back:
        yield await examine_port(session, "CALLBACK_PORT", *callback)
    if settings.health_port:
        yield await examine_port(session, "HEALTH_PORT", *health)
    if settings.public_url is not None and settings.calls_back:
        yield await examine_public_url(session, settings.public_url, *callback)


async def check_live(
    settings: Settings, plan: Plan, run: LiveRun, *, callback_wait_s: float = CALLBACK_WAIT_S
) -> None:
    """Try Discord and Flux for real, which costs what the plan says.

    Args:
        run: filled as it goes, so that it knows what was paid also where this ends early.

    Raises:
        LiveCheckError: it cannot go on.
    """
    use_discord_at(settings.discord_api_base, settings.discord_gateway_url)
    languages()
    # Not the bot's own spool: opening it removes the unfinished downloads of a bot that runs.
    with TemporaryDirectory(prefix="fluxcord-live-") as folder:
        app = App(replace(settings, data_dir=Path(folder), image_store_url=None), Clock())
        async with app.session, app.decoder, app.spool, app.client:
            flux = FluxClient(
                session=app.session, endpoint=settings.flux_endpoint, observe=run.exchanges.append
            )
            reached = await examine_flux(flux, settings.flux_api_base)
            if reached.verdict is Verdict.FAIL:
                raise LiveCheckError(reached.text)
            flux_check = FluxCheck(
                client=flux,
                run=run,
                interval_s=settings.poll_interval_s,
                timeout_s=settings.job_timeout_s,
            )
            messenger = DiscordMessenger(
                client=app.client, spool=app.spool, last_locale=_no_locale, clock=app.clock
            )
            callbacks = _callback_check(settings, run, callback_wait_s)
            check = LiveCheck(
                bot=app.client,
                messenger=messenger,
                spool=app.spool,
                flux=flux_check,
                callbacks=callbacks,
                plan=plan,
                run=run,
                asks_async=not settings.flux_endpoint.holds,
            )
            async with callbacks or nullcontext():
                await check.walk(settings.discord_token)


def _callback_check(settings: Settings, run: LiveRun, wait_s: float) -> CallbackCheck | None:
    if settings.public_url is None or not settings.calls_back:
        return None
    return CallbackCheck(
        public_url=settings.public_url,
        host=settings.callback_host,
        port=settings.callback_port,
        trusted_proxies=settings.trusted_proxies,
        wait_s=wait_s,
        run=run,
    )


async def _no_locale(_user_id: int) -> None:
    """Know nobody's language: nobody is written to privately."""
