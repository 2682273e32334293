"""Who is told what happens to jobs: metrics, or nobody."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from domain.models import Job


class Retry(StrEnum):
    """What is tried again after it did not work."""

    SUBMIT = "submit"
    EVIDENCE = "evidence"
    DOWNLOAD = "download"
    DISCORD = "discord"
    DISK = "disk"


class Observer(Protocol):
    """Is told of every step; it returns at once and raises nothing."""

    def stepped(self, before: Job, after: Job) -> None:
        """Take note of a step that was stored."""

    def retried(self, what: Retry) -> None:
        """Take note that something is tried again."""


class Unobserved:
    """The observer of whoever wants to know nothing."""

    def stepped(self, before: Job, after: Job) -> None:
        """Do nothing."""

    def retried(self, what: Retry) -> None:
        """Do nothing."""


class Observers:
    """Several observers as one."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def stepped(self, before: Job, after: Job) -> None:
        """Tell each of them."""
        for observer in self._observers:
            observer.stepped(before, after)

    def retried(self, what: Retry) -> None:
        """Tell each of them."""
        for observer in self._observers:
            observer.retried(what)


UNOBSERVED: Final[Observer] = Unobserved()
