"""The select among several images of a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from discord import ui

from ui.components import Card, CustomId, Snowflake
from ui.formatting import OPTION_CHARACTERS, shorten
from ui.forms import options_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.i18n import Words
    from ui.message_images import FoundPicture


@dataclass(frozen=True, slots=True)
class PickerId(CustomId):
    """The select among the pictures that a message can mean."""

    form = "fluxcord:choose:{message_id}"

    message_id: Snowflake


def picker_card(message_id: int, pictures: Sequence[FoundPicture], words: Words) -> Card:
    """Return the question which of these pictures a message means."""
    options = options_of({str(each.position): _name(each, words) for each in pictures}, "")
    custom_id, name = PickerId(message_id).custom_id, words("form-which-picture")
    select = ui.Select[Any](custom_id=custom_id, placeholder=name, options=options)
    return Card(words("which-picture"), ui.ActionRow(select))


def names_of(pictures: Sequence[FoundPicture], words: Words) -> dict[int, str]:
    """Return what to call each of a message's pictures, in order from 1, to choose from."""
    return {at: _name(picture, words) for at, picture in enumerate(pictures, start=1)}


def _name(picture: FoundPicture, words: Words) -> str:
    number = picture.position
    what = " ".join((picture.alt or picture.file_name).split())
    # The bot's own images have their number in their description.
    is_numbered = what.startswith(words("picture-number", number=number))
    name = what if is_numbered else words("picture-number-named", number=number, name=what)
    return shorten(name, OPTION_CHARACTERS)
