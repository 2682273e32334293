"""Styles as people choose and see them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from discord import ui

from storage.styles import Style, StyleOwner, StyleRepository
from ui.autocomplete import MAX_VALUE_CHARACTERS, Suggestions, matching, size_in_words
from ui.components import Card
from ui.formatting import MESSAGE_CHARACTERS, inert
from ui.i18n import Words, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui import Interaction

READ_DEADLINE_S: Final = 0.8
"""For looking up a style, of the 3 s in which Discord takes an answer."""


async def suggest_styles(
    styles: StyleRepository,
    interaction: Interaction,
    typed: str,
    *,
    owner: StyleOwner | None = None,
) -> Suggestions:
    """Suggest the styles that a person can name here, or those of one owner."""
    async with asyncio.timeout(READ_DEADLINE_S):
        usable = await styles.list_usable(interaction.user.id, interaction.guild_id)
    words, names = words_of(interaction), dict[str, tuple[str, str]]()
    for style in usable:
        if owner in {None, style.owner}:
            is_server_s = style.owner is StyleOwner.GUILD
            shown = words(
                "suggested-style-guild" if is_server_s else "suggested-style",
                name=style.name,
                words=_in_words(style, words),
            )
            if typed.strip().casefold() in shown.casefold():
                names.setdefault(style.name.casefold(), (shown, style.name))
    # Of two by one name the first is taken.
    return matching("", names.values())


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
            name + inert(_in_words(style, words), each)
            for name, style in zip(names, styles, strict=True)
            if style.owner is owner
        ]
        if lines:
            lists.append(ui.Container[Any](ui.TextDisplay(f"### {heading}\n" + "\n".join(lines))))
    return Card(*lists)


def style_card(sentence: str, style: Style, words: Words) -> Card:
    """Return the card that shows one style, below what happened to it."""
    return Card(sentence, inert(_in_words(style, words), MESSAGE_CHARACTERS // 3))


def _in_words(style: Style, words: Words) -> str:
    around = words("style-words", before=style.before, after=style.after)
    size = size_in_words(style.size, words) if style.size else None
    facts = [" ".join(around.split()), style.model, size]
    return " · ".join(fact for fact in facts if fact)
