"""/moderation: word rules, and blocked users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.moderation.cards import END_CHOICES, blocks_card, end_of, found_card, rules_card
from domain.errors import UserError
from services.word_filter import MAX_RULE_CHARACTERS, rule_key
from storage.moderation import EVERYWHERE, Block, WordRule
from ui.autocomplete import MAX_SUGGESTIONS
from ui.components import text_card
from ui.errors import REASON_CHARACTERS  # noqa: TC001  # discord.py reads it at run time
from ui.formatting import inert
from ui.i18n import words_of

if TYPE_CHECKING:
    from services.moderation import Moderation
    from ui.operators import Operators


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class ModerationCommands(
    commands.GroupCog,
    group_name="moderation",
    group_description="Block words and users",
):
    """Takes what those decide who manage a server and, for the whole bot, who runs it."""

    words = app_commands.Group(name="words", description="Blocked words")

    def __init__(self, *, moderation: Moderation, operators: Operators) -> None:
        self._moderation = moderation
        self._operators = operators

    @words.command(name="add", description="Block prompts with these words")
    @app_commands.describe(
        words="Whole words; case and look-alike letters don't matter",
        test="Log only, don't block",
        everywhere="Across the whole bot; bot owner only",
    )
    async def add_words(
        self,
        interaction: discord.Interaction[Any],
        words: app_commands.Range[str, 0, MAX_RULE_CHARACTERS],
        test: bool = False,  # noqa: FBT001, FBT002  # an option is passed by name
        everywhere: bool = False,  # noqa: FBT001, FBT002  # an option is passed by name
    ) -> None:
        """Add a rule, or replace one of the same words."""
        guild_id = await self._scope(interaction, everywhere=everywhere)
        rule = WordRule(
            guild_id=guild_id,
            key=rule_key(words),
            words=" ".join(words.split()),
            is_test=test,
            added_by=interaction.user.id,
            added_at=interaction.created_at,
        )
        await self._moderation.add_rule(rule)
        say, shown = words_of(interaction), inert(rule.words, len(rule.words))
        said = say("rule-on-trial" if test else "rule-added", found=shown)
        await interaction.response.send_message(view=text_card(said), ephemeral=True)

    @words.command(name="remove", description="Unblock words")
    @app_commands.describe(
        words="The blocked words", everywhere="Across the whole bot; bot owner only"
    )
    async def remove_words(
        self,
        interaction: discord.Interaction[Any],
        words: app_commands.Range[str, 1, MAX_RULE_CHARACTERS],
        everywhere: bool = False,  # noqa: FBT001, FBT002  # an option is passed by name
    ) -> None:
        """Remove the rule that finds the same."""
        guild_id = await self._scope(interaction, everywhere=everywhere)
        try:
            removed = await self._moderation.remove_rule(guild_id, words)
        except UserError:
            removed = False
        if not removed:
            raise UserError("rule-unknown")
        said = words_of(interaction)("rule-removed", found=inert(words, len(words)))
        await interaction.response.send_message(view=text_card(said), ephemeral=True)

    @words.command(name="list", description="Show blocked words")
    @app_commands.describe(everywhere="Across the whole bot; bot owner only")
    async def list_words(
        self,
        interaction: discord.Interaction[Any],
        everywhere: bool = False,  # noqa: FBT001, FBT002  # an option is passed by name
    ) -> None:
        """List the rules."""
        guild_id = await self._scope(interaction, everywhere=everywhere)
        card = rules_card(words_of(interaction), self._moderation.list_rules(guild_id))
        await interaction.response.send_message(view=card, ephemeral=True)

    @words.command(name="test", description="Check a text for blocked words")
    @app_commands.describe(text="Text to check")
    async def test_words(
        self, interaction: discord.Interaction[Any], text: app_commands.Range[str, 1, 2_000]
    ) -> None:
        """Test a text without a request."""
        guild_id = await self._scope(interaction, everywhere=False)
        found = self._moderation.rules_found(text, guild_id)
        card = found_card(words_of(interaction), found)
        await interaction.response.send_message(view=card, ephemeral=True)

    @app_commands.command(description="Block a user from generating images")
    @app_commands.describe(
        user="User",
        reason="Reason, shown to the user",
        end="Duration",
        everywhere="Across the whole bot; bot owner only",
    )
    @app_commands.choices(end=END_CHOICES)
    async def block(
        self,
        interaction: discord.Interaction[Any],
        user: discord.User,
        reason: app_commands.Range[str, 1, REASON_CHARACTERS],
        end: app_commands.Choice[str],
        everywhere: bool = False,  # noqa: FBT001, FBT002  # an option is passed by name
    ) -> None:
        """Block a user, in place of an older block."""
        guild_id = await self._scope(interaction, everywhere=everywhere)
        if user.id == interaction.user.id:
            raise UserError("not-yourself")
        block = Block(
            guild_id=guild_id,
            user_id=user.id,
            reason=" ".join(reason.split()) or "-",
            until=end_of(end.value, interaction.created_at),
            blocked_by=interaction.user.id,
            blocked_at=interaction.created_at,
        )
        await self._moderation.repository.save_block(block)
        card = blocks_card(words_of(interaction), [block])
        await interaction.response.send_message(view=card, ephemeral=True)

    @app_commands.command(description="Unblock a user")
    @app_commands.describe(user="User", everywhere="Across the whole bot; bot owner only")
    async def unblock(
        self,
        interaction: discord.Interaction[Any],
        user: discord.User,
        everywhere: bool = False,  # noqa: FBT001, FBT002  # an option is passed by name
    ) -> None:
        """End a block."""
        guild_id = await self._scope(interaction, everywhere=everywhere)
        if not await self._moderation.repository.delete_block(guild_id, user.id):
            raise UserError("not-blocked")
        said = words_of(interaction)("unblocked", who=user.mention)
        await interaction.response.send_message(view=text_card(said), ephemeral=True)

    @app_commands.command(description="Show blocked users")
    @app_commands.describe(everywhere="Across the whole bot; bot owner only")
    async def blocked(
        self,
        interaction: discord.Interaction[Any],
        everywhere: bool = False,  # noqa: FBT001, FBT002  # an option is passed by name
    ) -> None:
        """List the blocks."""
        guild_id = await self._scope(interaction, everywhere=everywhere)
        blocks = self._moderation.list_blocks(guild_id, interaction.created_at)
        card = blocks_card(words_of(interaction), blocks)
        await interaction.response.send_message(view=card, ephemeral=True)

    @remove_words.autocomplete("words")
    async def suggest_words(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the rules of this server or, to who runs the bot, those of all of it."""
        everywhere = bool(interaction.namespace.everywhere)
        try:
            guild_id = await self._scope(interaction, everywhere=everywhere)
        except UserError:
            return []
        rules = self._moderation.list_rules(guild_id)
        found = [rule.words for rule in rules if typed.casefold() in rule.words.casefold()]
        return [app_commands.Choice(name=each, value=each) for each in found[:MAX_SUGGESTIONS]]

    async def _scope(self, interaction: discord.Interaction[Any], *, everywhere: bool) -> int:
        """Return for which server something is decided, or that it is for the whole bot."""
        if interaction.guild_id is not None and not everywhere:
            return interaction.guild_id
        if not await self._operators.include(interaction.user.id):
            raise UserError("not-the-operator")
        return EVERYWHERE
