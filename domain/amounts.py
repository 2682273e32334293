"""Amounts of credits and money as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.models import MICROCREDITS_PER_CREDIT

CENT: Final = Decimal("0.01")

TWO_DECIMALS: Final = 0.1
"""The least number whose two decimals are two significant digits."""


def two_digits(number: float) -> str:
    """Return a number with at most two decimals, and two significant digits if it is small.

    "0.22", "2.5", "150", "0.048".
    """
    if number >= TWO_DECIMALS or not number:
        digits = f"{number:.2f}"
    else:  # without an exponent, which f"{:.2g}" has for very small numbers
        digits = f"{float(f'{number:.2g}'):.7f}"
    return digits.rstrip("0").rstrip(".")


def credits_text(microcredits: int) -> str:
    """Return an amount of credits without its unit."""
    return two_digits(microcredits / MICROCREDITS_PER_CREDIT)


def credits_number(microcredits: int) -> str | int:
    """Return the same, a whole number as one, so that a language can tell "1 credit" apart."""
    whole, part = divmod(microcredits, MICROCREDITS_PER_CREDIT)
    return two_digits(microcredits / MICROCREDITS_PER_CREDIT) if part else whole


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
