"""What whoever runs the bot is told of a problem that only they can mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from ui.i18n import if_known, words_for
from ui.job_card import alert_card
from ui.operators import owner_id_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from domain.models import Problem


async def alert_owner(
    client: discord.Client,
    problem: Problem,
    last_locale: Callable[[int], Awaitable[str | None]],
) -> None:
    """Tell the application's owner, or its team's, by direct message.

    Args:
        last_locale: tells the language of a person.

    Raises:
        discord.HTTPException: Discord does not take it.
    """
    owner_id = await owner_id_of(client)
    channel = await client.create_dm(discord.Object(owner_id))
    words = words_for(await if_known(last_locale(owner_id)))
    await channel.send(view=alert_card(problem, words))
