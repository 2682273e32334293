"""Styles as people choose and see them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from discord import app_commands, ui
from discord.ext import commands

from domain.errors import UserError
from domain.models import Action
from jobs.styles import apply_style
from storage.styles import Style, StyleOwner, StyleRepository
from ui.autocomplete import MAX_SUGGESTIONS, MAX_VALUE_CHARACTERS, Offers, size_in_words
from ui.components import Card
from ui.formatting import MESSAGE_CHARACTERS, inert
from ui.i18n import Words, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.requests import Draft
    from ui import Interaction
    from ui.submit import Requests

READ_DEADLINE_S: Final = 0.8
"""For looking up a style, of the 3 s in which Discord takes an answer."""


class Styling:
    """Puts requests into the style that a person named."""

    def __init__(self, styles: StyleRepository) -> None:
        self._styles = styles

    async def styled(
        self, interaction: Interaction, draft: Draft, name: str, *, default_model: str
    ) -> Draft:
        """Return the draft in the style of this name; as it is if the name is blank.

        Raises:
            UserError: there is no such style for this person here.
            TimeoutError: it could not be looked up in time.
        """
        if not name.strip():
            return draft
        async with asyncio.timeout(READ_DEADLINE_S):
            style = await self._styles.find(
                name, user_id=interaction.user.id, guild_id=interaction.guild_id
            )
        if style is None:
            raise UserError("style-unknown", name=name)
        return apply_style(style, draft, default_model=default_model)

    async def suggest(
        self, interaction: Interaction, typed: str, *, owner: StyleOwner | None = None
    ) -> list[app_commands.Choice[str]]:
        """Suggest the styles that the person can name here, or those of one owner."""
        async with asyncio.timeout(READ_DEADLINE_S):
            usable = await self._styles.list_usable(interaction.user.id, interaction.guild_id)
        mine = [style for style in usable if owner in {None, style.owner}]
        return suggest_styles(typed, words_of(interaction), mine)


class StyledCog(commands.Cog):
    """A command with the options model, size and style, which are suggested alike.

    Attributes:
        action: that the suggested models are for.
    """

    action: ClassVar[Action]

    def __init__(self, *, requests: Requests, styling: Styling, offers: Offers) -> None:
        self._requests = requests
        self._styling = styling
        self.offers = offers

    async def submit(self, interaction: Interaction, draft: Draft, style: str | None) -> None:
        """Submit a request in the style of this name, if there is one."""
        if style is not None:
            usual = self.offers.usual(interaction).of(self.action)
            draft = await self._styling.styled(interaction, draft, style, default_model=usual)
        await self._requests.submit(interaction, draft)

    async def suggest_model(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return self.offers.suggest_models(interaction, typed, action=self.action)

    async def suggest_size(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return self.offers.suggest_sizes(interaction, typed, action=self.action)

    async def suggest_style(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return await self._styling.suggest(interaction, typed)


def suggest_styles(
    typed: str, words: Words, styles: Sequence[Style]
) -> list[app_commands.Choice[str]]:
    """Return the styles to choose from, of two by one name the first."""
    wanted = typed.strip().casefold()
    named: dict[str, app_commands.Choice[str]] = {}
    for style in styles:
        is_server_s = style.owner is StyleOwner.GUILD
        suggestion = words(
            "suggested-style-guild" if is_server_s else "suggested-style",
            name=style.name,
            words=_in_words(style, words),
        )
        if wanted in suggestion.casefold():
            shown = suggestion[:MAX_VALUE_CHARACTERS]
            named.setdefault(
                style.name.casefold(), app_commands.Choice(name=shown, value=style.name)
            )
    return [*named.values()][:MAX_SUGGESTIONS]


def styles_card(styles: Sequence[Style], words: Words) -> Card:
    if not styles:
        return Card(words("no-styles"))
    card = Card()
    headings = {owner: words(f"styles-{owner}") for owner in StyleOwner}
    names = [f"**{inert(style.name, MAX_VALUE_CHARACTERS)}**: " for style in styles]
    room = MESSAGE_CHARACTERS - sum(map(len, names)) - len(names)
    room -= sum(map(len, headings.values())) + 100  # the headings and their marks
    # Markup can double what is shown.
    each = max(room // len(names) // 2, 1)
    for owner, heading in headings.items():
        lines = [
            name + inert(_in_words(style, words), each)
            for name, style in zip(names, styles, strict=True)
            if style.owner is owner
        ]
        if lines:
            card.add_item(ui.Container(ui.TextDisplay(f"### {heading}\n" + "\n".join(lines))))
    return card


def style_card(sentence: str, style: Style, words: Words) -> Card:
    """Return the card that shows one style, below what happened to it."""
    return Card(sentence, inert(_in_words(style, words), MESSAGE_CHARACTERS // 3))


def _in_words(style: Style, words: Words) -> str:
    around = words("style-words", before=style.before, after=style.after)
    size = size_in_words(style.size, words) if style.size else None
    facts = [" ".join(around.split()), style.model, size]
    return " · ".join(fact for fact in facts if fact)
