"""Screenshots of the sandbox for the documents: `make screenshots`, in a browser, with real cards.

`python -m tests.browser.screenshots --all --out DIR` shows every kind of card, wide and narrow,
light and dark, to be looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import PIL.Image

from tests.browser.client import Client, launched, page_of
from tests.decoding import decoder_shared
from tests.end_to_end.stage import open_stage

if TYPE_CHECKING:
    from playwright.async_api import Browser

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screenshots"
MEGAPIXELS: Final = 0.3
LOOKS: Final = ((1280, False), (1280, True), (390, False), (390, True))

HEIGHTS: Final = {1280: 1460, 390: 844}
SETTLED_MS: Final = 400
LOADED: Final = "Promise.all([...document.images].map((each) => each.decode().catch(() => 0)))"

Scene = Callable[[Client], Awaitable[None]]


async def welcome(client: Client) -> None:
    await client.page.get_by_role("heading", name="Welcome to the sandbox").wait_for()


async def result(client: Client) -> None:
    await client.command("imagine", prompt="a harbour at dawn", count="4")
    await client.newest("Regenerate").wait_for()


async def edit(client: Client) -> None:
    await client.menu(client.newest("Regenerate"), "Reply")
    await client.words.fill("2: at night")
    await client.words.press("Enter")
    await client.page.get_by_role("button", name="Regenerate").nth(1).wait_for()


async def typed(client: Client) -> None:
    await client.words.fill("/")


async def options(client: Client) -> None:
    await client.words.fill("/imagine a lighthouse")
    form = client.page.get_by_role("form", name="Command /imagine")
    await form.get_by_role("button", name="+ model").click()
    await client.page.get_by_role("option", name="flux-dev").wait_for()


async def form(client: Client) -> None:
    await client.page.get_by_role("button", name="Close the command").click()
    await client.newest("Edit prompt").get_by_role("button", name="Edit prompt").click()
    await client.page.get_by_role("dialog").wait_for()


async def details(client: Client) -> None:
    await client.page.keyboard.press("Escape")
    await client.newest("Regenerate").get_by_role("button", name="Details").click()
    await client.newest("Edit this version").wait_for()


async def history(client: Client) -> None:
    await client.command("history")
    shown = client.messages.filter(has_text="/history")
    await shown.last.locator(".thumbnail img").first.wait_for()


async def refusal(client: Client) -> None:
    await client.command("imagine", prompt="forbidden")
    await client.messages.filter(has_text="content filter").last.wait_for()


async def hidden(client: Client) -> None:
    await client.words.fill("/imagine a windmill")
    command = client.page.get_by_role("form", name="Command /imagine")
    await command.get_by_role("button", name="+ spoiler").click()
    await client.pick(command.get_by_role("combobox", name="spoiler"), "True")
    await command.get_by_role("button", name="Send", exact=True).click()
    await client.page.get_by_role("button", name="Spoiler, press").wait_for()


async def large(client: Client) -> None:
    await client.page.get_by_role("button", name="Spoiler, press").click()
    await client.page.get_by_role("button", name="Open image").last.click()
    await client.page.get_by_role("dialog").wait_for()


async def behind(client: Client) -> None:
    await client.page.keyboard.press("Escape")
    await client.page.get_by_role("button", name="Behind the scenes").click()
    await client.page.get_by_role("tab", name="Jobs").click()
    await client.page.locator(".state").first.wait_for()


SCENES: Final[tuple[Scene, ...]] = (
    welcome,
    result,
    edit,
    typed,
    options,
    form,
    details,
    history,
    refusal,
    hidden,
    large,
    behind,
)
"""Each goes on from the one before it."""

KEPT: Final = {(1280, False): edit, (1280, True): behind, (390, True): edit}
"""What the documents show, for each look."""


async def take(browser: Browser, folder: Path, *, everything: bool) -> None:
    """Play the scenes in each look and write what is seen."""
    for width, dark in LOOKS if everything else KEPT:
        with tempfile.TemporaryDirectory() as data:
            async with (
                decoder_shared(),
                open_stage(Path(data), megapixels=MEGAPIXELS) as stage,
                page_of(stage) as page,
                Client.window(browser, width=width, height=HEIGHTS[width], dark=dark) as client,
            ):
                await client.open(page.url)
                for scene in SCENES:
                    await scene(client)
                    if everything or KEPT[width, dark] is scene:
                        theme = "dark" if dark else "light"
                        await shoot(client, folder / f"{scene.__name__}-{width}-{theme}.png")
                    if not everything and KEPT[width, dark] is scene:
                        break


async def shoot(client: Client, file: Path) -> None:
    """Write what is in the window, once its pictures are there."""
    await client.page.wait_for_timeout(SETTLED_MS)
    await client.page.evaluate(LOADED)
    picture = PIL.Image.open(io.BytesIO(await client.page.screenshot()))
    await asyncio.to_thread(save, picture, file)


def save(picture: PIL.Image.Image, file: Path) -> None:
    picture.convert("RGB").save(file, optimize=True)
    print(f"{file}: {file.stat().st_size / 1024:.0f} KB")  # noqa: T201  # what the command says


async def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots")
    parser.add_argument("--all", action="store_true", help="every scene in every look")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    async with launched() as browser:
        if browser is None:
            parser.error("there is no Chromium on the PATH")
        await take(browser, options.out, everything=options.all)


if __name__ == "__main__":
    asyncio.run(main())
