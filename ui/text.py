"""What people typed, made safe to show, and numbers put in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from storage.ledger import shares
from storage.records import MICROCREDITS_PER_CREDIT, Payer

if TYPE_CHECKING:
    from storage.records import Job

_MARKS: Final = re.compile(r"([\\`*_~|<>#\[\]()@:.+-])")
"""Characters that begin some markup in Discord's markdown, mentions, links and timestamps."""


def inert(text: str, limit: int) -> str:
    """Return text that Discord shows as it was typed: no markup, no mention, no link.

    Args:
        limit: characters of the text that are kept; the result is at most twice as long, plus one.
    """
    shortened = text if len(text) <= limit else text[: limit - 1] + "…"
    return _MARKS.sub(r"\\\1", shortened)


def credits_in_words(job: Job) -> str:
    """Return what the job costs its requester: as Flux charged it, else as estimated, marked so."""
    borne = shares(job)[Payer.USER]
    about = "about " if borne and job.charged_microcredits is None else ""
    return f"{about}{borne / MICROCREDITS_PER_CREDIT:.3g} credits"
