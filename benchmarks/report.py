"""Rows of `make bench`: what was measured, beside what, and whether that meets its target."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD: Final = (
    "| what | Fluxcord, median | p99 | beside | median | p99 | ratio | target | verdict | driver |",
    "|---|--:|--:|---|--:|--:|--:|--:|---|--:|",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a row is held to.

    Attributes:
        most: of the ratio to the baseline, or of the figure itself.
        of: which figure of the samples it is about.
        is_ratio: whether it is relative to the baseline of the same run.
    """

    most: float
    of: Literal["median", "p99", "p99.9"] = "median"
    is_ratio: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was measured.

    Attributes:
        ours: samples of Fluxcord, of all rounds.
        beside: the name of the baseline.
        theirs: samples of the baseline; empty where there is none.
        target: None where the row only informs.
        driver: the driver's share of its core meanwhile.
    """

    what: str
    unit: str
    ours: Sequence[float]
    beside: str = ""
    theirs: Sequence[float] = ()
    target: Target | None = None
    driver: float | None = None

    @property
    def ratio(self) -> float | None:
        """Of Fluxcord to the baseline, for the figure that the target is about."""
        if not self.theirs:
            return None
        of = self.target.of if self.target else "median"
        return _figure(self.ours, of) / max(_figure(self.theirs, of), 1e-9)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met, None without one."""
        if self.target is None:
            return None
        value = self.ratio if self.target.is_ratio else _figure(self.ours, self.target.of)
        return value is not None and value <= self.target.most

    def line(self) -> str:
        """Return a row of the table."""
        high = "p99.9" if self.target and self.target.of == "p99.9" else "p99"
        figures = [_said(self.ours, of, self.unit) for of in ("median", high)]
        others = [_said(self.theirs, of, self.unit) for of in ("median", high)]
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        target, verdict = "", ""
        if self.target is not None:
            unit = "x" if self.target.is_ratio else f" {self.unit}"
            target = f"{self.target.of} <= {self.target.most:g}{unit}"
            verdict = "met" if self.is_met else "**missed**"
        driver = "" if self.driver is None else f"{self.driver:.0%}"
        cells = (self.what, *figures, self.beside, *others, ratio, target, verdict, driver)
        return f"| {' | '.join(cells)} |"

    def as_json(self) -> dict[str, object]:
        """Return the row with its figures, without the single samples."""
        row = asdict(self)
        for name in ("ours", "theirs"):
            samples = row.pop(name)
            if samples:
                row[name] = {
                    "samples": len(samples),
                    "median": _figure(samples, "median"),
                    "p99": _figure(samples, "p99"),
                    "p99.9": _figure(samples, "p99.9"),
                }
        return row | {"ratio": self.ratio, "is_met": self.is_met}


def _figure(samples: Sequence[float], of: str) -> float:
    if of == "median":
        return statistics.median(samples)
    share = float(of.removeprefix("p")) / 100
    return sorted(samples)[math.ceil(round(share * len(samples), 6)) - 1]


def _said(samples: Sequence[float], of: str, unit: str) -> str:
    return f"{_figure(samples, of):.3g} {unit}" if samples else ""
