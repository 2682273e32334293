"""Steps, their results, and the matrix of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

OK: Final = "ok"
LACKING: Final = "n/a"
FAILED: Final = "FAIL"


class LackingError(Exception):
    """The software, or this machine, has nothing to take the step with; its text says what."""


@dataclass(frozen=True)
class Step:
    """One thing that software does in the sandbox.

    `take` raises LackingError where the step does not apply, anything else where it fails.
    """

    name: str
    take: Callable[[], Awaitable[None]]


@dataclass
class Report:
    """The result of each step of one piece of software, and notes about those that are not `ok`."""

    name: str
    results: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        """Whether no step failed."""
        return FAILED not in self.results.values()

    async def play(self, steps: Iterable[Step], alive: Callable[[], bool]) -> None:
        """Take every step; none more after a failure that the software did not survive."""
        for step in steps:
            result, note = OK, ""
            try:
                await step.take()
            except LackingError as error:
                result, note = LACKING, str(error)
            except Exception as error:  # noqa: BLE001 - whatever software does is a result
                result, note = FAILED, f"{type(error).__name__} {error}"
            self.results[step.name] = result
            if note:
                self.notes.append(f"{self.name}, {step.name}: {result}: {note}")
            if result == FAILED and not alive():
                return


def matrix(reports: Sequence[Report]) -> str:
    """Write a table with a line for each step and a column for each report; `-` was not tried."""
    steps = list(dict.fromkeys(step for report in reports for step in report.results))
    lines = [["", *(report.name for report in reports)]]
    lines += [[step, *(report.results.get(step, "-") for report in reports)] for step in steps]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
