"""The sandbox in a terminal: who says what, how far a job is, where its pictures are."""

from __future__ import annotations

import io
import sys
import textwrap
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from sandbox.transcript import as_shown, state_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.status import Status

    from sandbox.discord import SeenMessage

COLOURS: Final = {
    "working": "blue",
    "done": "green",
    "answered": "yellow",
    "refused": "yellow",
    "failed": "red",
}
INDENT: Final = "  "


class Terminal:
    """Prints the channel as it goes on; plain lines where the output is no terminal."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # What people type may hold characters that this terminal's encoding does not.
            sys.stdout.reconfigure(errors="replace")
        self._console = Console(highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Print something about the sandbox itself."""
        self._console.print(Text(text, style="dim"))

    def complain(self, text: str) -> None:
        """Print what went wrong."""
        self._console.print(Text(text, style="red"))

    def said(self, author: str, text: str) -> None:
        """Print what a person typed."""
        self._console.print(Text.assemble((author, "bold cyan"), "  ", text))

    def progress(self) -> Status:
        """Return a progress line to be entered while something goes on."""
        return self._console.status("")

    def progress_text(self, message: SeenMessage | None, names: Mapping[int, str]) -> str:
        """Return what the progress line says of a message that is still changing."""
        if message is None or message.thinking:
            return "Thinking…"
        headline, *_ = as_shown(message.text, names, datetime.now(UTC)).splitlines()
        return headline

    def seen(self, message: SeenMessage, names: Mapping[int, str], folder: Path | None) -> None:
        """Print a message of the bot, and where its pictures are.

        Args:
            folder: where the pictures were saved, None where they are only on the local Discord.
        """
        state = state_of(message)
        private = " (only you see this)" if message.private else ""
        self._console.print(
            Text.assemble((message.author, f"bold {COLOURS[state]}"), f"  {state}{private}")
        )
        body = Text(textwrap.indent(as_shown(message.text, names, datetime.now(UTC)), INDENT))
        for image in message.images:
            where = str(folder / image.filename) if folder else image.url
            hidden = ", spoiler" if image.spoiler else ""
            body.append(f"\n{INDENT}{image.width} × {image.height}{hidden}  ", style="bold")
            body.append(where, style="underline")
        self._console.print(body, end="\n\n")
