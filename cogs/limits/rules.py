"""Limits and access rules: in words, on cards, suggested and cleared."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from domain.errors import UserError
from domain.limits import EVERYWHERE, AccessRule, Budget, Effect, LimitKind, LimitRule, Limits, Who
from flux.catalogue import MODELS
from ui.autocomplete import MAX_VALUE_CHARACTERS, Suggestions, matching
from ui.components import Card, CustomId, Snowflake, answer, danger_row, inert
from ui.discord_errors import READ_DEADLINE_S
from ui.formatting import amount_in_words, as_list, limit_in_words, listed
from ui.i18n import Words, choice, words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import discord

    from services.limits_and_access import Rules
    from storage.limits_and_access import Rule
    from ui import Interaction

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
        return _limit_line(who, rule.kind, rule.amount, None, words)
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
    return ":".join(str(getattr(rule, name)) for name in rule.KEY)


def _rank(rule: AnyRule) -> tuple[Any, ...]:
    is_one = rule.target_id != rule.guild_id
    whom = ([*Who].index(rule.who), rule.guild_id, is_one, rule.target_id)
    if isinstance(rule, LimitRule):
        kind = [each.value for each in KIND_CHOICES].index(rule.kind)
        return rule.guild_id != EVERYWHERE, *whom, kind
    return rule.effect is Effect.ALLOW, *whom, rule.model or "", rule.channel_id or 0


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


def limit_set_card(
    rule: LimitRule, before: LimitRule | None, words: Words, client: discord.Client
) -> Card:
    line = line_of(rule, words, client)
    if before is None:
        return Card(words("limit-set", line=line))
    limit = limit_in_words(before.kind, before.amount, words)
    return Card(words("limit-changed", line=line, before=limit))


def limits_card(
    heading: str,
    rules: Sequence[tuple[LimitRule, int | None]],
    base: Sequence[str],
    words: Words,
    client: discord.Client,
) -> Card:
    """Return limits, with what is used of those of a whole, and what holds for all besides."""
    lines = [
        _limit_line(whom_in_words(rule, words, client), rule.kind, rule.amount, used, words)
        for rule, used in rules
    ]
    told = [heading, as_list(words, lines) if lines else words("no-limits")]
    if base:
        told.append(words("limits-besides", limits=listed(base, words)))
    return Card(*told, words("limits-in-utc"))


def _limit_line(
    who: str, kind: LimitKind, amount: int | None, used: int | None, words: Words
) -> str:
    limit = limit_in_words(kind, amount, words)
    if used is None:
        return words("limit-line", who=who, limit=limit)
    return words("limit-line-used", who=who, limit=limit, used=amount_in_words(kind, used))


def own_limits_card(
    who: str, limits: Limits, used: Mapping[Budget, int | None], most_pictures: int, words: Words
) -> Card:
    """Return what holds for one person where they are, and what they have used of it.

    Args:
        used: None where that is not for the reader to know.
    """
    lines = [
        _limit_line(words(f"budget-{budget.whose}"), budget.kind, budget.most, amount, words)
        for budget, amount in used.items()
    ]
    more = [limit_in_words(LimitKind.PICTURES_PER_REQUEST, most_pictures, words)]
    more += base_lines(limits, words)
    lines.append(words("limits-more", limits=listed(more, words)))
    heading = words("limits-of-person", who=who)
    return Card(heading, as_list(words, lines), words("limits-in-utc"))


def base_lines(limits: Limits, words: Words) -> list[str]:
    """Return the pause and the requests at once of one person, in words."""
    cooldown_s = max(limits.cooldown_s, limits.member_cooldown_s)
    most = min(filter(None, (limits.jobs_per_user, limits.jobs_per_member)), default=0)
    lines = []
    if cooldown_s:
        lines.append(words("limit-cooldown-s", amount=f"{cooldown_s:g}"))
    if most:
        lines.append(limit_in_words(LimitKind.JOBS_AT_ONCE, most, words))
    return lines


def access_set_card(
    rule: AccessRule,
    before: AccessRule | None,
    others: Collection[AccessRule],
    words: Words,
    client: discord.Client,
) -> Card:
    """Return what a rule now is, what it replaces, and what follows from the first of its kind."""
    line = line_of(rule, words, client)
    replaces = before is not None and before.effect is not rule.effect
    said = [words("access-turned" if replaces else "access-set", line=line)]
    first = not any(other.effect is Effect.ALLOW for other in others)
    if rule.effect is Effect.ALLOW and first:
        said.append(words("access-closes"))
    return Card(*said)


class ConfirmRuleId(CustomId):
    """The button that sets an allow rule although it closes everything else."""

    form = "fluxcord:allow:{who}:{target_id}:{model}:{channel_id}"

    who: Who
    target_id: Snowflake
    model: Annotated[str, "[a-z0-9.-]+"] | None
    channel_id: Snowflake | None


def stopped_by(rule: AccessRule, words: Words, client: discord.Client) -> list[str]:
    """Return what would stop working if this were the only rule that allows something."""
    stopped = []
    if rule.target_id != rule.guild_id:
        stopped.append(words("access-stops-people", who=whom_in_words(rule, words, client)))
    if rule.model is not None:
        stopped.append(words("access-stops-models", model=rule.model))
        if not MODELS[rule.model].edits:
            stopped.append(words("access-stops-edits", model=rule.model))
    if rule.channel_id is not None:
        stopped.append(words("access-stops-channels", channel=f"<#{rule.channel_id}>"))
    return stopped


def confirm_rule_card(
    rule: AccessRule, stopped: Sequence[str], words: Words, client: discord.Client
) -> Card:
    line, stops = line_of(rule, words, client), "\n".join(stopped)
    confirm = ConfirmRuleId(rule.who, rule.target_id, rule.model, rule.channel_id)
    return Card(
        words("access-confirm", line=line, stops=stops),
        danger_row(words("button-confirm-rule"), confirm),
    )


def access_card(rules: Sequence[AccessRule], words: Words, client: discord.Client) -> Card:
    if not rules:
        return Card(words("access-open"))
    lines = [line_of(rule, words, client) for rule in sorted_rules(rules)]
    is_closed = any(rule.effect is Effect.ALLOW for rule in rules)
    sense = words("access-closed" if is_closed else "access-open-but")
    return Card(words("access-heading"), as_list(words, lines), sense)


def own_access_card(who: str, models: Sequence[str], most_pictures: int, words: Words) -> Card:
    if not models:
        return Card(words("access-of-person-nothing", who=who))
    most = limit_in_words(LimitKind.PICTURES_PER_REQUEST, most_pictures, words)
    return Card(words("access-of-person", who=who, models=", ".join(models), most=most))
