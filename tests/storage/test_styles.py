"""Styles by owner and name."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import UserError
from storage.database import Database
from storage.styles import MAX_STYLES, Style, StyleOwner, StyleRepository
from tests.factories import NOON

pytestmark = pytest.mark.both_engines

AWKWARD = "it's \"so\";\n'); drop table styles; --\x00 \U0001f98a"


def make_style(**changes: Any) -> Style:  # noqa: ANN401  # replace() checks the names
    style = Style(
        owner=StyleOwner.USER,
        owner_id=5001,
        name="Film",
        before="a photo of",
        after="film grain",
        model="flux-pro",
        size="16:9",
        saved_by=5001,
        saved_at=NOON,
    )
    return replace(style, **changes)


@pytest.fixture
def styles(database: Database) -> StyleRepository:
    return StyleRepository(database)


async def test_one_s_own_style_comes_before_the_server_s(styles: StyleRepository) -> None:
    own = make_style()
    servers = make_style(owner=StyleOwner.GUILD, owner_id=4001, name="FILM")
    await styles.save(servers)
    assert await styles.find("film", user_id=5001, guild_id=4001) == servers
    await styles.save(own)
    assert await styles.find("film", user_id=5001, guild_id=4001) == own
    assert await styles.list_usable(5001, 4001) == [own, servers]


async def test_nobody_finds_another_s_style(styles: StyleRepository) -> None:
    await styles.save(make_style())
    await styles.save(make_style(owner=StyleOwner.GUILD, owner_id=4001))
    # The number of a person says nothing of a server with the same one.
    for user_id, guild_id in ((5002, None), (5002, 4002), (4001, 5001)):
        assert await styles.find("Film", user_id=user_id, guild_id=guild_id) is None
        assert await styles.list_usable(user_id, guild_id) == []


async def test_a_name_in_another_case_is_the_same(styles: StyleRepository) -> None:
    assert await styles.save(make_style()) is False
    newer = make_style(name="  FILM  ", before="", model=None, size=None)
    assert await styles.save(newer) is True
    assert await styles.list_usable(5001, None) == [newer]
    assert await styles.delete(StyleOwner.USER, 5001, "fIlM") is True
    assert await styles.delete(StyleOwner.USER, 5001, "film") is False
    assert await styles.list_usable(5001, None) == []


async def test_each_owner_has_so_many_and_can_still_change_them(styles: StyleRepository) -> None:
    for number in range(MAX_STYLES):
        await styles.save(make_style(name=str(number)))
    with pytest.raises(UserError):
        await styles.save(make_style(name="one more"))
    assert await styles.save(make_style(name="0", after="changed")) is True
    await styles.save(make_style(owner=StyleOwner.GUILD, owner_id=4001))
    assert len(await styles.list_usable(5001, 4001)) == MAX_STYLES + 1


async def test_words_are_kept_as_they_are(styles: StyleRepository) -> None:
    style = make_style(name=AWKWARD, before=AWKWARD, after=AWKWARD)
    await styles.save(style)
    text = AWKWARD.replace("\0", "")
    kept = make_style(name=text, before=text, after=text)
    assert await styles.find(AWKWARD, user_id=5001, guild_id=None) == kept
