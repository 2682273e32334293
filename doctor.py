"""The checks of `python bot.py doctor`, in order."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from flux import FluxClient
from images.url_guard import may_lead_to
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
from services.names import examine_names, picture_hosts
from storage.private_files import files_of_database
from ui.doctor import examine_discord
from web.callbacks import CALLBACK_PATH
from web.health import HEALTH_PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    import aiohttp

    from config import Settings
    from services.doctor import Finding
    from ui.client import FluxcordBot


async def examine_all(
    settings: Settings,
    channel_ids: Sequence[int],
    env_file: Path | None,
    *,
    session: aiohttp.ClientSession,
    client: FluxcordBot,
) -> AsyncIterator[Finding]:
    """Yield what may keep the bot from working; it changes nothing, and the bot may run.

    Args:
        env_file: where the settings may be, to look who can read it.
        client: with its commands, not logged in.
    """
    yield fine("settings", "They are complete and make sense.")
    yield await asyncio.to_thread(examine_database, settings.database_path)
    kept = (settings.spool_folder, settings.export_folder)
    files = [*files_of_database(settings.database_path), *kept]
    yield await asyncio.to_thread(examine_files, files, env_file)
    yield await asyncio.to_thread(examine_disk, settings.data_dir, settings.spool_min_free_mb)
    apis = (settings.discord_api_base, settings.discord_gateway_url, settings.flux_api_base)
    names = await examine_names(
        apis,
        picture_hosts(apis),
        proxies=settings.proxies,
        may_lead_to=partial(may_lead_to, name_ranges=settings.fake_ip_ranges),
    )
    if names is not None:
        yield names
    skew = await examine_clock(session, settings.discord_api_base, client.clock)
    if skew is not None:
        yield skew
    flux = FluxClient(session=session, endpoint=settings.flux_endpoint)
    yield await examine_flux(flux, settings.flux_api_base)
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
    async for finding in examine_discord(client, settings.discord_token, channel_ids):
        yield finding
