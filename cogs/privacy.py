"""/privacy: what is kept about a person, for that person to have and to delete."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
from discord import app_commands, ui
from discord.ext import commands

from jobs.messenger import DEFAULT_FILE_LIMIT_BYTES
from ui.attachments import opened
from ui.components import Card, CustomId, answer, danger_row
from ui.discord_errors import EXPIRED, promise_message, take_click
from ui.i18n import Words, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.export import Export, Exporter
    from services.privacy import Privacy
    from storage.preferences import ChoiceRepository
    from ui import Interaction

logger = logging.getLogger(__name__)


class ForgetButtonId(CustomId):
    """The button that deletes all data of the user who presses it."""

    form = "fluxcord:forget-me"


def sure_to_forget_card(words: Words) -> Card:
    return Card(words("sure-to-forget"), danger_row(words("button-forget"), ForgetButtonId()))


def export_in_words(export: Export, words: Words) -> str:
    said = [words("exported", requests=export.requests, pictures=export.pictures)]
    if export.requests_left_out:
        said.append(words("exported-requests-left-out", requests=export.requests_left_out))
    if export.pictures_lost:
        said.append(words("exported-pictures-lost", pictures=export.pictures_lost))
    if export.pictures_left_out:
        left_out, skip = export.pictures_left_out, str(export.next_skip)
        said.append(words("exported-pictures-left-out", pictures=left_out, skip=skip))
    return "\n".join(said)


async def _send_late(
    interaction: Interaction,
    card: Card,
    files: Sequence[discord.File] = (),
    *,
    is_first: bool = True,
) -> None:
    """Send what took long, in place of the answer or, after its time, by direct message."""
    try:
        try:
            if is_first:
                await interaction.edit_original_response(view=card, attachments=files)
            else:
                await interaction.followup.send(view=card, files=files, ephemeral=True)
        except discord.HTTPException as error:
            if error.code not in EXPIRED:
                raise
            for file in files:
                file.reset()
            await interaction.user.send(view=card, files=files)
    except (TimeoutError, aiohttp.ClientError, discord.HTTPException) as error:
        # The user can try again: nothing is lost.
        logger.warning("response about user data not sent: %s", type(error).__name__)


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
    async def avatar(self, interaction: Interaction, allowed: bool) -> None:
        await self._choices.users.change(interaction.user.id, avatar=None if allowed else False)
        words = words_of(interaction)
        await answer(interaction, words("own-avatar-on" if allowed else "own-avatar-off"))

    @app_commands.command(description="Export your data as ZIP files")
    @app_commands.describe(skip="Number of images to skip, as shown in the last export")
    async def export(
        self, interaction: Interaction, skip: app_commands.Range[int, 0, MOST_PICTURES] = 0
    ) -> None:
        await promise_message(interaction, private=True)
        user_id, limit_bytes = interaction.user.id, DEFAULT_FILE_LIMIT_BYTES
        async with self._exporter.export(user_id, limit_bytes, skip) as export:
            words = words_of(interaction)
            said = export_in_words(export, words)
            if not export.volumes:
                await _send_late(interaction, Card(said))
            for number, volume in enumerate(export.volumes, start=1):
                text = words("exported-part", number=number) if number > 1 else said
                card = Card(text, ui.File(f"attachment://{volume.name}"))
                async with opened([volume]) as files:
                    await _send_late(interaction, card, files, is_first=number == 1)

    @app_commands.command(description="Delete your data")
    async def delete(self, interaction: Interaction) -> None:
        await answer(interaction, sure_to_forget_card(words_of(interaction)))

    async def forget(self, interaction: Interaction, pressed: ForgetButtonId) -> None:
        del pressed
        words = words_of(interaction)
        await take_click(interaction)
        await self._privacy.ask(interaction.user.id)
        await interaction.edit_original_response(view=Card(words("forgetting")))
        deletion = await self._privacy.delete(interaction.user.id)
        said = [words("forgotten")]
        if deletion.under_way:
            said.append(words("forgotten-but", requests=deletion.under_way))
        if not deletion.is_complete:
            said.append(words("forgotten-soon"))
        await _send_late(interaction, Card("\n".join(said)))
