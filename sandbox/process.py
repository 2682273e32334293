"""A bot as a process of its own, which can be killed and started again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

STOP_PATIENCE_S: Final = 10.0


class BotProcess:
    """Runs a command; what it writes is added to a log.

    Args:
        environ: all of its environment.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        self._command = command
        self._environ = environ
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        # Of two who press at once, the second finds what the first has started.
        self._changing = asyncio.Lock()

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it, unless it runs; it is not connected yet."""
        async with self._changing:
            if self.is_running:
                return
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command, env=self._environ, stdout=log, stderr=log
                )

    async def ended(self) -> None:
        """Wait until it has ended."""
        if self._process is not None:
            await self._process.wait()

    async def kill(self) -> None:
        """End it at once, so that it can put nothing in order (SIGKILL)."""
        async with self._changing:
            if self._process is not None:
                with suppress(ProcessLookupError):
                    self._process.kill()
            await self.ended()

    async def stop(self) -> None:
        """Let it come to an end by itself, and kill it where that takes too long."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ended(), STOP_PATIENCE_S)
        await self.kill()
