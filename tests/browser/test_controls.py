"""Each control of a card or panel, by mouse, by touch and by keys."""

from __future__ import annotations

from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.client import Client, page_of
from tests.end_to_end.stage import open_stage
from tests.photos import HILL, HOUSE, picture_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Locator

    from tests.end_to_end.stage import Stage


class Way(StrEnum):
    """How a person presses something."""

    MOUSE = "mouse"
    TOUCH = "touch"
    KEYS = "keys"

    async def press(self, target: Locator) -> None:
        """Press a button, an option or a menu item."""
        if self is Way.TOUCH:
            await target.tap()
        elif self is Way.MOUSE:
            await target.click()
        else:
            await target.focus()
            await target.press("Enter")

    async def pick(self, client: Client, select: Locator, option: str) -> None:
        """Open a select and pick an option by its name."""
        await self.press(select)
        name = client.page.get_by_text(option, exact=True)
        found = client.page.get_by_role("option").filter(has=name)
        if self is not Way.KEYS:
            await self.press(found)
            return
        await expect(found).to_be_visible()
        while "active" not in (await found.get_attribute("class") or ""):
            await client.page.keyboard.press("ArrowDown")
        await client.page.keyboard.press("Enter")

    async def begin(self, client: Client, command: str) -> Locator:
        """Choose a command in the picker; return its form."""
        await client.words.fill(f"/{command}")
        choices = client.page.get_by_role("listbox", name="Commands")
        await expect(choices.get_by_role("option").first).to_contain_text(f"/{command}")
        if self is Way.KEYS:
            await client.words.press("Enter")
        else:
            await self.press(choices.get_by_role("option").first)
        return client.page.get_by_role("form", name=f"Command /{command}", exact=True)


@asynccontextmanager
async def talk(folder: Path, browser: Browser, way: Way) -> AsyncIterator[tuple[Client, Stage]]:
    """A running bot, and a window: a phone's for touch."""
    width = 390 if way is Way.TOUCH else 1280
    async with (
        open_stage(folder) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as page,
        Client.window(browser, width=width, height=844) as client,
    ):
        await client.open(page.url)
        yield client, stage


def send(form: Locator) -> Locator:
    return form.get_by_role("button", name="Send", exact=True)


@pytest.mark.parametrize("way", Way)
async def test_a_number_opens_its_picture_privately_and_delete_asks_once(
    tmp_path: Path, browser: Browser, way: Way
) -> None:
    async with talk(tmp_path, browser, way) as (client, _):
        await client.command("imagine", prompt="a lighthouse", count="3")
        grid = client.newest("Regenerate")
        await expect(grid.locator(".gallery img")).to_have_count(3)
        third = (await client.pictures(grid))[2]
        await way.press(grid.get_by_role("button", name="3", exact=True))
        opened = client.newest("Regenerate one")
        await expect(opened).to_contain_text("Only you can see this")
        assert await client.pictures(opened) == [third]

        grid = client.oldest("Regenerate")
        dialog = client.page.get_by_role("dialog", name="Delete message")
        for answer in ("Cancel", "Submit"):
            await way.press(grid.get_by_role("button", name="Delete"))
            await expect(dialog).to_contain_text("You paid for this image")
            await expect(grid).to_be_visible()
            await way.press(dialog.get_by_role("button", name=answer))
            await expect(dialog).to_have_count(0)
        await expect(client.messages.filter(has_text="Only you can see this")).to_have_count(1)
        await expect(client.page.get_by_role("button", name="3", exact=True)).to_have_count(0)


@pytest.mark.parametrize("way", Way)
async def test_a_panel_stores_what_was_picked_and_switched_at_save(
    tmp_path: Path, browser: Browser, way: Way
) -> None:
    async with talk(tmp_path, browser, way) as (client, stage):
        await way.press(send(await way.begin(client, "preferences")))
        panel = client.newest("Save")
        for number, name in enumerate(("Model", "Edit model", "Size")):
            await expect(panel.get_by_role("combobox").nth(number)).to_have_accessible_name(name)
        await way.pick(client, panel.get_by_role("combobox").first, "flux-pro")
        await expect(panel).to_contain_text("Not saved yet.")
        await way.press(panel.get_by_role("button", name="Private results"))
        await expect(panel).to_contain_text("Private results: yes")
        assert stage.rows("user_settings") == []
        await way.press(panel.get_by_role("button", name="Save"))
        await expect(panel).to_contain_text("Saved.")
        chosen = {row["key"]: row["value"] for row in stage.rows("user_settings")}
    assert chosen == {"default_model": "flux-pro", "private": "on"}


@pytest.mark.parametrize("way", Way)
async def test_usage_goes_from_period_to_period(tmp_path: Path, browser: Browser, way: Way) -> None:
    async with talk(tmp_path, browser, way) as (client, _):
        await way.press(send(await way.begin(client, "usage")))
        usage = client.newest("Week")
        await expect(usage).to_contain_text("This month, ")
        for period, shown in (("Day", "Today, "), ("Week", "This week, ")):
            await way.press(usage.get_by_role("button", name=period, exact=True))
            await expect(usage).to_contain_text(shown)
            await expect(usage.locator(".gallery img")).to_have_count(1)


@pytest.mark.parametrize("way", Way)
async def test_a_request_opens_to_its_headers_and_bodies(
    tmp_path: Path, browser: Browser, way: Way
) -> None:
    async with talk(tmp_path, browser, way) as (client, _):
        await client.command("help")
        await client.messages.filter(has_text="Only you can see this").wait_for()
        await way.press(client.page.get_by_role("button", name="Behind the scenes"))
        requests = client.page.locator(".requests details").filter(has_text="callback")
        await way.press(requests.last.locator("summary"))
        await expect(requests.last).to_contain_text("Request headers")
        await expect(requests.last.locator("pre").first).to_be_visible()


async def test_a_list_on_a_phone_with_its_keyboard_open_is_seen_whole(
    tmp_path: Path, browser: Browser
) -> None:
    async with talk(tmp_path, browser, Way.TOUCH) as (client, _):
        page, way = client.page, Way.TOUCH
        await way.press(send(await way.begin(client, "preferences")))
        panel = client.newest("Save")
        selects = panel.get_by_role("combobox")
        await expect(selects).to_have_count(3)
        await page.set_viewport_size({"width": 390, "height": 400})
        for select in await selects.all():
            await way.press(select)
            await expect(page.get_by_role("listbox")).to_be_in_viewport(ratio=1)
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("listbox")).to_have_count(0)
        form = await way.begin(client, "imagine")
        await way.press(form.get_by_role("button", name="+ model", exact=True))
        await expect(page.get_by_role("listbox", name="Suggestions")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("way", Way)
async def test_help_takes_the_command_and_one_press(
    tmp_path: Path, browser: Browser, way: Way
) -> None:
    async with talk(tmp_path, browser, way) as (client, _):
        await way.press(send(await way.begin(client, "help")))
        shown = client.messages.filter(has_text="/imagine prompt:a lighthouse at dusk")
        await expect(shown).to_contain_text("Only you can see this")


@pytest.mark.parametrize("way", Way)
async def test_edit_takes_two_files(tmp_path: Path, browser: Browser, way: Way) -> None:
    async with talk(tmp_path, browser, way) as (client, stage):
        form = await way.begin(client, "edit")
        await form.get_by_label("prompt", exact=True).fill("put them together")
        for option, photo in (("image", HILL), ("image2", HOUSE)):
            field = form.get_by_label(option, exact=True)
            if not await field.count():
                await way.press(form.get_by_role("button", name=f"+ {option}", exact=True))
            await field.set_input_files(
                {"name": f"{option}.png", "mimeType": "image/png", "buffer": picture_bytes(photo)}
            )
        await way.press(send(form))
        await expect(client.newest("Regenerate")).to_contain_text("put them together")
        [source] = [row for row in stage.rows("images") if row["kind"] == "source"]
    assert source["width"] > HILL.width


@pytest.mark.parametrize("way", Way)
async def test_a_command_is_left_by_one_press_while_a_field_shows_its_hint(
    tmp_path: Path, browser: Browser, way: Way
) -> None:
    async with talk(tmp_path, browser, way) as (client, _):
        form = await way.begin(client, "imagine")
        await form.get_by_label("prompt", exact=True).fill("a lighthouse")
        await way.press(form.get_by_role("button", name="+ model", exact=True))
        await expect(client.page.get_by_role("option").first).to_be_visible()
        await way.press(form.get_by_role("button", name="Close the command"))
        await expect(form).to_have_count(0)
        await expect(client.words).to_be_visible()
