"""Limits as those set and see them who manage a server or run the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discord import app_commands

from cogs.limits.targets import whom_by_name, whom_in_words
from domain.limits import EVERYWHERE, LimitKind, LimitRule, Who
from services.limits import BOUNDS, CREDITS, AmountError, read_amount
from ui.amounts import amount_in_words, limit_in_words
from ui.autocomplete import MAX_SUGGESTIONS, MAX_VALUE_CHARACTERS
from ui.command_translations import choice
from ui.errors import DeclinedError, text_card
from ui.formatting import as_list
from ui.i18n import languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import discord

    from domain.limits import AccessRule, Budget, Limits
    from ui.errors import Card
    from ui.i18n import Words

KIND_CHOICES: Final = [
    choice("Pictures per day", LimitKind.PICTURES_PER_DAY, "choice-pictures-per-day"),
    choice("Pictures per month", LimitKind.PICTURES_PER_MONTH, "choice-pictures-per-month"),
    choice("Credits per day", LimitKind.CREDITS_PER_DAY, "choice-credits-per-day"),
    choice("Credits per month", LimitKind.CREDITS_PER_MONTH, "choice-credits-per-month"),
    choice("Pictures of one request", LimitKind.PICTURES_PER_REQUEST, "choice-pictures-at-once"),
    choice("Seconds between two requests", LimitKind.COOLDOWN, "choice-cooldown"),
    choice("Requests under way at once", LimitKind.JOBS_AT_ONCE, "choice-jobs-at-once"),
]

NO_LIMIT: Final = "none"
"""The value of the suggestion that there is no limit."""

USUAL: Final = {
    LimitKind.PICTURES_PER_REQUEST: ("1", "2", "3"),
    LimitKind.COOLDOWN: ("10", "30", "60", "300"),
    LimitKind.JOBS_AT_ONCE: ("1", "2", "3", "5"),
}
"""Amounts that are suggested before any is typed."""

USUAL_BUDGETS: Final = ("0", "5", "10", "20", "50", "100")

SEPARATOR: Final = ":"
"""Between the parts of a suggested rule's value."""


def amount_of(kind: LimitKind, typed: str) -> int | None:
    """Return the amount that was typed or picked, None for no limit.

    Raises:
        DeclinedError: it is none.
    """
    plain = typed.strip().casefold()
    if plain == NO_LIMIT or plain in {say("no-limit").casefold() for say in languages().values()}:
        return None
    try:
        return read_amount(kind, typed)
    except AmountError as error:
        least, most = BOUNDS[kind]
        message_id = "amount-of-credits" if kind in CREDITS else "amount-whole"
        raise DeclinedError(message_id, typed=typed, least=least, most=f"{most:,}") from error


def suggest_amounts(
    typed: str, kind_chosen: object, words: Words
) -> list[app_commands.Choice[str]]:
    """Return amounts of the chosen kind, what is typed first, and that there is no limit."""
    if kind_chosen not in list(LimitKind):
        return []
    kind = LimitKind(str(kind_chosen))
    amounts = [typed.strip()] if typed.strip() else USUAL.get(kind, USUAL_BUDGETS)
    suggested = []
    for each in amounts:
        try:
            said = limit_in_words(kind, read_amount(kind, each), words)
        except AmountError:
            continue
        suggested.append(app_commands.Choice(name=said[:MAX_VALUE_CHARACTERS], value=each))
    return [*suggested, app_commands.Choice(name=words("no-limit"), value=NO_LIMIT)]


def suggest_servers(typed: str, guilds: Iterable[discord.Guild]) -> list[app_commands.Choice[str]]:
    """Return servers by name, their numbers as values."""
    wanted = typed.strip().casefold()
    found = [
        guild for guild in guilds if wanted in guild.name.casefold() or wanted == str(guild.id)
    ]
    return [
        app_commands.Choice(name=guild.name[:MAX_VALUE_CHARACTERS], value=str(guild.id))
        for guild in found[:MAX_SUGGESTIONS]
    ]


def suggest_rules(
    typed: str,
    rules: Iterable[LimitRule],
    words: Words,
    client: discord.Client,
    names: Mapping[int, str],
) -> list[app_commands.Choice[str]]:
    """Return limits to choose from, in plain text."""
    wanted = typed.strip().casefold()
    suggested = []
    for rule in rules:
        limit = limit_in_words(rule.kind, rule.amount, words)
        said = words("limit-line", who=whom_by_name(rule, words, client, names), limit=limit)
        if wanted in said.casefold():
            suggested.append(
                app_commands.Choice(name=said[:MAX_VALUE_CHARACTERS], value=_key_of(rule))
            )
    return suggested[:MAX_SUGGESTIONS]


def rule_of(key: str, rules: Iterable[LimitRule]) -> LimitRule:
    """Return the limit that a suggestion stands for.

    Raises:
        DeclinedError: there is none such any more.
    """
    for rule in rules:
        if _key_of(rule) == key.strip():
            return rule
    raise DeclinedError("limit-unknown")


def _key_of(rule: LimitRule) -> str:
    return SEPARATOR.join((str(rule.guild_id), rule.who, str(rule.target_id), rule.kind))


def set_card(
    rule: LimitRule, before: LimitRule | None, words: Words, client: discord.Client
) -> Card:
    """Return what a limit now is, and what it was before."""
    line = words(
        "limit-line",
        who=whom_in_words(rule, words, client),
        limit=limit_in_words(rule.kind, rule.amount, words),
    )
    if before is None:
        return text_card(words("limit-set", line=line))
    limit = limit_in_words(before.kind, before.amount, words)
    return text_card(words("limit-changed", line=line, before=limit))


def cleared_card(rule: LimitRule, words: Words, client: discord.Client) -> Card:
    """Return which limit is no longer there."""
    limit = limit_in_words(rule.kind, rule.amount, words)
    who = whom_in_words(rule, words, client)
    return text_card(words("limit-cleared", line=words("limit-line", who=who, limit=limit)))


def limits_card(
    heading: str,
    rules: Sequence[tuple[LimitRule, int | None]],
    base: Sequence[str],
    words: Words,
    client: discord.Client,
) -> Card:
    """Return limits, with what is used of those of a whole, and what holds besides.

    Args:
        base: what holds for everybody in the whole bot, in words.
    """
    lines = [_line(rule, used, words, client) for rule, used in rules]
    told = [heading, as_list(words, lines) if lines else words("no-limits")]
    if base:
        told.append(words("limits-besides", limits="; ".join(base)))
    return text_card(*told, words("limits-in-utc"))


def _line(rule: LimitRule, used: int | None, words: Words, client: discord.Client) -> str:
    who, limit = whom_in_words(rule, words, client), limit_in_words(rule.kind, rule.amount, words)
    return _line_of(who, limit, rule.kind, used, words)


def _line_of(who: str, limit: str, kind: LimitKind, used: int | None, words: Words) -> str:
    if used is None:
        return words("limit-line", who=who, limit=limit)
    return words("limit-line-used", who=who, limit=limit, used=amount_in_words(kind, used))


def sorted_rules(rules: Iterable[LimitRule]) -> list[LimitRule]:
    """Return limits as one reads them: of wholes, then of roles, then of people."""
    order = [Who.ALL, Who.ROLE, Who.USER]
    kinds = [LimitKind(each.value) for each in KIND_CHOICES]
    return sorted(
        rules,
        key=lambda rule: (
            rule.guild_id != EVERYWHERE,
            order.index(rule.who),
            rule.guild_id,
            rule.target_id != rule.guild_id,
            rule.target_id,
            kinds.index(rule.kind),
        ),
    )


def own_card(
    who: str, limits: Limits, used: Mapping[Budget, int | None], most_pictures: int, words: Words
) -> Card:
    """Return what holds for one person where they are, and what they have used of it.

    Args:
        used: None where that is not for the reader to know.
    """
    lines = []
    for budget, amount in used.items():
        whose = words(f"budget-{budget.whose}")
        limit = limit_in_words(budget.kind, budget.most, words)
        lines.append(_line_of(whose, limit, budget.kind, amount, words))
    lines.append(limit_in_words(LimitKind.PICTURES_PER_REQUEST, most_pictures, words))
    lines += base_lines(limits, words)
    heading = words("limits-of-person", who=who)
    return text_card(heading, as_list(words, lines), words("limits-in-utc"))


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


def names_wanted(rules: Iterable[LimitRule | AccessRule]) -> list[int]:
    """Return the people whose names a list of rules shows."""
    return [rule.target_id for rule in rules if rule.who is Who.USER and rule.target_id > 0]
