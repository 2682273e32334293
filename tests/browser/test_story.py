"""The conversation of docs/sandbox.md, had in a browser: its steps are those of the lines there."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from tests.bot_process import BOT
from tests.browser.client import page_of
from tests.end_to_end.stage import open_stage
from tests.end_to_end.test_story import STORY, drawn, edited, in_readme

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.async_api import Locator

    from tests.browser.client import Client

CREDITS_PER_DAY = "3.2"
"""Enough for the story, and not for four more pictures."""


async def test_a_newcomer_sees_a_picture(
    tmp_path: Path, client: Client, record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    sandbox = await asyncio.create_subprocess_exec(
        sys.executable,
        "-u",
        BOT,
        "sandbox",
        cwd=tmp_path,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert sandbox.stdout is not None
        welcome = (await sandbox.stdout.readline()).decode()
        address = next(word for word in welcome.split() if word.startswith("http://127.0.0.1:"))
        await client.open(address)
        await client.command("imagine", prompt="a lighthouse")
        [picture] = await pictures_of(client, 1)
        took = time.monotonic() - began
        await client.page.goto("about:blank")
    finally:
        sandbox.terminate()
        await sandbox.communicate()

    assert picture == drawn(1, picture)
    record_property("seconds from starting the sandbox to the first picture", f"{took:.1f}")


async def pictures_of(client: Client, number: int) -> list[bytes]:
    """Wait for the newest result, and return its pictures."""
    result = client.newest("Regenerate")
    await result.wait_for()
    pictures = await client.pictures(result)
    assert len(pictures) == number
    return pictures


async def test_the_story_ends_in_the_right_picture_at_every_step(
    tmp_path: Path, client: Client
) -> None:
    assert in_readme() == STORY
    async with (
        open_stage(tmp_path, USER_CREDITS_PER_DAY=CREDITS_PER_DAY) as stage,
        page_of(stage) as page,
    ):
        await client.open(page.url)
        await tell(client)
        await end(client)
        rows = stage.rows("jobs")

    assert [row["command"] for row in rows] == ["imagine", "reply", "edit", "edit", "again"]
    assert {row["state"] for row in rows} == {"delivered"}
    assert rows[-1]["retry_of"] == rows[0]["id"]


async def tell(client: Client) -> None:
    page = client.page
    await client.command("imagine", prompt="a lighthouse", count="4")
    four = await pictures_of(client, 4)
    assert four == [drawn(number, four[0]) for number in range(1, 5)]

    await client.newest("Regenerate").get_by_role("button", name="2", exact=True).click()
    opened = client.newest("Regenerate one")
    await opened.get_by_text("Only you can see this").wait_for()
    await opened.get_by_role("button", name="Post here").click()
    await results(client, 2)
    [second] = await pictures_of(client, 1)
    assert second == four[1]

    await client.menu(client.newest("Regenerate"), "Reply")
    await client.words.fill("at night")
    await client.words.press("Enter")
    await results(client, 3)
    [night] = await pictures_of(client, 1)
    assert night == edited(second, "at night", night)

    await client.menu(client.newest("Regenerate"), "Apps", "Edit image")
    await client.fill_in("What should change", "add snow")
    await results(client, 4)
    [snow] = await pictures_of(client, 1)
    assert snow == edited(night, "add snow", snow)

    await client.newest("Regenerate").get_by_role("button", name="Details").click()
    details = client.newest("Edit this version")
    await details.get_by_text("Only you can see this").wait_for()
    assert await client.pictures(details) == [night, snow]
    await details.get_by_role("button", name="Edit this version").first.click()
    await client.fill_in("What should change", "at sunset")
    await results(client, 5)
    [sunset] = await pictures_of(client, 1)
    assert sunset == edited(second, "at sunset", sunset)

    await page.get_by_role("button", name="Behind the scenes").click()
    await page.get_by_role("tab", name="Faults").click()
    await page.get_by_role("button", name="Kill (SIGKILL)").click()
    await page.get_by_text("Not running.").wait_for()
    await page.get_by_text("Fluxcord is offline").wait_for()
    await page.get_by_role("button", name="Start", exact=True).click()
    await page.get_by_text("Running and connected.").wait_for()
    await page.get_by_role("button", name="Close").click()
    await client.oldest("Regenerate").get_by_role("button", name="Regenerate").click()
    await results(client, 6)
    assert await pictures_of(client, 4) == four


async def end(client: Client) -> None:
    """Look at the history, and ask for more than one person may have."""
    await client.command("history")
    history = client.messages.filter(has_text="a lighthouse").filter(has_text="at sunset").last
    await history.get_by_text("Only you can see this").wait_for()
    await client.command("imagine", prompt="a windmill", count="4")
    refusal = client.messages.filter(has_text="This would exceed your limit of 3.2 credits")
    await refusal.get_by_text("Only you can see this").wait_for()
    await refusal.get_by_text("Request fewer images or a cheaper model").wait_for()


async def results(client: Client, number: int) -> Locator:
    """Wait until so many results stand in the channel; return the newest."""
    all_results = client.messages.filter(
        has=client.page.get_by_role("button", name="Regenerate", exact=True)
    )
    result = all_results.nth(number - 1)
    await result.wait_for()
    return result
