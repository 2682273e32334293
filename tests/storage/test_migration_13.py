"""The step to what people choose, from a file as the version before it left it."""

from pathlib import Path

import sqlite_utils

from storage.database import Database
from storage.migrations import migrations
from storage.preferences import ChoiceRepository, GuildChoices, UserChoices


async def test_what_servers_chose_is_kept_and_people_can_choose(path: Path) -> None:
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m013_choices_of_people")
    assert "user_settings" not in db.table_names()
    for key, value in (("reply_edits", "mention"), ("mention_generates", "on")):
        db.table("guild_settings").insert({"guild_id": 4001, "key": key, "value": value})
    db.close()

    async with Database(path) as database:
        choices = ChoiceRepository(database)
        await choices.load()
        kept = GuildChoices(reply_edits="mention", mention_generates=True)
        assert choices.guilds.of(4001) == kept
        await choices.users.change(5001, private=True)
        assert choices.users.of(5001) == UserChoices(private=True)
