from __future__ import annotations

import pytest

from domain.errors import UserError
from domain.models import MessageRef
from jobs.requests import Source
from ui.message_images import FoundPicture, pick


def picture(position: int, link: str | None = None) -> FoundPicture:
    return FoundPicture(
        source=Source(
            url=f"https://cdn.discordapp.com/{position}.png",
            content_type="image/png",
            bytes=10,
            width=10,
            height=10,
            message=MessageRef(channel_id=1, message_id=2),
        ),
        file_name=f"{position}.png",
        alt=None,
        spoiler=False,
        link=link,
        position=position,
    )


TWO = [picture(1), picture(2)]


@pytest.mark.parametrize(
    ("words", "position", "rest"),
    [
        ("2: make it blue", 2, "make it blue"),
        ("2：变成蓝色", 2, "变成蓝色"),
        ("  1:make it blue", 1, "make it blue"),
        ("#2: make it blue", 2, "make it blue"),
        ("2:\nmake it blue", 2, "make it blue"),
    ],
)
def test_a_number_before_the_words(words: str, position: int, rest: str) -> None:
    assert pick(words, TWO) == (TWO[position - 1], rest)


@pytest.mark.parametrize(
    "words", ["16:9 please", "16：9", "2 cats", "make it 2: blue", "2nd one: blue"]
)
def test_what_is_no_number(words: str) -> None:
    assert pick(words, TWO[:1]) == (TWO[0], words)
    assert pick(words, TWO) == (None, words)


def test_what_was_chosen_wins() -> None:
    assert pick("make it blue", TWO, 2) == (TWO[1], "make it blue")
    assert pick("1: make it blue", TWO, 2) == (TWO[1], "make it blue")


@pytest.mark.parametrize(("words", "position"), [("3: blue", None), ("0: blue", None), ("x", 0)])
def test_a_picture_that_is_not_there(words: str, position: int | None) -> None:
    with pytest.raises(UserError) as caught:
        pick(words, TWO, position)

    assert (caught.value.reason, caught.value.details) == ("so-many-pictures", {"count": 2})


@pytest.mark.parametrize("words", ["", " \n", "2:", "2: "])
def test_no_words(words: str) -> None:
    with pytest.raises(UserError) as caught:
        pick(words, TWO)

    assert caught.value.reason == "say-what"


def test_the_link_of_the_picture_is_not_among_the_words() -> None:
    linked = picture(1, "https://example.org/hill")
    assert pick("night https://example.org/hill", [linked]) == (linked, "night")
