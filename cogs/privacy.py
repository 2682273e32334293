"""/privacy: what is kept about a person, for that person to have and to delete."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
from discord import app_commands, ui
from discord.ext import commands

from ui.attachments import opened
from ui.components import Card, CustomId, text_card
from ui.discord_errors import DEFAULT_FILE_LIMIT_BYTES, EXPIRED
from ui.i18n import words_of
from ui.responses import promise_message, take_click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from services.export import Export, Exporter
    from services.privacy import Deletion, Privacy
    from storage.preferences import ChoiceRepository
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


MOST_PICTURES: Final = 1_000_000


class PrivacyCommands(
    commands.GroupCog, group_name="privacy", group_description="Export or delete your data"
):
    """Hands people their data, and deletes it."""

    def __init__(self, exporter: Exporter, privacy: Privacy, choices: ChoiceRepository) -> None:
        self._exporter = exporter
        self._privacy = privacy
        self._choices = choices

    @app_commands.command(description="Set whether others can edit your avatar")
    @app_commands.describe(allowed="Allow edits where a server allows them; default: true")
    async def avatar(self, interaction: discord.Interaction[Any], allowed: bool) -> None:  # noqa: FBT001  # an option is passed by name
        """Choose whether one's avatar may be edited, in every server."""
        await self._choices.users.change(interaction.user.id, avatar=None if allowed else False)
        said = words_of(interaction)("own-avatar-on" if allowed else "own-avatar-off")
        await interaction.response.send_message(view=text_card(said), ephemeral=True)

    @app_commands.command(description="Export your data as ZIP files")
    @app_commands.describe(skip="Number of images to skip, as shown in the last export")
    async def export(
        self,
        interaction: discord.Interaction[Any],
        skip: app_commands.Range[int, 0, MOST_PICTURES] = 0,
    ) -> None:
        """Put everything together and hand it over privately."""
        await promise_message(interaction, private=True)
        async with self._exporter.export(
            interaction.user.id, DEFAULT_FILE_LIMIT_BYTES, skip
        ) as export:
            await hand_over(interaction, export, words_of(interaction))

    @app_commands.command(description="Delete your data")
    async def delete(self, interaction: discord.Interaction[Any]) -> None:
        """Say what would be deleted; the button does it."""
        card = sure_to_forget_card(words_of(interaction))
        await interaction.response.send_message(view=card, ephemeral=True)

    async def forget(self, interaction: discord.Interaction[Any], pressed: ForgetButtonId) -> None:
        """Delete what is kept about who pressed it."""
        del pressed
        words = words_of(interaction)
        await take_click(interaction)
        await self._privacy.ask(interaction.user.id)
        await interaction.edit_original_response(view=text_card(words("forgetting")))
        deletion = await self._privacy.delete(interaction.user.id)
        await say_late(interaction, deletion_in_words(deletion, words))
