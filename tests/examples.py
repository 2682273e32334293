"""How many examples property tests draw."""

from typing import Final

from hypothesis import settings

FULL: Final = "full"
"""The profile of `make test-full`."""

FEWER: Final = 4


def is_full() -> bool:
    """Whether every example is drawn; Hypothesis loads the profile before pytest reads a test."""
    return settings.get_current_profile_name() == FULL


def examples(number: int, fewer: int = FEWER) -> int:
    """Return how many of so many examples are drawn: all, or by default one in so many."""
    return number if is_full() else -(-number // fewer)
