"""Cards and files of a user's own data."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import ui

from ui.attachments import opened
from ui.custom_ids import CustomId
from ui.discord_errors import EXPIRED
from ui.errors import Card, text_card

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from services.export import Export
    from services.privacy import Deletion
    from ui.i18n import Words

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ForgetButtonId(CustomId):
    """The button that deletes all data of the user who presses it."""

    form = "fluxcord:forget-me"


def sure_to_forget_card(words: Words) -> Card:
    """Return the card that says what is deleted, with the button that does it."""
    card = text_card(words("sure-to-forget"))
    button = ui.Button[Any](
        label=words("button-forget"),
        style=discord.ButtonStyle.danger,
        custom_id=ForgetButtonId().custom_id,
    )
    card.add_item(ui.ActionRow[Any](button))
    return card


def deletion_in_words(deletion: Deletion, words: Words) -> str:
    """Return what came of a wish to be forgotten."""
    said = [words("forgotten")]
    if deletion.under_way:
        said.append(words("forgotten-but", requests=deletion.under_way))
    if not deletion.is_complete:
        said.append(words("forgotten-soon"))
    return "\n".join(said)


def export_in_words(export: Export, words: Words) -> str:
    """Return what an export holds, and what it does not."""
    said = [words("exported", requests=export.requests, pictures=export.pictures)]
    if export.requests_left_out:
        said.append(words("exported-requests-left-out", requests=export.requests_left_out))
    if export.pictures_lost:
        said.append(words("exported-pictures-lost", pictures=export.pictures_lost))
    if export.pictures_left_out:
        skip = str(export.next_skip)
        said.append(
            words("exported-pictures-left-out", pictures=export.pictures_left_out, skip=skip)
        )
    return "\n".join(said)


async def say_late(interaction: discord.Interaction[Any], said: str) -> None:
    """Say what took long, in place of the answer or, after its time, by direct message."""
    await _send_late(interaction, text_card(said), ())


async def hand_over(interaction: discord.Interaction[Any], export: Export, words: Words) -> None:
    """Send the files of an export, each in a message that only the user sees."""
    first, *more = export.volumes or (None,)
    said = export_in_words(export, words)
    await _send_with(interaction, said, first, is_first=True)
    for number, volume in enumerate(more, start=2):
        said = words("exported-part", number=number)
        await _send_with(interaction, said, volume, is_first=False)


async def _send_with(
    interaction: discord.Interaction[Any], said: str, volume: Path | None, *, is_first: bool
) -> None:
    card = text_card(said)
    if volume is not None:
        card.add_item(ui.File(f"attachment://{volume.name}"))
    async with opened([volume] if volume is not None else []) as files:
        await _send_late(interaction, card, files, is_first=is_first)


async def _send_late(
    interaction: discord.Interaction[Any],
    card: Card,
    files: Sequence[discord.File],
    *,
    is_first: bool = True,
) -> None:
    try:
        if not await _answered(interaction, card, files, is_first=is_first):
            for file in files:
                file.reset()
            await interaction.user.send(view=card, files=files)
    except (TimeoutError, aiohttp.ClientError, discord.HTTPException) as error:
        # The user can try again: nothing is lost.
        logger.warning("response about user data not sent: %s", type(error).__name__)


async def _answered(
    interaction: discord.Interaction[Any],
    card: Card,
    files: Sequence[discord.File],
    *,
    is_first: bool,
) -> bool:
    """Answer by the interaction; False where its time is over."""
    try:
        if is_first:
            await interaction.edit_original_response(view=card, attachments=files)
        else:
            await interaction.followup.send(view=card, files=files, ephemeral=True)
    except discord.HTTPException as error:
        if error.code not in EXPIRED:
            raise
        return False
    return True
