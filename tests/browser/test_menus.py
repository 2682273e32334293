"""Menus and lists of the sandbox's page: what opens them, and what closes them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.client import Client, page_of
from tests.end_to_end.stage import open_stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Locator

    from tests.end_to_end.stage import Stage

PHONE = 390

OPENS_A_MENU = """
node => node.dispatchEvent(
  new PointerEvent("contextmenu", { bubbles: true, cancelable: true, clientX: 300, clientY: 300 })
)
"""
"""What a browser sends while a button is down: at Control and the left one on a Mac, too."""


@asynccontextmanager
async def talk(folder: Path, client: Client) -> AsyncIterator[Stage]:
    async with (
        open_stage(folder) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as page,
    ):
        await client.open(page.url)
        yield stage


def menu_of(client: Client) -> Locator:
    return client.page.get_by_role("menu", name="Message")


@pytest.mark.parametrize("button", ["left", "right"])
async def test_the_menu_stays_when_the_button_that_opened_it_is_released(
    tmp_path: Path, client: Client, button: str
) -> None:
    mouse = client.page.mouse
    async with talk(tmp_path, client) as stage:
        stage.ada.send("hello")
        text = client.messages.last.locator(".text")
        await text.hover()
        if button == "left":
            await mouse.down()
            await text.evaluate(OPENS_A_MENU)
            await expect(menu_of(client)).to_be_visible()
            await mouse.up()
        else:
            await text.click(button="right")
        await client.page.get_by_role("menuitem", name="Delete message").click()
        await expect(client.messages).to_have_count(0)
        await expect(menu_of(client)).to_have_count(0)


async def test_a_long_press_opens_the_menu_and_presses_nothing_else(
    tmp_path: Path, browser: Browser
) -> None:
    async with (
        Client.window(browser, width=PHONE, height=844) as client,
        talk(tmp_path, client) as stage,
    ):
        await client.command("imagine", prompt="a lighthouse")
        again = client.newest("Regenerate").get_by_role("button", name="Regenerate")
        await again.scroll_into_view_if_needed()
        box = await again.bounding_box()
        assert box is not None
        finger = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        touch = await client.page.context.new_cdp_session(client.page)
        await touch.send(
            "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]}
        )
        await expect(menu_of(client)).to_be_visible()
        await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await client.page.get_by_role("menuitem", name="Reply").tap()
        await expect(menu_of(client)).to_have_count(0)
        await client.words.fill("at night")
        await client.words.press("Enter")
        await expect(client.newest("Regenerate").get_by_role("paragraph")).to_contain_text(
            ["at night"]
        )
        rows = stage.rows("jobs")

    assert [row["command"] for row in rows] == ["imagine", "reply"]


async def test_a_press_beside_the_menu_or_escape_closes_it(tmp_path: Path, client: Client) -> None:
    async with talk(tmp_path, client) as stage:
        stage.ada.send("hello")
        text = client.messages.last.locator(".text")
        await text.click(button="right")
        await expect(menu_of(client)).to_be_visible()
        await client.words.click()
        await expect(menu_of(client)).to_have_count(0)
        await text.click(button="right")
        await client.page.keyboard.press("Escape")
        await expect(menu_of(client)).to_have_count(0)
        await text.click(button="right")
        await client.page.get_by_role("button", name="Switch user").click()
        await expect(menu_of(client)).to_have_count(0)
        await expect(client.page.get_by_role("menu")).to_have_count(1)


async def test_escape_closes_the_list_in_a_form_and_leaves_the_form_open(
    tmp_path: Path, client: Client
) -> None:
    async with talk(tmp_path, client):
        await client.command("imagine", prompt="a lighthouse")
        await client.newest("Edit prompt").get_by_role("button", name="Edit prompt").click()
        form = client.page.get_by_role("dialog")
        await form.get_by_role("combobox").first.click()
        await expect(client.page.get_by_role("listbox")).to_be_visible()
        await client.page.keyboard.press("Escape")
        await expect(client.page.get_by_role("listbox")).to_have_count(0)
        await expect(form).to_be_visible()
        await expect(form.get_by_role("combobox").first).to_be_focused()
        await client.page.keyboard.press("Escape")
        await expect(form).to_have_count(0)
