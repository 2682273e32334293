"""Commands about the whole database: `backup`, `move-database` and `recount`."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING

from cli import say
from storage.backup import BackupError, back_up
from storage.database import Database
from storage.errors import StorageError
from storage.moving import move
from storage.recount import recount

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def run_backup(options: argparse.Namespace, database: Path | str) -> int:
    """Copy the database; return 0 if the copy is there and sound, 1 if there is none."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        backup = back_up(database, options.file)
    except BackupError as error:
        print(error, file=sys.stderr)  # noqa: T201  # what the command says
    except KeyboardInterrupt:
        print(f"Stopped; {options.file} was not created.", file=sys.stderr)  # noqa: T201
    else:
        say(
            f"{options.file}: {backup.jobs} requests, {backup.open_jobs} of them in progress, "
            f"{backup.bytes / 1_000_000:.1f} MB, checked. Images are not included: copy the "
            "folder spool in DATA_DIR as well."
        )
        return 0
    return 1


def run_move(options: argparse.Namespace) -> int:
    """Copy the database to another; return 0 if all is there, 1 if nothing was stored."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        move(options.source, options.target, say)
    except StorageError as error:
        print(error, file=sys.stderr)  # noqa: T201  # what the command says
    except KeyboardInterrupt:
        print("Stopped; nothing was stored.", file=sys.stderr)  # noqa: T201
    else:
        say("Row counts, ledger sums and running totals are the same. Images are not included.")
        return 0
    return 1


def run_recount(_options: argparse.Namespace, at: Path | str) -> int:
    """Count every request again; return 0 if all are counted, 1 if the database cannot be used."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        asyncio.run(_recount(at))
    except StorageError as error:
        print(error, file=sys.stderr)  # noqa: T201  # what the command says
        return 1
    return 0


async def _recount(at: Path | str) -> None:
    async with Database(at) as database:
        await database.write(recount)
    async with Database(at):
        pass  # it counts when it is opened
