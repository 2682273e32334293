"""The instants at which the bot is killed, by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

ARRIVES: Final = "arrives"
"""The request has come and nothing was done; it is lost with the bot."""

TAKES_EFFECT: Final = "takes effect"
"""What was asked is done, and the bot has not heard so."""

IS_ANSWERED: Final = "is answered"
"""The bot has heard so and may be writing it down, some milliseconds at most."""

MOMENTS: Final = (ARRIVES, TAKES_EFFECT, IS_ANSWERED)

_DISCORD: Final = (
    ("acknowledgement", "POST", re.compile(r"^/interactions/\d+/:token/callback$")),
    ("post", "POST", re.compile(r"^/channels/\d+/messages$")),
    ("edit", "PATCH", re.compile(r"^/channels/\d+/messages/\d+$")),
    ("response", "PATCH", re.compile(r"^/webhooks/\d+/:token/messages/")),
    ("dismissal", "DELETE", re.compile(r"^/webhooks/\d+/:token/messages/")),
    ("private word", "POST", re.compile(r"^/webhooks/\d+/:token$")),
)
_WITH_FILES: Final = {"edit": "result", "response": "result as response"}

LOGGED: Final = re.compile(r" job=([0-9a-f]+) (accepted|submitted|delivered|refused|failed|\w+)")

FROM_FLUX: Final = {
    "submit": MOMENTS,
    "tasks": (ARRIVES, IS_ANSWERED),
    "picture": (ARRIVES, TAKES_EFFECT, IS_ANSWERED),
    "callback": (ARRIVES, IS_ANSWERED),
}
LOG_WORDS: Final = (
    "accepted",
    "submitted",
    "uncertain",
    "running",
    "fetched",
    "delivered",
    "refused",
    "failed",
    "cancelled",
)


@dataclass(frozen=True, slots=True)
class Point:
    """A seam of the bot with the world, and a moment there."""

    seam: str
    moment: str

    def __str__(self) -> str:
        return f"{self.seam} {self.moment}"


def discord_seam(method: str, path: str, *, has_files: bool) -> str | None:
    """Return the seam that a request to Discord belongs to, None for those of the start."""
    for seam, its_method, its_path in _DISCORD:
        if method == its_method and its_path.search(path):
            return _WITH_FILES.get(seam, seam) if has_files else seam
    return None


def every_point(*, callbacks: bool) -> list[Point]:
    """Return each named instant once."""
    seams = [seam for seam, _, _ in _DISCORD]
    points = [Point(seam, moment) for seam in (*seams, *_WITH_FILES.values()) for moment in MOMENTS]
    points += [
        Point(seam, moment)
        for seam, moments in FROM_FLUX.items()
        for moment in moments
        if callbacks or seam != "callback"
    ]
    points += [Point(word, "is logged") for word in LOG_WORDS]
    return [*points, Point("start", "")]
