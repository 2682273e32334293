"""A short form of `make bench`: its baselines work, and its verdicts follow its figures."""

from __future__ import annotations

import asyncio
import sys
from array import array
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from benchmarks import engines, heavy, scenarios
from benchmarks.groups import BARE, JOB_BOT, TUTORIAL
from benchmarks.network import reached
from benchmarks.process import BOT, WATCHED
from benchmarks.report import Row, Target
from benchmarks.rig import fill_queue
from benchmarks.rows import fill
from benchmarks.watched import AREAS, LAG

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import Server

BUSY = """
import asyncio, os, signal, time

async def main():
    await asyncio.sleep(0.1)
    time.sleep(0.5)
    await asyncio.sleep(0.1)
    os.kill(os.getpid(), signal.SIGUSR2)
    await asyncio.sleep(0.1)

asyncio.run(main())
"""


@pytest.mark.parametrize("bot", [BOT, JOB_BOT, TUTORIAL], ids=lambda path: path.stem)
async def test_each_bot_brings_a_picture(bot: Path) -> None:
    samples = await scenarios.whole_jobs(bot, jobs=1)

    assert samples["calls"][0] >= 2
    assert samples["memory"][0] > 20


async def test_what_takes_the_cpu_of_a_job_is_sampled_by_area() -> None:
    samples = await scenarios.whole_jobs(BOT, jobs=2, is_profiled=True)

    areas = {area for area, _ in AREAS} | {"other threads"}
    assert set(samples) <= areas
    assert samples["requests to Discord"][0] > 0
    assert samples["other threads"][0] > 0


async def test_a_command_is_answered_with_and_without_a_queue(tmp_path: Path) -> None:
    queue = tmp_path / "queue.db"
    await fill_queue(queue, 20, datetime.now(UTC))

    bare = await scenarios.answers(BARE, seconds=0.1)
    ours = await scenarios.answers(BOT, queue, seconds=0.1)

    for samples in (bare, ours):
        assert len(samples["answer"]) == 5
        assert max(samples["answer"]) < 3_000


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_bot_answers_over_a_long_way(*, encrypted: bool) -> None:
    way = partial(reached, round_trip_s=0.15, encrypted=encrypted)

    samples = await scenarios.burst(BOT, commands=3, way=way)

    assert samples["lost"] == [0]
    assert samples["last"][0] > 0.15


async def test_large_results_are_timed_from_their_last_byte() -> None:
    picture = heavy.large(heavy.MIB)

    samples = await heavy.transfers(JOB_BOT, picture, jobs=2)

    assert 0.9 < len(picture.body) / heavy.MIB < 1.1
    assert heavy.decode_ms(picture) > 0
    assert len(samples["took"]) == 2
    assert min(samples["took"]) > 0


async def test_many_results_come_at_once() -> None:
    samples = await heavy.results(BOT, jobs=3, megabytes=1)

    assert samples["peak"][0] > 20


async def test_answers_beside_uploads_and_reports(tmp_path: Path) -> None:
    database, now = tmp_path / "filled.db", datetime.now(UTC)
    await fill(database, 100, until=now)
    await fill_queue(database, 1, now)

    uploads = await heavy.beside_uploads(BOT, uploads=1, seconds=0.1)
    reports = await heavy.beside_reports(BOT, database, reports=1, seconds=0.1)

    assert len(uploads["answer"]) == len(reports["answer"]) == 5


async def test_a_long_run_has_replies_clicks_and_restarts() -> None:
    samples = await heavy.long_run(BOT, jobs=30, readings=4)

    assert len(samples["slope"]) == len(samples["descriptors"]) == 1
    assert 0 < samples["store"][0] <= heavy.STORE_MB


async def test_one_bot_is_measured_on_each_engine(postgres: Server) -> None:
    sides = [
        await engines.side(None, commands=2, counted=2),
        await engines.side(postgres, workers=1, commands=2, counted=2),
    ]
    stored = await engines.stored(postgres)

    for samples in sides:
        assert samples["submits"] == [1]
        assert samples["jobs"][0] > 0
        assert 5 < samples["statements"][0] < 1_000
    assert min(stored["stored"]) > 0


async def test_the_lag_of_a_busy_loop_is_sampled(tmp_path: Path) -> None:
    script = tmp_path / "busy.py"
    script.write_text(BUSY)
    process = await asyncio.create_subprocess_exec(sys.executable, WATCHED, script, cwd=tmp_path)
    assert await process.wait() == 0

    samples = array("d", (tmp_path / LAG).read_bytes())

    assert max(samples[1::2]) > 0.4
    assert min(samples[1::2]) < 0.1


def test_a_ratio_and_a_figure_are_judged_by_their_targets() -> None:
    ratio = Row(what="a", unit="ms", ours=[2, 4, 6], theirs=[2, 2, 2], target=Target(2))
    figure = Row(what="b", unit="MB", ours=[2, 4, 6], target=Target(5, "p99", is_ratio=False))

    assert (ratio.ratio, ratio.is_met) == (2, True)
    assert (figure.ratio, figure.is_met) == (None, False)
    assert "median <= 2x | met" in ratio.line()
    assert "p99 <= 5 MB | **missed**" in figure.line()
    assert ratio.as_json()["theirs"] == {"samples": 3, "median": 2, "p99": 2, "p99.9": 2}
