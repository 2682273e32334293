"""Components: cards and their text, custom_ids of buttons, selects and modals, and their router."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import NoneType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Final,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import discord
from discord import ui

from domain.errors import Plain, UserError
from ui import Interaction
from ui.discord_errors import TooLateError

if TYPE_CHECKING:
    from typing import Self

    from domain.models import Image


logger = logging.getLogger(__name__)

PREFIX: Final = "fluxcord:"
"""How each custom_id of the bot begins."""

MESSAGE_CHARACTERS: Final = 4_000
"""Over all text of a message of components; components reference."""

OPTION_CHARACTERS: Final = 100
"""Discord's limit on an option's label and description; components reference."""

_MARKS: Final = re.compile(r"([\\`*_~|<>#\[\]()@:.+-])")
"""Characters that begin some markup in Discord's markdown, mentions, links and timestamps."""

JobId = Annotated[str, "[0-9a-f]{12}"]
DraftId = Annotated[str, "[0-9a-f]{16}"]
Snowflake = Annotated[int, "[0-9]{1,20}"]
Position = Annotated[int, "[1-9]"]
"""Types of fields, with the pattern of their text; of an enumeration it is any of its values."""

_OPTIONAL: Final = re.compile(r"(\[(.*?\{(\w+)\})\])")

OPEN_FOR: Final = timedelta(minutes=15)
"""How long an interaction's token lasts; receiving and responding, followup messages."""


def shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int) -> str:
    """Return text as an option or a suggestion can show it, where there is no markup."""
    return shorten(" ".join(text.split()), limit)


def inert(text: str, limit: int) -> str:
    """Return text that Discord shows as it was typed: no markup, no mention, no link.

    Args:
        limit: characters of the text that are kept; the result is at most twice as long, plus one.
    """
    return _MARKS.sub(r"\\\1", shorten(text, limit))


class Card(ui.LayoutView):
    """A message of texts and components; these go through the component router.

    Args:
        colour: of the bar beside all of it, None for none.
    """

    def __init__(self, *parts: str | ui.Item[Any], colour: discord.Colour | None = None) -> None:
        super().__init__(timeout=None)
        holder = self if colour is None else ui.Container[Any](accent_colour=colour)
        for part in parts:
            holder.add_item(ui.TextDisplay[Any](part) if isinstance(part, str) else part)
        if isinstance(holder, ui.Container):
            self.add_item(holder)
        # discord.py would keep each in memory, and one in a private answer for 15 minutes.
        self.stop()


async def answer(interaction: Interaction, shown: Card | str) -> None:
    """Answer a command with a message that only its user sees."""
    card = Card(shown) if isinstance(shown, str) else shown
    await interaction.response.send_message(view=card, ephemeral=True)


def gallery(
    images: Sequence[Image], alt: Callable[[Image], str], *, spoiler: bool
) -> ui.MediaGallery[Any]:
    """Return images that are attached under their file names; `alt` says what one shows."""
    shown = ui.MediaGallery[Any]()
    for image in images:
        media = f"attachment://{image.file_name}"
        shown.add_item(media=media, description=alt(image), spoiler=spoiler)
    return shown


def button(
    label: str, custom_id: CustomId, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> ui.Button[Any]:
    return ui.Button(label=label, custom_id=custom_id.custom_id, style=style)


def danger_row(label: str, custom_id: CustomId) -> ui.ActionRow[Any]:
    return ui.ActionRow(button(label, custom_id, discord.ButtonStyle.danger))


@dataclass_transform(frozen_default=True)
class CustomId:
    """One kind of custom_id; each subclass becomes a frozen dataclass with what the kind names.

    `app.py` says which method serves it. Messages on Discord hold custom_ids for years, so
    a form and the types in it may take more than they did, but never less.

    Attributes:
        form: of the text, with fields in braces. Without a value a field is empty; what is in
            square brackets with it is left out then.
    """

    form: ClassVar[str]
    _kinds: ClassVar[dict[str, tuple[type[Any], bool]]]
    _pattern: ClassVar[re.Pattern[str]]

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        dataclass(frozen=True, kw_only=kw_only)(cls)
        cls._kinds = {}
        hints = get_type_hints(cls, include_extras=True)
        pattern = _OPTIONAL.sub(r"(?:\2)?", cls.form.replace("|", r"\|"))
        for name in cls.__annotations__:
            is_optional = NoneType in get_args(hints[name])
            hint = get_args(hints[name])[0] if is_optional else hints[name]
            is_enum = get_origin(hint) is not Annotated
            kind, text = (hint, "|".join(hint)) if is_enum else get_args(hint)
            pattern = pattern.replace(f"{{{name}}}", f"(?P<{name}>{text}){'?' * is_optional}")
            cls._kinds[name] = (kind, is_optional)
        cls._pattern = re.compile(pattern, re.DOTALL)

    @property
    def custom_id(self) -> str:
        """The text that Discord sends back, at most 100 characters."""
        form, texts = self.form, {}
        for optional, inside, name in _OPTIONAL.findall(form):
            form = form.replace(optional, "" if getattr(self, name) is None else inside)
        for name in self._kinds:
            value = getattr(self, name)
            texts[name] = "" if value is None else value
        return form.format_map(texts)

    @classmethod
    def parse(cls, custom_id: str) -> Self | None:
        match = cls._pattern.fullmatch(custom_id)
        if match is None:
            return None
        values: dict[str, Any] = {}
        for name, text in match.groupdict().items():
            kind, is_optional = cls._kinds[name]
            values[name] = None if is_optional and not text else kind(text)
        return cls(**values)

    @classmethod
    def first_on(cls, message: discord.Message) -> Self | None:
        """Return the first of this kind among the buttons and selects of a message."""
        for item in components_of(message):
            found = cls.parse(item.custom_id or "")
            if found is not None:
                return found
        return None


def components_of(message: discord.Message | None) -> Iterator[discord.Button | discord.SelectMenu]:
    waiting: list[Any] = [*message.components] if message is not None else []
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, discord.Button | discord.SelectMenu):
            yield part
        waiting += getattr(part, "children", ())
        accessory = getattr(part, "accessory", None)
        waiting += [accessory] if accessory is not None else []


I = TypeVar("I", bound=CustomId)  # noqa: E741  # an id

Handler = Callable[[Interaction, I], Awaitable[None]]
"""Serves one kind of custom_id; the user is told what it raises."""

OnError = Callable[[Interaction, Exception], Awaitable[None]]


class ComponentRouter:
    """Serves what any process of the bot has sent, as far as the custom_id says what it is about.

    discord.py's `DynamicItem` knows no modals, and has no way to what the bot is built of.
    """

    def __init__(self, *, on_error: OnError) -> None:
        self._on_error = on_error
        self._routes: list[tuple[type[CustomId], Handler[Any]]] = []

    def add(self, kind: type[I], handler: Handler[I]) -> None:
        self._routes.append((kind, handler))

    async def serve(self, interaction: Interaction) -> None:
        """Call the handler of a component or a modal; other interactions are left alone.

        Discord passes on what a client sends, so a component is served only if its message has it.
        """
        is_form = interaction.type is discord.InteractionType.modal_submit
        is_component = interaction.type is discord.InteractionType.component
        if not is_form and not (is_component and _component(interaction)):
            return
        custom_id = str(data_of(interaction).get("custom_id"))
        for kind, handler in self._routes:
            parsed = kind.parse(custom_id)
            if parsed is not None:
                await self._call(handler, interaction, parsed)
                return
        if is_form and custom_id.startswith(PREFIX):
            await self._on_error(interaction, UserError("draft-gone"))

    async def _call(self, handler: Handler[I], interaction: Interaction, parsed: I) -> None:
        try:
            await handler(interaction, parsed)
        except TooLateError:
            # Not the whole custom_id, which can hold what somebody typed.
            logger.info("%s: the response came too late", type(parsed).__name__)
        except Exception as error:  # noqa: BLE001  # the one place where a handler's errors are answered
            await self._on_error(interaction, error)


def chosen(interaction: Interaction) -> str:
    """Return the value that was chosen in a select; empty if it is none of the select's options."""
    value = _first_value(interaction)
    select = _component(interaction)
    options = select.options if isinstance(select, discord.SelectMenu) else ()
    return value if any(option.value == value for option in options) else ""


def check_open(interaction: Interaction, command: str) -> discord.Message:
    """Check that a message with unsaved choices is not too old, and return it.

    A command is where Discord checks who may use it; both times are Discord's.

    Raises:
        UserError: it was sent over 15 minutes ago.
    """
    message = interaction.message
    if message is None or interaction.created_at - message.created_at > OPEN_FOR:
        raise UserError("message-over", command=Plain(command))
    return message


def chosen_channel(interaction: Interaction) -> int | None:
    """Return the channel that was chosen in a select; None for none.

    Whether it is one of the server's is still to be seen: a client sends it.
    """
    value = _first_value(interaction)
    return int(value) if re.fullmatch("[0-9]{1,20}", value) else None


def _first_value(interaction: Interaction) -> str:
    values = data_of(interaction).get("values")
    return str(values[0]) if isinstance(values, list) and values else ""


def _component(interaction: Interaction) -> discord.Button | discord.SelectMenu | None:
    custom_id = str(data_of(interaction).get("custom_id"))
    components = components_of(interaction.message)
    return next((each for each in components if each.custom_id == custom_id), None)


def data_of(interaction: Interaction) -> dict[str, Any]:
    """Return what a client sent, which can be anything."""
    data: Any = interaction.data
    return data if isinstance(data, dict) else {}
