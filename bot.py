"""Fluxcord's entry point: what the command line asks for, and the order of a start and a stop."""

# ruff: noqa: E402  # collecting comes before importing

from __future__ import annotations

import gc

gc.disable()  # what is imported stays: looking for garbage among it takes a tenth of a start

import asyncio
import logging
import os
import signal
import sys
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Final

import dotenv

import cli
from app import App
from clock import Clock
from config import ENV_FILE, ConfigError, LogFormat, Settings, read_database, read_settings
from config_values import Role
from domain.errors import RefusedError, StartError
from services.logs import set_up_logging
from storage.errors import StorageError
from storage.private_files import UMASK
from storage.repository import SettingRepository
from ui.client import use_discord_at
from ui.errors import log_lost_error
from ui.formatting import use_credit_price
from ui.i18n import languages
from ui.login import log_in, login_errors_explained, patiently

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from images.decoder import Decoder

gc.freeze()  # else full collections take 0.4 s each in the middle of a burst of requests
gc.enable()

logger = logging.getLogger("fluxcord")

GARBAGE_THRESHOLDS: Final = (2_500, 2, 200)
"""Of the three generations. Python's 700 new objects would be looked through for each request; its
tenfold for the second, or more new ones, is many milliseconds after a start with a long queue; and
all are looked through as rarely as with its third."""

EXIT_FAILED: Final = 1

EXIT_REFUSED: Final = 3
"""Discord refuses the bot, which no restart changes; 2 is for settings (`cli.EXIT_USAGE`)."""


def main(arguments: Sequence[str] | None = None, *, clock: Clock | None = None) -> int:
    """Run what the command line asks for; return the exit status."""
    options = cli.parse(arguments)
    os.umask(UMASK)  # prompts, pictures and tokens are for nobody else on this machine
    if options.command == "sandbox":
        import sandbox_command  # noqa: PLC0415  # needed for this command only

        return sandbox_command.run(options)
    try:
        environ = {**_dotenv(), **os.environ}
        if options.role is not None:
            environ["ROLE"] = options.role
        if options.command in {"backup", "move-database", "recount"}:
            return _run_database_command(options, environ)
        settings = read_settings(environ)
    except ConfigError as error:
        return cli.tell_faults(error, options)
    if options.command == "doctor":
        return _doctor(options, settings)
    set_up_logging(settings.log_level, as_json=settings.log_format is LogFormat.JSON)
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        asyncio.run(_run_until_signalled(settings, clock or Clock()))
    except (StartError, StorageError) as error:
        logger.critical("%s", error)
        return EXIT_REFUSED if isinstance(error, RefusedError) else EXIT_FAILED
    return 0


def _run_database_command(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    import database_commands  # noqa: PLC0415  # needed for these commands only

    if options.command == "move-database":
        return database_commands.run_move(options)
    is_backup = options.command == "backup"
    run = database_commands.run_backup if is_backup else database_commands.run_recount
    return run(options, read_database(environ))


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    import doctor  # noqa: PLC0415  # needed for this command only

    if options.live:
        check = partial(doctor.check_live, settings)
        return cli.run_live_check(options, settings.flux_contract, check)
    return cli.run_doctor(doctor.examine(settings, options.channel, ENV_FILE))


async def run(
    settings: Settings, stop: asyncio.Event, *, clock: Clock, decoder: Decoder | None = None
) -> None:
    """Run the bot until `stop` is set.

    Raises:
        RefusedError: Discord refuses the bot.
        StartError: the bot cannot run for another reason, such as a port that is taken.
        StorageError: the database cannot be used.
    """
    asyncio.get_running_loop().set_exception_handler(log_lost_error)
    languages()  # read before anybody waits for an answer
    use_credit_price(settings.credit_price)
    use_discord_at(settings.discord_api_base, settings.discord_gateway_url)
    app = App(settings, clock, decoder)
    own_decoder = nullcontext() if decoder else app.decoder
    cluster = nullcontext() if app.shared is None else app.shared.cluster
    async with app.session, app.database, cluster, own_decoder, app.spool, app.client:
        await app.add_features()
        await app.load()
        await app.exporter.open()
        async with _health_served(app):
            await _run_until(stop, app)


async def _run_until(stop: asyncio.Event, app: App) -> None:
    logged_in = asyncio.Event()
    role = app.settings.role
    works = (
        *((app.retention.run, app.privacy.run) if role is not Role.GATEWAY else ()),
        *((app.send_budget_warnings,) if role is not Role.WORKER else ()),
    )
    beside = (
        *(asyncio.create_task(_after(logged_in, work), name="beside") for work in works),
        asyncio.create_task(stop.wait(), name="stop"),
    )
    serving = asyncio.create_task(_serve(app, logged_in), name="discord")
    try:
        await asyncio.wait({serving, beside[-1]}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        logger.info("stopping")
    finally:
        for task in beside:
            task.cancel()
        await app.worker.close()
        serving.cancel()
        # discord.py ignores the cancellation while it connects a shard again, but not this.
        await app.client.close()
        await asyncio.gather(serving, *beside, return_exceptions=True)


async def _serve(app: App, logged_in: asyncio.Event) -> None:
    with login_errors_explained():
        is_worker = app.settings.role is Role.WORKER
        await log_in(
            app.client,
            app.settings.discord_token,
            None if is_worker else SettingRepository(app.database),
            nullcontext if app.shared is None else app.shared.cluster.registering,
        )
        logged_in.set()
        async with _callbacks_served(app):
            await app.worker.open()
            if is_worker:
                await asyncio.Event().wait()
            await patiently(app.client.connect)


def _callbacks_served(app: App) -> AbstractAsyncContextManager[None]:
    settings = app.settings
    if not settings.calls_back:
        return nullcontext()
    from web.callbacks import Callbacks  # noqa: PLC0415  # a web server, for this port only
    from web.listening import listening  # noqa: PLC0415

    callbacks = Callbacks(
        knows=app.worker.knows_callback,
        called_back=app.worker.called_back,
        trusted_proxies=settings.trusted_proxies,
    )
    host, port = settings.callback_host, settings.callback_port
    return listening(callbacks, key="CALLBACK_PORT", host=host, port=port)


@asynccontextmanager
async def _health_served(app: App) -> AsyncIterator[None]:
    if app.metrics is None:
        yield
        return
    from web.health import Health  # noqa: PLC0415  # a web server, for this port only
    from web.listening import listening  # noqa: PLC0415

    async def is_connected() -> bool:
        return app.settings.role is Role.WORKER or app.client.is_connected

    health = Health(
        version=cli.VERSION,
        checks={
            "gateway": is_connected,
            "database": app.database.is_writable,
            "disk": app.spool.has_room,
        },
        metrics=app.metrics.render,
        trusted_proxies=app.settings.trusted_proxies,
    )
    host, port = app.settings.health_host, app.settings.health_port
    async with listening(health, key="HEALTH_PORT", host=host, port=port):
        watching = asyncio.create_task(app.metrics.watch_loop(), name="lag")
        try:
            yield
        finally:
            watching.cancel()


async def _after(logged_in: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """Do what removes things by their age, once Discord has told what time it is."""
    await logged_in.wait()
    await work()


async def _run_until_signalled(settings: Settings, clock: Clock) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # signal.signal and not loop.add_signal_handler, which Windows has not.
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
    await run(settings, stop, clock=clock)


def _dotenv() -> dict[str, str]:
    try:
        return {key: value or "" for key, value in dotenv.dotenv_values(ENV_FILE).items()}
    except UnicodeDecodeError as error:
        raise ConfigError("The file .env is not UTF-8 text. Save it as UTF-8.") from error


if __name__ == "__main__":
    sys.exit(main())
