"""Styles as people choose and see them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands, ui

from jobs.styles import apply_style
from storage.records import StyleOwner
from ui.choices import MAX_SUGGESTIONS, MAX_VALUE_CHARACTERS, size_in_words
from ui.errors import MESSAGE_CHARACTERS, Card, DeclinedError
from ui.sentences import NO_STYLES, STYLE_UNKNOWN
from ui.text import inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.requests import Draft
    from storage.records import Style
    from storage.styles import StyleRepository

READ_DEADLINE_S: Final = 0.8
"""For looking up a style, of the 3 s in which Discord takes an answer."""

OWNERS: Final = {StyleOwner.USER: "Your styles", StyleOwner.GUILD: "Styles of this server"}


class Styling:
    """Puts requests into the style that a person named."""

    def __init__(self, styles: StyleRepository) -> None:
        self._styles = styles

    async def styled(
        self,
        interaction: discord.Interaction[Any],
        draft: Draft,
        name: str | None,
        *,
        default_model: str,
    ) -> Draft:
        """Return the draft in the style of this name; as it is where none was named.

        Raises:
            DeclinedError: there is no such style for this person here.
            TimeoutError: it could not be looked up in time.
        """
        if name is None or not name.strip():
            return draft
        async with asyncio.timeout(READ_DEADLINE_S):
            style = await self._styles.find(
                name, user_id=interaction.user.id, guild_id=interaction.guild_id
            )
        if style is None:
            raise DeclinedError(STYLE_UNKNOWN.format(name=inert(name, MAX_VALUE_CHARACTERS)))
        return apply_style(style, draft, default_model=default_model)

    async def suggest(
        self,
        interaction: discord.Interaction[Any],
        typed: str,
        *,
        owner: StyleOwner | None = None,
    ) -> list[app_commands.Choice[str]]:
        """Suggest the styles that the person can name here, or those of one owner."""
        async with asyncio.timeout(READ_DEADLINE_S):
            usable = await self._styles.list_usable(interaction.user.id, interaction.guild_id)
        return suggest_styles(typed, [s for s in usable if owner in {None, s.owner}])


def suggest_styles(typed: str, styles: Sequence[Style]) -> list[app_commands.Choice[str]]:
    """Return the styles to choose from, of two by one name the first."""
    wanted = typed.strip().casefold()
    named: dict[str, app_commands.Choice[str]] = {}
    for style in styles:
        whose = " (this server's)" if style.owner is StyleOwner.GUILD else ""
        words = f"{style.name}{whose}: {_in_words(style)}"
        if wanted in words.casefold():
            shown = words[:MAX_VALUE_CHARACTERS]
            named.setdefault(
                style.name.casefold(), app_commands.Choice(name=shown, value=style.name)
            )
    return [*named.values()][:MAX_SUGGESTIONS]


def styles_card(styles: Sequence[Style]) -> Card:
    """Return the list of a person's and a server's styles."""
    card = Card(timeout=None)
    if not styles:
        card.add_item(ui.TextDisplay(NO_STYLES))
        return card
    names = [f"**{inert(style.name, MAX_VALUE_CHARACTERS)}**: " for style in styles]
    room = MESSAGE_CHARACTERS - sum(map(len, names)) - len(names)
    room -= sum(map(len, OWNERS.values())) + 100  # the headings and their marks
    # Markup can double what is shown.
    each = max(room // len(names) // 2, 1)
    for owner, heading in OWNERS.items():
        lines = [
            name + inert(_in_words(style), each)
            for name, style in zip(names, styles, strict=True)
            if style.owner is owner
        ]
        if lines:
            card.add_item(ui.Container(ui.TextDisplay(f"### {heading}\n" + "\n".join(lines))))
    return card


def style_card(sentence: str, style: Style) -> Card:
    """Return the card that shows one style, below what happened to it."""
    card = Card(timeout=None)
    card.add_item(ui.TextDisplay(sentence))
    card.add_item(ui.TextDisplay(inert(_in_words(style), MESSAGE_CHARACTERS // 3)))
    return card


def _in_words(style: Style) -> str:
    words = " ".join(f"{style.before} [prompt] {style.after}".split())
    facts = [words, style.model, size_in_words(style.size) if style.size else None]
    return " · ".join(fact for fact in facts if fact)
