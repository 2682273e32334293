"""Two databases, one of little and one of much use, measured side by side in one run."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.operations import BUSIEST, Reading, measure
from benchmarks.rows import fill
from storage.database import Database

if TYPE_CHECKING:
    from pathlib import Path


TARGET: Final = 1.2
"""How many times as long something may take after much use, where the same rows are found."""

SEARCH_TARGET: Final = 1.5
"""The same of searches: the index of words has more parts."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What each operation took after little and after much use.

    Attributes:
        count_s: seconds in which the requests of the large database were counted.
    """

    few: int
    many: int
    rows: dict[str, tuple[Reading, Reading]]
    count_s: float = 0

    @property
    def faults(self) -> list[str]:
        """Plans that read a whole table, or others or more rows after much use."""
        faults = []
        for name, (before, after) in self.rows.items():
            faults += [f"{name}: {step}" for step in {*before.scans, *after.scans}]
            if not after.steps:
                faults.append(f"{name}: no plan was seen")
            if before.steps != after.steps:
                faults.append(f"{name}: other plans with {self.few:,} requests")
            if BUSIEST not in name and after.work > before.work * _target(name):
                faults.append(f"{name}: {after.work:,} instructions in place of {before.work:,}")
        return faults

    @property
    def is_good(self) -> bool:
        """Whether every operation finds its rows by an index, and reads no more of many."""
        return not self.faults

    def lines(self) -> list[str]:
        """Return a table and the plans, a line each."""
        lines = [
            f"| what | {self.few:,} requests | {self.many:,} requests | ratio | target | work |",
            "|---|--:|--:|--:|--:|--:|",
        ]
        for name, (before, after) in self.rows.items():
            ratio = after.milliseconds / before.milliseconds
            target = "" if BUSIEST in name else f"<= {_target(name)}"
            lines.append(
                f"| {name} | {before.milliseconds:.2f} ms | {after.milliseconds:.2f} ms"
                f" | {ratio:.2f} | {target} | {before.work:,} and {after.work:,} |"
            )
        lines += ["", "How SQLite finds the rows:", ""]
        for name, (_, after) in self.rows.items():
            lines.append(f"{name}:")
            lines += [f"    {step}" for step in after.steps]
        lines += ["", *(f"BAD: {fault}" for fault in self.faults)]
        lines.append(f"The first start counted {self.many:,} requests in {self.count_s:.0f} s.")
        return lines


def _target(name: str) -> float:
    return SEARCH_TARGET if name.startswith(("`/history`", "`/show`")) else TARGET


async def compare(folder: Path, few: int, many: int, *, runs: int) -> Comparison:
    """Measure both databases in turn; those that are in the folder already are used again."""
    count_s = 0.0
    async with AsyncExitStack() as opened:
        databases = []
        for rows in (few, many):
            path = folder / f"{rows}.db"
            if not path.exists():
                part = path.with_suffix(".part")
                part.unlink(missing_ok=True)
                await fill(part, rows)
                part.rename(path)
            start = time.perf_counter()
            databases.append(await opened.enter_async_context(Database(path)))
            count_s = time.perf_counter() - start
        readings = await measure(databases, runs=runs)
    compared = {name: (before, after) for name, (before, after) in readings.items()}
    return Comparison(few, many, compared, count_s)
