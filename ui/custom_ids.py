"""The base of all custom_ids: what a button, select or modal is about, kept on Discord itself."""

from __future__ import annotations

import re
from types import NoneType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Final,
    NamedTuple,
    get_args,
    get_origin,
    get_type_hints,
)

import discord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

PREFIX: Final = "fluxcord:"
"""How each custom_id of the bot begins."""

JobId = Annotated[str, "[0-9a-f]{12}"]
DraftId = Annotated[str, "[0-9a-f]{16}"]
Snowflake = Annotated[int, "[0-9]{1,20}"]
Position = Annotated[int, "[1-9]"]
"""Types of fields, with the pattern of their text; of an enumeration it is any of its values."""

_OPTIONAL: Final = re.compile(r"\[(.*?\{(\w+)\})\]")


class CustomId:
    """One kind of custom_id; a subclass is a frozen dataclass with what the kind names.

    `app.py` says which method serves it. Messages on Discord hold custom_ids for years, so
    a form and the types in it may take more than they did, but never less.

    Attributes:
        form: of the text, with fields in braces. Without a value a field is empty; what is in
            square brackets with it is left out then.
    """

    __slots__ = ()

    form: ClassVar[str]
    _parts: ClassVar[dict[str, _Part]]
    _pattern: ClassVar[re.Pattern[str]]

    def __init_subclass__(cls) -> None:
        cls._parts = _parts_of(cls)
        cls._pattern = _pattern_of(cls.form, cls._parts)

    @property
    def custom_id(self) -> str:
        """The text that Discord sends back, at most 100 characters."""
        values = {name: getattr(self, name) for name in self._parts}
        form = _OPTIONAL.sub(lambda part: "" if values[part[2]] is None else part[1], self.form)
        return form.format(**{name: "" if each is None else each for name, each in values.items()})

    @classmethod
    def parse(cls, custom_id: str) -> Self | None:
        """Return what a custom_id says, None where it is of another kind."""
        match = cls._pattern.fullmatch(custom_id)
        if match is None:
            return None
        texts = match.groupdict()
        return cls(**{name: part.value_of(texts[name]) for name, part in cls._parts.items()})


class _Part(NamedTuple):
    """A field of a custom_id."""

    kind: type[Any]
    pattern: str
    is_optional: bool

    def value_of(self, text: str | None) -> Any:  # noqa: ANN401  # as the field's type
        return None if self.is_optional and not text else self.kind(text)


def _parts_of(cls: type[CustomId]) -> dict[str, _Part]:
    parts = {}
    for name, hint in get_type_hints(cls, include_extras=True).items():
        options = [each for each in get_args(hint) if each is not NoneType]
        is_optional = NoneType in get_args(hint)
        kind = options[0] if is_optional else hint
        if get_origin(kind) is Annotated:
            base, pattern = get_args(kind)
            parts[name] = _Part(base, pattern, is_optional)
        elif get_origin(kind) is not ClassVar:
            parts[name] = _Part(kind, "|".join(kind), is_optional)
    return parts


def _pattern_of(form: str, parts: dict[str, _Part]) -> re.Pattern[str]:
    pattern = _OPTIONAL.sub(r"(?:\1)?", form.replace("|", r"\|"))
    for name, part in parts.items():
        group = f"(?P<{name}>{part.pattern}){'?' * part.is_optional}"
        pattern = pattern.replace(f"{{{name}}}", group)
    return re.compile(pattern, re.DOTALL)


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
