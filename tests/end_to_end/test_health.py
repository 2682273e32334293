"""Health and figures of a running bot: what they tell is what the database and Discord tell."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

import bot
from clock import Clock
from domain.errors import StartError
from sandbox.discord import Aim, Upload
from sandbox.flux.faults import Drop, Hang
from sandbox.flux.oddities import page
from tests.end_to_end.stage import has_picture, says
from tests.patience import PATIENCE_S
from tests.photos import HILL, picture_bytes
from tests.samples import samples_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.end_to_end.stage import Stage
    from tests.samples import Samples

PARTS = {
    "answer": ("created_at", "answered_at"),
    "queue": ("created_at", "submitted_at"),
    "flux": ("submitted_at", "made_at"),
    "download": ("made_at", "fetched_at"),
    "upload": ("fetched_at", "ended_at"),
}


@pytest.fixture
async def watched(idle_stage: Stage) -> AsyncIterator[Stage]:
    """A bot that tells of its health."""
    idle_stage.more_settings["HEALTH_PORT"] = str(unused_port())
    async with idle_stage.bot_running():
        yield idle_stage


async def ask(stage: Stage, path: str) -> tuple[int, str]:
    port = stage.more_settings["HEALTH_PORT"]
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, await response.text()


async def figures(stage: Stage) -> Samples:
    status, text = await ask(stage, "/metrics")
    assert status == 200
    return samples_of(text)


async def until_ready(stage: Stage, status: int) -> str:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found, text = await ask(stage, "/readyz")
            if found == status:
                return text
            await asyncio.sleep(0.01)


async def test_a_scripted_run_is_told_as_the_database_has_it(watched: Stage) -> None:
    watched.ada.use("imagine", prompt="a lighthouse", count=2)
    await watched.ada.wait_for(has_picture)
    photo = Upload("photo.png", picture_bytes(HILL))
    watched.ada.use("edit", image=photo, prompt="make it night")
    await watched.ada.wait_for(lambda seen: has_picture(seen) and "night" in seen.text)
    watched.ada.use("imagine", prompt="an unlucky thing", model="flux-pro")
    await watched.ada.wait_for(says("failed to generate"))
    await watched.ada.use("imagine", raw=True, prompt="a lighthouse", size="7:7").answered()
    direct = watched.ada.dm
    watched.ada.send("make it night", channel=direct, uploads=[Upload("notes.txt", b"hello")])
    await watched.ada.wait_for(says("can't read that file as an image"), channel=direct)
    watched.flux.misbehave("submit", page(429))
    watched.flux.misbehave("accepted", Drop())
    await watched.ada.use("imagine", prompt="a lighthouse that is lost").answered()
    await watched.ended()
    jobs = watched.rows("jobs")
    found = await figures(watched)

    ended = Counter((job["model"], job["problem"] or "", job["state"]) for job in jobs)
    assert ended.total() == 4
    told = {key[1:]: value for key, value in found.items() if key[0] == "fluxcord_jobs_ended_total"}
    assert told == ended
    for phase, (since, until) in PARTS.items():
        check_part(found, phase, jobs, since, until)
    assert {
        payer: found["fluxcord_month_credits", payer] for payer in ("user", "house")
    } == pytest.approx(watched.borne())
    refused = {
        key[1]: value
        for key, value in found.items()
        if key[0] == "fluxcord_refusals_total" and value
    }
    assert refused == {"size_unknown": 1, "source_not_a_picture": 1}
    assert found["fluxcord_retries_total", "submit"] == 1
    assert found["fluxcord_spool_bytes",] == sum(row["bytes"] for row in watched.rows("images"))
    assert not any(name == "fluxcord_jobs_open" for name, *_ in found)


async def test_what_alerts_count_is_there_from_the_start(watched: Stage) -> None:
    found = await figures(watched)

    # Prometheus' `increase` does not see a counter that begins with 1.
    for problem in ("flux_authentication", "flux_out_of_credits", "database_unavailable"):
        assert found["fluxcord_refusals_total", problem] == 0
    assert found["fluxcord_retries_total", "disk"] == 0


def check_part(
    found: Samples,
    phase: str,
    jobs: list[dict[str, Any]],
    since: str,
    until: str,
) -> None:
    took = [
        (datetime.fromisoformat(job[until]) - datetime.fromisoformat(job[since])).total_seconds()
        for job in jobs
        if job[until] and job[since] and (phase != "upload" or job["state"] == "delivered")
    ]
    assert took
    assert found["fluxcord_phase_seconds_count", phase] == len(took), phase
    assert found["fluxcord_phase_seconds_sum", phase] == pytest.approx(sum(took), abs=1e-6)


async def test_open_jobs_are_told_until_they_have_ended(watched: Stage) -> None:
    watched.flux.misbehave("work", Hang())
    watched.ada.use("imagine", prompt="a lighthouse")
    await watched.running(1)

    found = await figures(watched)
    assert found["fluxcord_jobs_open", "flux-dev", "running"] == 1
    assert found["fluxcord_month_credits", "user"] == watched.borne()["user"] > 0
    assert not any(name == "fluxcord_jobs_ended_total" for name, *_ in found)


async def test_it_is_ready_while_the_gateway_is_there(watched: Stage) -> None:
    ready = '{"ready": true, "gateway": true, "database": true, "disk": true}'
    assert await until_ready(watched, 200) == ready
    found = await figures(watched)
    assert ("fluxcord_gateway_latency_seconds",) in found

    away = watched.discord.faults.hang(Aim("^/gateway"))
    watched.discord.cut_gateway()
    assert '"gateway": false' in await until_ready(watched, 503)
    away.release()
    assert await until_ready(watched, 200) == ready


async def test_it_is_not_ready_while_another_program_holds_the_database(watched: Stage) -> None:
    await until_ready(watched, 200)
    with closing(sqlite3.connect(watched.folder / "fluxcord.db")) as other:
        other.execute("begin immediate")
        assert '"database": false' in await until_ready(watched, 503)
        status, _ = await ask(watched, "/healthz")
        assert status == 200
        other.execute("rollback")
    await until_ready(watched, 200)


async def test_it_is_not_ready_while_the_disk_has_too_little_room(idle_stage: Stage) -> None:
    idle_stage.more_settings["HEALTH_PORT"] = str(unused_port())
    idle_stage.more_settings["SPOOL_MIN_FREE_MB"] = "10000000"
    async with idle_stage.bot_running():
        assert '"database": true, "disk": false' in await until_ready(idle_stage, 503)
        assert (await ask(idle_stage, "/healthz"))[0] == 200
        await idle_stage.ada.use("imagine", prompt="a lighthouse").answered()
        found = await figures(idle_stage)

    assert found["fluxcord_refusals_total", "spool_unavailable"] == 1
    assert idle_stage.flux.requests == []


async def test_a_request_that_cannot_be_stored_is_counted(watched: Stage) -> None:
    with closing(sqlite3.connect(watched.folder / "fluxcord.db")) as other:
        other.execute("begin immediate")
        await watched.ada.use("imagine", prompt="a lighthouse").answered()
        found = await figures(watched)
        other.execute("rollback")

    assert found["fluxcord_refusals_total", "database_unavailable"] == 1


async def test_it_lives_while_discord_is_away(idle_stage: Stage) -> None:
    idle_stage.more_settings |= {
        "HEALTH_PORT": str(unused_port()),
        "DISCORD_API_BASE": f"http://127.0.0.1:{unused_port()}/api/v10",
    }
    stop = asyncio.Event()
    running = asyncio.create_task(bot.run(idle_stage.settings, stop, clock=Clock()))
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                assert (await ask(idle_stage, "/healthz"))[0] == 200
                break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.01)
    status, text = await ask(idle_stage, "/readyz")
    stop.set()
    await running

    assert status == 503
    assert text == '{"ready": false, "gateway": false, "database": true, "disk": true}'


async def test_a_port_that_is_taken_ends_it_with_a_sentence(watched: Stage) -> None:
    taken = watched.more_settings["HEALTH_PORT"]
    settings = {"DATABASE_PATH": str(watched.folder / "second.db"), "HEALTH_PORT": taken}
    watched.more_settings |= settings

    with pytest.raises(StartError, match=f"HEALTH_PORT: cannot listen on port {taken}"):
        await bot.run(watched.settings, asyncio.Event(), clock=Clock())
