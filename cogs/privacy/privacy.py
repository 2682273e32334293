"""/privacy: what is kept about a person, for that person to have and to delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs.privacy.cards import deletion_in_words, hand_over, say_late, sure_to_forget_card
from ui.discord_errors import DEFAULT_FILE_LIMIT_BYTES
from ui.errors import text_card
from ui.i18n import words_of
from ui.responses import promise_message, take_click

if TYPE_CHECKING:
    from cogs.privacy.cards import ForgetButtonId
    from services.export import Exporter
    from services.privacy import Privacy
    from storage.preferences import ChoiceRepository

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
