"""Prices of images, and the account's discount."""

from dataclasses import dataclass
from decimal import Decimal

from sandbox.flux.models import MODELS

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
    listed = MODELS[model][0] * pictures
    return Cost(amount=listed * CHARGED_SHARE_OF_LIST, list_amount=listed)
