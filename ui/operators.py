"""The bot's operators: the application's owner, or the members of its team who may change it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import discord

from domain.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

ASK_AGAIN_S: Final = 300.0
"""How long Discord's answer about an application's owners is used."""

ASK_DEADLINE_S: Final = 1.0
"""Of the 3 s in which Discord takes an answer."""


class Operators:
    """The operators as Discord names them."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._ids: frozenset[int] = frozenset()
        self._until = 0.0

    async def include(self, user_id: int) -> bool:
        """Whether a user is an operator.

        Raises:
            discord.HTTPException: Discord does not say.
            TimeoutError: it does not say in time.
        """
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            async with asyncio.timeout(ASK_DEADLINE_S):
                application = await self._client.application_info()
            self._ids = frozenset(_ids(application))
            self._until = now + ASK_AGAIN_S
        return user_id in self._ids

    async def check(self, user_id: int) -> None:
        """Raise UserError where a user is no operator; also raises as `include` does."""
        if not await self.include(user_id):
            raise UserError("not-the-operator")


async def owner_id_of(client: discord.Client) -> int:
    """Return the application's owner, or its team's, 0 without one; raises as `include` does."""
    application = await client.application_info()
    team = application.team
    return (team.owner_id if team else application.owner.id) or 0


def _ids(application: discord.AppInfo) -> Iterator[int]:
    team = application.team
    if team is None:
        yield application.owner.id
        return
    if team.owner_id is not None:
        yield team.owner_id
    for member in team.members:
        # An invited member has not accepted yet, and a read-only one cannot change the application.
        has_joined = member.membership_state is discord.TeamMembershipState.accepted
        if has_joined and member.role is not discord.TeamMemberRole.read_only:
            yield member.id
