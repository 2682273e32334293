"""Who runs the bot: the application's owner or, where a team owns it, each of its members."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import discord

ASK_AGAIN_S: Final = 300.0
"""How long what Discord said of an application's owners is taken for true."""

ASK_DEADLINE_S: Final = 1.0
"""Of the 3 s in which Discord takes an answer."""


class Operators:
    """Knows the operators as Discord names them."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._ids: frozenset[int] = frozenset()
        self._until = 0.0

    async def include(self, user_id: int) -> bool:
        """Whether somebody runs the bot.

        Raises:
            discord.HTTPException: Discord does not say.
            TimeoutError: it does not say in time.
        """
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            async with asyncio.timeout(ASK_DEADLINE_S):
                application = await self._client.application_info()
            members = application.team.members if application.team else [application.owner]
            self._ids = frozenset(member.id for member in members)
            self._until = now + ASK_AGAIN_S
        return user_id in self._ids
