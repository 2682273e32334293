"""Decodes pictures in processes of their own, within limits, so that none holds the bot up.

A picture is bytes that others made: it may take hours to decode, fill the memory or crash the
decoder. Here it takes at most `PictureLimits`, and what it costs is its own failure.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from domain.scheduler import FairScheduler, Slot
from images.inspect import FAILURES, PictureFacts, PictureLimitError, UnusablePictureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from images.chart import Chart

logger = logging.getLogger(__name__)

IDLE_S: Final = 300.0
"""After which a process that nobody needs ends; it holds about 30 MB."""

START_S: Final = 60.0
"""For a process to start, which takes 50 ms on a machine that is not busy."""

END_S: Final = 1.0
"""For a killed process to be gone; one that waits for a stalled disk is left to the system."""

ROOT: Final = Path(__file__).parents[1]

ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a process gets of the bot's environment, which holds its tokens."""

MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024
"""Of a copy; the largest that is asked for is one of Discord's limit for a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """What one picture may take.

    On Windows only `wall_s` holds, on macOS `wall_s` and `cpu_s`.

    Attributes:
        cpu_s: seconds of CPU time; the system counts whole ones.
        memory_mb: megabytes of address space, of which Python and the libraries take 150.
    """

    cpu_s: int = 8
    wall_s: float = 15.0
    memory_mb: int = 1536


class Lane(Enum):
    """Two processes, so that a result never waits for an attached source, by their niceness.

    It is above the bot's own: on a busy core 10 leaves a tenth, enough for charts and results. The
    largest sources would not be decoded within their time with that.
    """

    SOURCES = 0
    RESULTS = 10


class Decoder:
    """Starts the processes when they are needed, and asks them one picture at a time.

    What asks one returns and raises what the function of its name in `images.resize` does, and
    raises OSError where no process can be started.

    Args:
        idle_s: seconds after its last picture at which a process ends.
    """

    def __init__(self, limits: PictureLimits, *, idle_s: float = IDLE_S) -> None:
        self._workers = {lane: _Worker(limits, idle_s, lane.value) for lane in Lane}
        self._warming: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the processes, whatever they are at."""
        for task in self._warming:
            task.cancel()
        await asyncio.gather(*(worker.close() for worker in self._workers.values()))

    def warm(self, lane: Lane) -> None:
        """Start a lane's process in the background, so that its first picture finds it there."""
        worker = self._workers[lane]
        if worker.process is None or worker.process.returncode is not None:
            task = asyncio.create_task(worker.warm(), name=f"warm {lane.name}")
            self._warming.add(task)
            task.add_done_callback(self._warming.discard)

    async def examine(self, path: Path, lane: Lane, *, is_tolerant: bool = False) -> PictureFacts:
        """Return what a file is, having decoded the whole of it.

        Args:
            path: absolute, as everywhere here: the process has another working directory.
            is_tolerant: whether a small part may be missing at the end of the file.

        Raises:
            UnusablePictureError: it is no picture that can be decoded; `PictureLimitError`: nor
                would it be another time.
        """
        answer, _ = await self._workers[lane].ask(
            {"work": "examine", "path": str(path), "is_tolerant": is_tolerant}
        )
        return PictureFacts(**answer["facts"])

    async def source(
        self, path: Path, limit_bytes: int, *, person: int
    ) -> tuple[PictureFacts, bytes, int]:
        """Return what `resize.source` returns, and raise what it raises.

        Args:
            person: who attached it; people take turns.
        """
        answer, copy = await self._workers[Lane.SOURCES].ask(
            {"work": "source", "path": str(path), "limit_bytes": limit_bytes}, person
        )
        return PictureFacts(**answer["facts"]), copy, answer["pixels"]

    async def join(
        self, paths: Sequence[Path], limit_bytes: int, *, person: int
    ) -> tuple[PictureFacts, bytes]:
        names = [str(path) for path in paths]
        order = {"work": "join", "paths": names, "limit_bytes": limit_bytes}
        answer, data = await self._workers[Lane.SOURCES].ask(order, person)
        return PictureFacts(**answer["facts"]), data

    async def encode(self, path: Path, limit_bytes: int) -> tuple[PictureFacts, bytes]:
        order = {"work": "encode", "path": str(path), "limit_bytes": limit_bytes}
        answer, copy = await self._workers[Lane.RESULTS].ask(order)
        return PictureFacts(**answer["facts"]), copy

    async def preview(self, path: Path, side: int) -> bytes:
        order = {"work": "preview", "path": str(path), "side": side}
        _, data = await self._workers[Lane.RESULTS].ask(order)
        return data

    async def chart(self, chart: Chart) -> bytes:
        """Return a PNG of it, in about 0.1 s; raises UnusablePictureError where it takes long."""
        _, data = await self._workers[Lane.RESULTS].ask({"work": "chart", "chart": asdict(chart)})
        return data


class _Worker:
    """One process, or none; it is asked for one picture at a time, in turn over people."""

    def __init__(self, limits: PictureLimits, idle_s: float, niceness: int) -> None:
        self._limits = limits
        self._idle_s = idle_s
        self._niceness = niceness
        self._environ = {key: os.environ[key] for key in ENVIRONMENT if key in os.environ}
        self._turns = FairScheduler(1, per_user=1)
        self._starting = asyncio.Lock()
        self.process: asyncio.subprocess.Process | None = None
        self._is_closed = False
        self._asking: set[asyncio.Task[tuple[dict[str, Any], bytes]]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._idle: asyncio.TimerHandle | None = None

    async def ask(self, order: dict[str, Any], person: int = 0) -> tuple[dict[str, Any], bytes]:
        turn = self._turns.join(person)
        try:
            if not self._turns.get_ready(turn):
                await turn.wait()
        except asyncio.CancelledError:
            self._turns.leave(turn)
            raise
        asking = asyncio.create_task(self._ask(order, turn), name="decode a picture")
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        # To its end even if nobody waits for it any more: else the next one finds no process.
        try:
            answer, data = await asyncio.shield(asking)
        except asyncio.CancelledError:  # and nobody is told how it ends
            asking.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            raise
        if "failed" in answer:
            raise FAILURES[answer["failed"]](answer["why"])
        return answer, data

    async def _ask(self, order: dict[str, Any], turn: Slot) -> tuple[dict[str, Any], bytes]:
        try:
            process = await self._started()
            try:
                async with asyncio.timeout(self._limits.wall_s):
                    answer = await _exchange(process, order)
            except TimeoutError as error:
                self._kill()
                raise PictureLimitError("it takes too long") from error
            except Exception as error:  # a decoder that was taken over can answer anything
                raise await self._death(process) from error
            except asyncio.CancelledError:
                self._kill()
                raise
            self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._kill)
            return answer
        finally:
            self._turns.leave(turn)

    async def warm(self) -> None:
        with suppress(OSError):  # the first picture raises it
            await self._started()
        if not self._asking:
            self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._kill)

    async def close(self) -> None:
        self._is_closed = True
        for asking in self._asking:
            asking.cancel()
        self._kill()
        if self._asking or self._ending:
            await asyncio.wait({*self._asking, *self._ending}, timeout=END_S)

    async def _started(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._idle is not None:
                self._idle.cancel()
            if self.process is not None and self.process.returncode is None:
                return self.process
            if self._is_closed:
                raise OSError("the picture decoder is closed")
            # By subprocess and not multiprocessing, which would import the bot's modules there.
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "images.decoder_worker",
                str(self._limits.cpu_s),
                str(self._limits.memory_mb),
                cwd=ROOT,
                env=self._environ,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                # Libraries write contents of people's pictures there.
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                async with asyncio.timeout(START_S):
                    stdout = self.process.stdout
                    is_ready = await stdout.readline() if stdout is not None else b""
            except BaseException:  # a cancel too: kill what is not ready
                self._kill()
                raise
            if not is_ready:
                self._kill()
                raise OSError("the picture decoder does not start")
            # Only now: a start takes longer than most images. The system may not allow it.
            with suppress(OSError):
                if sys.platform != "win32":
                    niceness = os.getpriority(os.PRIO_PROCESS, 0) + self._niceness
                    os.setpriority(os.PRIO_PROCESS, self.process.pid, niceness)
            return self.process

    async def _death(self, process: asyncio.subprocess.Process) -> UnusablePictureError:
        status = None
        try:
            async with asyncio.timeout(END_S):
                status = await process.wait()
        except TimeoutError:
            logger.warning("the decoder sent an invalid response")
        else:
            logger.warning("the decoder exited on an image: status=%d", status)
        finally:
            self._kill()
        if status is not None and status == -getattr(signal, "SIGXCPU", 0):
            return PictureLimitError("it takes too much CPU time")
        return UnusablePictureError("it ended its decoder")

    def _kill(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        if self.process is not None:
            if self.process.returncode is None:
                with suppress(ProcessLookupError):
                    self.process.kill()
            task = asyncio.create_task(_reap(self.process), name="reap picture decoder")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            self.process = None


async def _exchange(
    process: asyncio.subprocess.Process, order: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(json.dumps(order).encode() + b"\n")
    await process.stdin.drain()
    line = await process.stdout.readuntil(b"\n")
    answer: dict[str, Any] = json.loads(line)
    size_bytes = answer.pop("data")
    if size_bytes > MAX_ANSWER_BYTES:
        raise EOFError
    return answer, await process.stdout.readexactly(size_bytes)


async def _reap(process: asyncio.subprocess.Process) -> None:
    """Close the pipes of a killed process and have the system forget it."""
    with suppress(ConnectionError, RuntimeError):  # a reader sees its end
        await process.communicate()
    await process.wait()
