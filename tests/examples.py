"""How many examples property tests draw."""

from typing import Final

from hypothesis import settings

FULL: Final = "full"
"""The profile of `make test-full`."""

FEWER: Final = 4


def examples(number: int) -> int:
    """Return how many of so many examples are drawn: all with the profile `FULL`, else a quarter.

    Hypothesis loads the profile before pytest reads the first test.
    """
    return number if settings.get_current_profile_name() == FULL else -(-number // FEWER)
