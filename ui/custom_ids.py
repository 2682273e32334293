"""The base of all custom_ids: what a button, select or modal is about, kept on Discord itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import discord

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from typing import Self


PREFIX: Final = "fluxcord:"
"""How each custom_id of the bot begins."""


class CustomId:
    """One kind of custom_id; a subclass is a frozen dataclass with what the kind names.

    `features.py` says which method serves it. Messages on Discord hold custom_ids for years, so
    a pattern may take more than it did, but never less.

    Attributes:
        pattern: of the whole custom_id; its groups are named like the fields.
    """

    __slots__ = ()

    pattern: ClassVar[re.Pattern[str]]

    @property
    def custom_id(self) -> str:
        """The text that Discord sends back, at most 100 characters."""
        raise NotImplementedError

    @classmethod
    def parse(cls, custom_id: str) -> Self | None:
        """Return what a custom_id says, None where it is of another kind."""
        match = cls.pattern.fullmatch(custom_id)
        return None if match is None else cls.from_match(match)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        """Return what the groups say; a subclass converts those that are not text."""
        return cls(**match.groupdict())


def components_of(
    message: discord.Message | None,
) -> Iterator[discord.Button | discord.SelectMenu]:
    """Yield the buttons and selects of a message, however deep they are nested."""
    waiting: list[Any] = [*message.components] if message is not None else []
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, discord.Button | discord.SelectMenu):
            yield part
        waiting += getattr(part, "children", ())
        accessory = getattr(part, "accessory", None)
        waiting += [accessory] if accessory is not None else []
