"""`python -m benchmarks`: the bot's reads and checks after much use, beside those after little."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.table import Comparison, compare


def main() -> int:
    """Fill two databases, measure both in this process, print it; 1 where a plan is bad."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--few", type=int, default=10_000, help="requests in the small database")
    parser.add_argument("--many", type=int, default=1_000_000, help="requests in the large one")
    parser.add_argument("--runs", type=int, default=15, help="of which the median is printed")
    parser.add_argument("--folder", type=Path, help="keeps the databases; else they are removed")
    options = parser.parse_args()
    if min(options.few, options.many, options.runs) < 1:
        parser.error("numbers begin at 1")
    comparison = _compared(options)
    sys.stdout.write("\n".join(comparison.lines()) + "\n")
    return 0 if comparison.is_good else 1


def _compared(options: argparse.Namespace) -> Comparison:
    sizes = (options.few, options.many)
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
        return asyncio.run(compare(options.folder, *sizes, runs=options.runs))
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        return asyncio.run(compare(Path(folder), *sizes, runs=options.runs))


if __name__ == "__main__":
    sys.exit(main())
