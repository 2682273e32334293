"""`python bot.py sandbox`, which fails if Discord's description refuses what was said in it."""

from __future__ import annotations

import sys

from cli import parse
from sandbox.discord import LocalDiscord
from sandbox_command import run
from tests.openapi import check_answers, check_requests


class CheckedDiscord(LocalDiscord):
    """Checked when it closes."""

    async def close(self) -> None:
        """Close it, and fail if Discord's description refuses an answer, an event or a request."""
        await super().close()
        check_answers(self)
        check_requests(self.requests)


if __name__ == "__main__":
    sys.exit(run(parse(["sandbox", *sys.argv[1:]]), CheckedDiscord))
