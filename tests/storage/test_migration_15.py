"""The step to usage of servers, from a file as the version before it left it."""

from pathlib import Path

import sqlite_utils

from storage.database import Database
from storage.migrations import migrations
from tests.factories import NOON
from tests.storage.earlier import EARLIER_JOB
from tests.storage.rows import library


async def test_earlier_requests_tell_where_they_were_made_and_what_came_of_them(
    path: Path,
) -> None:
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m015_usage_of_servers")
    assert "guild_id" not in {column.name for column in db.view("usage").columns}
    db.table("jobs").insert(EARLIER_JOB | {"fetched_at": NOON.isoformat()})
    for payer, microcredits, pictures in (("user", 216_000, 1), ("house", 54_000, 0)):
        entry = {
            "job_id": EARLIER_JOB["id"],
            "payer": payer,
            "kind": "settled",
            "pictures": pictures,
        }
        times = {"requested_at": "2026-10-05", "created_at": "2026-10-05"}
        amounts = {"microcredits": microcredits, "is_estimate": 0, "user_id": 5001}
        db.table("ledger").insert(entry | times | amounts)
    db.close()

    async with Database(path) as database:
        [line] = await database.read(lambda db: list(library(db).query("select * from usage")))
    assert (line["guild_id"], line["pictures"], line["house_credits"]) == (4001, 1, 0.054)
    assert line["private"] == 0
