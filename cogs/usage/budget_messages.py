"""Tells those who manage a server that its budget is nearly used."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from ui.discord_errors import CARD_DEADLINE_S
from ui.errors import text_card
from ui.formatting import amount_in_words, limit_in_words
from ui.i18n import words_for
from ui.places import log_channel_of

if TYPE_CHECKING:
    from domain.limits import BudgetWarning
    from storage.preferences import ChoiceRepository
    from ui.errors import Card
    from ui.i18n import Words

logger = logging.getLogger(__name__)

NONCE_BYTES: Final = 12
"""Of the hash that names a warning; Discord takes 25 characters."""

REFUSED: Final = frozenset({400, 403, 404})
"""Statuses by which Discord says that it will not take it there."""


class BudgetHerald:
    """Finds where managers hear: the log channel, their server's owner, the system channel."""

    def __init__(self, *, client: discord.Client, choices: ChoiceRepository) -> None:
        self._client = client
        self._choices = choices

    async def tell(self, warning: BudgetWarning) -> bool:
        """Tell the first of them that can be told; False where it may work later.

        What nobody can be told is only logged.
        """
        if not self._client.is_ready():
            return False
        guild = self._client.get_guild(warning.guild_id)
        if guild is None or guild.unavailable:
            return guild is None  # the bot has left
        language = self._choices.of_guild(guild.id).language or guild.preferred_locale.value
        card = warning_card(warning, words_for(language))
        try:
            async with asyncio.timeout(CARD_DEADLINE_S):
                if not await self._send(guild, card, _nonce(warning)):
                    logger.warning("no recipient for the budget warning of guild=%d", guild.id)
        except (TimeoutError, aiohttp.ClientError, discord.HTTPException) as error:
            logger.warning("guild=%d budget warning not sent: %s", guild.id, type(error).__name__)
            return False
        return True

    async def _send(self, guild: discord.Guild, card: Card, nonce: str) -> bool:
        log = log_channel_of(self._client, self._choices, guild.id)
        # The system channel is everybody's, and so comes last.
        for place in (log, discord.Object(guild.owner_id or 0), guild.system_channel):
            if place is not None and await self._reaches(place, card, nonce):
                return True
        return False

    async def _reaches(
        self,
        place: discord.TextChannel | discord.Thread | discord.Object,
        card: Card,
        nonce: str,
    ) -> bool:
        try:
            channel = (
                await self._client.create_dm(place) if isinstance(place, discord.Object) else place
            )
            await channel.send(view=card, nonce=nonce)
        except discord.HTTPException as error:
            if error.status not in REFUSED:
                raise
            return False
        return True


def warning_card(warning: BudgetWarning, words: Words) -> Card:
    """Return what managers are told."""
    return text_card(
        words(
            "budget-warning",
            limit=limit_in_words(warning.kind, warning.most, words),
            used=amount_in_words(warning.kind, warning.used),
            frees_at=discord.utils.format_dt(warning.kind.period_end(warning.period_start), "R"),
        )
    )


def _nonce(warning: BudgetWarning) -> str:
    """Return what makes a warning one message, also where it is sent again after a crash."""
    named = f"{warning.guild_id} {warning.kind} {warning.period_start.isoformat()}"
    return hashlib.blake2s(named.encode(), digest_size=NONCE_BYTES).hexdigest()
