"""What servers and people chose: stored, remembered, and each their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from storage.database import Database
from storage.erasing import ErasureRepository
from storage.errors import StorageError
from storage.preferences import ChoiceRepository, GuildChoices, UserChoices
from tests.factories import NOON

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.both_engines

EVERYTHING_OF_A_SERVER = GuildChoices(
    default_model="flux-pro",
    default_edit_model="flux-kontext-max",
    default_size="16:9",
    default_count=2,
    spoiler=True,
    language="zh-CN",
    log_channel_id=1_575_914_367_566_741_504,
    retention_days=0,
    reply_edits="mention",
    mention_generates=False,
)
EVERYTHING_OF_A_PERSON = UserChoices(
    default_model="flux-pro",
    default_edit_model="flux-kontext-max",
    default_size="1344x768",
    private=True,
    counted=False,
)


def changes(choices: GuildChoices | UserChoices) -> dict[str, Any]:
    return {key: getattr(choices, key) for key in choices.__slots__}


async def opened(database: Database) -> ChoiceRepository:
    choices = ChoiceRepository(database)
    await choices.load()
    return choices


async def rows(database: Database, table: str) -> list[dict[str, Any]]:
    return await database.read(lambda db: db.fetch(f"select * from {table} order by key"))  # noqa: S608  # a name of this file


async def test_nobody_chose_anything(database: Database) -> None:
    choices = await opened(database)

    assert choices.guilds.of(4001) == choices.guilds.of(None) == GuildChoices()
    assert choices.users.of(5001) == UserChoices()


async def test_everything_that_can_be_chosen_outlives_a_restart(path: Path) -> None:
    async with Database(path) as database:
        choices = await opened(database)
        await choices.guilds.change(4001, **changes(EVERYTHING_OF_A_SERVER))
        await choices.users.change(5001, **changes(EVERYTHING_OF_A_PERSON))
        assert choices.guilds.of(4001) == EVERYTHING_OF_A_SERVER
        assert choices.users.of(5001) == EVERYTHING_OF_A_PERSON
    async with Database(path) as database:
        choices = await opened(database)

        assert choices.guilds.of(4001) == EVERYTHING_OF_A_SERVER
        assert choices.guilds.of(4002) == GuildChoices()
        assert choices.users.of(5001) == EVERYTHING_OF_A_PERSON
        assert choices.users.of(5002) == UserChoices()


async def test_a_change_leaves_other_choices_alone(database: Database) -> None:
    choices = await opened(database)
    await choices.guilds.change(4001, default_model="flux-pro", spoiler=True)
    changed = await choices.guilds.change(4001, default_model=None, language="zh-CN")

    assert changed == GuildChoices(spoiler=True, language="zh-CN") == choices.guilds.of(4001)
    assert [row["key"] for row in await rows(database, "guild_settings")] == ["language", "spoiler"]


async def test_two_managers_who_choose_at_once_both_have_chosen(database: Database) -> None:
    choices = await opened(database)
    await asyncio.gather(
        choices.guilds.change(4001, default_model="flux-pro"),
        choices.guilds.change(4001, default_count=3),
        choices.guilds.change(4001, default_model="flux-dev"),
    )

    both = GuildChoices(default_model="flux-dev", default_count=3)
    assert choices.guilds.of(4001) == both == (await opened(database)).guilds.of(4001)


async def test_rows_are_words_that_people_understand(database: Database) -> None:
    choices = await opened(database)
    await choices.users.change(5001, private=True, counted=False, default_size="16:9")

    assert await rows(database, "user_settings") == [
        {"user_id": 5001, "key": "counted", "value": "off"},
        {"user_id": 5001, "key": "default_size", "value": "16:9"},
        {"user_id": 5001, "key": "private", "value": "on"},
    ]


async def test_what_cannot_be_read_counts_as_not_chosen(database: Database) -> None:
    written = {"spoiler": "maybe", "default_count": "-1", "log_channel_id": "x", "newer": "on"}
    written["retention_days"] = "not a number"
    rows = [{"guild_id": 4001, "key": key, "value": value} for key, value in written.items()]
    await database.write(lambda db: db.insert_many("guild_settings", rows))

    assert (await opened(database)).guilds.of(4001) == GuildChoices()


async def test_nothing_else_can_be_chosen(database: Database) -> None:
    choices = await opened(database)
    with pytest.raises(TypeError, match="nobody chooses colour"):
        await choices.guilds.change(4001, colour="red")
    with pytest.raises(TypeError, match="nobody chooses spoiler"):
        await choices.users.change(5001, spoiler=True)

    assert await rows(database, "user_settings") == []


@pytest.mark.sqlite_only
async def test_what_was_not_stored_was_not_chosen(database: Database) -> None:
    choices = await opened(database)
    await database.write(lambda db: db.execute("pragma query_only = on"))
    with pytest.raises(StorageError):
        await choices.users.change(5001, private=True)

    assert choices.users.of(5001) == UserChoices()


async def test_who_is_forgotten_has_chosen_nothing(database: Database) -> None:
    choices = await opened(database)
    await choices.users.change(5001, private=True)
    await choices.users.change(5002, private=True)
    await ErasureRepository(database).ask(5001, NOON)
    await choices.load()

    assert choices.users.of(5001) == UserChoices()
    assert [row["user_id"] for row in await rows(database, "user_settings")] == [5002]
