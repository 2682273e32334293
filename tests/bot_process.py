"""`python bot.py` as a process of its own, quickly started."""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping, Sequence

ROOT = Path(__file__).parents[1]

BOT = ROOT / "bot.py"

MAX_LINE_BYTES = 1 << 20


class ForkedBot:
    """A bot that `tests.zygote` has forked, with what tests use of `asyncio.subprocess.Process`.

    Attributes:
        returncode: its exit status, negative for a signal; None until it was waited for.
        stderr: None where it goes to the standard output.
    """

    def __init__(self) -> None:
        self.pid = 0
        self.returncode: int | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._told: asyncio.StreamReader | None = None

    @classmethod
    async def start(
        cls, folder: Path, environ: Mapping[str, str], arguments: Sequence[str], *, apart: bool
    ) -> Self:
        """Start one; `apart` is whether its standard error is a pipe of its own."""
        bot = cls()
        ignored = [
            name
            for name in ("SIGINT", "SIGHUP")
            if signal.getsignal(signal.Signals[name]) is signal.SIG_IGN
        ]
        order = {
            "arguments": arguments,
            "cwd": str(folder),
            "environ": dict(environ),
            "ignored": ignored,
        }
        bot._told, told = await bot._pipe()
        bot.stdout, output = await bot._pipe()
        errors = output
        if apart:
            bot.stderr, errors = await bot._pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        files = [nothing, output, errors, told]
        try:
            socket.send_fds(_orders(), [json.dumps(order).encode()], files)
        finally:
            for file in {*files}:
                os.close(file)
        bot.pid = int(await bot._told.readline())
        return bot

    @staticmethod
    async def _pipe() -> tuple[asyncio.StreamReader, int]:
        reading, writing = os.pipe()
        reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb")
        )
        return reader, writing

    async def wait(self) -> int:
        """Wait until it has ended, and return its exit status."""
        if self.returncode is None:
            assert self._told is not None
            # To its end, so that the loop does not end with the pipe open.
            self.returncode = int(await self._told.read())
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait until it has ended, and return what it has written since."""
        pipes = [pipe for pipe in (self.stdout, self.stderr) if pipe is not None]
        output, *errors = await asyncio.gather(*(pipe.read() for pipe in pipes))
        await self.wait()
        return output, b"".join(errors)

    def send_signal(self, number: int) -> None:
        """Send a signal; ProcessLookupError where it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


AnyBot: TypeAlias = "ForkedBot | Process"
"""Where it cannot be forked, it is a process of asyncio's."""


@functools.cache
def _orders() -> socket.socket:
    """Start the zygote and return the socket that it reads; it ends when this is closed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.zygote"]
    zygote = subprocess.Popen(command, cwd=ROOT, stdin=theirs.fileno())  # noqa: S603  # tests' own
    theirs.close()
    atexit.register(zygote.wait)
    atexit.register(ours.close)
    return ours


@asynccontextmanager
async def bot_process(
    folder: Path,
    environ: Mapping[str, str],
    *arguments: str,
    apart: bool = False,
    start: str | None = None,
) -> AsyncIterator[AnyBot]:
    """Run `python bot.py` there, with these variables and what Python needs.

    Args:
        apart: give its standard error a pipe of its own.
        start: what a Python does first that then becomes the bot.
    """
    needed = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    environ = {**needed, **environ}
    # aiohttp reads that variable when it is imported.
    is_forked = start is None and "SSL_CERT_FILE" not in environ and hasattr(os, "fork")
    if is_forked:
        bot: AnyBot = await ForkedBot.start(folder, environ, arguments, apart=apart)
    else:
        bot = await asyncio.create_subprocess_exec(
            sys.executable,
            *(["-c", start] if start else []),
            BOT,
            *arguments,
            cwd=folder,
            env=environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE if apart else asyncio.subprocess.STDOUT,
        )
    try:
        yield bot
    finally:
        with suppress(ProcessLookupError):
            bot.kill()
        await bot.communicate()
