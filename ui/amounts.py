"""What may be used, and what was used of it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.models import MICROCREDITS_PER_CREDIT
from services.limit_amounts import CREDITS

if TYPE_CHECKING:
    from domain.limits import Allowance, LimitKind
    from ui.i18n import Words


def limit_in_words(kind: LimitKind, amount: int | None, words: Words) -> str:
    """Return a limit as people say it: "10 pictures a day", "Pictures per day: no limit"."""
    if amount is None:
        return words("limit-none", kind=words(f"kind-{kind.replace('_', '-')}"))
    return words(f"limit-{kind.replace('_', '-')}", amount=_counted(kind, amount))


def allowance_in_words(allowance: Allowance, words: Words) -> str:
    """Return what a requester has used of their own: "3 of 10 today"."""
    return words(
        f"used-{allowance.kind.replace('_', '-')}",
        used=amount_in_words(allowance.kind, allowance.used),
        most=amount_in_words(allowance.kind, allowance.most),
    )


def amount_in_words(kind: LimitKind, amount: int) -> str:
    """Return an amount without its unit, credits to the last digit that is not 0."""
    if kind not in CREDITS:
        return str(amount)
    return f"{amount / MICROCREDITS_PER_CREDIT:.6f}".rstrip("0").rstrip(".")


def _counted(kind: LimitKind, amount: int) -> str | int:
    # A whole number is written, and its noun bent, as the language does.
    return amount_in_words(kind, amount) if kind in CREDITS else amount
