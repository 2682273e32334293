"""Reasons for which the bot cannot start."""

from __future__ import annotations


class StartError(Exception):
    """The bot cannot run; the text is a sentence for the operator."""


class RefusedError(StartError):
    """Discord refuses the bot, at the start or later, until its operator changes something.

    Starting again and again costs session starts, of which Discord allows 1,000 a day before it
    resets the token.
    """
