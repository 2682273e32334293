"""What large results, slow uploads, reports and much use do to a bot that runs."""

from __future__ import annotations

import asyncio
import io
import random
import statistics
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web
from PIL import Image

from benchmarks.network import reached
from benchmarks.process import until
from benchmarks.rig import COMMANDS_PER_CHANNEL, rig_running
from benchmarks.scenarios import SETTLE_S, Watch, answered, running
from sandbox.discord import LocalDiscord
from sandbox.discord.message_view import see
from sandbox.flux.faults import Hang, Say, Scene

if TYPE_CHECKING:
    from benchmarks.rig import Rig
    from benchmarks.scenarios import Samples
    from sandbox.discord import InteractionResult

MIB: Final = 1_048_576

UPLOAD_BYTES_PER_S: Final = 100_000
"""Of each connection, while uploads are slow: one of 8 MiB takes longer than the row."""

SLOW: Final = partial(reached, upload_bytes_per_s=UPLOAD_BYTES_PER_S)

AT_ONCE: Final = 200
"""Jobs of the long run that are open together."""

STORE_MB: Final = 10
"""The image store's cap in the long run."""

READINGS: Final = 20
"""Between which no job is open; the first half is for what a start fills."""


@dataclass(frozen=True)
class Large(Say):
    """A picture of a size of one's own, in place of the right one."""

    sent_at: list[float] = field(default_factory=list)

    async def play(self, scene: Scene) -> web.StreamResponse:
        """Send it, and note when its last byte went."""
        answer = web.Response(body=self.body, content_type=self.content_type)
        await answer.prepare(scene.request)
        await answer.write_eof()
        self.sent_at.append(time.monotonic())
        return answer


def large(size_bytes: int) -> Large:
    """Return a PNG of noise, whose pixels are as many bytes as its file."""
    side = int((size_bytes / 3) ** 0.5)
    noise = random.Random(0).randbytes(3 * side * side)  # noqa: S311  # nothing to guard
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(file, "PNG", compress_level=1)
    return Large(200, file.getvalue(), "image/png")


def decode_ms(picture: Large) -> float:
    """Return the milliseconds in which Pillow decodes a picture."""
    begun = time.perf_counter()
    Image.open(io.BytesIO(picture.body)).load()
    return 1_000 * (time.perf_counter() - begun)


async def results(script: Path, *, jobs: int = 100, megabytes: int = 8) -> Samples:
    """Peak memory while Flux finishes many jobs with large results at once."""
    settings = {"MAX_RUNNING_JOBS": str(jobs), "MAX_RUNNING_PER_USER": str(jobs)}
    async with running(script, settings=settings, hangs=False) as rig:
        await until(lambda: len(rig.galleries) == 1)
        rig.flux.misbehave("tasks", Hang(), times=None)
        watch = Watch(rig)
        for number in range(1, jobs + 1):
            rig.use(_spread(number))
        await until(lambda: rig.submits == jobs + 1)
        await asyncio.sleep(SETTLE_S)
        rig.flux.behave()
        rig.flux.misbehave("picture", large(megabytes * MIB), times=None)
        rig.flux.release()
        await posted(rig, jobs + 1)
        return {"peak": [rig.memory_mb(peak=True)], **await watch.figures()}


async def transfers(script: Path, picture: Large, *, jobs: int = 10) -> Samples:
    """Milliseconds from a result's last byte to the upload that Discord has received."""
    async with running(script, hangs=False) as rig:
        await until(lambda: len(rig.galleries) == 1)
        rig.flux.misbehave("picture", picture, times=None)
        watch, took = Watch(rig), []
        for number in range(1, jobs + 1):
            rig.use(_spread(number))
            await posted(rig, number + 1)
            took.append(1_000 * (rig.received_at[-1] - picture.sent_at[-1]))
        return {"took": took, **await watch.figures()}


async def beside_uploads(script: Path, *, uploads: int = 64, seconds: float = 4.0) -> Samples:
    """Milliseconds to answers while so many large results go up slowly, or wait for that."""
    settings = {"MAX_RUNNING_JOBS": str(uploads), "MAX_RUNNING_PER_USER": str(uploads)}
    async with running(script, settings=settings, hangs=False, way=SLOW) as rig:
        picture = large(8 * MIB)
        rig.flux.misbehave("picture", picture, times=None)
        for number in range(1, uploads + 1):
            rig.use(1_000 + _spread(number))
        await until(lambda: len(picture.sent_at) >= uploads)
        rig.flux.misbehave("work", Hang(), times=None)
        await asyncio.sleep(SETTLE_S)
        return await answered(rig, seconds)


async def beside_reports(
    script: Path, database: Path, *, reports: int = 30, seconds: float = 4.0
) -> Samples:
    """Milliseconds to answers while so many reports of the whole bot are made, again and again."""
    async with running(script, database) as rig:
        owner = rig.discord.person("Grace")
        made = 0

        async def report_again() -> None:
            nonlocal made
            while True:
                use = owner.use("usage", scope="all")
                await use.wait_for(lambda message: bool(message.text))
                made += 1

        tasks = [asyncio.create_task(report_again()) for _ in range(reports)]
        await until(lambda: made >= reports)
        samples = await answered(rig, seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return samples


async def long_run(script: Path, *, jobs: int, readings: int = READINGS) -> Samples:
    """Memory, descriptors and the image store of a bot over many jobs and three restarts."""
    settings = {
        "MAX_RUNNING_JOBS": str(AT_ONCE),
        "MAX_RUNNING_PER_USER": str(AT_ONCE),
        "MAX_JOBS_PER_USER": "0",
        "SPOOL_MAX_MB": str(STORE_MB),
    }
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, samples = Path(name), {}
        async with LocalDiscord() as discord:
            run = partial(rig_running, script, folder, settings, megapixels=0.05, discord=discord)
            for _ in range(2):
                async with run() as rig:
                    discord.limits.off()
                    await _Life(rig).live(jobs // 10)
            async with run() as rig:
                discord.limits.off()
                samples = await _Life(rig).measured(jobs * 8 // 10, readings)
            async with run():
                await until(lambda: _stored_mb(folder) <= STORE_MB)
                samples["store"] = [_stored_mb(folder)]
        return samples


class _Life:
    """A bot between two restarts."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._begun = 0
        self._uses: list[InteractionResult] = []
        self._pressed: set[int] = set()

    async def live(self, jobs: int) -> None:
        """Have so many jobs made."""
        until_begun = self._begun + jobs
        while self._begun < until_begun:
            await until(lambda: self._open() < AT_ONCE)
            await self._begin()
        await until(lambda: not self._open())
        if self._open():
            raise RuntimeError(f"{self._open()} of {self._begun} pictures were not posted")

    def _open(self) -> int:
        """Return how many jobs are open; of what was answered too late there is none."""
        lost = sum(use.failed is not None for use in self._uses)
        return self._begun - lost - len(self._rig.galleries)

    async def measured(self, jobs: int, readings: int) -> Samples:
        """Have so many jobs made; return how memory and descriptors grew meanwhile."""
        watch, memory, descriptors = Watch(self._rig), [], []
        for _ in range(readings):
            await self.live(jobs // readings)
            memory.append((self._begun, self._rig.memory_mb()))
            descriptors.append(self._rig.descriptors())
        settled = readings // 2
        slope = statistics.linear_regression(*zip(*memory[settled:], strict=True)).slope
        more = max(descriptors[settled:]) - max(descriptors[:settled])
        return {"slope": [1_000 * slope], "descriptors": [more], **await watch.figures()}

    async def _begin(self) -> None:
        """Have a job begun: each tenth by a reply, each tenth by a click."""
        rig, number = self._rig, self._begun
        self._begun += 1
        latest = next(reversed(rig.galleries.values()), None)
        ada = rig.discord.person("Ada")
        # A second press of one button makes no job.
        is_pressed = latest is not None and number % 10 == 0 and latest.id in self._pressed
        if latest is None or is_pressed or number % 10 > 1:
            self._uses.append(rig.use(_spread(number % 1_000))[0])
        elif number % 10:
            ada.reply(see(latest, rig.discord.world.renderer), f"@Bot more of it {number}")
        else:
            self._pressed.add(latest.id)
            message = see(latest, rig.discord.world.renderer)
            self._uses.append(await ada.click(message, "Regenerate"))


def _stored_mb(folder: Path) -> float:
    stored = 0
    for file in (folder / "spool").rglob("*"):
        with suppress(FileNotFoundError):  # the bot removes some meanwhile
            stored += file.stat().st_size
    return stored / 1e6


def _spread(number: int) -> int:
    """Return the number of a command, so that two at most in a row are in one channel."""
    return number % 50 * COMMANDS_PER_CHANNEL + number // 50


async def posted(rig: Rig, pictures: int) -> None:
    """Wait until so many pictures were posted since the start; RuntimeError after two minutes."""
    await until(lambda: len(rig.galleries) >= pictures)
    if len(rig.galleries) < pictures:
        raise RuntimeError(f"{len(rig.galleries)} of {pictures} pictures were posted")
