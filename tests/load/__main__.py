"""`python -m tests.load`: many jobs at once in one bot, with Discord's rate limits on."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.load.run import carry


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000, help="four in each channel")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        load = asyncio.run(carry(Path(folder), jobs=options.jobs))
    sys.stdout.write("\n".join(load.lines()) + "\n")
    return 0 if load.is_carried else 1


if __name__ == "__main__":
    sys.exit(main())
