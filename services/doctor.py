"""Finds out what keeps a bot from working, and says what to do about it; nothing is changed."""

from __future__ import annotations

import asyncio
import errno
import shlex
import shutil
import tempfile
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp import web

from flux import AuthenticationError, FluxError, NotConnectedError, OutOfCreditsError
from storage.database import StorageError
from storage.integrity_check import compare_totals, inspect
from storage.private_files import readable_by_others

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import yarl

    from clock import Clock
    from flux import FluxClient

DEADLINE_S: Final = 10.0
"""For one question to another machine."""

MAX_SKEW_S: Final = 5.0
"""More than an answer takes. The log and the ages of files go by the machine's clock."""

OURS: Final = "fluxcord"
"""What the bot's own servers say about themselves."""

MAX_ANSWER_BYTES: Final = 1_000

MEGABYTE: Final = 1_000_000

EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not listened on
"""Addresses that mean all of a machine's, and where it reaches itself then."""


class Verdict(StrEnum):
    """How a thing is."""

    FINE = "fine"
    NOTE = "note"
    """It works, and may be meant otherwise."""
    MEND = "mend"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do where it has to be mended."""

    verdict: Verdict
    about: str
    text: str


def fine(about: str, text: str) -> Finding:
    """Return that something works."""
    return Finding(Verdict.FINE, about, text)


def mend(about: str, text: str) -> Finding:
    """Return that something has to be mended, and how."""
    return Finding(Verdict.MEND, about, text)


async def examine_flux(client: FluxClient, base: yarl.URL) -> Finding:
    """Ask about no task at all, which costs nothing and takes a valid token."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            await client.retrieve_batch(())
    except AuthenticationError as error:
        return mend(
            "Flux",
            f"{base} does not accept FLUX_API_TOKEN ({error.code}). Copy it whole from "
            "https://platform.acedata.cloud: Flux Images API, Credentials.",
        )
    except OutOfCreditsError:
        return mend(
            "Flux", "The account has no credits. Buy some at https://platform.acedata.cloud."
        )
    except (NotConnectedError, TimeoutError):
        return mend(
            "Flux",
            f"{base} is not reached. Check FLUX_API_BASE, and this machine's network, DNS and "
            "firewall (TCP 443 to outside).",
        )
    except FluxError as error:
        return mend(
            "Flux",
            f"{base} answers with an error ({error.code or type(error).__name__}). Try again "
            "later, and check FLUX_API_BASE.",
        )
    return fine("Flux", f"{base} is reached and accepts FLUX_API_TOKEN.")


async def examine_clock(
    session: aiohttp.ClientSession, discord_api: yarl.URL, clock: Clock
) -> Finding | None:
    """Compare this machine's clock with Discord's; None where Discord sends no time."""
    try:
        async with (
            asyncio.timeout(DEADLINE_S),
            session.get(discord_api / "gateway", allow_redirects=False) as response,
        ):
            theirs = parsedate_to_datetime(response.headers["Date"])
    except (TimeoutError, aiohttp.ClientError, KeyError, ValueError):
        return None
    skew_s = (clock.now() - theirs).total_seconds()
    if abs(skew_s) > MAX_SKEW_S:
        way = "ahead of" if skew_s > 0 else "behind"
        return mend(
            "clock",
            f"This machine's clock is {abs(skew_s):.0f} s {way} Discord's. Let it be set by NTP: "
            "timedatectl set-ntp true.",
        )
    return fine("clock", "It agrees with Discord's.")


def examine_database(path: Path) -> Finding:
    """Look at the file, and at whether its folder can be written."""
    try:
        jobs = inspect(path)
    except StorageError as error:
        return mend("database", str(error))
    blocked = _blocked(path.parent)
    if blocked:
        return mend(
            "database", f"{blocked} Make it writable, or set DATABASE_PATH to a place that is."
        )
    if jobs is None:
        return fine("database", f"{path} will be made at the first start.")
    return fine("database", f"{path} is sound and of a version known here: {jobs} requests.")


def examine_totals(path: Path, clock: Clock) -> Finding | None:
    """Compare what budgets and reports read with the ledger; None where it cannot be compared.

    It reads the whole ledger: about ten seconds for a million requests.
    """
    try:
        differences = compare_totals(path, clock.now())
    except StorageError:
        return None  # `examine_database` says why
    if differences is None:
        return None
    if differences:
        return mend(
            "totals",
            f"The totals that budgets and reports read differ from the ledger ({len(differences)} "
            f"of them, such as {differences[0]}). Stop the bot and run: python bot.py recount",
        )
    return fine("totals", "What budgets and reports read agrees with the ledger.")


def examine_disk(folder: Path, min_free_mb: int) -> Finding:
    """Look whether pictures can be kept in a folder."""
    blocked = _blocked(folder)
    if blocked:
        return mend("disk", f"{blocked} Make it writable, or set DATA_DIR to a place that is.")
    free_mb = shutil.disk_usage(_standing(folder)).free // MEGABYTE
    if free_mb < min_free_mb:
        return mend(
            "disk",
            f"{folder} has {free_mb} MB free, and below SPOOL_MIN_FREE_MB ({min_free_mb}) no "
            "request is taken. Make room there, or set DATA_DIR to another disk.",
        )
    return fine("disk", f"{folder} is writable and has {free_mb} MB free.")


def examine_files(kept: Sequence[Path], secrets: Path | None) -> Finding:
    """Look whether other users of this machine can read what is kept, or the settings.

    Args:
        kept: files and folders; what the bot finds open to others at a start, it closes.
        secrets: the file of settings; its group may be the bot's own.
    """
    found = readable_by_others(kept)
    if secrets is not None:
        found += readable_by_others([secrets], group=False)
    if found:
        names = " ".join(shlex.quote(str(path)) for path in found)
        return mend("files", f"Other users of this machine can read them. Run: chmod go= {names}")
    return fine("files", "No other user of this machine can read them.")


async def examine_port(
    session: aiohttp.ClientSession, key: str, host: str, port: int, path: str
) -> Finding:
    """Look whether the bot can listen at a port, or does so already.

    Args:
        path: where the bot says there that it is itself.
    """
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        reason = error.errno
    else:
        server.close()
        await server.wait_closed()
        return fine(key, f"{host} port {port} is free for the bot.")
    if reason == errno.EADDRINUSE:
        shown = EVERYWHERE.get(host, host)
        if await _is_ours(session, f"http://{_in_url(shown)}:{port}{path}"):
            return fine(key, f"The running bot listens at {host} port {port}.")
        return mend(
            key, f"Another program listens at {host} port {port}. Stop it, or set {key} to another."
        )
    return mend(
        key,
        f"{host} port {port} cannot be listened on ({errno.errorcode.get(reason or 0, reason)}). "
        f"Set {key.replace('_PORT', '_HOST')} to an address of this machine, and {key} to a port "
        "above 1023.",
    )


async def examine_public_url(
    session: aiohttp.ClientSession, url: yarl.URL, host: str, port: int, path: str
) -> Finding:
    """Call the bot by its public address; while it does not run, something answers in its place."""
    runner = await _answering(host, port, path)
    try:
        is_reached = await _is_ours(session, str(url).rstrip("/") + path)
    finally:
        if runner is not None:
            await runner.cleanup()
    if is_reached:
        return fine("PUBLIC_URL", f"{url} leads to CALLBACK_PORT {port} of this machine.")
    return mend(
        "PUBLIC_URL",
        f"{url} does not lead to CALLBACK_PORT {port} of this machine. Check its name in DNS, "
        "the reverse proxy or tunnel, and the firewall; or leave PUBLIC_URL empty: then the bot "
        "asks Flux. (Some routers do not let a machine call itself by its public address.)",
    )


async def _answering(host: str, port: int, path: str) -> web.AppRunner | None:
    """Answer as the bot would, None where the port is taken, as by the bot itself."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=OURS)

    app = web.Application()
    app.router.add_get(path, answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        return None
    return runner


async def _is_ours(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with (
            asyncio.timeout(DEADLINE_S),
            session.get(url, allow_redirects=False) as response,
        ):
            body = await response.content.read(MAX_ANSWER_BYTES)
            return response.ok and OURS.encode() in body
    except (TimeoutError, aiohttp.ClientError):
        return False


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _standing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _blocked(folder: Path) -> str:
    """Return why nothing can be written into a folder, empty where it can be."""
    standing = _standing(folder)
    try:
        with tempfile.TemporaryFile(dir=standing):
            return ""
    except OSError as error:
        return f"{standing} cannot be written ({error.strerror})."
