"""The sandbox's own prices.

Only the figures of flux-dev and flux-kontext-pro were seen in real results; the vendor
publishes no others that hold, so the rest are made up to stand in a plausible order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

LIST_CREDITS_PER_PICTURE: Mapping[str, Decimal] = {
    "flux-dev": Decimal("0.24"),
    "flux-pro": Decimal("0.50"),
    "flux-pro-1.1": Decimal("0.40"),
    "flux-pro-1.1-ultra": Decimal("0.60"),
    "flux-kontext-pro": Decimal("0.47"),
    "flux-kontext-max": Decimal("0.94"),
    "flux-2-flex": Decimal("0.60"),
    "flux-2-pro": Decimal("0.40"),
    "flux-2-max": Decimal("0.80"),
    "flux-2-klein": Decimal("0.15"),
}

# Both real charges stand nine to ten to their list prices: an account's discount.
CHARGED_SHARE_OF_LIST = Decimal("0.9")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a task costs in credits, and what it would cost without the discount."""

    amount: Decimal
    list_amount: Decimal

    def as_dict(self) -> dict[str, object]:
        """Give the value of `cost` in a result."""
        return {
            "amount": float(self.amount),
            "currency": "credit",
            "list_amount": float(self.list_amount),
        }


def cost_of(model: str, pictures: int) -> Cost:
    """Price that many pictures of a known model."""
    listed = LIST_CREDITS_PER_PICTURE[model] * pictures
    return Cost(amount=listed * CHARGED_SHARE_OF_LIST, list_amount=listed)
