"""The price of a Flux credit in money, as the bot owner sets it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.models import MICROCREDITS_PER_CREDIT

CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPrice:
    """The price of one credit.

    Attributes:
        currency: three letters, such as USD.
    """

    amount: Decimal
    currency: str

    def of(self, microcredits: int) -> str:
        """Return an amount of money with two digits, such as "0.02 USD" or "0.0048 USD"."""
        money = self.amount * microcredits / MICROCREDITS_PER_CREDIT
        shown = f"{money:.2f}" if money >= CENT or not money else f"{float(money):.2g}"
        return f"{Decimal(shown):f} {self.currency}"
