"""Warns the managers of a server once when its budget is nearly used."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from storage.errors import StorageError
from ui.components import Card
from ui.discord_errors import CARD_DEADLINE_S
from ui.formatting import amount_in_words, limit_in_words
from ui.i18n import Words, words_for
from ui.places import knows, log_channel_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clock import Clock
    from domain.limits import BudgetWarning
    from storage.limit_checks import BudgetWarningRepository
    from storage.preferences import ChoiceRepository

logger = logging.getLogger(__name__)

NONCE_BYTES: Final = 12
"""Of the hash that names a warning; Discord takes 25 characters."""

REFUSED: Final = frozenset({400, 403, 404})
"""Statuses with which Discord refuses a message for good."""

LOOK_INTERVAL_S: Final = 2.0
"""Between two checks for warnings to send; each reads an index that is nearly always empty."""


async def send_budget_warnings(
    warnings: BudgetWarningRepository,
    send: Callable[[BudgetWarning], Awaitable[bool]],
    *,
    clock: Clock,
    interval_s: float = LOOK_INTERVAL_S,
) -> None:
    """Send each warning that was stored with the books, until cancelled; no error ends it."""
    while True:
        try:
            await send_due(warnings, send, clock=clock)
        except StorageError as error:  # the database logs why, and for how long
            logger.debug("budget warnings not sent: %s", error)
        except Exception:  # whatever it is, the next attempt may succeed
            logger.exception("budget warnings not sent")
        await asyncio.sleep(interval_s)


async def send_due(
    warnings: BudgetWarningRepository,
    send: Callable[[BudgetWarning], Awaitable[bool]],
    *,
    clock: Clock,
) -> None:
    """Send every warning that was not sent, except those of a day or a month that is over."""
    for warning in await warnings.list_untold():
        now = clock.now()
        is_over = warning.kind.period_end(warning.period_start) <= now
        if is_over or await send(warning):
            await warnings.mark_told(warning, now)


async def send_warning(
    client: discord.Client, choices: ChoiceRepository, warning: BudgetWarning
) -> bool:
    """Send a warning to the log channel, else the server's owner, else the system channel.

    Returns:
        False if it may work later. That nobody takes it is only logged.
    """
    if not client.is_ready() or not knows(client, warning.guild_id):
        return False
    guild = client.get_guild(warning.guild_id)
    if guild is None or guild.unavailable:
        return guild is None  # the bot has left
    language = choices.guilds.of(guild.id).language or guild.preferred_locale.value
    card = warning_card(warning, words_for(language))
    # The same if it is sent again after a crash.
    named = f"{warning.guild_id} {warning.kind} {warning.period_start.isoformat()}"
    nonce = hashlib.blake2s(named.encode(), digest_size=NONCE_BYTES).hexdigest()
    try:
        async with asyncio.timeout(CARD_DEADLINE_S):
            log = await log_channel_of(client, choices, guild.id)
            # Everybody reads the system channel, so it comes last.
            for place in (log, discord.Object(guild.owner_id or 0), guild.system_channel):
                if place is not None and await _reaches(client, place, card, nonce):
                    return True
    except (TimeoutError, aiohttp.ClientError, discord.HTTPException) as error:
        logger.warning("guild=%d budget warning not sent: %s", guild.id, type(error).__name__)
        return False
    logger.warning("no recipient for the budget warning of guild=%d", guild.id)
    return True


async def _reaches(
    client: discord.Client,
    place: discord.TextChannel | discord.Thread | discord.Object,
    card: Card,
    nonce: str,
) -> bool:
    try:
        channel = await client.create_dm(place) if isinstance(place, discord.Object) else place
        await channel.send(view=card, nonce=nonce)
    except discord.HTTPException as error:
        if error.status not in REFUSED:
            raise
        return False
    return True


def warning_card(warning: BudgetWarning, words: Words) -> Card:
    return Card(
        words(
            "budget-warning",
            limit=limit_in_words(warning.kind, warning.most, words),
            used=amount_in_words(warning.kind, warning.used),
            frees_at=discord.utils.format_dt(warning.kind.period_end(warning.period_start), "R"),
        )
    )
