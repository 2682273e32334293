"""The bot with its data in PostgreSQL: a request from end to end, and one while it is away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from domain.models import MICROCREDITS_PER_CREDIT
from sandbox.flux.faults import Hang
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_storage_faults import NOT_STORED
from tests.end_to_end.test_usage import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.end_to_end.stage import Stage
    from tests.postgres import Server


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.migrated_database() as url:
        yield url


def rows(url: str, table: str) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as database:
        return database.execute(f"select * from {table}".encode()).fetchall()  # noqa: S608


async def delivered(stage: Stage, url: str, jobs: int) -> None:
    await stage.until(lambda: sum(row["told_at"] is not None for row in rows(url, "jobs")) == jobs)


async def test_a_request_is_made_found_and_counted(idle_stage: Stage, url: str) -> None:
    idle_stage.more_settings["DATABASE_URL"] = url
    ada = idle_stage.ada
    async with idle_stage.bot_running():
        ada.use("imagine", prompt="a white siamese cat", count=2)
        message = await ada.wait_for(has_picture)
        await delivered(idle_stage, url, 1)
        found = await (await ada.use("history", words="SIAMESE").answered()).wait_for(has_picture)
        usage = await shown(ada)

    assert len(message.images) == 2
    assert [option.name for option in found.options] == ["a white siamese cat"]
    assert "### 2 images" in usage.text
    [row] = rows(url, "usage")
    assert (row["state"], row["pictures"]) == ("delivered", 2)
    assert sum(entry["microcredits"] for entry in rows(url, "ledger")) == sum(
        charge.credits * MICROCREDITS_PER_CREDIT for charge in idle_stage.flux.charges
    )


async def test_a_server_that_is_away_is_no_loss(
    idle_stage: Stage, url: str, postgres: Server
) -> None:
    idle_stage.more_settings["DATABASE_URL"] = url
    ada = idle_stage.ada
    async with idle_stage.bot_running():
        idle_stage.flux.misbehave("work", Hang())
        ada.use("imagine", prompt="a lighthouse")
        await idle_stage.flux.reached(1)
        await idle_stage.until(lambda: rows(url, "jobs")[0]["state"] == "running")
        await asyncio.to_thread(postgres.stop)
        idle_stage.flux.release()
        refused = await ada.use("imagine", prompt="a harbour").answered()
        assert refused.message is not None
        assert NOT_STORED in refused.message.text
        await asyncio.to_thread(postgres.start)
        await ada.wait_for(has_picture)
        await delivered(idle_stage, url, 1)

    [job] = rows(url, "jobs")
    assert (job["state"], job["prompt"]) == ("delivered", "a lighthouse")
    assert len(idle_stage.flux.charges) == 1
