from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.client import NAMES, PATIENCE_MS, Client, launched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser with an empty profile."""
    expect.set_options(timeout=PATIENCE_MS)
    async with launched() as browser:
        if browser is None:
            pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the PATH")
        yield browser


@pytest.fixture(autouse=True)
def nothing_left_running() -> None:
    """Leave what runs: the connection to the browser does."""


@pytest.fixture
async def client(browser: Browser) -> AsyncIterator[Client]:
    """A desktop's window; the test fails where the page complains in its console."""
    async with Client.window(browser) as client:
        yield client
