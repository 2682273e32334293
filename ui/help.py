"""The help card: what a user can do here, in a few lines."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal

import aiohttp
import discord

from domain.errors import UserError
from domain.models import Action, Place, Problem
from flux.catalogue import MODELS
from services.limits_and_access import Asker, Rules
from ui.components import Card
from ui.errors import explain
from ui.submit import asker_of, place_of, place_of_message, reply_edits

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from datetime import datetime

    from services.moderation import Moderation
    from storage.preferences import ChoiceRepository
    from ui import Interaction
    from ui.i18n import Words
    from ui.operators import Operators

REASONS: Final = {
    Problem.BLOCKED: "help-blocked",
    Problem.BLOCKED_FOR_A_WHILE: "help-blocked",
    Problem.PLACE_NOT_ALLOWED: "help-not-here",
    Problem.PERMISSIONS_MISSING: "help-no-permission",
}
"""Sentences without the cost of a request, which nobody made."""


class Help:
    """Builds the help of a user from their permissions, the access rules and the settings."""

    def __init__(
        self, rules: Rules, moderation: Moderation, choices: ChoiceRepository, operators: Operators
    ) -> None:
        self._rules = rules
        self._moderation = moderation
        self._choices = choices
        self._operators = operators

    async def where_asked(self, asked: Interaction | discord.Message, words: Words) -> Card:
        if isinstance(asked, discord.Message):
            author, is_direct, is_member = asked.author, asked.guild is None, True
            manages = isinstance(author, discord.Member) and author.guild_permissions.manage_guild
            placing = place_of_message(self._choices, asked)
        else:
            is_direct = asked.context.dm_channel
            is_member = asked.client.get_guild(asked.guild_id or 0) is not None
            # Elsewhere the app is a person's own, and no server has its settings.
            manages = asked.is_guild_integration() and asked.permissions.manage_guild
            placing = place_of(self._choices, asked)
        return await self._card(
            asker_of(asked),
            asked.created_at,
            words,
            placing=placing,
            reached_by="direct" if is_direct else "message" if is_member else "command",
            manages=manages,
        )

    async def for_direct(self, user_id: int, at: datetime, words: Words) -> Card:
        return await self._card(Asker(user_id=user_id), at, words, reached_by="direct")

    async def _card(
        self,
        asker: Asker,
        at: datetime,
        words: Words,
        *,
        reached_by: Literal["direct", "message", "command"],
        placing: Awaitable[Place] | None = None,
        manages: bool = False,
    ) -> Card:
        """Return the help of a user.

        Args:
            reached_by: whether the bot is asked by direct messages there, by replies and mentions
                too, or by commands alone.
            placing: returns where a result would go, or raises why none can.
            manages: whether they may change the settings of the server, if it is one.
        """
        refusal = self._refusal(asker, at, Action.GENERATE)
        try:
            if placing is not None:
                await placing
        except UserError as error:
            refusal = error
        chosen = self._choices.guilds.of(asker.guild_id)
        generate: str = reached_by
        edit: str = reached_by
        if reached_by == "message":
            generate = "mention" if chosen.mention_generates else "command"
            edit = reply_edits(chosen).value
        is_operator = False  # the rest is of use without it
        with suppress(TimeoutError, aiohttp.ClientError, discord.HTTPException):
            is_operator = await self._operators.include(asker.user_id)
        return help_card(
            words,
            generate=generate,
            edit=edit if self._refusal(asker, at, Action.EDIT) is None else None,
            refusal=refusal,
            log_channel_id=(chosen.log_channel_id or 0) if manages else None,
            is_operator=is_operator,
        )

    def _refusal(self, asker: Asker, at: datetime, action: Action) -> UserError | None:
        try:
            self._moderation.check_person(user_id=asker.user_id, guild_id=asker.guild_id, now=at)
            if not self._rules.usable_models(asker, action):
                able = (each.id for each in MODELS.values() if each.edits)
                self._rules.check_model(asker, action, next(able))
        except UserError as error:
            return error
        return None


def help_card(
    words: Words,
    *,
    generate: str = "command",
    edit: str | None = "command",
    refusal: UserError | None = None,
    log_channel_id: int | None = None,
    is_operator: bool = False,
) -> Card:
    """Return the help in three lines, and more for managers and the bot owner.

    Args:
        generate: the way to make images, a variant of `help-generate`.
        edit: the way to edit them, a variant of `help-edit`; None where they may not.
        refusal: why they may do neither.
        log_channel_id: of the server, 0 without one; None for other members.
    """
    lines = [words("help-generate", way=generate)]
    if edit is not None:
        lines.append(words("help-edit", way=edit))
    if refusal is not None:
        reason = REASONS.get(Problem(refusal.reason), "help-no-access")
        lines = [explain(UserError(reason, **refusal.details), words)]
    lines.append(words("help-more"))
    if log_channel_id is not None:
        log = f"<#{log_channel_id}>" if log_channel_id else "none"
        lines.append(words("help-manager", log=log))
    if is_operator:
        lines.append(words("help-owner"))
    return Card("\n".join(lines))
