"""What the bot remembers about itself."""

from pathlib import Path

import pytest

from storage.database import Database
from storage.repository import SettingRepository

pytestmark = pytest.mark.both_engines

AWKWARD = "it's \"so\";\n'); drop table settings; --\x00 \U0001f98a"


@pytest.fixture
def settings(database: Database) -> SettingRepository:
    return SettingRepository(database)


async def test_nothing_was_set(settings: SettingRepository) -> None:
    assert await settings.get("commands_hash") is None


async def test_a_newer_value_takes_the_older_one_s_place(settings: SettingRepository) -> None:
    await settings.set("commands_hash", "a")
    await settings.set("other", "b")
    await settings.set("commands_hash", "c")

    assert await settings.get("commands_hash") == "c"
    assert await settings.get("other") == "b"


@pytest.mark.parametrize("text", ["", " ", AWKWARD, "007", "null"])
async def test_keys_and_values_are_kept_as_they_are(settings: SettingRepository, text: str) -> None:
    await settings.set(text, text)

    assert await settings.get(text) == text.replace("\0", "")  # which PostgreSQL takes in no text
    assert await settings.get(f"{text}x") is None


async def test_values_outlive_the_process_that_set_them(path: Path) -> None:
    async with Database(path) as database:
        await SettingRepository(database).set("a", "b")
    async with Database(path) as database:
        assert await SettingRepository(database).get("a") == "b"
