"""The command `python bot.py sandbox`: the bot between a local Discord and a local Flux."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli import EXIT_USAGE
from config import Settings
from sandbox.discord import LocalDiscord
from sandbox.flux import Era, LocalFlux, ResponseFormat
from sandbox.flux.trace import TraceError, read_trace
from sandbox.page import Backstage, Page
from sandbox.process import BotProcess
from sandbox.talk import START_PATIENCE_S, Talk
from sandbox.terminal import Terminal
from storage.private_files import make_private

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator


SECONDS_PER_PICTURE: Final = 1.5
"""Long enough to see the status card, short enough to wait for."""

BOT: Final = Path(__file__).with_name("bot.py")


def run(options: argparse.Namespace, world: type[LocalDiscord] = LocalDiscord) -> int:
    """Run the sandbox; return 0 if every line's job was delivered, 1 if not."""
    trace = None
    if options.flux_trace is not None:
        try:
            trace = read_trace(options.flux_trace)
        except TraceError as error:
            print(error, file=sys.stderr)  # noqa: T201  # what the command says
            return EXIT_USAGE
    plan = _Plan(
        lines=options.say,
        out=options.out,
        database=options.database,
        era=trace.era if trace else options.era,
        manner=trace.manner if trace else None,
        locale=options.locale,
        port=options.port,
        page_port=options.page_port,
    )
    try:
        return asyncio.run(_until_signalled(plan, world))
    except (KeyboardInterrupt, asyncio.CancelledError):
        # What was to be said was cut short; a sandbox that waits is ended in no other way.
        return 1 if plan.lines else 0


@dataclass(frozen=True)
class _Plan:
    lines: list[str]
    out: Path | None
    database: Path
    era: Era
    manner: ResponseFormat | None
    locale: str
    port: int
    page_port: int

    @property
    def log(self) -> Path:
        return self.database.with_name(f"{self.database.stem}.log")


async def _until_signalled(plan: _Plan, world: type[LocalDiscord]) -> int:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(task.cancel))
    terminal = Terminal()
    try:
        discord = await world(plan.port, bot_name="Fluxcord").start()
    except OSError as error:
        terminal.complain(f"Port {plan.port} cannot be used ({error}). Choose another with --port.")
        return 1
    try:
        plan.database.parent.mkdir(parents=True, exist_ok=True)
        make_private([plan.log])
        if plan.out is not None:
            plan.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        await discord.close()
        terminal.complain(f"{error.filename} cannot be used ({error.strerror}).")
        return 1
    async with (
        discord,
        await LocalFlux.start(seconds_per_picture=SECONDS_PER_PICTURE, era=plan.era) as flux,
    ):
        flux.manner = plan.manner or flux.manner
        bot = _bot_between(plan, discord, flux)
        if plan.lines:
            async with _running(bot):
                return await _converse(plan, discord, bot, terminal)
        page = _open_page(plan, Backstage(discord, flux, bot, plan.database), terminal)
        if page is None:
            return 1
        async with page, _running(bot):
            return await _converse(plan, discord, bot, terminal, page)


def _open_page(plan: _Plan, backstage: Backstage, terminal: Terminal) -> Page | None:
    try:
        return Page(backstage, plan.page_port)
    except OSError as error:
        terminal.complain(
            f"Port {plan.page_port} cannot be used ({error.strerror}). "
            "Choose another with --page-port."
        )
        return None


async def _converse(
    plan: _Plan,
    discord: LocalDiscord,
    bot: BotProcess,
    terminal: Terminal,
    page: Page | None = None,
) -> int:
    """Say the lines; without any, and with a page, what is typed."""
    if not await _connected(discord, bot):
        terminal.complain(f"The bot did not start. The end of its log, from {plan.log}:")
        words = plan.log.read_text(encoding="utf-8", errors="replace")
        terminal.note("\n".join(words.splitlines()[-5:]))
        return 1
    discord.set_locale(plan.locale)
    discord.person().locale = plan.locale
    talk = Talk(discord, bot, terminal, plan.out)
    if page is None:
        return await talk.say_all(plan.lines)
    terminal.note(_welcome(page.url, plan))
    await talk.listen()
    return 0


def _welcome(url: str, plan: _Plan) -> str:
    return (
        f"A local Discord with Fluxcord in it. Open {url} in a browser,\n"
        "or type a command here and press Enter; Ctrl-C stops it. For example:\n"
        '  /imagine prompt:"a white siamese cat" size:16:9 count:2\n'
        '  /edit image:@photo.png prompt:"make it night"\n'
        '  reply "add snow"\n'
        "  click Regenerate\n"
        '  menu "Edit image" prompt:"make it night"\n'
        f"Requests are stored in {plan.database}, the bot's log is {plan.log}."
    )


def _bot_between(plan: _Plan, discord: LocalDiscord, flux: LocalFlux) -> BotProcess:
    # Every key is given, an empty one for a default, so that no .env has a say in here.
    settings = dict.fromkeys((field.name.upper() for field in fields(Settings)), "") | {
        "DISCORD_TOKEN": discord.bot_token,
        "FLUX_API_TOKEN": flux.token,
        "DATABASE_PATH": str(plan.database),
        "DATA_DIR": str(plan.database.with_name(f"{plan.database.stem}-data")),
        "FLUX_API_BASE": flux.base,
        "DISCORD_API_BASE": discord.api_base,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "POLL_INTERVAL_S": "0.25",
    }
    return BotProcess((sys.executable, str(BOT)), os.environ | settings, plan.log)


@asynccontextmanager
async def _running(bot: BotProcess) -> AsyncIterator[None]:
    await bot.start()
    try:
        yield
    finally:
        await bot.stop()


async def _connected(discord: LocalDiscord, bot: BotProcess) -> bool:
    connected = asyncio.create_task(discord.connected(within=START_PATIENCE_S))
    ended = asyncio.create_task(bot.ended())
    await asyncio.wait({connected, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    connected.cancel()
    results = await asyncio.gather(connected, ended, return_exceptions=True)
    return results[0] is None
