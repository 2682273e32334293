"""The sandbox's page as a newcomer meets it: tries, keys, the way down, and no lost text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.client import Client, page_of
from tests.end_to_end.stage import open_stage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser


async def test_each_try_takes_one_press_and_a_killed_bot_recovers(
    tmp_path: Path, browser: Browser
) -> None:
    async with (
        open_stage(tmp_path) as stage,
        page_of(stage) as sandbox,
        Client.window(browser, width=390, height=844) as client,
    ):
        page = client.page
        await client.open(sandbox.url)
        tries = page.locator(".try")
        await expect(tries).to_have_count(3)
        widths = await tries.evaluate_all("nodes => nodes.map((node) => node.offsetWidth)")
        assert len(set(widths)) == 1
        await tries.nth(1).tap()
        await expect(page.locator(".notice")).to_contain_text("There is no image yet")
        await tries.nth(0).tap()
        await client.newest("Regenerate").wait_for()
        await tries.nth(1).tap()
        await expect(client.newest("Regenerate").get_by_role("paragraph")).to_contain_text(
            ["make it night"]
        )
        await tries.nth(2).tap()
        await expect(page.locator(".notice").last).to_contain_text("The bot is starting")
        await expect(client.newest("Regenerate").get_by_role("paragraph")).to_contain_text(
            ["a windmill in a storm"]
        )
        # A card shows its image before the database has it as delivered.
        await stage.until(lambda: [row["state"] for row in stage.rows()] == ["delivered"] * 3)
        rows = stage.rows()

    assert {row["command"] for row in rows} == {"imagine", "reply"}


async def test_the_box_is_focused_and_a_slash_opens_the_picker(
    tmp_path: Path, client: Client
) -> None:
    keyboard = client.page.keyboard
    commands = client.page.get_by_role("listbox", name="Commands")
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as sandbox,
    ):
        await client.open(sandbox.url)
        tries = await client.page.locator(".try").evaluate_all(
            "nodes => nodes.map((node) => [node.offsetTop, node.offsetWidth, node.offsetHeight])"
        )
        assert len(tries) == 3
        assert all(each == tries[0] for each in tries)
        await expect(client.words).to_be_focused()
        await client.page.get_by_role("heading", level=1).click()
        await client.page.evaluate("document.activeElement.blur()")
        await keyboard.press("/")
        await expect(commands).to_be_visible()
        await expect(client.words).to_be_focused()
        # A press on the list's edge leaves it open.
        box = await commands.bounding_box()
        assert box is not None
        await client.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 4)
        await client.page.wait_for_timeout(300)
        await expect(commands).to_be_visible()
        await keyboard.press("Escape")
        await expect(commands).to_be_hidden()
        await expect(client.words).to_have_value("/")


async def test_escape_discards_nothing_that_was_filled_in(tmp_path: Path, client: Client) -> None:
    keyboard = client.page.keyboard
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as sandbox,
    ):
        await client.open(sandbox.url)
        await client.words.fill("/imagine ")
        command = client.page.get_by_role("form", name="Command /imagine")
        await keyboard.press("Escape")
        await expect(command).to_have_count(0)
        await client.words.fill("/imagine a lighthouse")
        await keyboard.press("Escape")
        prompt = command.get_by_label("prompt", exact=True)
        await expect(prompt).to_have_value("a lighthouse")
        await prompt.press("Enter")
        await client.newest("Edit prompt").get_by_role("button", name="Edit prompt").click()
        form = client.page.get_by_role("dialog")
        await form.get_by_role("textbox").first.fill("a windmill")
        for _ in range(2):
            await keyboard.press("Escape")
        await expect(form).to_contain_text("Press Cancel to discard the form.")
        await client.page.mouse.click(5, 5)
        await expect(form.get_by_role("textbox").first).to_have_value("a windmill")
        await form.get_by_role("button", name="Cancel").click()
        await expect(form).to_have_count(0)


async def test_a_list_stays_open_while_its_place_moves(tmp_path: Path, client: Client) -> None:
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as sandbox,
    ):
        await client.open(sandbox.url)
        await client.words.fill("/imagine a lighthouse")
        form = client.page.get_by_role("form", name="Command /imagine")
        await form.get_by_role("button", name="+ spoiler").click()
        await form.get_by_role("combobox", name="spoiler").click()
        await client.page.set_viewport_size({"width": 700, "height": 500})
        stage.ada.send("hello")
        option = client.page.get_by_role("option", name="True")
        await expect(option).to_be_in_viewport(ratio=1)
        await option.click()
        await expect(form.get_by_role("combobox", name="spoiler")).to_have_text("True")


async def test_one_s_own_message_scrolls_into_view_and_others_are_announced(
    tmp_path: Path, client: Client
) -> None:
    async with open_stage(tmp_path) as stage:
        bob = stage.discord.person("Bob")
        for number in range(60):
            bob.send(f"number {number}")
        async with page_of(stage, bot_runs=False) as sandbox:
            await client.open(sandbox.url)
            await expect(client.messages.last).to_be_in_viewport()
            present = client.page.get_by_role("button", name="New messages")
            await expect(present).to_be_hidden()
            scroller = client.page.locator("#scroller")
            await scroller.evaluate("node => node.scrollTop = 100")
            await client.page.wait_for_timeout(100)
            bob.send("from Bob")
            await expect(present).to_be_visible()
            await expect(client.messages.last).not_to_be_in_viewport()
            await present.click()
            await expect(client.messages.last).to_be_in_viewport()
            await expect(present).to_be_hidden()
            await scroller.evaluate("node => node.scrollTop = 100")
            await client.page.wait_for_timeout(100)
            await client.words.fill("from Ada")
            await client.words.press("Enter")
            await expect(client.messages.last).to_contain_text("from Ada")
            await expect(client.messages.last).to_be_in_viewport()
