"""/moderation: word rules, and blocked users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs.moderation.cards import END_CHOICES, blocks_card, new_block, rules_card
from domain.errors import UserError
from domain.limits import EVERYWHERE
from storage.moderation import MAX_RULE_CHARACTERS, WordRule
from ui.autocomplete import Suggestions, matching
from ui.components import answer, inert
from ui.errors import REASON_CHARACTERS  # noqa: TC001  # discord.py reads it at run time
from ui.i18n import words_of

if TYPE_CHECKING:
    from services.moderation import Moderation
    from ui import Interaction
    from ui.operators import Operators


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class ModerationCommands(
    commands.GroupCog, group_name="moderation", group_description="Block words and users"
):
    """Takes what server managers decide and, for the whole bot, its owner."""

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
        interaction: Interaction,
        words: app_commands.Range[str, 0, MAX_RULE_CHARACTERS],
        test: bool = False,
        everywhere: bool = False,
    ) -> None:
        rule = WordRule(
            guild_id=await self._scope(interaction, everywhere=everywhere),
            key=await self._moderation.key_of(words),
            words=" ".join(words.split()),
            is_test=test,
            added_by=interaction.user.id,
            added_at=interaction.created_at,
        )
        await self._moderation.add_rule(rule)
        say, shown = words_of(interaction), inert(rule.words, len(rule.words))
        await answer(interaction, say("rule-on-trial" if test else "rule-added", found=shown))

    @words.command(name="remove", description="Unblock words")
    @app_commands.describe(
        words="The blocked words", everywhere="Across the whole bot; bot owner only"
    )
    async def remove_words(
        self,
        interaction: Interaction,
        words: app_commands.Range[str, 1, MAX_RULE_CHARACTERS],
        everywhere: bool = False,
    ) -> None:
        guild_id = await self._scope(interaction, everywhere=everywhere)
        try:
            removed = await self._moderation.remove_rule(guild_id, words)
        except UserError:
            removed = False
        if not removed:
            raise UserError("rule-unknown")
        found = inert(words, len(words))
        await answer(interaction, words_of(interaction)("rule-removed", found=found))

    @words.command(name="list", description="Show blocked words")
    @app_commands.describe(everywhere="Across the whole bot; bot owner only")
    async def list_words(self, interaction: Interaction, everywhere: bool = False) -> None:
        guild_id = await self._scope(interaction, everywhere=everywhere)
        rules = self._moderation.repository.of(guild_id).rules
        await answer(interaction, rules_card(words_of(interaction), rules))

    @words.command(name="test", description="Check a text for blocked words")
    @app_commands.describe(text="Text to check")
    async def test_words(
        self, interaction: Interaction, text: app_commands.Range[str, 1, 2_000]
    ) -> None:
        guild_id = await self._scope(interaction, everywhere=False)
        found = self._moderation.rules_found(text, guild_id)
        said = ("rules-that-find-it", "no-rule-finds-it")
        await answer(interaction, rules_card(words_of(interaction), found, *said))

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
        interaction: Interaction,
        user: discord.User,
        reason: app_commands.Range[str, 1, REASON_CHARACTERS],
        end: app_commands.Choice[str],
        everywhere: bool = False,
    ) -> None:
        guild_id = await self._scope(interaction, everywhere=everywhere)
        if user.id == interaction.user.id:
            raise UserError("not-yourself")
        block = new_block(interaction, guild_id, user.id, reason, end.value)
        await self._moderation.repository.save_block(block)
        await answer(interaction, blocks_card(words_of(interaction), [block]))

    @app_commands.command(description="Unblock a user")
    @app_commands.describe(user="User", everywhere="Across the whole bot; bot owner only")
    async def unblock(
        self, interaction: Interaction, user: discord.User, everywhere: bool = False
    ) -> None:
        guild_id = await self._scope(interaction, everywhere=everywhere)
        if not await self._moderation.repository.delete_block(guild_id, user.id):
            raise UserError("not-blocked")
        await answer(interaction, words_of(interaction)("unblocked", who=user.mention))

    @app_commands.command(description="Show blocked users")
    @app_commands.describe(everywhere="Across the whole bot; bot owner only")
    async def blocked(self, interaction: Interaction, everywhere: bool = False) -> None:
        guild_id = await self._scope(interaction, everywhere=everywhere)
        blocks = self._moderation.list_blocks(guild_id, interaction.created_at)
        await answer(interaction, blocks_card(words_of(interaction), blocks))

    @remove_words.autocomplete("words")
    async def suggest_words(self, interaction: Interaction, typed: str) -> Suggestions:
        everywhere = bool(interaction.namespace.everywhere)
        try:
            guild_id = await self._scope(interaction, everywhere=everywhere)
        except UserError:
            return []
        rules = self._moderation.repository.of(guild_id).rules
        return matching(typed, ((rule.words, rule.words) for rule in rules))

    async def _scope(self, interaction: Interaction, *, everywhere: bool) -> int:
        """Return for which server something is decided, or that it is for the whole bot."""
        if interaction.guild_id is not None and not everywhere:
            return interaction.guild_id
        await self._operators.check(interaction.user.id)
        return EVERYWHERE
