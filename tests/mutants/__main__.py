"""`python -m tests.mutants`: remove one safeguard at a time, and show which test turns red."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.mutants.patches import ROOT, apply_command, mutants

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.mutants.patches import Mutant

AT_ONCE: Final = max(2, os.cpu_count() or 1)

TEST_TIMEOUT_S: Final = 20
"""For one test; one that a mutant lets wait for ever turns red by that."""

RUN_TIMEOUT_S: Final = 300
"""For all tests of a mutant; one that not even its own timeout ends has shown nothing."""

LEFT_OUT: Final = shutil.ignore_patterns(".*", "data", "out", "node_modules")


@dataclass(frozen=True, slots=True)
class Row:
    """What one mutant came to."""

    mutant: Mutant
    red: tuple[str, ...]
    verdict: str

    def __str__(self) -> str:
        return f"| {self.mutant.name} | {', '.join(self.red) or '-'} | {self.verdict} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="of mutants; all where none is named")
    names = parser.parse_args().names
    chosen = [mutant for mutant in mutants() if not names or mutant.name in names]
    if not chosen:
        parser.error("there is no such mutant")
    return asyncio.run(_hunt(chosen))


async def _hunt(chosen: Sequence[Mutant]) -> int:
    with tempfile.TemporaryDirectory(prefix="mutants-", dir=_quick_place()) as temporary:
        place = Path(temporary)
        named = {test for mutant in chosen for test in mutant.tests}
        code, output = await _run_tests(await _copy(place, "unmutated"), named, timeout_s=None)
        if code:
            # A test that is red anyway catches nothing.
            _say(f"{output}\nThe tests have to be green before anything is removed.")
            return 1
        _say(f"Unmutated, all {len(named)} tests are green.\n")
        _say("| removed | turned red | verdict |\n|---|---|---|")
        slots = asyncio.Semaphore(AT_ONCE)
        hunts = [asyncio.create_task(_check(mutant, place, slots)) for mutant in chosen]
        rows = []
        for hunt in hunts:
            rows.append(await hunt)
            _say(str(rows[-1]))
    caught = sum(row.verdict == "caught" for row in rows)
    _say(f"\n{caught} of {len(rows)} mutants are caught.")
    return 0 if caught == len(rows) else 1


async def _check(mutant: Mutant, place: Path, slots: asyncio.Semaphore) -> Row:
    async with slots:
        folder = await _copy(place, mutant.name)
        try:
            code, _ = await _run(apply_command(mutant), folder)
            if code:
                return Row(mutant, (), "NO LONGER APPLIES")
            async with asyncio.timeout(RUN_TIMEOUT_S):
                _, output = await _run_tests(folder, mutant.tests, timeout_s=TEST_TIMEOUT_S)
        except TimeoutError:
            return Row(mutant, (), "ENDLESS")
        finally:
            await asyncio.to_thread(shutil.rmtree, folder)
    failed = set(_failed(output))
    red = tuple(test for test in mutant.tests if any(_is_of(test, each) for each in failed))
    is_caught = bool(red) and len(red) == len(mutant.tests)
    return Row(mutant, red, "caught" if is_caught else "SURVIVED")


async def _copy(place: Path, name: str) -> Path:
    folder = place / name
    # With the times of the files, so that what Python has compiled of them stays good.
    await asyncio.to_thread(shutil.copytree, ROOT, folder, ignore=LEFT_OUT)
    return folder


async def _run_tests(
    folder: Path, tests: Iterable[str], *, timeout_s: int | None
) -> tuple[int, str]:
    """Run tests, each within `timeout_s`; None leaves it at the suite's own timeout."""
    options = ["-q", "-rfE", "--tb=line", "-p", "no:cacheprovider"]
    if timeout_s is not None:
        options.append(f"--timeout={timeout_s}")
    return await _run([sys.executable, "-m", "pytest", *options, *sorted(tests)], folder)


async def _run(command: Sequence[str], folder: Path) -> tuple[int, str]:
    # A clone around the folder would make git leave out what is not in it.
    environ = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, output.decode(errors="replace")


def _failed(output: str) -> Iterable[str]:
    for line in output.splitlines():
        word, _, rest = line.partition(" ")
        if word in {"FAILED", "ERROR"}:
            yield rest.partition(" - ")[0]


def _is_of(test: str, failed: str) -> bool:
    return failed == test or failed.startswith(f"{test}[")


def _quick_place() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a fresh folder in it


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
