"""Which limits hold for whom, and amounts as people type them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from domain.limits import BUDGETS, EVERYWHERE, Budget, LimitKind, Limits, Who, Whose
from domain.models import MICROCREDITS_PER_CREDIT
from flux.catalogue import MAX_COUNT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.limits import LimitRule
    from services.access import Asker

CREDITS: Final = frozenset({LimitKind.CREDITS_PER_DAY, LimitKind.CREDITS_PER_MONTH})
"""Kinds whose amounts are people's credits and rules' millionths of one."""

BOUNDS: Final = {
    LimitKind.CREDITS_PER_DAY: (0, 1_000_000),
    LimitKind.CREDITS_PER_MONTH: (0, 1_000_000),
    LimitKind.PICTURES_PER_DAY: (0, 1_000_000),
    LimitKind.PICTURES_PER_MONTH: (0, 1_000_000),
    LimitKind.COOLDOWN: (0, 86_400),
    LimitKind.PICTURES_PER_REQUEST: (1, MAX_COUNT),
    LimitKind.JOBS_AT_ONCE: (1, 1_000),
}
"""The least and the greatest amount of each kind, as typed: a day, what one request can ask for,
and else what is surely no mistake. Whoever may have no picture at all is denied access."""

AMOUNT_CHARACTERS: Final = 20
"""More than the longest amount, so that somebody who types too much is told what is taken."""

_NUMBER: Final = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")


class AmountError(Exception):
    """What was typed is no amount of this kind; nothing was changed."""


def read_amount(kind: LimitKind, typed: str) -> int:
    """Return an amount as a rule holds it: microcredits, pictures, seconds or requests.

    Raises:
        AmountError: it is no number, too small or too great, or in parts where these make none.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    if not _NUMBER.fullmatch(text):
        raise AmountError
    amount = Decimal(text) * (MICROCREDITS_PER_CREDIT if kind in CREDITS else 1)
    least, most = BOUNDS[kind]
    if not least <= Decimal(text) <= most or amount % 1:
        raise AmountError
    return int(amount)


def holding_amounts(asker: Asker, rules: Iterable[LimitRule]) -> dict[LimitKind, int]:
    """Return what the rules of the asker's server limit them to; what is left out is not limited.

    A rule for the person stands before those for their roles; of these, the most generous wins.
    """
    found: dict[LimitKind, list[LimitRule]] = {}
    for rule in rules:
        if asker.is_meant_by(rule):
            found.setdefault(rule.kind, []).append(rule)
    amounts: dict[LimitKind, int] = {}
    for kind, meant in found.items():
        own = [rule for rule in meant if rule.who is Who.USER]
        allowed = [rule.amount for rule in own or meant]
        limited = [amount for amount in allowed if amount is not None]
        if len(limited) == len(allowed):
            amounts[kind] = min(limited) if kind is LimitKind.COOLDOWN else max(limited)
    return amounts


def resolve_limits(asker: Asker, rules: Iterable[LimitRule], base: Limits) -> Limits:
    """Return all that a request of the asker must stay within.

    Args:
        rules: of the asker's server and of the whole bot.
        base: what holds for everybody.
    """
    rules = list(rules)
    budgets = [*base.budgets]
    for rule in rules:
        if not rule.kind.is_budget or rule.amount is None:
            continue
        whose = _whose(asker, rule)
        if whose is not None:
            budgets.append(Budget(whose=whose, kind=rule.kind, most=rule.amount))
    here = [rule for rule in rules if rule.guild_id == asker.guild_id]
    amounts = holding_amounts(asker, here)
    budgets += [
        Budget(whose=Whose.MEMBER, kind=kind, most=amounts[kind])
        for kind in BUDGETS
        if kind in amounts
    ]
    return Limits(
        cooldown_s=base.cooldown_s,
        jobs_per_user=base.jobs_per_user,
        member_cooldown_s=amounts.get(LimitKind.COOLDOWN, 0),
        jobs_per_member=amounts.get(LimitKind.JOBS_AT_ONCE, 0),
        budgets=tuple(budgets),
    )


def _whose(asker: Asker, rule: LimitRule) -> Whose | None:
    """Return whose spending a rule bounds besides what a server's managers set for its members."""
    if rule.guild_id == EVERYWHERE:
        if rule.who is Who.ALL:
            return Whose.ALL
        return Whose.PERSON if asker.is_meant_by(rule) else None
    return Whose.SERVER if rule.who is Who.ALL and rule.guild_id == asker.guild_id else None
