"""`make compat`: other people's software in the sandbox, and a matrix of what works.

Exits with 1 where a step fails, or where software cannot be installed and ALLOW_SKIP does not name
it: names with commas between them, or `unreachable` for all whose registry does not answer.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from tests.compat import clients, libraries
from tests.compat.environments import InstallError
from tests.compat.reports import Report, matrix

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.compat.environments import Environment

    Play = Callable[[Environment], Awaitable[list[Report]]]


async def main(names: Sequence[str]) -> int:
    """Play the software of these names, all where there is none."""
    skippable = {name for name in os.environ.get("ALLOW_SKIP", "").split(",") if name}
    every = (*libraries.LIBRARIES, *clients.CLIENTS)
    unknown = set(names) - {one.name for one in every}
    if unknown:
        _say(f"no such software: {', '.join(sorted(unknown))}")
        return 1
    results = [
        await play_all([one for one in known if not names or one.name in names], play, skippable)
        for known, play in (
            (libraries.LIBRARIES, libraries.play),
            (clients.CLIENTS, clients.play),
        )
    ]
    return 0 if all(results) else 1


async def play_all(environments: Sequence[Environment], play: Play, skippable: set[str]) -> bool:
    """Install and play software, print the matrix, and return whether all of it is well."""
    reports: list[Report] = []
    is_ok = True
    for environment in environments:
        try:
            environment.install()
        except InstallError as error:
            is_skipped = environment.name in skippable or (
                error.is_unreachable and "unreachable" in skippable
            )
            how = "skipped" if is_skipped else "FAIL"
            _say(f"{environment.name} cannot be installed ({how}): {error}")
            is_ok = is_ok and is_skipped
            continue
        reports += await play(environment)
    if reports:
        _say(f"\n{matrix(reports)}\n")
    for note in (note for report in reports for note in report.notes):
        _say(note)
    return is_ok and all(report.is_ok for report in reports)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
