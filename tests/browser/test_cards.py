"""Cards in a window as narrow as a phone's, and in a wide one: nothing of them is cut off."""

from __future__ import annotations

import contextvars
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import aiohttp
import pytest

from domain.amounts import CreditPrice
from sandbox.discord import Upload
from tests.browser.client import Client, page_of
from tests.end_to_end.stage import has_picture, open_stage, says
from tests.end_to_end.test_menus import made, told
from tests.end_to_end.test_replies import hint
from tests.photos import HILL, picture_bytes
from tests.sandbox.discord.pictures import png
from tests.sandbox.discord.raw import Raw
from tests.ui.catalogues import LANGUAGES
from tests.ui.drawn import drawn
from tests.ui.test_snapshots import CARDS, V2
from ui.formatting import use_credit_price
from ui.i18n import words_for

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

    from tests.end_to_end.stage import Stage

PHONE = 390

WORDS = f"a lighthouse by the sea, https://example.org/{'very-long-' * 12} and a small boat"

CUT_OFF = """() => [...document.querySelectorAll(".message *")]
    .filter(part => part.getBoundingClientRect().right > innerWidth + 1)
    .filter(part => !part.closest(".snippet"))
    .map(part => part.tagName + " " + part.textContent.slice(0, 80))"""
"""What is wider than the window; of a message that is replied to, one line is shown on purpose."""

WRAPPED = """() => [...document.querySelectorAll(".parts small")]
    .filter(line => !/[.。]$/.test(line.textContent))
    .filter(line => line.offsetHeight > 1.7 * parseFloat(getComputedStyle(line).fontSize))
    .map(line => line.textContent)"""
"""The lines of facts, which are no sentences, that take more than one line."""

ROWS = """() => [...document.querySelectorAll(".card > .row:last-child")]
    .map(row => new Set([...row.children].map(each => each.offsetTop)).size)"""
"""How many lines the last row of buttons of each card takes."""


async def have_cards(stage: Stage) -> int:
    """Have one of most kinds of cards posted, and return how many messages there are."""
    ada = stage.ada
    four = await made(stage, count=4)
    ada.use("imagine", prompt=WORDS, size="16:9")
    await ada.wait_for(lambda seen: has_picture(seen) and "small boat" in seen.text)
    photo = Upload("photo.png", picture_bytes(HILL))
    ada.use("edit", image=photo, prompt="add snow", model="flux-kontext-max", size="16:9")
    await ada.wait_for(lambda seen: has_picture(seen) and "add snow" in seen.text)
    await stage.ended()
    ada.use("imagine", prompt="an unlucky boat")
    await ada.wait_for(says("failed to generate"))
    await ada.wait_for(hint(ada.reply(four, "make it blue")))
    await told(ada.use("imagine", prompt=WORDS, model="flux-nano"))
    details = await ada.click(ada.read()[1], "Details")
    await details.wait_for(has_picture)
    page = await ada.use("history").wait_for(has_picture)
    opened = await ada.pick(page, page.options[0].name)
    await opened.wait_for(has_picture)
    return len(ada.read())


async def post_cards(stage: Stage, locale: str) -> None:
    """Have every card that was reviewed posted, with money beside credits and about Ada."""
    context, words = contextvars.copy_context(), words_for(locale)
    context.run(use_credit_price, CreditPrice(amount=Decimal("0.10"), currency="USD"))
    stage.ada.send("hello")
    async with aiohttp.ClientSession() as session:
        raw = Raw(stage.discord, session)
        for name, card in CARDS.items():
            text = json.dumps(drawn(context.run(card, words)))
            text = re.sub("<@500[12]>", f"<@{stage.ada.user.id}>", text)
            text = text.replace("<#3001>", f"<#{stage.discord.channel.id}>")
            files = sorted(set(re.findall(r"attachment://([\w.-]+)", text)))
            payload = {
                "flags": V2,
                "components": json.loads(text),
                "allowed_mentions": {"parse": []},
            }
            answer = await raw.send(payload, *((each, png(60, 40)) for each in files))
            assert answer.status == 200, (name, answer.body)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_every_reviewed_card_fits_a_phone(
    tmp_path: Path, browser: Browser, locale: str
) -> None:
    async with (
        open_stage(tmp_path) as stage,
        page_of(stage, bot_runs=False) as page,
        Client.window(browser, width=PHONE) as client,
    ):
        await client.open(page.url)
        await post_cards(stage, locale)
        await client.messages.nth(len(CARDS)).wait_for()
        assert await client.page.evaluate(CUT_OFF) == []
        assert await client.page.evaluate(WRAPPED) == []


@pytest.mark.parametrize("width", [PHONE, 1280])
async def test_no_card_is_cut_off(tmp_path: Path, browser: Browser, width: int) -> None:
    async with (
        open_stage(tmp_path) as stage,
        stage.bot_running(),
        page_of(stage, bot_runs=False) as page,
    ):
        messages = await have_cards(stage)
        async with Client.window(browser, width=width) as client:
            await client.open(page.url)
            await client.messages.nth(messages - 1).wait_for()
            assert await client.page.evaluate(CUT_OFF) == []
            assert await client.page.evaluate(WRAPPED) == []
            if width > PHONE:
                assert set(await client.page.evaluate(ROWS)) == {1}
