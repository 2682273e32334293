"""The question which of several pictures is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from ui.errors import text_card

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence
    from typing import Self

    from ui.errors import Card
    from ui.i18n import Words
    from ui.message_images import FoundPicture

PICTURE_CHOSEN = "picture_chosen"
"""The event that a choice becomes: `on_picture_chosen(interaction, message_id, position)`."""

LABEL_CHARACTERS: Final = 100
"""Discord's limit on an option's label; components reference."""


class PictureChoice(
    ui.DynamicItem[ui.Select[Any]], template="fluxcord:choose:(?P<message_id>[0-9]{1,20})"
):
    """Offers the pictures that a message can mean; works on questions from before a restart."""

    def __init__(self, message_id: int, options: list[discord.SelectOption]) -> None:
        super().__init__(ui.Select(custom_id=f"fluxcord:choose:{message_id}", options=options))
        self.message_id = message_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the select that was used; part of discord.py's interface."""
        del interaction
        assert isinstance(item, ui.Select)  # noqa: S101  # the custom_id is a select's
        return cls(int(match["message_id"]), item.options)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass the choice on; part of discord.py's interface."""
        # What is sent can be anything; a number that is none of the pictures' is refused later.
        chosen = self.item.values[0]
        position = int(chosen) if chosen.isdecimal() and len(chosen) < 3 else 0  # noqa: PLR2004
        interaction.client.dispatch(PICTURE_CHOSEN, interaction, self.message_id, position)


def picker_card(message_id: int, pictures: Sequence[FoundPicture], words: Words) -> Card:
    """Return the question which of these pictures a message means."""
    card = text_card(words("which-picture"))
    options = [
        discord.SelectOption(label=_name(picture, words), value=str(picture.position))
        for picture in pictures
    ]
    card.add_item(ui.ActionRow[Any](PictureChoice(message_id, options)))
    return card


def names_of(pictures: Sequence[FoundPicture], words: Words) -> dict[int, str]:
    """Return what to call each of a message's pictures, in order from 1, to choose from."""
    return {at: _name(picture, words) for at, picture in enumerate(pictures, start=1)}


def _name(picture: FoundPicture, words: Words) -> str:
    number = picture.position
    what = " ".join((picture.alt or picture.file_name).split())
    # Of several pictures of the bot's own, each tells its number itself.
    is_numbered = what.startswith(words("picture-number", number=number))
    name = what if is_numbered else words("picture-number-named", number=number, name=what)
    return name if len(name) <= LABEL_CHARACTERS else name[: LABEL_CHARACTERS - 1] + "…"
