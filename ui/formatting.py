"""What people typed, made safe to show, and numbers put in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from domain.models import MICROCREDITS_PER_CREDIT, Payer
from storage.ledger import shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.models import Job
    from ui.i18n import Words

MESSAGE_CHARACTERS: Final = 4_000
"""Over all text of a message of components; components reference."""

LIST_CHARACTERS: Final = MESSAGE_CHARACTERS - 400
"""Of a list's lines, so that a heading and the number of those left out fit too."""

_MARKS: Final = re.compile(r"([\\`*_~|<>#\[\]()@:.+-])")
"""Characters that begin some markup in Discord's markdown, mentions, links and timestamps."""


def inert(text: str, limit: int) -> str:
    """Return text that Discord shows as it was typed: no markup, no mention, no link.

    Args:
        limit: characters of the text that are kept; the result is at most twice as long, plus one.
    """
    shortened = text if len(text) <= limit else text[: limit - 1] + "…"
    return _MARKS.sub(r"\\\1", shortened)


def credits_in_words(job: Job, words: Words) -> str:
    """Return what the job costs its requester: as Flux charged it, else as estimated, marked so."""
    borne = shares(job)[Payer.USER]
    is_estimate = borne and job.charged_microcredits is None
    amount = f"{borne / MICROCREDITS_PER_CREDIT:.3g}"
    return words("credits-about" if is_estimate else "credits", amount=amount)


def seconds_taken(job: Job) -> str:
    """Return how long the job's pictures took, waiting in line included; "0" before they came."""
    return f"{((job.fetched_at or job.created_at) - job.created_at).total_seconds():.0f}"


def as_list(words: Words, lines: Sequence[str]) -> str:
    """Return lines as a list, as many as fit one message, and how many more there are."""
    shown: list[str] = []
    room = LIST_CHARACTERS
    for number, line in enumerate(lines):
        if len(line) + 1 > room:
            return "\n".join([*shown, words("and-more", count=len(lines) - number)])
        shown.append(line)
        room -= len(line) + 1
    return "\n".join(shown)
