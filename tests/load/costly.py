"""`python -m tests.load.costly`: how long a picture takes while another person's takes too much.

Prints the time from a command to its picture alone, and beside an edit of a JPEG whose header is
over the limits (400 scans) and of one that is within them and takes seconds (60 scans).
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.discord import Upload
from sandbox.transcript import state_of
from tests.decoding import decoder_shared
from tests.end_to_end.stage import has_picture, open_stage
from tests.images.odd_files import many_scans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage

BESIDE = {
    "alone": None,
    "beside 400 scans of 25 megapixels": many_scans(4_992, 400),
    "beside 60 scans of 100 megapixels": many_scans(9_984, 60),
}


async def seconds(folder: Path, bomb: bytes | None, runs: int) -> tuple[float, float]:
    """Return the median time from a command to its picture, and that from an edit to its end."""
    pictures, ends = [], []
    async with (
        decoder_shared(),
        open_stage(folder, megapixels=1.0) as stage,
        stage.bot_running(),
    ):
        for number in range(runs):
            ending = asyncio.create_task(_edit(stage, bomb)) if bomb is not None else None
            pictures.append(await _imagine(stage, f"lighthouse {number:04d}"))
            if ending is not None:
                ends.append(await ending)
            await stage.ended()
    return statistics.median(pictures), statistics.median(ends) if ends else 0.0


async def _edit(stage: Stage, bomb: bytes) -> float:
    started = time.monotonic()
    before = len(_ended(stage))
    stage.ada.use("edit", image=Upload("photo.jpg", bomb), prompt="make it night")
    await stage.until(lambda: len(_ended(stage)) > before)
    return time.monotonic() - started


def _ended(stage: Stage) -> list[dict[str, object]]:
    return [row for row in stage.rows("jobs") if row["action"] == "edit" and row["told_at"]]


async def _imagine(stage: Stage, prompt: str) -> float:
    def is_it(message: SeenMessage) -> bool:
        return has_picture(message) and prompt in message.text and state_of(message) == "done"

    started = time.monotonic()
    ben = stage.discord.person("Ben")
    ben.use("imagine", prompt=prompt)
    await ben.wait_for(is_it)
    return time.monotonic() - started


def lines(runs: int) -> Iterator[str]:
    """Yield a table, a line each."""
    yield "| what | command to picture | of alone | edit to its end |"
    yield "|---|---:|---:|---:|"
    alone = 0.0
    for name, bomb in BESIDE.items():
        with tempfile.TemporaryDirectory(prefix="costly-") as folder:
            took, end = asyncio.run(seconds(Path(folder), bomb, runs))
        alone = alone or took
        end_in_words = f"{end:.2f} s" if end else ""
        yield f"| {name} | {took:.2f} s | {took / alone:.2f} | {end_in_words} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.costly", description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="of which the median is printed")
    for line in lines(parser.parse_args().runs):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
