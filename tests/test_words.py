"""Replaced phrases do not come back into cards, buttons and refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

CATALOGUE: Final = Path(__file__).parents[1] / "ui" / "locales" / "en-US.ftl"

REPLACED: Final = (
    "Whoever runs this bot can mend it",
    "price was given back",
    "Say it differently",
    "holds words that are not allowed",
    "You may ask me for no pictures",
    "No pictures are made in this channel",
    "requests under way as one person may have",
    "You pressed this a moment ago",
    "I may not post pictures in this channel",
    "an older form of this command",
    "Drawing",
    "usually about",
    "In line, place",
    "Asked by",
    "Show one picture on its own",
    "button-again = Again",
    "button-change = Change",
    "button-collect = Collect",
    "What the picture should show",
    "As the picture is",
    "Family",
    "Start again from this one",
    "go to it",
    "Delete for good",
    "Keep it",
    "None of your pictures is like that",
)


@pytest.mark.parametrize("phrase", REPLACED)
def test_a_replaced_phrase_is_not_used(phrase: str) -> None:
    assert phrase not in CATALOGUE.read_text(encoding="utf-8")
