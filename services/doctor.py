"""Checks of the settings, the database, the disk, the network and Flux; they change nothing."""

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

from flux.errors import AuthenticationError, FluxError, NotConnectedError, OutOfCreditsError
from storage.errors import StorageError
from storage.integrity_check import compare_totals, inspect
from storage.private_files import readable_by_others

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import yarl

    from clock import Clock
    from flux.client import FluxClient
    from images.files import BucketSettings
    from images.folder import Folder

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
    """Result of a check."""

    OK = "OK"
    WARN = "WARN"
    """It works, but may not be intended."""
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was checked, the result, and how to fix a failure."""

    verdict: Verdict
    about: str
    text: str

    @property
    def is_failure(self) -> bool:
        return self.verdict is Verdict.FAIL


def ok(about: str, text: str) -> Finding:
    return Finding(Verdict.OK, about, text)


def fail(about: str, text: str) -> Finding:
    return Finding(Verdict.FAIL, about, text)


async def examine_flux(client: FluxClient, base: yarl.URL) -> Finding:
    """Ask about no task at all, which costs nothing and takes a valid token."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            await client.retrieve_batch(())
    except AuthenticationError as error:
        return fail(
            "Flux",
            f"{base} does not accept FLUX_API_TOKEN ({error.code}). Copy the whole token from "
            "https://platform.acedata.cloud: Flux Images API, Credentials.",
        )
    except OutOfCreditsError:
        return fail(
            "Flux", "The account is out of credits. Buy some at https://platform.acedata.cloud."
        )
    except (NotConnectedError, TimeoutError):
        return fail(
            "Flux",
            f"Cannot reach {base}. Check FLUX_API_BASE, and this machine's network, DNS and "
            "firewall (outbound TCP 443).",
        )
    except FluxError as error:
        return fail(
            "Flux",
            f"{base} returned an error ({error.code or type(error).__name__}). Try again "
            "later, and check FLUX_API_BASE.",
        )
    return ok("Flux", f"{base} is reachable and accepts FLUX_API_TOKEN.")


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
        return fail(
            "clock",
            f"This machine's clock is {abs(skew_s):.0f} s {way} Discord's. Enable NTP: "
            "timedatectl set-ntp true.",
        )
    return ok("clock", "In sync with Discord's.")


def examine_database(at: Path | str) -> Finding:
    """Look at the file, and at whether its folder can be written; or at the PostgreSQL database."""
    try:
        jobs = inspect(at)
    except StorageError as error:
        return fail("database", str(error))
    if isinstance(at, str):
        what = "has no tables yet: the first start creates them"
        return ok("database", f"PostgreSQL {what if jobs is None else f'holds {jobs} requests'}.")
    path = at
    blocked = _blocked(path.parent)
    if blocked:
        return fail(
            "database", f"{blocked} Make it writable, or set DATABASE_PATH to another place."
        )
    if jobs is None:
        return ok("database", f"{path} will be created at the first start.")
    return ok("database", f"{path} passed the integrity check: {jobs} requests.")


def examine_totals(at: Path | str, clock: Clock) -> Finding | None:
    """Compare what budgets and reports read with the ledger; None where it cannot be compared.

    It reads the whole ledger: 10 to 15 seconds for a million requests.
    """
    try:
        differences = compare_totals(at, clock.now())
    except StorageError:
        return None  # `examine_database` says why
    if differences is None:
        return None
    if differences:
        return fail(
            "totals",
            f"{len(differences)} totals for budgets and reports differ from the ledger, such as "
            f"{differences[0]}. Stop the bot and run: python bot.py recount",
        )
    return ok("totals", "The totals for budgets and reports match the ledger.")


def examine_disk(folder: Path, min_free_mb: int) -> Finding:
    """Look whether pictures can be kept in a folder."""
    blocked = _blocked(folder)
    if blocked:
        return fail("disk", f"{blocked} Make it writable, or set DATA_DIR to another place.")
    free_mb = shutil.disk_usage(_standing(folder)).free // MEGABYTE
    if free_mb < min_free_mb:
        return fail(
            "disk",
            f"{folder} has {free_mb} MB free, less than SPOOL_MIN_FREE_MB ({min_free_mb}), so no "
            "request is accepted. Free some space, or set DATA_DIR to another disk.",
        )
    return ok("disk", f"{folder} is writable and has {free_mb} MB free.")


async def examine_bucket(bucket: BucketSettings, scratch: Folder) -> Finding:
    """Look whether the bucket for pictures can be read."""
    from images.bucket import Bucket  # noqa: PLC0415  # its package is for buckets only

    error = await Bucket(bucket, scratch).probe()
    if error is not None:
        return fail("images", f"IMAGE_STORE_URL cannot be used: {error}.")
    return ok("images", f"The bucket {bucket.name} can be read.")


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
        return fail(
            "files", f"Other users of this machine can read these files. Run: chmod go= {names}"
        )
    return ok("files", "No other user of this machine can read the bot's files.")


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
        return ok(key, f"{host} port {port} is free.")
    if reason == errno.EADDRINUSE:
        own = EVERYWHERE.get(host, host)
        own = f"[{own}]" if ":" in own else own
        if await _is_ours(session, f"http://{own}:{port}{path}"):
            return ok(key, f"The running bot listens on {host} port {port}.")
        return fail(
            key, f"Another program uses {host} port {port}. Stop it, or set {key} to another port."
        )
    return fail(
        key,
        f"Cannot listen on {host} port {port} ({errno.errorcode.get(reason or 0, reason)}). "
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
        return ok("PUBLIC_URL", f"{url} reaches CALLBACK_PORT {port} of this machine.")
    return fail(
        "PUBLIC_URL",
        f"{url} does not reach CALLBACK_PORT {port} of this machine. Check DNS, the reverse "
        "proxy or tunnel, and the firewall; or leave PUBLIC_URL empty: the bot then polls "
        "Flux. (Some routers do not let a machine reach itself by its public address.)",
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
        async with asyncio.timeout(DEADLINE_S), session.get(url, allow_redirects=False) as response:
            body = await response.content.read(MAX_ANSWER_BYTES)
            return response.ok and OURS.encode() in body
    except (TimeoutError, aiohttp.ClientError):
        return False


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
        return f"{standing} is not writable ({error.strerror})."
