"""Who may use what where, as those set and see it who manage a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discord import app_commands

from cogs.limits.targets import whom_by_name, whom_in_words
from domain.limits import Effect, LimitKind, Who
from ui.amounts import limit_in_words
from ui.autocomplete import MAX_SUGGESTIONS, MAX_VALUE_CHARACTERS
from ui.errors import DeclinedError, text_card
from ui.formatting import as_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import discord

    from domain.limits import AccessRule
    from ui.errors import Card
    from ui.i18n import Words

SEPARATOR: Final = ":"
"""Between the parts of a suggested rule's value."""

EVERY: Final = "every"
"""In place of a model or a channel: the line says so in words."""


def set_card(
    rule: AccessRule,
    before: AccessRule | None,
    others: Collection[AccessRule],
    words: Words,
    client: discord.Client,
) -> Card:
    """Return what a rule now is, what it replaces, and what follows from the first of its kind.

    Args:
        others: the rules that the server had before.
    """
    line = _line(rule, words, client)
    replaces = before is not None and before.effect is not rule.effect
    said = [words("access-turned" if replaces else "access-set", line=line)]
    first = not any(other.effect is Effect.ALLOW for other in others)
    if rule.effect is Effect.ALLOW and first:
        said.append(words("access-closes"))
    return text_card(*said)


def cleared_card(rule: AccessRule, words: Words, client: discord.Client) -> Card:
    """Return which rule is no longer there."""
    return text_card(words("access-cleared", line=_line(rule, words, client)))


def access_card(rules: Sequence[AccessRule], words: Words, client: discord.Client) -> Card:
    """Return the rules of a server, and what they come to."""
    if not rules:
        return text_card(words("access-open"))
    lines = [_line(rule, words, client) for rule in sorted_rules(rules)]
    is_closed = any(rule.effect is Effect.ALLOW for rule in rules)
    sense = words("access-closed" if is_closed else "access-open-but")
    return text_card(words("access-heading"), as_list(words, lines), sense)


def own_card(who: str, models: Sequence[str], most_pictures: int, words: Words) -> Card:
    """Return what one person may use in a channel."""
    if not models:
        return text_card(words("access-of-person-nothing", who=who))
    most = limit_in_words(LimitKind.PICTURES_PER_REQUEST, most_pictures, words)
    return text_card(words("access-of-person", who=who, models=", ".join(models), most=most))


def sorted_rules(rules: Iterable[AccessRule]) -> list[AccessRule]:
    """Return rules as one reads them: what is denied, for roles before people, by model."""
    return sorted(
        rules,
        key=lambda rule: (
            rule.effect is Effect.ALLOW,
            rule.who is Who.USER,
            rule.target_id != rule.guild_id,
            rule.target_id,
            rule.model or "",
            rule.channel_id or 0,
        ),
    )


def suggest_rules(
    typed: str,
    rules: Iterable[AccessRule],
    words: Words,
    client: discord.Client,
    names: Mapping[int, str],
) -> list[app_commands.Choice[str]]:
    """Return rules to choose from, in plain text."""
    wanted = typed.strip().casefold()
    suggested = []
    for rule in sorted_rules(rules):
        guild = client.get_guild(rule.guild_id)
        channel = guild.get_channel_or_thread(rule.channel_id or 0) if guild else None
        where = f"#{channel.name}" if channel else str(rule.channel_id)
        said = _said(rule, whom_by_name(rule, words, client, names), where, words)
        if wanted in said.casefold():
            suggested.append(
                app_commands.Choice(name=said[:MAX_VALUE_CHARACTERS], value=_key_of(rule))
            )
    return suggested[:MAX_SUGGESTIONS]


def rule_of(key: str, rules: Iterable[AccessRule]) -> AccessRule:
    """Return the rule that a suggestion stands for.

    Raises:
        DeclinedError: there is none such any more.
    """
    for rule in rules:
        if _key_of(rule) == key.strip():
            return rule
    raise DeclinedError("access-unknown")


def _key_of(rule: AccessRule) -> str:
    about = (rule.who, rule.target_id, rule.model or "", rule.channel_id or 0)
    return SEPARATOR.join(map(str, about))


def _line(rule: AccessRule, words: Words, client: discord.Client) -> str:
    return _said(rule, whom_in_words(rule, words, client), f"<#{rule.channel_id}>", words)


def _said(rule: AccessRule, who: str, where: str, words: Words) -> str:
    return words(
        "access-line",
        effect=rule.effect,
        who=who,
        model=rule.model or EVERY,
        where=where if rule.channel_id else EVERY,
    )
