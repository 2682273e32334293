"""What is said and logged of PostgreSQL's errors: nothing of what rows and addresses hold."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING

import pytest

from storage.database import Database
from storage.errors import EngineError, StorageError
from tests.storage.rows import keys, put

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.connection import Connection
    from tests.postgres import Server


@pytest.fixture
async def database(postgres: Server) -> AsyncIterator[Database]:
    with postgres.migrated_database() as url:
        async with Database(url) as database:
            yield database


async def test_a_row_that_is_refused_is_not_logged(database: Database) -> None:
    given = {"id": "1", "prompt": " ".join(["secret"] * 2), "interaction_token": "9q" * 2}

    def insert(db: Connection) -> None:
        db.insert("jobs", given)

    with pytest.raises(EngineError, match="not-null") as caught:
        await database.write(insert)
    logged = "".join(traceback.format_exception(caught.value))
    assert "secret secret" not in logged
    assert "9q9q" not in logged


@pytest.mark.parametrize("password", ["first/second", "first@second", "fir%zz"])
def test_a_password_that_is_not_escaped_is_not_told(password: str) -> None:
    with pytest.raises(StorageError, match="DATABASE_URL is malformed") as caught:
        Database(f"postgresql://fluxcord:{password}@127.0.0.1:1/fluxcord")
    logged = "".join(traceback.format_exception(caught.value))
    assert not any(part in logged for part in ("first", "second", "zz"))


async def test_a_process_that_was_suspended_during_a_transaction_tries_again(
    database: Database,
) -> None:
    def suspended(db: Connection) -> None:
        db.execute("set local idle_in_transaction_session_timeout = '10ms'")
        threading.Event().wait(0.5)
        put(db, "late")

    with pytest.raises(StorageError):  # which is waited for, where an EngineError ends a job
        await database.write(suspended)
    await database.write(put, "after")
    assert await database.read(keys) == ["after"]
