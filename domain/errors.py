"""The one exception that refuses a request, and those that end the process."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from domain.limits import Budget

if TYPE_CHECKING:
    from domain.models import Problem

Detail: TypeAlias = str | int | datetime | tuple[str, ...] | tuple[int, ...] | Budget
"""What a sentence can name; `ui/errors.py` makes it safe to show."""


class Plain(str):
    """Text of the bot's own making, such as names of models: shown as it is, however long."""

    __slots__ = ()


class UserError(Exception):
    """The request is refused, for a reason that the person is shown; nothing was charged.

    Attributes:
        reason: a problem, where an image was requested and metrics count it; else the id of a
            sentence in `ui/locales`.
        details: what the sentence names, such as what was typed.
        draft_id: where the request is kept, to be edited in a form; None where it is not.
    """

    def __init__(self, reason: Problem | str, /, **details: Detail) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details
        self.draft_id: str | None = None


class StartError(Exception):
    """The bot cannot run; the text is a sentence for the operator."""


class RefusedError(StartError):
    """Discord refuses the bot, at the start or later, until its operator changes something.

    Starting again and again costs session starts, of which Discord allows 1,000 a day before it
    resets the token.
    """
