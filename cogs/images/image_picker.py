"""The select among several images of a message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import discord
from discord import ui

from ui.custom_ids import CustomId
from ui.errors import text_card

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from ui.errors import Card
    from ui.i18n import Words
    from ui.message_images import FoundPicture

LABEL_CHARACTERS: Final = 100
"""Discord's limit on an option's label; components reference."""


@dataclass(frozen=True, slots=True)
class PickerId(CustomId):
    """The select among the pictures that a message can mean."""

    pattern: ClassVar = re.compile("fluxcord:choose:(?P<message_id>[0-9]{1,20})")

    message_id: int

    @property
    def custom_id(self) -> str:
        """Part of `CustomId`."""
        return f"fluxcord:choose:{self.message_id}"

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        """Part of `CustomId`."""
        return cls(int(match["message_id"]))


def picker_card(message_id: int, pictures: Sequence[FoundPicture], words: Words) -> Card:
    """Return the question which of these pictures a message means."""
    card = text_card(words("which-picture"))
    options = [
        discord.SelectOption(label=_name(picture, words), value=str(picture.position))
        for picture in pictures
    ]
    custom_id, name = PickerId(message_id).custom_id, words("form-which-picture")
    select = ui.Select[Any](custom_id=custom_id, placeholder=name, options=options)
    card.add_item(ui.ActionRow[Any](select))
    return card


def names_of(pictures: Sequence[FoundPicture], words: Words) -> dict[int, str]:
    """Return what to call each of a message's pictures, in order from 1, to choose from."""
    return {at: _name(picture, words) for at, picture in enumerate(pictures, start=1)}


def _name(picture: FoundPicture, words: Words) -> str:
    number = picture.position
    what = " ".join((picture.alt or picture.file_name).split())
    # The bot's own images have their number in their description.
    is_numbered = what.startswith(words("picture-number", number=number))
    name = what if is_numbered else words("picture-number-named", number=number, name=what)
    return name if len(name) <= LABEL_CHARACTERS else name[: LABEL_CHARACTERS - 1] + "…"
