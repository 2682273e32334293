"""Limits and access rules alike: their targets; formatted, suggested and cleared."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import discord

from domain.errors import UserError
from domain.limits import EVERYWHERE, AccessRule, Effect, LimitKind, LimitRule, Who
from ui.autocomplete import MAX_VALUE_CHARACTERS, Suggestions, matching
from ui.components import answer
from ui.discord_errors import READ_DEADLINE_S
from ui.formatting import inert, limit_in_words
from ui.i18n import Words, choice, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.limits_and_access import Rules
    from storage.limits_and_access import Rule
    from ui import Interaction
    from ui.operators import Operators

AnyRule: TypeAlias = LimitRule | AccessRule
Names: TypeAlias = "Mapping[int, str] | None"

EVERY: Final = "every"
"""In place of a model or a channel: the line says so in words."""

KIND_CHOICES: Final = [
    choice("Images per day", LimitKind.PICTURES_PER_DAY, "choice-pictures-per-day"),
    choice("Images per month", LimitKind.PICTURES_PER_MONTH, "choice-pictures-per-month"),
    choice("Credits per day", LimitKind.CREDITS_PER_DAY, "choice-credits-per-day"),
    choice("Credits per month", LimitKind.CREDITS_PER_MONTH, "choice-credits-per-month"),
    choice("Images per request", LimitKind.PICTURES_PER_REQUEST, "choice-pictures-at-once"),
    choice("Seconds between requests", LimitKind.COOLDOWN, "choice-cooldown"),
    choice("Requests in progress", LimitKind.JOBS_AT_ONCE, "choice-jobs-at-once"),
]
"""Kinds of limits, in the order in which they are listed."""

EVERYONE: Final = "@everyone"
"""The role that everybody has, as Discord calls it; nobody is pinged."""


def line_of(rule: AnyRule, words: Words, client: discord.Client, names: Names = None) -> str:
    """Return a rule as one line; `names` of users are for plain text, without mentions."""
    who = whom_in_words(rule, words, client, names)
    if isinstance(rule, LimitRule):
        return words("limit-line", who=who, limit=limit_in_words(rule.kind, rule.amount, words))
    channel = f"<#{rule.channel_id}>"
    if names is not None:
        guild = client.get_guild(rule.guild_id)
        found = guild.get_channel_or_thread(rule.channel_id or 0) if guild else None
        channel = f"#{found.name}" if found else str(rule.channel_id)
    return words(
        "access-line",
        effect=rule.effect,
        who=who,
        model=rule.model or EVERY,
        where=channel if rule.channel_id else EVERY,
    )


def sorted_rules(rules: Iterable[Rule]) -> list[Rule]:
    """Return rules as one reads them: what is denied, of wholes, of roles, then of people."""
    return sorted(rules, key=_rank)


async def clear_rule(
    interaction: Interaction,
    rules: Rules,
    key: str,
    among: Iterable[AnyRule],
    said: tuple[str, str],
) -> None:
    """Clear the rule of a suggestion, a deleted role's too."""
    cleared, unknown = said
    chosen = next((rule for rule in among if _key_of(rule) == key.strip()), None)
    by, at = interaction.user.id, interaction.created_at
    if chosen is None or await rules.repository.clear_rule(chosen, by, at) is None:
        raise UserError(unknown)
    words = words_of(interaction)
    await answer(interaction, words(cleared, line=line_of(chosen, words, interaction.client)))


async def suggest_rules(
    interaction: Interaction, rules: Rules, typed: str, among: Sequence[AnyRule]
) -> Suggestions:
    people = [rule.target_id for rule in among if rule.who is Who.USER and rule.target_id > 0]
    async with asyncio.timeout(READ_DEADLINE_S):
        names = await rules.repository.names(people)
    words, client = words_of(interaction), interaction.client
    lines = (
        (line_of(rule, words, client, names), _key_of(rule)) for rule in sorted(among, key=_rank)
    )
    return matching(typed, lines)


def _key_of(rule: AnyRule) -> str:
    return ":".join(map(str, rule.about))


def _rank(rule: AnyRule) -> tuple[Any, ...]:
    is_one = rule.target_id != rule.guild_id
    whom = ([*Who].index(rule.who), rule.guild_id, is_one, rule.target_id)
    if isinstance(rule, LimitRule):
        kind = [each.value for each in KIND_CHOICES].index(rule.kind)
        return rule.guild_id != EVERYWHERE, *whom, kind
    return rule.effect is Effect.ALLOW, *whom, rule.model or "", rule.channel_id or 0


async def limit_target(
    interaction: Interaction,
    operators: Operators,
    whom: discord.Role | discord.abc.User | None,
    server: str | None,
    *,
    everywhere: bool,
) -> tuple[int, Who, int]:
    """Return a limit's server, kind of target and its id: 0, the whole, without a role or a user.

    Managers limit their server below what the bot owner allows it.
    """
    guild_id = await _guild_id(interaction, operators, server, everywhere=everywhere)
    if whom is None:
        who = Who.ALL if await operators.include(interaction.user.id) else Who.SERVER
        return guild_id, who, 0
    is_role = isinstance(whom, discord.Role)
    if server is not None or (is_role and guild_id != interaction.guild_id):
        raise UserError("limits-do-not-fit")
    return guild_id, Who.ROLE if is_role else Who.USER, whom.id


async def _guild_id(
    interaction: Interaction, operators: Operators, server: str | None, *, everywhere: bool
) -> int:
    if server is None and not everywhere and interaction.guild_id is not None:
        return interaction.guild_id
    await operators.check(interaction.user.id)
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


def whom_in_words(rule: AnyRule, words: Words, client: discord.Client, names: Names = None) -> str:
    """Return the target of a rule; `names` as `line_of` takes it."""
    guild, target_id = client.get_guild(rule.guild_id), rule.target_id
    if rule.who is Who.SERVER:
        return words("budget-server")
    if rule.who is Who.ALL:
        if guild is not None and names is not None:
            return guild.name
        whole = whole_in_words(rule.guild_id, words, client)
        is_set_by_owner = rule.guild_id != EVERYWHERE and names is None
        return words("set-by-owner", whole=whole) if is_set_by_owner else whole
    if rule.who is Who.ROLE:
        who = EVERYONE if target_id == rule.guild_id else f"<@&{target_id}>"
        if names is not None and who != EVERYONE:
            role = guild.get_role(target_id) if guild else None
            who = f"@{role.name}" if role else words("role-deleted", id=str(target_id))
        return who
    if target_id < 0:
        return words("somebody-deleted")
    return f"<@{target_id}>" if names is None else f"@{names.get(target_id, target_id)}"


def whole_in_words(guild_id: int, words: Words, client: discord.Client) -> str:
    if guild_id == EVERYWHERE:
        return words("the-whole-bot")
    guild = client.get_guild(guild_id)
    return (
        inert(guild.name, MAX_VALUE_CHARACTERS) if guild else words("server-left", id=str(guild_id))
    )
