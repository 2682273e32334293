"""Behind the scenes of the sandbox's page: requests, tables and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.client import Client, page_of
from tests.end_to_end.stage import open_stage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser


async def test_a_request_opens_to_headers_and_bodies_and_tables_hint_at_more(
    tmp_path: Path, client: Client
) -> None:
    page = client.page
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as sandbox,
    ):
        await client.open(sandbox.url)
        await client.command("imagine", prompt="a lighthouse")
        await client.newest("Regenerate").wait_for()
        await page.get_by_role("button", name="Behind the scenes").click()
        row = page.locator(".requests details").filter(has_text="POST /flux/images")
        await row.locator("summary").click()
        await expect(row.locator("pre")).to_have_count(3)
        await expect(row).to_contain_text('"prompt": "a lighthouse"')
        await expect(row).to_contain_text("Content-Type: application/json")
        await expect(row).not_to_contain_text(stage.flux.token)
        await page.get_by_role("tab", name="Jobs").click()
        hint = page.get_by_text("Scroll sideways for more")
        await expect(hint).to_be_visible()
        await page.get_by_role("tab", name="Ledger").click()
        await expect(page.get_by_role("columnheader", name="credits")).to_be_visible()
        await expect(page.get_by_role("cell", name="0.216").first).to_be_visible()
        await page.get_by_role("button", name="Close", exact=True).press("Escape")
        await expect(page.locator("#drawer")).to_be_hidden()
        await expect(client.words).to_be_visible()


async def test_the_ledger_and_the_states_are_shown_in_words(tmp_path: Path, client: Client) -> None:
    page = client.page
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as sandbox,
    ):
        await client.open(sandbox.url)
        stage.ada.use("imagine", prompt="forbidden")
        await stage.ended()
        await page.get_by_role("button", name="Behind the scenes").click()
        await page.get_by_role("tab", name="Ledger").click()
        for word in ("user", "reserved", "refund"):
            await expect(page.get_by_role("cell", name=word, exact=True).first).to_be_visible()
        await expect(page.locator("#drawer")).not_to_contain_text("given")
        await expect(page.locator("#drawer")).not_to_contain_text("microcredits")


async def test_a_fault_for_the_next_request_is_armed_until_it_took_place(
    tmp_path: Path, browser: Browser
) -> None:
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as sandbox,
        Client.window(browser, width=390, height=844) as client,
    ):
        page = client.page
        await client.open(sandbox.url)
        await page.get_by_role("button", name="Behind the scenes").tap()
        await page.get_by_role("tab", name="Faults").tap()
        await page.get_by_label("Next request only").check()
        await page.get_by_role("combobox", name="Flux").tap()
        await page.get_by_role("option", name="Error 500").tap()
        await expect(page.get_by_text("Armed: the next matching request fails")).to_be_visible()
        await expect(page.get_by_role("combobox", name="Flux")).to_contain_text("Error 500")
        stage.ada.use("imagine", prompt="a lighthouse")
        await expect(page.get_by_role("combobox", name="Flux")).to_contain_text("Normal")
        await expect(page.get_by_text("Armed")).to_have_count(0)
        await page.get_by_role("button", name="Close").tap()
        await expect(client.messages.last).to_contain_text("Flux has an error (500)")
