"""PostgreSQL that cannot be used: one sentence at a start, a polite refusal later, nothing lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
from aiohttp.test_utils import unused_port

from sandbox.flux.faults import Hang
from storage.postgresql_dialect import APPLIED
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_postgresql import delivered, rows
from tests.end_to_end.test_storage_faults import NOT_STORED, refused_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.end_to_end.stage import Stage
    from tests.postgres import Server

USER: Final = "ordinary"
"""Who owns the database, without a superuser's rights, such as the connections kept for those."""


class Place:
    """A database of its own, which a test changes as its operator could."""

    def __init__(self, server: Server, address: str) -> None:
        self.server = server
        self.name = address.rsplit("/", 1)[1]
        self.admin = address
        self.url = address.replace("fluxcord@", f"{USER}@")

    def alter(self, what: str) -> None:
        """Change how it is used by all who connect from now on, and disconnect those who are."""
        self.server.run(f"alter database {self.name} {what}")
        self.server.disconnect_all(self.name)


@pytest.fixture
def place(postgres: Server) -> Iterator[Place]:
    postgres.run(f"create role {USER} login")
    try:
        with postgres.database() as address:
            place = Place(postgres, address)
            postgres.run(f"alter database {place.name} owner to {USER}")
            yield place
    finally:
        postgres.run(f"drop role {USER}")


def away(place: Place) -> None:
    place.url = place.url.replace(str(place.server.port), str(unused_port()))


def read_only(place: Place) -> None:
    place.alter("set default_transaction_read_only = on")


def full(place: Place) -> None:
    place.alter("connection limit 0")


def newer(place: Place) -> None:
    with psycopg.connect(place.url) as database:
        database.execute(f"create table {APPLIED} (name text)".encode())
        database.execute(f"insert into {APPLIED} values ('m999_later')".encode())  # noqa: S608


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (away, "Check that PostgreSQL is running and can be reached"),
        (read_only, "It is read-only: connect to the primary server."),
        (full, "It has no connection left: raise max_connections"),
        (newer, "was written by a newer Fluxcord than this one"),
    ],
)
async def test_a_start_is_refused_in_a_sentence(
    idle_stage: Stage, place: Place, change: Callable[[Place], None], advice: str
) -> None:
    change(place)
    idle_stage.more_settings["DATABASE_URL"] = place.url

    assert advice in await refused_start(idle_stage)


@pytest.mark.parametrize(
    ("change", "undo"),
    [
        (read_only, "reset default_transaction_read_only"),
        (full, "connection limit -1"),
    ],
)
async def test_what_happens_while_the_bot_runs_is_waited_for(
    idle_stage: Stage, place: Place, change: Callable[[Place], None], undo: str
) -> None:
    stage, ada = idle_stage, idle_stage.ada
    stage.more_settings["DATABASE_URL"] = place.url
    stage.flux.misbehave("work", Hang())
    async with bot_process(stage.folder, stage.environ) as bot:
        await stage.discord.connected()
        ada.use("imagine", prompt="a lighthouse")
        await stage.flux.reached(1)
        await stage.until(lambda: states(place) == ["running"])
        await asyncio.to_thread(change, place)
        stage.flux.release()
        refused = await ada.use("imagine", prompt="a harbour").answered()
        assert refused.message is not None
        assert NOT_STORED in refused.message.text
        assert refused.message.private
        await asyncio.to_thread(place.alter, undo)
        await ada.wait_for(has_picture)
        await delivered(stage, place.admin, 1)
        bot.terminate()
        output, _ = await bot.communicate()

    assert bot.returncode == 0
    said = [line for line in output.decode().splitlines() if "the database cannot be" in line]
    assert said
    assert states(place) == ["delivered"]
    assert len(stage.flux.charges) == 1
    assert sum(map(has_picture, ada.read())) == 1


def states(place: Place) -> list[Any]:
    return [row["state"] for row in rows(place.admin, "jobs")]


async def test_two_versions_at_one_database(idle_stage: Stage, place: Place) -> None:
    """A version that is newer has changed the tables while an older one runs."""
    stage = idle_stage
    stage.more_settings["DATABASE_URL"] = place.url
    async with bot_process(stage.folder, stage.environ):
        await stage.discord.connected()
        with psycopg.connect(place.url) as database:
            database.execute(f"insert into {APPLIED} values ('m999_later')".encode())  # noqa: S608
        requests = len(stage.discord.requests)
        async with bot_process(stage.folder, stage.environ, apart=True) as older:
            _, errors = await asyncio.wait_for(older.communicate(), 60)
        assert older.returncode == 1
        assert "was written by a newer Fluxcord than this one" in errors.decode()
        assert len(stage.discord.requests) == requests
        stage.ada.use("imagine", prompt="a lighthouse")
        await stage.ada.wait_for(has_picture)
