"""The sandbox's page in a browser: what a client of Discord is expected to do."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from aiohttp.test_utils import unused_port
from playwright.async_api import expect

from flux.catalogue import MODELS
from sandbox.discord import Upload
from sandbox.discord.interactions import ANSWER_WINDOW_S
from tests.browser.client import Client, page_of
from tests.end_to_end.stage import open_stage
from tests.patience import PATIENCE_S
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Route

    from sandbox.page import Page

MEBIBYTE = 1 << 20

MARKED = (
    "**bold** *leaning* __under__ ~~gone~~ `code` ||hidden|| @Bob <t:1700000000:R> "
    "[words](https://fluxcord.example/a) \\*plain\\* <img src=x onerror=alert(1)>\n-# small print"
)

DROP = """
([name, size]) => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(size)], name, { type: "image/png" }));
  const main = document.getElementById("main");
  for (const kind of ["dragenter", "dragover", "drop"])
    main.dispatchEvent(new DragEvent(kind, { dataTransfer: files, cancelable: true }));
}
"""


PRESS_ENTER_TWICE = """
words => {
  for (let press = 0; press < 2; press++)
    words.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
}
"""


async def gone(page: Page, tabs: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while page.tabs != tabs:
            await asyncio.sleep(0.01)


async def test_two_tabs_show_the_same_and_a_closed_one_is_forgotten(
    tmp_path: Path, browser: Browser
) -> None:
    async with (
        open_stage(tmp_path) as stage,
        page_of(stage, bot_runs=False) as page,
        Client.window(browser) as ada,
    ):
        await ada.open(page.url)
        async with Client.window(browser) as mia:
            await mia.open(page.url)
            await mia.become("Mia")
            await ada.words.fill(MARKED)
            await ada.words.press("Enter")
            for client in (ada, mia):
                said = client.messages.locator(".text")
                await expect(said).to_contain_text("<img src=x onerror=alert(1)>")
                await expect(said).to_contain_text("*plain*")
                for tag in ("strong", "em", "u", "s", "code", "small", "time"):
                    await expect(said.locator(tag)).to_have_count(1)
                await expect(said.locator("img")).to_have_count(0)
                await expect(said.locator(".mention")).to_have_text("@Bob")
            assert page.tabs == 2
            await mia.menu(mia.messages.first, "Delete message")
            await expect(ada.messages).to_have_count(0)
        await gone(page, 1)


async def test_everybody_has_places_of_their_own_and_a_forum_has_posts(
    tmp_path: Path, client: Client
) -> None:
    places = client.page.get_by_role("navigation", name="Channels")
    async with open_stage(tmp_path) as stage, page_of(stage, bot_runs=False) as page:
        await client.open(page.url)
        await client.become("Linus")
        await expect(places.get_by_role("listitem")).to_have_text(["corner", "Fluxcord"])
        await client.become("Bob")
        await places.get_by_role("button", name="ideas").click()
        await client.page.get_by_label("Title of the post").fill("A windmill")
        await client.page.get_by_label("Message of the post").fill("Who draws it?")
        await client.page.get_by_role("button", name="New post").click()
        await expect(client.page.get_by_role("heading", level=1)).to_have_text("A windmill")
        await expect(client.messages.last).to_contain_text("Who draws it?")
        await places.get_by_role("button", name="ideas").click()
        posts = client.page.get_by_role("list", name="Posts").get_by_role("button")
        await expect(posts).to_have_text(["Something with a lighthouse", "A windmill"])


async def test_five_thousand_messages_are_a_window_of_at_most_150(
    tmp_path: Path, client: Client
) -> None:
    async with open_stage(tmp_path) as stage:
        for number in range(5_000):
            stage.ada.send(f"number {number}")
        async with page_of(stage, bot_runs=False) as page:
            await client.open(page.url)
            await expect(client.messages.last).to_contain_text("number 4999")
            top = client.page.locator("#scroller")
            for oldest in (4_900, 4_850, 4_800):
                await top.evaluate("node => node.scrollTop = 0")
                await expect(client.messages.first).to_contain_text(f"number {oldest}")
            assert await client.messages.count() <= 150
            stage.discord.person("Bob").send("number 5000")
            await client.page.get_by_role("button", name="New messages").click()
            await expect(client.messages.last).to_contain_text("number 5000")
            stage.ada.send("number 5001")
            await expect(client.messages.last).to_be_in_viewport()
            await expect(client.messages.last).to_contain_text("number 5001")


async def test_a_dropped_file_is_sent_or_refused_and_no_words_are_lost(
    tmp_path: Path, client: Client
) -> None:
    async with open_stage(tmp_path) as stage, page_of(stage, bot_runs=False) as page:
        await client.open(page.url)
        await client.words.fill("look at this")
        await client.page.evaluate(DROP, ["large.png", 21 * MEBIBYTE])
        notice = client.page.locator(".notice")
        await expect(notice).to_contain_text("Your files are too powerful")
        await expect(notice).to_contain_text("the limit here is 20.0 MB per file")
        await expect(client.words).to_have_value("look at this")
        await client.page.evaluate(DROP, ["fine.png", 10 * MEBIBYTE])
        await expect(client.page.get_by_label("Attached files")).to_contain_text("10.0 MB")
        await client.words.press("Enter")
        await expect(client.messages.locator(".file")).to_contain_text("fine.png")
        await expect(client.words).to_have_value("")


async def test_a_command_that_was_begun_is_still_there_after_a_look_elsewhere(
    tmp_path: Path, client: Client
) -> None:
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as page,
    ):
        await client.open(page.url)
        await client.words.fill("/edit ")
        form = client.page.get_by_role("form", name="Command /edit")
        await form.get_by_label("prompt", exact=True).fill("make it night")
        await client.page.evaluate(DROP, ["photo.png", MEBIBYTE])
        await client.page.get_by_role("button", name="A thread").click()
        await expect(client.words).to_have_value("")
        await client.become("Bob")
        await client.become("Ada")
        await client.page.get_by_role("button", name="pictures", exact=True).click()
        await expect(form.get_by_label("prompt", exact=True)).to_have_value("make it night")
        await expect(form).to_contain_text("photo.png")


async def test_a_message_that_comes_while_a_channel_loads_stays(
    tmp_path: Path, client: Client
) -> None:
    loaded, delivered = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        response = await route.fetch()
        loaded.set()
        await delivered.wait()
        await route.fulfill(response=response)

    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as page,
    ):
        stage.ada.send("before")
        await client.open(page.url)
        await client.page.get_by_role("button", name="A thread").click()
        await expect(client.page.get_by_text("before")).to_have_count(0)
        await client.page.route("**/api/messages*", late)
        await client.page.get_by_role("button", name="pictures", exact=True).click()
        await loaded.wait()
        stage.ada.send("meanwhile")
        await expect(client.page.get_by_text("meanwhile")).to_be_visible()
        delivered.set()
        await expect(client.page.get_by_text("before")).to_be_visible()
        await expect(client.page.get_by_text("meanwhile")).to_be_visible()


async def test_a_tab_goes_on_in_a_sandbox_that_was_started_anew(
    tmp_path: Path, client: Client
) -> None:
    port = unused_port()
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    async with open_stage(folders[0]) as stage, page_of(stage, bot_runs=False, port=port) as page:
        await client.open(page.url)
        await client.words.fill("look at this")
    async with open_stage(folders[1]) as stage, page_of(stage, bot_runs=False, port=port):
        stage.ada.send("here", uploads=[Upload("photo.png", picture_bytes(HILL))])
        await expect(client.messages.last).to_contain_text("here")
        await client.messages.locator("img[src*='photo.png']").evaluate("image => image.decode()")
        await expect(client.words).to_have_value("look at this")


async def test_a_second_press_while_a_message_is_sent_sends_no_second_one(
    tmp_path: Path, client: Client
) -> None:
    async with open_stage(tmp_path) as stage, page_of(stage, bot_runs=False) as page:
        await client.open(page.url)
        await client.words.fill("hello")
        await client.words.evaluate(PRESS_ENTER_TWICE)
        await expect(client.words).to_have_value("")
        await client.words.fill("the last")
        await client.words.press("Enter")
        await expect(client.messages.last).to_contain_text("the last")
        await expect(client.messages).to_have_count(2)


async def test_a_bot_that_is_away_is_told_of_and_its_command_can_be_said_again(
    tmp_path: Path, client: Client
) -> None:
    async with open_stage(tmp_path) as stage, page_of(stage) as page:
        stage.discord.interactions.answer_window_s = ANSWER_WINDOW_S
        await client.open(page.url)
        await client.page.get_by_role("button", name="Behind the scenes").click()
        await client.page.get_by_role("tab", name="Faults").click()
        await client.page.get_by_role("button", name="Kill (SIGKILL)").click()
        await client.page.get_by_text("Fluxcord is offline").wait_for()
        await client.command("imagine", prompt="a lighthouse", count="2")
        failed = client.messages.filter(has_text="The application did not respond")
        await failed.get_by_role("button", name="Try again").click()
        form = client.page.get_by_role("form", name="Command /imagine")
        await expect(form.get_by_label("prompt", exact=True)).to_have_value("a lighthouse")
        await expect(form.get_by_label("count", exact=True)).to_have_value("2")


async def test_a_select_offers_channels_of_its_kinds_alone_and_can_be_cleared(
    tmp_path: Path, client: Client
) -> None:
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as page,
    ):
        await client.open(page.url)
        await client.become("Mia")
        await client.command("settings")
        select = client.messages.last.get_by_role("combobox", name="Log channel")
        await select.click()
        await expect(client.page.get_by_role("option")).to_have_text(
            ["#pictures", "#age-restricted", "#bot-may-not-send"]
        )
        await client.page.get_by_role("option", name="#pictures").click()
        await expect(client.messages.last).to_contain_text("Not saved yet.")
        await client.messages.last.get_by_role("button", name="Save").click()
        await expect(client.messages.last).to_contain_text("Saved.")
        await expect(select).to_have_text("#pictures")
        await select.click()
        await client.page.get_by_role("option", name="#pictures").click()
        await expect(client.messages.last).to_contain_text("Not saved yet.")
        await expect(select).to_have_text("Log channel: None")


async def test_an_option_offers_channels_of_its_kinds_alone(tmp_path: Path, client: Client) -> None:
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as page,
    ):
        await client.open(page.url)
        await client.become("Mia")
        await client.words.fill("/access deny ")
        form = client.page.get_by_role("form", name="Command /access deny")
        await form.get_by_role("button", name="+ channel").click()
        await form.get_by_role("combobox", name="channel").click()
        await expect(client.page.get_by_role("option")).to_have_text(
            [
                "#pictures",
                "#age-restricted",
                "#ideas",
                "#A thread",
                "#Something with a lighthouse",
                "#bot-may-not-send",
            ]
        )
        await client.page.get_by_role("option", name="#pictures").click()
        await form.get_by_role("button", name="Send", exact=True).click()
        await expect(client.messages.last).to_contain_text(
            "@everyone can't use any model in #pictures"
        )


async def test_everything_is_reached_by_keys_alone(tmp_path: Path, client: Client) -> None:
    keyboard = client.page.keyboard
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as page,
    ):
        await client.open(page.url)
        await client.words.focus()
        await keyboard.type("/ima")
        await keyboard.press("Enter")
        await keyboard.type("a lighthouse")
        await keyboard.press("Tab")
        await keyboard.press("Enter")  # + model
        await keyboard.type("flux-pro")
        await expect(client.page.get_by_role("option").first).to_contain_text("flux-pro: ")
        await keyboard.press("Enter")
        await keyboard.press("Enter")
        await client.newest("Regenerate").wait_for()
        await keyboard.press("ArrowUp")
        await expect(client.messages.last.locator("article")).to_be_focused()
        await keyboard.press("ContextMenu")
        await keyboard.press("ArrowDown")
        await keyboard.press("ArrowRight")
        edit = client.page.get_by_role("menuitem", name="Edit image")
        while not await edit.evaluate("node => node === document.activeElement"):
            await keyboard.press("ArrowDown")
        await keyboard.press("Enter")
        form = client.page.get_by_role("dialog", name="Edit image")
        await expect(form.get_by_label("What should change")).to_be_focused()
        await keyboard.press("Escape")
        await expect(form).to_have_count(0)
        [job] = stage.rows()

    assert (job["prompt"], job["model"]) == ("a lighthouse", "flux-pro")


async def test_a_phone_has_sheets_and_another_language_its_own_words(
    tmp_path: Path, browser: Browser
) -> None:
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as page,
        Client.window(browser, width=390, height=844) as client,
    ):
        await client.open(page.url)
        assert await client.page.evaluate("document.body.scrollWidth") == 390
        await client.page.get_by_role("button", name="Channels").click()
        await client.page.get_by_role("button", name="Switch user").click()
        await client.page.get_by_role("menuitem", name="Language").click()
        await client.page.get_by_role("menuitemradio", name="zh-CN").click()
        await expect(client.page.get_by_role("heading", name="欢迎来到沙盒")).to_be_visible()
        await expect(client.page.locator(".try").first).to_contain_text("生成图片")
        await client.page.get_by_role("button", name="频道").click()
        await client.page.get_by_role("button", name="Fluxcord", exact=True).click()
        await expect(client.page.locator("#places")).not_to_be_in_viewport()
        person = client.page.get_by_role("textbox", name="消息", exact=True)
        stage.ada.send(f"<t:{int(stage.discord.clock.now()) + 100_000}:R>")
        await client.page.get_by_role("button", name="频道").click()
        await client.page.get_by_role("button", name="pictures").click()
        await expect(client.messages.locator(".text time").last).to_have_text("1天后")
        await person.fill("/")
        commands = client.page.get_by_role("listbox", name="命令")
        await expect(commands).to_contain_text("根据提示词生成图片")


TEXTS = """() => {
  const others = ".said, .channels, code, pre, noscript, td:not(:has(.state))";
  const texts = [];
  for (const node of document.body.querySelectorAll("*")) {
    if (node.closest(others)) continue;
    for (const name of ["aria-label", "title", "placeholder"]) texts.push(node.getAttribute(name));
    for (const each of node.childNodes) if (each.nodeType === 3) texts.push(each.data);
  }
  return texts.filter(Boolean);
}"""
"""All that the page itself says; messages, names of channels and tables' values are others'."""

NAMES = {
    *("Ada", "Bob", "Mia", "Linus", "Grace", "Fluxcord", "Flux", "Discord", "pictures", "flux"),
    *("APP", "UTC", "SIGKILL", "ZIP", "CSV", "photo", "png", "imagine", "make", "night"),
    *("PNG", "JPEG", "WebP", "GIF", "AVIF", "HEIC"),
    *"-".join(MODELS).split("-"),
}


async def test_nothing_of_the_page_is_english_where_one_speaks_chinese(
    tmp_path: Path, client: Client
) -> None:
    page, seen = client.page, set[str]()

    async def look() -> None:
        seen.update(await page.evaluate(TEXTS))

    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as sandbox,
    ):
        stage.ada.locale = "zh-CN"
        stage.discord.set_locale("zh-CN")
        await page.goto(sandbox.url)
        await page.get_by_role("heading", name="欢迎来到沙盒").wait_for()
        words = page.locator("#words")
        stage.ada.use("imagine", prompt="灯塔", count=2)
        await page.get_by_role("button", name="重新生成").wait_for()
        await look()
        await words.fill("/")
        await look()
        await words.fill("/edit ")
        while await page.locator(".command .chip").count():
            await page.locator(".command .chip").first.click()
            await look()
        await page.locator(".command [type=submit]").click()
        await expect(page.locator(".command .form-error")).not_to_be_empty()
        await look()
        await page.locator(".command header .icon-button").click()
        await words.fill("")
        await page.evaluate(DROP, ["photo.png", 21 * MEBIBYTE])
        await page.evaluate(DROP, ["photo.png", MEBIBYTE])
        await page.locator(".message .text").last.click(button="right")
        await look()
        await page.get_by_role("menuitem", name="回复").click()
        await look()
        await page.locator(".person").click()
        await look()
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="修改提示词").click()
        await page.get_by_role("dialog").wait_for()
        await look()
        await page.keyboard.press("Escape")
        await page.locator(".gallery .tile").first.click()
        await look()
        await page.keyboard.press("Escape")
        await page.locator(".behind").click()
        for tab in await page.get_by_role("tab").all():
            await tab.click()
            await page.locator("#drawer :is(li, td, .field)").first.wait_for()
            await look()

    assert len(seen) > 100
    english = {text for text in seen if {*re.findall("[A-Za-z]{3,}", text)} - NAMES}
    assert english == set()
