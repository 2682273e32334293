"""Targets of rules: read from a command's options, and formatted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import discord

from domain.errors import UserError
from domain.limits import EVERYWHERE, Who
from ui.autocomplete import MAX_VALUE_CHARACTERS
from ui.formatting import inert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.limits import AccessRule, LimitRule
    from ui.i18n import Words
    from ui.operators import Operators


EVERYONE: Final = "@everyone"
"""The role that everybody has, as Discord calls it; nobody is pinged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The target of a rule, and its server.

    Attributes:
        guild_id: `EVERYWHERE` for the whole bot.
        target_id: of the role or user, 0 for a whole.
    """

    guild_id: int
    who: Who
    target_id: int


async def limit_target(
    interaction: discord.Interaction[Any],
    operators: Operators,
    whom: discord.Role | discord.abc.User | None,
    server: str | None,
    *,
    everywhere: bool,
) -> Target:
    """Return the target of a limit: without a role or a user, the whole server.

    Managers limit their server below what the bot owner allows it.

    Args:
        server: another server, by its number.

    Raises:
        UserError: the options do not go together, or it is for the operator to say.
    """
    guild_id = await _guild_id(interaction, operators, server, everywhere=everywhere)
    if whom is not None and (
        guild_id == interaction.guild_id or isinstance(whom, discord.abc.User)
    ):
        if server is not None:
            raise UserError("limits-do-not-fit")
        who = Who.ROLE if isinstance(whom, discord.Role) else Who.USER
        return Target(guild_id=guild_id, who=who, target_id=whom.id)
    if whom is not None:
        raise UserError("limits-do-not-fit")
    who = Who.ALL if await operators.include(interaction.user.id) else Who.SERVER
    return Target(guild_id=guild_id, who=who, target_id=0)


async def _guild_id(
    interaction: discord.Interaction[Any],
    operators: Operators,
    server: str | None,
    *,
    everywhere: bool,
) -> int:
    if server is None and not everywhere and interaction.guild_id is not None:
        return interaction.guild_id
    if not await operators.include(interaction.user.id):
        raise UserError("not-the-operator")
    if everywhere:
        if server is not None:
            raise UserError("limits-do-not-fit")
        return EVERYWHERE
    if server is None:
        raise UserError("limits-of-which-server")
    # As text: what was typed may be no number, or one too long to be read.
    for guild in interaction.client.guilds:
        if str(guild.id) == server.strip():
            return int(guild.id)
    raise UserError("server-unknown")


def whom_in_words(rule: LimitRule | AccessRule, words: Words, client: discord.Client) -> str:
    """Return the target of a rule for a message, roles and users as mentions."""
    if rule.who is Who.SERVER:
        return words("budget-server")
    if rule.who is Who.ALL:
        whole = whole_in_words(rule.guild_id, words, client)
        is_server = rule.guild_id != EVERYWHERE
        return words("set-by-owner", whole=whole) if is_server else whole
    if rule.who is Who.ROLE:
        return EVERYONE if rule.target_id == rule.guild_id else f"<@&{rule.target_id}>"
    return f"<@{rule.target_id}>" if rule.target_id > 0 else words("somebody-deleted")


def whole_in_words(guild_id: int, words: Words, client: discord.Client) -> str:
    """Return a server, or the whole bot, in words."""
    if guild_id == EVERYWHERE:
        return words("the-whole-bot")
    guild = client.get_guild(guild_id)
    return (
        inert(guild.name, MAX_VALUE_CHARACTERS) if guild else words("server-left", id=str(guild_id))
    )


def whom_by_name(
    rule: LimitRule | AccessRule,
    words: Words,
    client: discord.Client,
    names: Mapping[int, str],
) -> str:
    """Return the target of a rule as plain text, where mentions are not shown.

    Args:
        names: of people, as far as they are known.
    """
    guild = client.get_guild(rule.guild_id)
    if rule.who is Who.SERVER:
        return words("budget-server")
    if rule.who is Who.ALL:
        return guild.name if guild else whole_in_words(rule.guild_id, words, client)
    if rule.who is Who.ROLE:
        if rule.target_id == rule.guild_id:
            return EVERYONE
        role = guild.get_role(rule.target_id) if guild else None
        return f"@{role.name}" if role else words("role-deleted", id=str(rule.target_id))
    if rule.target_id < 0:
        return words("somebody-deleted")
    return f"@{names.get(rule.target_id, rule.target_id)}"
