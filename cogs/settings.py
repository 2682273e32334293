"""/settings: what a server chooses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from discord import Interaction, app_commands
from discord.ext import commands

from ui.errors import text_card
from ui.hearing import ReplyEdits
from ui.translating import choice
from ui.words import words_of

if TYPE_CHECKING:
    from storage.choices import ChoiceRepository, Value

WRITE_DEADLINE_S: Final = 1.0
"""For writing a choice down, of the 3 s in which Discord takes an answer."""

WHO: Final = [
    choice("Whoever replies to it", ReplyEdits.EVERYONE, "choice-everyone"),
    choice("Its requester; others mention me (default)", ReplyEdits.REQUESTER, "choice-requester"),
    choice("Whoever mentions me in the words", ReplyEdits.MENTION, "choice-mention"),
    choice("Nobody", ReplyEdits.OFF, "choice-nobody"),
]


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class ServerSettings(
    commands.GroupCog,
    group_name="settings",
    group_description="What this server chooses",
):
    """Takes the choices of those who manage a server."""

    def __init__(self, *, choices: ChoiceRepository) -> None:
        self._choices = choices

    @app_commands.command(name="reply-edits", description="Whose reply to my pictures edits them")
    @app_commands.describe(who="Whose reply to a picture of mine edits it")
    @app_commands.choices(who=WHO)
    async def reply_edits(
        self, interaction: Interaction[Any], who: app_commands.Choice[str]
    ) -> None:
        """Choose who edits by replying."""
        await self._choose(interaction, reply_edits=who.value)
        said = words_of(interaction)(f"reply-edits-{who.value}")
        await interaction.response.send_message(view=text_card(said), ephemeral=True)

    @app_commands.command(
        name="mention-generates", description="Whether a mention with words alone makes a picture"
    )
    @app_commands.describe(allowed="Whether a mention with words alone makes a picture")
    async def mention_generates(self, interaction: Interaction[Any], allowed: bool) -> None:  # noqa: FBT001  # an option is passed by name
        """Choose whether a mention makes pictures from words."""
        await self._choose(interaction, mention_generates=allowed)
        said = words_of(interaction)(f"mention-generates-{'on' if allowed else 'off'}")
        await interaction.response.send_message(view=text_card(said), ephemeral=True)

    async def _choose(self, interaction: Interaction[Any], **changes: Value) -> None:
        async with asyncio.timeout(WRITE_DEADLINE_S):
            await self._choices.change_of_guild(interaction.guild_id or 0, **changes)
