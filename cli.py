"""The command line: what `python bot.py` can be asked for besides running the bot."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
    from types import FrameType

    from config import ConfigError
    from flux.catalogue import Contract
    from services.doctor import Finding
    from services.live_run import LiveRun, Plan

VERSION: Final = "1.0.0"
"""Of Fluxcord; the newest heading of CHANGELOG.md with a number says what is in it."""

MAX_PORT: Final = 65_535

EXIT_USAGE: Final = 2


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; exits with a usage message if it is invalid."""
    parser = argparse.ArgumentParser(
        prog="python bot.py",
        description="Fluxcord generates and edits images on Discord with the Flux Images API. "
        "Without a command it runs the bot, with the settings from .env and the environment.",
    )
    parser.add_argument("--version", action="version", version=f"Fluxcord {VERSION}")
    parser.add_argument("--role", choices=("all", "gateway", "worker"), help="see docs/scaling.md")
    commands = parser.add_subparsers(dest="command", title="commands")
    local = "try the bot with a local Discord and a local Flux: no account, no network"
    sandbox = commands.add_parser("sandbox", help=local)
    _describe_sandbox(sandbox)
    doctor = commands.add_parser(
        "doctor",
        help="check the set-up, and say how to fix what fails",
        description="Checks the settings, both tokens, the application, its commands, the "
        "database, the disk, the ports and the clock. It changes nothing, and the bot can "
        "keep running. The exit status is 0 if no check fails, else 1.",
    )
    _describe_doctor(doctor)
    backup = commands.add_parser(
        "backup",
        help="copy the database to FILE while the bot runs",
        description="Copies the database (DATABASE_PATH), checks the copy and then renames it to "
        "FILE. The bot can keep running. Images are not included.",
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="the new file; it must not exist")
    _describe_move(
        commands.add_parser("move-database", help="copy the database to SQLite or PostgreSQL")
    )
    recount = "recompute the totals that budgets and reports read, while the bot is stopped"
    commands.add_parser("recount", help=recount)
    options = parser.parse_args(arguments)
    if options.command == "sandbox":
        _check_sandbox(parser, options)
    if options.command == "doctor":
        _check_doctor(parser, options)
    return options


def _describe_move(move: argparse.ArgumentParser) -> None:
    move.description = (
        "Copies every row to an empty database and compares both, while the bot is stopped. FROM "
        "is never changed. After an interruption TO is still empty: run it again. Each is an "
        "SQLite file or an address such as postgresql://fluxcord@localhost/fluxcord; put the "
        "password in ~/.pgpass, as other users of this machine can read command lines."
    )
    for name, kind in (("source", "FROM"), ("target", "TO")):
        move.add_argument(name, type=_database, metavar=kind)


def _database(text: str) -> Path | str:
    return text if text.startswith(("postgresql://", "postgres://")) else Path(text)


def _describe_doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument(
        "--channel",
        action="append",
        default=[],
        type=int,
        metavar="ID",
        help="also check whether the bot can post in this channel; may be repeated",
    )
    flags = {
        "--live": "generate one image with the cheapest model in that channel, which costs "
        "credits, and check what the bot assumes about Discord and Flux; asks first",
        "--edit": "with --live, edit the image too, which costs credits",
        "--streams": "with --live, generate one more image with a streamed response, which costs "
        "credits",
        "--yes": "with --live, accept the price without a prompt",
    }
    for name, text in flags.items():
        doctor.add_argument(name, action="store_true", help=text)
    doctor.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="with --live, write the responses, without tokens, ids, names and prompts, to a new "
        "file",
    )


def _check_doctor(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.live and len(options.channel) != 1:
        parser.error("--live needs one --channel ID for the image")
    if not options.live and (options.edit or options.streams or options.yes or options.save):
        parser.error("--edit, --streams, --yes and --save need --live")
    if options.save is not None:
        try:  # before anything is paid for
            options.save.touch(exist_ok=False)
            options.save.unlink()
        except OSError as error:
            parser.error(f"--save {options.save} must be a new file: {error.strerror}")


def _describe_sandbox(sandbox: argparse.ArgumentParser) -> None:
    sandbox.description = "Starts a local Discord, a local Flux and the bot between them."
    sandbox.add_argument(
        "--say",
        action="append",
        default=[],
        metavar="LINE",
        help="type a line, such as '/imagine prompt:\"a cat\"', or 'reply \"make it night\"', "
        "'click Regenerate' or 'menu \"Edit image\" prompt:\"make it night\"' for the newest "
        "image, wait for its job, then exit; may be repeated",
    )
    sandbox.add_argument(
        "--out", type=Path, metavar="DIR", help="save every posted image and transcript.json"
    )
    sandbox.add_argument(
        "--database",
        type=Path,
        default=Path("data/sandbox.db"),
        metavar="PATH",
        help="the bot's SQLite file (default: %(default)s)",
    )
    sandbox.add_argument(
        "--era",
        default="current",
        help="edition of the Flux Images API in the local Flux: documented or current "
        "(default: %(default)s)",
    )
    sandbox.add_argument(
        "--flux-trace",
        type=Path,
        metavar="FILE",
        help="replay responses that `doctor --live --save FILE` recorded",
    )
    sandbox.add_argument(
        "--locale",
        default="en-US",
        metavar="LANGUAGE",
        help="language of the local server and member, as Discord names it, such as zh-CN "
        "(default: %(default)s)",
    )
    for name, owner in (("--port", "the local Discord"), ("--page-port", "the web page")):
        text = f"port of {owner} (default: any free port)"
        sandbox.add_argument(name, type=int, default=0, help=text)


def _check_sandbox(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    from sandbox.discord import LOCALES  # noqa: PLC0415  # needed for this command only
    from sandbox.flux import ERAS  # noqa: PLC0415

    if options.out is not None and options.out.exists() and not options.out.is_dir():
        parser.error(f"--out {options.out} is a file; name a folder")
    for name, value, known in (("--era", options.era, ERAS), ("--locale", options.locale, LOCALES)):
        if value not in known:
            parser.error(f"{name} {value} is unknown; choose one of {', '.join(known)}")
    if not options.database.name or options.database.is_dir():
        parser.error(f"--database {options.database} is a folder; name a file")
    for name, port in (("--port", options.port), ("--page-port", options.page_port)):
        if not 0 <= port <= MAX_PORT:
            parser.error(f"{name} {port} is not a valid port; choose one from 0 to {MAX_PORT}")


def run_doctor(examining: AsyncIterator[Finding]) -> int:
    """Print a line for each finding; return 1 if a check fails, else 0."""
    try:
        return asyncio.run(_show(examining))
    except KeyboardInterrupt:
        return 1


def run_live_check(
    options: argparse.Namespace,
    contract: Contract | None,
    check: Callable[[Plan, LiveRun], Coroutine[None, None, None]],
) -> int:
    """Name the price, ask, and try Discord and Flux for real; return 1 if anything failed."""
    from services.live_run import (  # noqa: PLC0415  # needed for this command only
        LiveCheckError,
        LiveRun,
        Plan,
    )

    plan = Plan(
        channel_id=options.channel[0], edit=options.edit, stream=options.streams, contract=contract
    )
    run = LiveRun(say)
    # Started in the background of a shell, Python would ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Cards are removed and what was paid is said then, too.
    signal.signal(signal.SIGTERM, _interrupt)
    # nohup ignores it, and Windows has none.
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
        signal.signal(hangup, _interrupt)
    try:
        run.note(plan.price())
        if not options.yes and not _agrees():
            run.note("Nothing was sent to Flux, and nothing was charged.")
            return 1
        asyncio.run(check(plan, run))
    except LiveCheckError as error:
        run.note(f"Stopped: {error} {run.spending.in_words()}")
        succeeded = False
    except KeyboardInterrupt:
        run.note(f"\nInterrupted. {run.spending.in_words()}")
        succeeded = False
    else:
        run.note(run.spending.in_words())
        succeeded = run.all_held
    if options.save is not None:
        succeeded = _save_trace(options.save, run) and succeeded
    return 0 if succeeded else 1


def _interrupt(number: int, _frame: FrameType | None) -> None:
    # A closing terminal sends it twice, and the second would end the removal of the cards.
    signal.signal(number, signal.SIG_IGN)
    signal.raise_signal(signal.SIGINT)


def _save_trace(path: Path, run: LiveRun) -> bool:
    from services.flux_trace import write_trace  # noqa: PLC0415  # needed for this command only

    try:
        write_trace(path, run.exchanges, run.checks, version=VERSION)
    except OSError as error:
        run.note(f"{path} is not writable ({error.strerror}).")
        return False
    run.note(f"Wrote the responses of Flux, without tokens, ids, names and prompts, to {path}.")
    return True


def _agrees() -> bool:
    try:
        return input("Continue? [y/N] ").strip().casefold() in {"y", "yes"}
    except EOFError:
        return False


def tell_faults(error: ConfigError, options: argparse.Namespace) -> int:
    """Print what is wrong with the settings, without which nothing can be done."""
    if options.command == "doctor":
        from services.doctor import fail  # noqa: PLC0415  # needed for this command only

        for fault in str(error).splitlines():
            _print(fail("settings", fault))
        say("Set them in .env or the environment, then run doctor again.")
        return 1
    print(f"Fluxcord cannot start:\n{error}", file=sys.stderr)  # noqa: T201  # before logging
    print("Set them in .env or the environment.", file=sys.stderr)  # noqa: T201
    return EXIT_USAGE


async def _show(examining: AsyncIterator[Finding]) -> int:
    failed = 0
    async for finding in examining:
        _print(finding)
        failed += finding.is_failure
    say("All checks passed." if not failed else f"Failed: {failed}.")
    return 1 if failed else 0


def _print(finding: Finding) -> None:
    say(f"{finding.verdict:<5} {finding.about:<14} {finding.text}")


def say(text: str) -> None:
    """Print a line; on standard error where standard output is closed, as by `| head`."""
    try:
        print(text, flush=True)  # noqa: T201  # what the command says
    except OSError:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        try:
            sys.stdout.flush()  # it still has the line
        except OSError:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # not a file
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
