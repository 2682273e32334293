"""/style: saved text, model and size, used by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import app_commands, ui
from discord.ext import commands

from domain.errors import UserError
from domain.models import Action
from jobs.requests import model_from_words
from jobs.styles import MAX_NAME_CHARACTERS, MAX_WORDS_CHARACTERS, check_style
from storage.styles import Style, StyleOwner, StyleRepository
from ui.autocomplete import (
    MAX_VALUE_CHARACTERS,
    Offers,
    Suggestions,
    TypedName,
    size_from_words,
    style_in_words,
    suggest_styles,
)
from ui.components import MESSAGE_CHARACTERS, Card, answer, inert
from ui.i18n import Words, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui import Interaction


class Styles(commands.GroupCog, group_name="style", group_description="Save and reuse styles"):
    """Keeps styles: each person's own, and those of a server for everybody in it."""

    def __init__(self, *, styles: StyleRepository, offers: Offers) -> None:
        self._styles = styles
        self._offers = offers

    @app_commands.command(description="Save text, a model and a size as a style")
    @app_commands.describe(
        name="Name; an existing style of this name is replaced",
        before="Text before the prompt, such as: a watercolour of",
        after="Text after the prompt, such as: soft light, film grain",
        model="Default model",
        size="Default size",
        server="Save it for the whole server; needs Manage Server",
    )
    async def save(  # noqa: PLR0913, PLR0917  # the options of the command
        self,
        interaction: Interaction,
        name: app_commands.Range[str, 1, MAX_NAME_CHARACTERS],
        before: app_commands.Range[str, 0, MAX_WORDS_CHARACTERS] = "",
        after: app_commands.Range[str, 0, MAX_WORDS_CHARACTERS] = "",
        model: TypedName | None = None,
        size: TypedName | None = None,
        server: bool = False,
    ) -> None:
        owner, owner_id = _owner(interaction, server=server)
        style = Style(
            owner=owner,
            owner_id=owner_id,
            name=" ".join(name.split()),
            before=before.strip(),
            after=after.strip(),
            model=model_from_words(model),
            size=size_from_words(size),
            saved_by=interaction.user.id,
            saved_at=interaction.created_at,
        )
        if not style.name or not (style.before or style.after or style.model or style.size):
            raise UserError("style-empty")
        check_style(style)
        replaced = await self._styles.save(style)
        words = words_of(interaction)
        said = words("style-replaced" if replaced else "style-saved", name=_shown(style.name))
        await answer(interaction, style_card(said, style, words))

    @app_commands.command(name="list", description="List the styles you can use here")
    async def show_all(self, interaction: Interaction) -> None:
        styles = await self._styles.list_usable(interaction.user.id, interaction.guild_id)
        await answer(interaction, styles_card(styles, words_of(interaction)))

    @app_commands.command(description="Delete a style")
    @app_commands.describe(name="Style", server="A server style; needs Manage Server")
    async def delete(
        self, interaction: Interaction, name: app_commands.Range[str, 1, 100], server: bool = False
    ) -> None:
        owner, owner_id = _owner(interaction, server=server)
        if not await self._styles.delete(owner, owner_id, name):
            raise UserError("style-unknown", name=name)
        await answer(interaction, words_of(interaction)("style-deleted", name=_shown(name)))

    @save.autocomplete("model")
    async def suggest_model(self, interaction: Interaction, typed: str) -> Suggestions:
        return self._offers.suggest_models(interaction, typed, action=Action.GENERATE)

    @save.autocomplete("size")
    async def suggest_size(self, interaction: Interaction, typed: str) -> Suggestions:
        return self._offers.suggest_sizes(interaction, typed, action=Action.GENERATE)

    @delete.autocomplete("name")
    async def suggest_name(self, interaction: Interaction, typed: str) -> Suggestions:
        owner = StyleOwner.GUILD if interaction.namespace.server else StyleOwner.USER
        return await suggest_styles(self._styles, interaction, typed, owner=owner)


def _owner(interaction: Interaction, *, server: bool) -> tuple[StyleOwner, int]:
    if not server:
        return StyleOwner.USER, interaction.user.id
    if interaction.guild_id is None:
        raise UserError("no-server-here")
    # Resolved by Discord for this server, whether the bot is its member or not.
    if not interaction.permissions.manage_guild:
        raise UserError("not-yours-to-style")
    return StyleOwner.GUILD, interaction.guild_id


def _shown(name: str) -> str:
    return inert(name, MAX_NAME_CHARACTERS)


def styles_card(styles: Sequence[Style], words: Words) -> Card:
    if not styles:
        return Card(words("no-styles"))
    lists = []
    headings = {owner: words(f"styles-{owner}") for owner in StyleOwner}
    names = [f"**{inert(style.name, MAX_VALUE_CHARACTERS)}**: " for style in styles]
    room = MESSAGE_CHARACTERS - sum(map(len, names)) - len(names)
    room -= sum(map(len, headings.values())) + 100  # the headings and their marks
    # Markup can double what is shown.
    each = max(room // len(names) // 2, 1)
    for owner, heading in headings.items():
        lines = [
            name + inert(style_in_words(style, words), each)
            for name, style in zip(names, styles, strict=True)
            if style.owner is owner
        ]
        if lines:
            lists.append(ui.Container[Any](ui.TextDisplay(f"### {heading}\n" + "\n".join(lines))))
    return Card(*lists)


def style_card(sentence: str, style: Style, words: Words) -> Card:
    return Card(sentence, inert(style_in_words(style, words), MESSAGE_CHARACTERS // 3))
