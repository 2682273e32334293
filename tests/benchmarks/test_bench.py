"""A short form of `make bench`: its baselines work, and its verdicts follow its figures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from benchmarks import scenarios
from benchmarks.bench import BARE, JOB_BOT, TUTORIAL
from benchmarks.process import BOT
from benchmarks.report import Row, Target
from benchmarks.rig import fill_queue

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("bot", [BOT, JOB_BOT, TUTORIAL], ids=lambda path: path.stem)
async def test_each_bot_brings_a_picture(bot: Path) -> None:
    samples = await scenarios.whole_jobs(bot, jobs=1)

    assert samples["calls"][0] >= 2
    assert samples["memory"][0] > 20


async def test_a_command_is_answered_with_and_without_a_queue(tmp_path: Path) -> None:
    queue = tmp_path / "queue.db"
    await fill_queue(queue, 20, datetime.now(UTC))

    bare = await scenarios.answers(BARE, seconds=0.1)
    ours = await scenarios.answers(BOT, queue, seconds=0.1)

    for samples in (bare, ours):
        assert len(samples["answer"]) == 5
        assert max(samples["answer"]) < 3_000


def test_a_ratio_and_a_figure_are_judged_by_their_targets() -> None:
    ratio = Row(what="a", unit="ms", ours=[2, 4, 6], theirs=[2, 2, 2], target=Target(2))
    figure = Row(what="b", unit="MB", ours=[2, 4, 6], target=Target(5, "p99", is_ratio=False))

    assert (ratio.ratio, ratio.is_met) == (2, True)
    assert (figure.ratio, figure.is_met) == (None, False)
    assert "median <= 2x | met" in ratio.line()
    assert "p99 <= 5 MB | **missed**" in figure.line()
    assert ratio.as_json()["theirs"] == {"samples": 3, "median": 2, "p99": 2}
