"""Cards of /limits and /access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cogs.limits.rules import line_of, sorted_rules, whom_in_words
from domain.limits import AccessRule, Budget, Effect, LimitKind, LimitRule, Limits, Who
from flux import MODELS
from ui.components import Card, CustomId, Snowflake, danger_row
from ui.formatting import amount_in_words, as_list, limit_in_words, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import discord

    from ui.i18n import Words


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
        _line(whom_in_words(rule, words, client), rule.kind, rule.amount, used, words)
        for rule, used in rules
    ]
    told = [heading, as_list(words, lines) if lines else words("no-limits")]
    if base:
        told.append(words("limits-besides", limits=listed(base, words)))
    return Card(*told, words("limits-in-utc"))


def _line(who: str, kind: LimitKind, amount: int | None, used: int | None, words: Words) -> str:
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
        _line(words(f"budget-{budget.whose}"), budget.kind, budget.most, amount, words)
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


@dataclass(frozen=True, slots=True)
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
