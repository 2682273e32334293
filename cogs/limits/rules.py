"""Limits and access rules alike: formatted, suggested and cleared."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from discord import app_commands

from cogs.limits.targets import whom_by_name, whom_in_words
from domain.errors import UserError
from domain.limits import EVERYWHERE, AccessRule, Effect, LimitKind, LimitRule, Who
from ui.autocomplete import MAX_SUGGESTIONS, MAX_VALUE_CHARACTERS
from ui.command_translations import choice
from ui.components import text_card
from ui.formatting import limit_in_words
from ui.i18n import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import discord

    from services.limits_and_access import Rules
    from storage.limits_and_access import Rule
    from ui.i18n import Words

READ_DEADLINE_S: Final = 1.0
"""For what people are called, of the 3 s in which Discord takes an answer."""

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


def line_of(rule: LimitRule | AccessRule, words: Words, client: discord.Client) -> str:
    """Return a rule as a message shows it."""
    channel = f"<#{rule.channel_id}>" if isinstance(rule, AccessRule) else ""
    return _said(rule, whom_in_words(rule, words, client), channel, words)


def sorted_rules(rules: Iterable[Rule]) -> list[Rule]:
    """Return rules as one reads them: what is denied, of wholes, of roles, then of people."""
    return sorted(rules, key=_rank)


async def clear_rule(  # what is cleared, and in which words
    interaction: discord.Interaction[Any],
    rules: Rules,
    key: str,
    among: Iterable[LimitRule] | Iterable[AccessRule],
    *,
    cleared: str,
    unknown: str,
) -> None:
    """Clear the rule of a suggestion, a deleted role's too, and say so.

    Args:
        cleared: the sentence about it.
        unknown: the sentence where there is no such rule any more.

    Raises:
        UserError: there is none.
    """
    chosen = next((rule for rule in among if _key_of(rule) == key.strip()), None)
    by, at = interaction.user.id, interaction.created_at
    if chosen is None or await rules.repository.clear_rule(chosen, by, at) is None:
        raise UserError(unknown)
    words = words_of(interaction)
    card = text_card(words(cleared, line=line_of(chosen, words, interaction.client)))
    await interaction.response.send_message(view=card, ephemeral=True)


async def suggest_rules(
    interaction: discord.Interaction[Any],
    rules: Rules,
    typed: str,
    among: Sequence[LimitRule] | Sequence[AccessRule],
) -> list[app_commands.Choice[str]]:
    """Return rules to choose from, in plain text."""
    people = [rule.target_id for rule in among if rule.who is Who.USER and rule.target_id > 0]
    async with asyncio.timeout(READ_DEADLINE_S):
        names = await rules.repository.names(people)
    words, client, wanted = words_of(interaction), interaction.client, typed.strip().casefold()
    suggested = []
    for rule in sorted(among, key=_rank):
        said = _plain_line(rule, words, client, names)
        if wanted in said.casefold():
            suggested.append(
                app_commands.Choice(name=said[:MAX_VALUE_CHARACTERS], value=_key_of(rule))
            )
    return suggested[:MAX_SUGGESTIONS]


def _plain_line(
    rule: LimitRule | AccessRule, words: Words, client: discord.Client, names: Mapping[int, str]
) -> str:
    where = ""
    if isinstance(rule, AccessRule):
        guild = client.get_guild(rule.guild_id)
        channel = guild.get_channel_or_thread(rule.channel_id or 0) if guild else None
        where = f"#{channel.name}" if channel else str(rule.channel_id)
    return _said(rule, whom_by_name(rule, words, client, names), where, words)


def _said(rule: LimitRule | AccessRule, who: str, channel: str, words: Words) -> str:
    if isinstance(rule, LimitRule):
        return words("limit-line", who=who, limit=limit_in_words(rule.kind, rule.amount, words))
    return words(
        "access-line",
        effect=rule.effect,
        who=who,
        model=rule.model or EVERY,
        where=channel if rule.channel_id else EVERY,
    )


def _key_of(rule: LimitRule | AccessRule) -> str:
    return ":".join(map(str, rule.about))


def _rank(rule: LimitRule | AccessRule) -> tuple[Any, ...]:
    whom = (
        [*Who].index(rule.who),
        rule.guild_id,
        rule.target_id != rule.guild_id,
        rule.target_id,
    )
    if isinstance(rule, LimitRule):
        return (
            rule.guild_id != EVERYWHERE,
            *whom,
            [each.value for each in KIND_CHOICES].index(rule.kind),
        )
    return rule.effect is Effect.ALLOW, *whom, rule.model or "", rule.channel_id or 0
