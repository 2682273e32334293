from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.http import Route

from clock import Clock
from domain.errors import UserError
from domain.models import Problem
from storage.errors import DATABASE_UNAVAILABLE, StorageError
from ui.client import FluxcordBot
from ui.errors import count_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

FUTURE = datetime(2040, 5, 17, 12, tzinfo=UTC)


@pytest.fixture
def route_base() -> Iterator[None]:
    before = Route.BASE
    yield
    Route.BASE = before


async def told_time(path: str, date: str) -> datetime:
    """Let something answer with this date, and return what the bot takes for the time then."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({}, headers={"Date": date})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    clock = Clock()
    async with TestServer(app) as server, FluxcordBot(clock=clock) as bot:
        Route.BASE = str(server.make_url("/api/v10"))
        trace = bot.http.http_trace
        assert trace is not None
        async with (
            aiohttp.ClientSession(trace_configs=[trace]) as session,
            session.get(server.make_url(path)),
        ):
            return clock.now()


@pytest.mark.usefixtures("route_base")
async def test_the_api_tells_what_time_it_is() -> None:
    told = await told_time("/api/v10/gateway", format_datetime(FUTURE, usegmt=True))

    assert timedelta() <= told - FUTURE < timedelta(minutes=1)


@pytest.mark.usefixtures("route_base")
@pytest.mark.parametrize(
    ("path", "date"),
    [
        ("/attachments/1/2/photo.png", format_datetime(FUTURE, usegmt=True)),
        ("/api/v10/gateway", ""),
        ("/api/v10/gateway", "yesterday"),
        ("/api/v10/gateway", "Wed, 99 May 2040 12:00:00 GMT"),
        ("/api/v10/gateway", "Wed, 16 May 99999999999 12:00:00 GMT"),
    ],
)
async def test_no_other_answer_does(path: str, date: str) -> None:
    told = await told_time(path, date)

    assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)


async def test_why_a_request_is_refused_is_counted() -> None:
    heard: list[str] = []

    async with FluxcordBot(clock=Clock()) as bot:
        bot.refusal_observers.append(heard.append)
        count_refusal(bot, UserError(Problem.TOO_MANY_JOBS))
        count_refusal(bot, StorageError())
        count_refusal(bot, UserError("unknown-job"))

    assert heard == [Problem.TOO_MANY_JOBS, DATABASE_UNAVAILABLE]
