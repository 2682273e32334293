"""A person in front of the sandbox's page, in a real browser."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import aiohttp
from playwright.async_api import async_playwright

from sandbox.page import Backstage
from sandbox.page import Page as SandboxPage
from sandbox.process import BotProcess
from tests.bot_process import BOT
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, ConsoleMessage, Locator, Page

    from tests.end_to_end.stage import Stage

PATIENCE_MS = PATIENCE_S * 1_000

LOST = ("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED", "ERR_CONTENT_LENGTH")
"""How a browser tells of a server that went away while it answered."""

ATTACHMENTS = ("/attachments/", "/ephemeral-attachments/")
"""Where the local CDN keeps files."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

ARGUMENTS = (
    "--no-sandbox",  # as root it has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Client:
    """One tab, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    """Complaints of files that could not be loaded, by their address."""

    @classmethod
    @asynccontextmanager
    async def window(
        cls, browser: Browser, *, width: int = 1280, height: int = 800, dark: bool = False
    ) -> AsyncIterator[Self]:
        """Open a window with storage of its own; narrow ones are phones."""
        phone = width < 500
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=phone,
            is_mobile=phone,
        )
        client = cls(await context.new_page())
        client.page.set_default_timeout(PATIENCE_MS)
        client.page.on("console", client._hear)
        client.page.on("pageerror", lambda error: client.complaints.append(str(error)))
        yield client
        # A message's edit can replace a file while the browser still loads it.
        shown = await client.page.evaluate("[...document.images].map(image => image.src)")
        client.complaints += [text for url, text in client.missing.items() if url in shown]
        await context.close()
        assert not client.complaints, client.complaints

    def _hear(self, message: ConsoleMessage) -> None:
        # A browser says by itself that a server is away, which the page shows in its own way.
        text = message.text
        is_lost = text.startswith("WebSocket connection to") or any(each in text for each in LOST)
        if message.type in {"error", "warning"} and not is_lost:
            url = message.location["url"]
            complaint = f"{text} ({url})"
            if urlsplit(url).path.startswith(ATTACHMENTS):
                self.missing[url] = complaint
            else:
                self.complaints.append(complaint)

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        await self.words.wait_for()

    # What is there

    @property
    def words(self) -> Locator:
        """The field for messages."""
        return self.page.get_by_role("textbox", name="Message", exact=True)

    @property
    def messages(self) -> Locator:
        return self.page.locator(".message")

    def newest(self, button: str) -> Locator:
        """The newest message with a button of this name."""
        return self.messages.filter(has=self.page.get_by_role("button", name=button)).last

    def oldest(self, button: str) -> Locator:
        return self.messages.filter(has=self.page.get_by_role("button", name=button)).first

    async def pictures(self, message: Locator) -> list[bytes]:
        """The files of the pictures that a message shows, each loaded by the browser too."""
        images = message.locator(".gallery img")
        files = []
        async with aiohttp.ClientSession() as session:
            for image in await images.all():
                await image.scroll_into_view_if_needed()
                await image.evaluate("image => image.decode()")
                address = await image.get_attribute("src")
                assert address is not None
                async with session.get(address) as answer:
                    assert answer.status == 200
                    files.append(await answer.read())
        return files

    # What is done

    async def command(self, name: str, **options: str) -> None:
        """Type a slash command; options that are not required are added by their buttons."""
        await self.words.fill(f"/{name} ")
        form = self.page.get_by_role("form", name=f"Command /{name}", exact=True)
        for option, value in options.items():
            box = form.get_by_label(option, exact=True)
            if not await box.count():
                await form.get_by_role("button", name=f"+ {option}", exact=True).click()
            await box.fill(value)
        await form.get_by_role("button", name="Send", exact=True).click()

    async def pick(self, select: Locator, option: str) -> None:
        await select.click()
        await self.page.get_by_role("option", name=option).click()

    async def menu(self, message: Locator, *steps: str) -> None:
        """Right-click a message and choose from its menu."""
        await message.locator("header, .text").first.click(button="right")
        for step in steps:
            await self.page.get_by_role("menuitem", name=step).click()

    async def fill_in(self, label: str, words: str) -> None:
        """Fill in one field of the form that is open, and hand it in."""
        form = self.page.get_by_role("dialog")
        await form.get_by_label(label).fill(words)
        await form.get_by_role("button", name="Submit").click()
        await form.wait_for(state="detached")

    async def become(self, name: str) -> None:
        await self.page.get_by_role("button", name="Switch user").click()
        await self.page.get_by_role("menuitemradio", name=name).click()
        await self.page.get_by_role("button", name=f"You are {name}").wait_for()


@asynccontextmanager
async def launched() -> AsyncIterator[Browser | None]:
    """Launch the machine's Chromium with an empty profile; None where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        yield None
        return
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def page_of(
    stage: Stage, *, bot_runs: bool = True, port: int = 0
) -> AsyncIterator[SandboxPage]:
    """Serve the page beside a bot that can be killed."""
    environ = {**os.environ, **stage.environ}
    bot = BotProcess((sys.executable, str(BOT)), environ, stage.folder / "bot.log")
    database = stage.folder / "fluxcord.db"
    async with SandboxPage(Backstage(stage.discord, stage.flux, bot, database), port) as page:
        try:
            if bot_runs:
                await bot.start()
                await stage.discord.connected()
            yield page
        finally:
            await bot.stop()
