"""Enforcing the rules: every refusal of the world goes through here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from sandbox.discord.errors import NOT_FOUND, ApiError, Refusal
from sandbox.discord.rules import Rule

Found = TypeVar("Found")


class Rulebook:
    """The rules of one world: all in force until one is switched off."""

    def __init__(self) -> None:
        self._off: set[Rule] = set()
        # Which rules have had something to object to, in force or not.
        self.struck: set[Rule] = set()

    @contextmanager
    def without(self, *rules: Rule) -> Iterator[None]:
        """Switch rules off for the length of a block."""
        before = set(self._off)
        self._off |= set(rules)
        try:
            yield
        finally:
            self._off = before

    def strikes(self, rule: Rule, condition: object) -> bool:
        """Tell whether a rule has something to say and is in force."""
        if not condition:
            return False
        self.struck.add(rule)
        return rule not in self._off

    def refuse(self, rule: Rule, condition: object, refusal: Refusal) -> None:
        """Refuse a request where a rule is broken."""
        if self.strikes(rule, condition):
            raise ApiError(*refusal)

    def found(self, rule: Rule, value: Found | None, refusal: Refusal) -> Found:
        """Return what a request names, or refuse where there is no such thing."""
        if value is not None:
            return value
        self.refuse(rule, condition=True, refusal=refusal)
        raise ApiError(*NOT_FOUND)
