"""Screenshots of the sandbox for the documents: `make screenshots`, in a browser, with real cards.

`make screenshots ARGS="--all --out DIR"` shows every scene, wide and narrow, light and dark, to be
looked at; with `--locale zh-CN` in that language.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import PIL.Image

from benchmarks.rows import fill
from tests.browser.client import Client, launched, page_of
from tests.decoding import decoder_shared
from tests.end_to_end.stage import open_stage
from ui.i18n import ENGLISH, words_for

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

    from sandbox.discord import Person
    from tests.end_to_end.stage import Stage

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screenshots"
MEGAPIXELS: Final = 0.3
LOOKS: Final = ((1280, False), (1280, True), (390, False), (390, True))

HEIGHTS: Final = {1280: 1460, 390: 844}
SETTLED_MS: Final = 400
LOADED: Final = """async (most) => {
  const loading = [...document.images].map((image) => image.decode().catch(() => 0));
  await Promise.race([Promise.all(loading), new Promise((done) => setTimeout(done, most))]);
}"""
LOADED_MS: Final = 3_000
"""At most: an image that is drawn again meanwhile is never decoded."""

TRANSLATED: Final = "async (text) => (await import('/js/words.js')).t(text)"

BUSY: Final = 260
"""Requests of others in the month that is shown."""

SETTINGS: Final = {"CREDIT_PRICE": "0.10 USD", "USER_CREDITS_PER_DAY": "40"}
"""Where every scene is shown, so that cards show all that they can."""

SPREAD: Final = """
update jobs set
  user_id = iif(interaction_id % 3, :bob, :mia), user_name = 'bob', guild_id = :guild,
  model = case interaction_id % 4 when 0 then 'flux-dev' when 1 then 'flux-pro'
    when 2 then 'flux-schnell' else 'flux-kontext-pro' end,
  created_at = strftime('%Y-%m-%dT%H:%M:%S', :since
    + (:now - :since) * (interaction_id * 7919 % 997 / 997.0), 'unixepoch') || '+00:00';
"""
ENDED: Final = """
update jobs set ended_at = strftime('%Y-%m-%dT%H:%M:%S', created_at,
  (3 + interaction_id % 17) || ' seconds') || '+00:00'
"""
BOOKED: Final = """
update ledger set (user_id, guild_id, requested_at, created_at) =
  (select user_id, guild_id, created_at, created_at from jobs where id = job_id)
"""


@dataclass
class Tour:
    """A person who looks at scene after scene, in a language."""

    client: Client
    stage: Stage
    locale: str

    @property
    def words(self) -> Locator:
        """The field for messages, in any language."""
        return self.client.page.locator("#words")

    async def t(self, text: str) -> str:
        """Return a text of the page in its language."""
        return str(await self.client.page.evaluate(TRANSLATED, text))

    def button(self, sentence: str) -> str:
        """Return the name of a card's button."""
        return words_for(self.locale)(f"button-{sentence}")

    async def press(self, sentence: str, *, on: str = "details") -> None:
        """Press a button of the newest message with another one."""
        message = self.client.newest(self.button(on))
        await message.get_by_role("button", name=self.button(sentence), exact=True).click()

    async def use(self, person: Person, command: str, **options: str | int) -> Locator:
        """Use a command, and return the message that answers it, when the person looks."""
        use = await person.use(command, options).answered()
        assert use.message is not None
        message = self.client.page.locator(f"[data-id='{use.message.id}']")
        await message.wait_for()
        await message.locator(".only-you").evaluate("node => node.scrollIntoView()")
        return message

    async def become(self, name: str) -> None:
        page = self.client.page
        if not await page.locator(".person").is_visible():
            await page.get_by_role("button", name=await self.t("Channels")).click()
        await page.locator(".person").click()
        await page.get_by_role("menuitemradio", name=name).click()
        await page.locator(".person", has_text=name).wait_for(state="attached")
        await page.keyboard.press("Escape")


Scene = Callable[[Tour], Awaitable[None]]


async def welcome(tour: Tour) -> None:
    await tour.client.page.locator(".try").first.wait_for()


async def result(tour: Tour) -> None:
    tour.stage.ada.use("imagine", prompt="a harbour at dawn", count=4)
    await tour.client.newest(tour.button("again")).wait_for()


async def edit(tour: Tour) -> None:
    await tour.client.menu(tour.client.newest(tour.button("again")), await tour.t("Reply"))
    await tour.words.fill("2: at night")
    await tour.words.press("Enter")
    await tour.client.page.get_by_role("button", name=tour.button("again")).nth(1).wait_for()


async def typed(tour: Tour) -> None:
    await tour.words.fill("/")


async def options(tour: Tour) -> None:
    await tour.words.fill("/imagine a lighthouse")
    await tour.client.page.locator(".command .chip").first.click()
    await tour.client.page.get_by_role("option", name="flux-dev").wait_for()


async def form(tour: Tour) -> None:
    await tour.client.page.locator(".command header .icon-button").click()
    await tour.press("change")
    await tour.client.page.get_by_role("dialog").wait_for()


async def details(tour: Tour) -> None:
    await tour.client.page.keyboard.press("Escape")
    await tour.press("details")
    await tour.client.newest(tour.button("start-again")).wait_for()


async def history(tour: Tour) -> None:
    message = await tour.use(tour.stage.ada, "history")
    await message.locator(".thumbnail img").first.wait_for()


async def refusal(tour: Tour) -> None:
    tour.stage.ada.use("imagine", prompt="forbidden")
    await tour.client.newest(tour.button("retry")).wait_for()


async def hidden(tour: Tour) -> None:
    tour.stage.ada.use("imagine", prompt="a windmill", spoiler=True)
    await tour.client.page.locator(".covered").wait_for()


async def large(tour: Tour) -> None:
    await tour.client.page.locator(".covered").click()
    await tour.client.page.locator(".tile").last.click()
    await tour.client.page.get_by_role("dialog").wait_for()


async def behind(tour: Tour) -> None:
    await tour.client.page.keyboard.press("Escape")
    await tour.client.page.locator(".behind").click()
    await tour.client.page.locator("#tab-jobs").click()
    await tour.client.page.locator(".state").first.wait_for()


async def ledger(tour: Tour) -> None:
    await tour.client.page.locator("#tab-ledger").click()
    await tour.client.page.locator("#drawer td").first.wait_for()


async def requests(tour: Tour) -> None:
    await tour.client.page.locator("#tab-requests").click()
    await tour.client.page.locator(".requests summary", has_text="/flux/images").last.click()
    await tour.client.page.locator(".bodies pre").first.wait_for()


async def faults(tour: Tour) -> None:
    await tour.client.page.locator("#tab-faults").click()
    await tour.client.page.locator("#drawer .tick input").check()
    await tour.client.pick(tour.client.page.locator("#drawer .select").first, "500")
    await tour.client.page.locator(".fault-state.on").wait_for()


async def failure(tour: Tour) -> None:
    await tour.client.page.locator("#drawer header .icon-button").click()
    tour.stage.ada.use("imagine", prompt="an unlucky boat")
    await tour.client.messages.filter(has_text="Flux").last.wait_for()


async def opened(tour: Tour) -> None:
    grid = tour.client.oldest(tour.button("again"))
    await grid.get_by_role("button", name="2", exact=True).click()
    opened = tour.client.newest(tour.button("original"))
    await opened.locator(".only-you").evaluate("node => node.scrollIntoView()")


async def deleting(tour: Tour) -> None:
    grid = tour.client.oldest(tour.button("again"))
    await grid.get_by_role("button", name=tour.button("delete")).click()
    await tour.client.page.get_by_role("dialog").wait_for()


async def preferences(tour: Tour) -> None:
    await tour.client.page.keyboard.press("Escape")
    await tour.use(tour.stage.ada, "preferences")


async def month(tour: Tour) -> None:
    await tour.use(tour.stage.ada, "usage")


async def empty(tour: Tour) -> None:
    await tour.become("Grace")
    await tour.use(tour.stage.discord.person("Grace"), "usage")


async def operator(tour: Tour) -> None:
    await tour.use(tour.stage.discord.person("Grace"), "help")


async def manager(tour: Tour) -> None:
    await tour.become("Mia")
    await tour.use(tour.stage.discord.person("Mia"), "settings")


async def busy(tour: Tour) -> None:
    mia = tour.stage.discord.person("Mia")
    await tour.use(mia, "limits set", what="microcredits_per_month", amount="60")
    await tour.use(mia, "usage", scope="server")


SCENES: Final[tuple[Scene, ...]] = (
    *(welcome, result, edit, typed, options, form, details, history, refusal, hidden, large),
    *(behind, ledger, requests, faults, failure, opened, deleting, preferences, month, empty),
    *(operator, manager, busy),
)
"""Each goes on from the one before it."""

KEPT: Final = {(1280, False): edit, (1280, True): behind, (390, True): edit}
"""What the documents show, for each look."""


async def take(browser: Browser, folder: Path, *, everything: bool, locale: str) -> None:
    """Play the scenes in each look and write what is seen."""
    for width, dark in LOOKS if everything else KEPT:
        with tempfile.TemporaryDirectory() as data:
            height = HEIGHTS[1280 if everything else width]
            async with (
                decoder_shared(),
                open_stage(Path(data), megapixels=MEGAPIXELS) as stage,
            ):
                stage.more_settings.update(SETTINGS if everything else {})
                await set_scene(stage, locale, busy=everything)
                async with (
                    page_of(stage) as page,
                    Client.window(browser, width=width, height=height, dark=dark) as client,
                ):
                    await client.page.goto(page.url)
                    tour = Tour(client, stage, locale)
                    await tour.words.wait_for()
                    for scene in SCENES:
                        await scene(tour)
                        is_last = not everything and KEPT[width, dark] is scene
                        if everything or is_last:
                            theme = "dark" if dark else "light"
                            name = f"{scene.__name__}-{width}-{theme}.png"
                            await shoot(client, folder / name)
                        if is_last:
                            break


async def set_scene(stage: Stage, locale: str, *, busy: bool) -> None:
    """Let everybody speak a language, and others have used the bot all month."""
    stage.discord.set_locale(locale)
    names = ("Ada", "Bob", "Mia", "Grace")
    people = {name: stage.discord.person(name) for name in names}
    for person in people.values():
        person.locale = locale
    if not busy:
        return
    path, now = stage.folder / "fluxcord.db", datetime.now(UTC)
    await fill(path, BUSY)
    since = now.replace(day=1, hour=0, minute=0, second=0).timestamp()
    ids = {name.lower(): person.user.id for name, person in people.items()}
    times = {"since": int(since), "now": int(now.timestamp())}
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(SPREAD, {**ids, **times, "guild": stage.discord.guild.id})
        db.execute(ENDED)
        db.execute("update jobs set fetched_at = ended_at where fetched_at is not null")
        db.execute(BOOKED)


async def shoot(client: Client, file: Path) -> None:
    """Write what is in the window, once its pictures are there."""
    await client.page.wait_for_timeout(SETTLED_MS)
    await client.page.evaluate(LOADED, LOADED_MS)
    picture = PIL.Image.open(io.BytesIO(await client.page.screenshot()))
    await asyncio.to_thread(save, picture, file)


def save(picture: PIL.Image.Image, file: Path) -> None:
    picture.convert("RGB").save(file, optimize=True)
    print(f"{file}: {file.stat().st_size / 1024:.0f} KB")  # noqa: T201  # what the command says


async def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots")
    parser.add_argument("--all", action="store_true", help="every scene in every look")
    parser.add_argument("--locale", default=ENGLISH, help="of everybody, such as zh-CN")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    async with launched() as browser:
        if browser is None:
            parser.error("there is no Chromium on the PATH")
        await take(browser, chosen.out, everything=chosen.all, locale=chosen.locale)


if __name__ == "__main__":
    asyncio.run(main())
