"""What a person sees in a channel, as plain text, as data, and as picture files."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sandbox.discord import SeenMessage

State: TypeAlias = Literal["working", "done", "answered", "refused", "failed"]

STATE_BY_COLOUR: Final[dict[int, State]] = {
    0x6D727A: "working",
    0x949BA4: "done",
    0xF2C46D: "refused",
    0xE0787F: "failed",
}
"""The state that a card's colour shows: two greys, amber and red."""

_MENTION: Final = re.compile(r"<@!?(\d+)>")
_TIMESTAMP: Final = re.compile(r"<t:(-?\d+)(?::[tTdDfFR])?>")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_SMALL_PRINT: Final = re.compile(r"^-# ", re.MULTILINE)
_BOLD: Final = re.compile(r"(?<!\\)\*\*")

UNITS_S: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def state_of(message: SeenMessage) -> State:
    """Return how far a message of the bot says that its job is; "answered" is words alone."""
    if message.thinking:
        return "working"
    if message.accent_color in STATE_BY_COLOUR:
        return STATE_BY_COLOUR[message.accent_color]
    return "answered" if message.private and not message.images else "done"


def as_shown(text: str, names: Mapping[int, str], now: datetime) -> str:
    """Return text as a Discord client shows it: names for mentions, words for timestamps."""
    text = _BOLD.sub("", _SMALL_PRINT.sub("", text))
    text = _MENTION.sub(lambda match: f"@{names.get(int(match[1]), 'unknown')}", text)
    text = _TIMESTAMP.sub(lambda match: _relative(int(match[1]) - now.timestamp()), text)
    return _ESCAPED.sub(r"\1", text)


def save_pictures(messages: Sequence[SeenMessage], folder: Path) -> None:
    """Write every picture into the folder under the name that it has on Discord."""
    folder.mkdir(parents=True, exist_ok=True)
    for message in messages:
        for image in message.images:
            _write(folder / image.filename, image.data)


def save_transcript(
    messages: Sequence[SeenMessage], folder: Path, names: Mapping[int, str]
) -> None:
    """Write `transcript.json`: the messages as a person sees them, oldest first."""
    now = datetime.now(UTC)
    entries = [
        {
            "author": message.author,
            "text": as_shown(message.text, names, now),
            "images": [
                {
                    "file": image.filename,
                    "width": image.width,
                    "height": image.height,
                    "alt": image.alt,
                    "spoiler": image.spoiler,
                }
                for image in message.images
            ],
            "buttons": list(message.buttons),
            "private": message.private,
            "state": state_of(message),
        }
        for message in messages
    ]
    text = json.dumps(entries, ensure_ascii=False, indent=2)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "transcript.json", f"{text}\n".encode())


def _write(path: Path, data: bytes) -> None:
    # A new file, so that it has no permissions of an older one.
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def _relative(seconds: float) -> str:
    amount = round(abs(seconds))
    if amount < 1:
        return "now"
    unit, size = next(each for each in UNITS_S if amount >= each[1])
    number = round(amount / size)
    words = f"{number} {unit}{'' if number == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"
