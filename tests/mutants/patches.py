"""The patches in this folder, each of which removes one safeguard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]

CAUGHT_BY: Final = "Caught-by: "
DIFF: Final = "diff --git "


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One patch.

    Attributes:
        removes: what its head says about it.
        tests: the ids of the tests of which each has to turn red.
    """

    path: Path
    removes: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.stem


def mutants() -> list[Mutant]:
    """Return all of them by name."""
    return [_read(path) for path in sorted(HERE.glob("*.patch"))]


def apply_command(mutant: Mutant, *options: str) -> list[str]:
    """Return the command that applies a patch in its working folder, which need be no clone."""
    return ["git", "apply", *options, str(mutant.path)]


def _read(path: Path) -> Mutant:
    head = path.read_text(encoding="utf-8").partition(DIFF)[0].splitlines()
    return Mutant(
        path=path,
        removes=" ".join(line for line in head if line and not line.startswith(CAUGHT_BY)),
        tests=tuple(line.removeprefix(CAUGHT_BY) for line in head if line.startswith(CAUGHT_BY)),
    )
