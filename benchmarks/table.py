"""Two databases, one of little and one of much use, measured side by side in one run."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.operations import Reading, measure
from benchmarks.rows import fill
from storage.database import Database

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Comparison:
    """What each operation took after little and after much use."""

    few: int
    many: int
    rows: dict[str, tuple[Reading, Reading]]

    @property
    def faults(self) -> list[str]:
        """Plans that read a whole table, or that are others after much use."""
        faults = []
        for name, (before, after) in self.rows.items():
            faults += [f"{name}: {step}" for step in {*before.scans, *after.scans}]
            if not after.steps:
                faults.append(f"{name}: no plan was seen")
            if before.steps != after.steps:
                faults.append(f"{name}: other plans with {self.few:,} requests")
        return faults

    @property
    def is_good(self) -> bool:
        """Whether every operation finds its rows by an index, however many there are."""
        return not self.faults

    def lines(self) -> list[str]:
        """Return a table and the plans, a line each."""
        lines = [
            f"| what | {self.few:,} requests | {self.many:,} requests | ratio |",
            "|---|--:|--:|--:|",
        ]
        for name, (before, after) in self.rows.items():
            ratio = after.milliseconds / before.milliseconds
            lines.append(
                f"| {name} | {before.milliseconds:.2f} ms | {after.milliseconds:.2f} ms"
                f" | {ratio:.1f} |"
            )
        lines += ["", "How SQLite finds the rows:", ""]
        for name, (_, after) in self.rows.items():
            lines.append(f"{name}:")
            lines += [f"    {step}" for step in after.steps]
        lines += ["", *(f"BAD: {fault}" for fault in self.faults)]
        lines.append(
            "What is summed over a month reads the month's rows of whom it is about, and no others."
        )
        return lines


async def compare(folder: Path, few: int, many: int, *, runs: int) -> Comparison:
    """Fill both databases in a folder and measure them in turn."""
    readings = []
    async with AsyncExitStack() as opened:
        databases = []
        for name, rows in (("few", few), ("many", many)):
            path = folder / f"{name}.db"
            path.unlink(missing_ok=True)
            await fill(path, rows)
            databases.append(await opened.enter_async_context(Database(path)))
        readings = [await measure(database, runs=runs) for database in databases]
    before, after = readings
    return Comparison(few, many, {name: (before[name], after[name]) for name in before})
