"""Errors of discord.py's own that none of our code sees, logged without a word that was typed."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncio

logger = logging.getLogger(__name__)

INNERMOST_FRAMES: Final = 8
"""Of an endless recursion too, these tell where it was."""


def where(error: BaseException) -> str:
    """Return an error's type and its way, but not its words: they can be what somebody typed."""
    frames = reversed(traceback.extract_tb(error.__traceback__, limit=-INNERMOST_FRAMES))
    way = (f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno}" for frame in frames)
    return " < ".join((type(error).__name__, *way))


def log_lost_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a task or a callback raised and nobody waited for; for the event loop."""
    del loop
    error = context.get("exception")
    # With an error, asyncio's own message can hold the arguments of the call.
    logger.error("an error was lost: %s", where(error) if error else context["message"])
