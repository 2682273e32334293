"""The bot as a process of its own, started and killed from here."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]
GONE = -1
MAX_LINE_BYTES = 1 << 20
STOP_PATIENCE_S = 60.0


class Nursery:
    """One bot after the other, forked from a process that has imported `bot` once.

    Attributes:
        on_line: told every line that the bot logs, at once.
        log: the same lines, to find the cause of a complaint.
    """

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self.on_line: Callable[[str], None] = lambda _line: None
        self.log: list[str] = []
        self._environ = dict(environ)
        self._folder = folder
        self._pid: int | None = None
        self._status: asyncio.Future[int] | None = None

    async def __aenter__(self) -> Self:
        self._zygote = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.torture.zygote",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=MAX_LINE_BYTES,
        )
        self._reading = asyncio.create_task(self._read_log())
        return self

    async def __aexit__(self, *error: object) -> None:
        self.kill()
        with suppress(ProcessLookupError):
            self._zygote.kill()
        await self._zygote.wait()
        await self._reading
        if self._status is not None:
            await asyncio.gather(self._status, return_exceptions=True)

    @property
    def is_running(self) -> bool:
        """Whether a bot was started that was not killed and has not ended."""
        return self._pid is not None

    async def start(self, *, clock_ahead_s: float = 0.0) -> None:
        """Start a bot, whose machine's clock may be wrong; the one before it has ended."""
        order = {
            "environ": self._environ,
            "cwd": str(self._folder),
            "clock_ahead_s": clock_ahead_s,
        }
        stdin = self._zygote.stdin
        assert stdin is not None
        stdin.write(json.dumps(order).encode() + b"\n")
        pid = await self._answer()
        if pid < 0:
            raise RuntimeError("bot.py cannot be imported:\n" + "\n".join(self.log))
        self._pid = pid
        self._status = asyncio.ensure_future(self._wait())

    def kill(self) -> bool:
        """End the bot at this very instant, as `kill -9` does; False where there is none."""
        if self._pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        self._pid = None
        return True

    async def stop(self) -> int:
        """Ask the bot to stop and return its exit status."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGTERM)
        async with asyncio.timeout(STOP_PATIENCE_S):
            return await self.ended()

    async def ended(self) -> int:
        """Wait until the bot is no more; the status of a killed one is negative."""
        assert self._status is not None
        return await asyncio.shield(self._status)

    async def _wait(self) -> int:
        status = await self._answer()
        self._pid = None
        return status

    async def _answer(self) -> int:
        stdout = self._zygote.stdout
        assert stdout is not None
        return int(await stdout.readline() or GONE)

    async def _read_log(self) -> None:
        stderr = self._zygote.stderr
        assert stderr is not None
        async for line in stderr:
            text = line.decode(errors="replace").rstrip()
            self.log.append(text)
            self.on_line(text)
