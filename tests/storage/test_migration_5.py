"""The step to styles and removals, from a file as the version before it left it."""

from pathlib import Path

import sqlite_utils

from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from storage.styles import Style, StyleOwner, StyleRepository
from tests.factories import NOON, make_job
from tests.storage.earlier import EARLIER_JOB


async def test_earlier_jobs_are_kept_in_the_history_and_styles_can_be_saved(path: Path) -> None:
    job = make_job(fetched_at=NOON)
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m005_styles_and_removals")
    known = {column.name for column in db.table("jobs").columns}
    assert "removed_at" not in known
    assert "styles" not in db.table_names()
    db.table("jobs").insert(EARLIER_JOB | {"fetched_at": NOON.isoformat()})
    db.close()

    async with Database(path) as database:
        assert await JobRepository(database).search(5001, offset=0, limit=9) == [job]
        style = Style(
            owner=StyleOwner.USER, owner_id=5001, name="Film", saved_by=5001, saved_at=NOON
        )
        styles = StyleRepository(database)
        assert await styles.save(style) is False
        assert await styles.find(" film ", user_id=5001, guild_id=None) == style
