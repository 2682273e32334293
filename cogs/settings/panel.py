"""A panel: selects and switches in one private message, of which nothing is stored before Save.

The message itself holds its state: the custom_id of each control names the value that was stored
when the panel was opened and the one that is picked, so that a panel survives a restart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import discord
from discord import ui

from storage.preferences import Choices, texts_of
from ui.components import (
    Card,
    CustomId,
    answer,
    button,
    check_open,
    chosen,
    chosen_channel,
    components_of,
)
from ui.formatting import as_list
from ui.forms import options_of
from ui.i18n import Words, words_of
from ui.places import NEEDED, lacking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ui import Interaction

Value = Annotated[str, r"[^|]*"]

DEFAULT: Final = "default"
"""In place of "" as an option's value, which Discord requires to hold something."""


class PanelName(StrEnum):
    """Owner of the choices in a panel; the value is part of its custom_ids."""

    SERVER = "server"
    OWN = "own"


class ControlId(CustomId):
    """A select or switch of a panel.

    Attributes:
        key: of the choice, a field of `GuildChoices` or `UserChoices`.
        before: the value that was stored when the panel was opened; "" where none was.
        picked: the value that Save stores.
    """

    form = "fluxcord:panel:{panel}|{key}|{before}|{picked}"

    panel: PanelName
    key: Annotated[str, "[a-z_]+"]
    before: Value
    picked: Value


class SaveId(CustomId):
    """The button that stores what is picked in a panel."""

    form = "fluxcord:save:{panel}"

    panel: PanelName


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One choice of a panel; `panel-KEY` is its name in `ui/locales`.

    Attributes:
        options: what each value is called; "" is the default. None for a channel.
        notes: what is said below an option, by value.
        is_switch: whether it is a button that goes on to the next option.
    """

    key: str
    options: Mapping[str, str] | None
    notes: Mapping[str, str] = dataclass_field(default_factory=dict)
    is_switch: bool = False

    def name(self, words: Words) -> str:
        return words(f"panel-{self.key.replace('_', '-')}")

    def shown(self, value: str) -> str:
        """Return what a value is called; one that is no option counts as the default."""
        if self.options is None:
            return f"<#{value}>" if value else "-"
        return self.options.get(value, self.options[""])

    def next_value(self, value: str) -> str:
        values = [*(self.options or {"": ""})]
        at = values.index(value) if value in values else 0
        return values[(at + 1) % len(values)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Shows the choices of one kind of owner, and stores what is picked."""

    name: PanelName
    command: str
    fields: Callable[[Interaction], Sequence[Field]]
    choices: Choices[Any]

    async def open(self, interaction: Interaction, changes: Mapping[str, str | int | None]) -> None:
        """Store what was typed with the command, and answer it with the panel."""
        if changes:
            await self.choices.change(self._owner(interaction), **changes)
        notice = words_of(interaction)("panel-saved") if changes else ""
        await answer(interaction, self._card(interaction, self._stored(interaction), notice))

    async def press(self, interaction: Interaction, pressed: ControlId) -> None:
        """Pick a value, which is not stored yet."""
        controls, words = self._controls(interaction), words_of(interaction)
        field = next(each for each in self.fields(interaction) if each.key == pressed.key)
        notice = words("panel-unsaved")
        if field.is_switch:
            picked = field.next_value(pressed.picked)
        elif field.options is not None:
            value = chosen(interaction)
            picked = "" if value == DEFAULT else value
        else:
            channel_id, guild = chosen_channel(interaction), interaction.guild
            picked = str(channel_id or "")
            channel = guild.get_channel(channel_id or 0) if guild else None
            is_open = guild and channel and not lacking(channel.permissions_for(guild.me), NEEDED)
            if channel_id is not None and not is_open:
                picked, notice = pressed.picked, words("log-channel-closed")
        controls[field.key] = replace(pressed, picked=picked)
        card = self._card(interaction, controls, notice)
        await interaction.response.edit_message(view=card)

    async def save(self, interaction: Interaction) -> None:
        """Store what is picked, unless something else was stored since the panel was opened."""
        controls, words = self._controls(interaction), words_of(interaction)
        changes = {
            key: each.picked or None for key, each in controls.items() if each.picked != each.before
        }
        expected = {key: each.before for key, each in controls.items()}
        is_stored = await self.choices.replace(self._owner(interaction), changes, expected)
        stored = self._stored(interaction)
        if is_stored:
            card = self._card(interaction, stored, words("panel-saved"))
        else:
            fields = {field.key: field for field in self.fields(interaction)}
            theirs = [
                words("panel-value", name=field.name(words), value=field.shown(stored[key].picked))
                for key, field in fields.items()
                if key in controls and controls[key].before != stored[key].picked
            ]
            mine = {
                key: replace(each, picked=controls[key].picked) if key in changes else each
                for key, each in stored.items()
            }
            notice = words("panel-conflict", changes=as_list(words, theirs))
            card = self._card(interaction, mine, notice)
        await interaction.response.edit_message(view=card)

    def _owner(self, interaction: Interaction) -> int:
        is_server = self.name is PanelName.SERVER
        return (interaction.guild_id or 0) if is_server else interaction.user.id

    def _stored(self, interaction: Interaction) -> dict[str, ControlId]:
        texts = texts_of(self.choices.of(self._owner(interaction)))
        values = {field.key: texts.get(field.key, "") for field in self.fields(interaction)}
        return {key: ControlId(self.name, key, value, value) for key, value in values.items()}

    def _controls(self, interaction: Interaction) -> dict[str, ControlId]:
        message = check_open(interaction, self.command)
        found = (ControlId.parse(item.custom_id or "") for item in components_of(message))
        return {each.key: each for each in found if each is not None}

    def _card(
        self, interaction: Interaction, controls: Mapping[str, ControlId], notice: str
    ) -> Card:
        fields, words = self.fields(interaction), words_of(interaction)
        guild = interaction.guild
        return panel_card(self.name, fields, controls, words, guild=guild, notice=notice)


def panel_card(
    name: PanelName,
    fields: Sequence[Field],
    controls: Mapping[str, ControlId],
    words: Words,
    *,
    guild: discord.Guild | None = None,
    notice: str = "",
) -> Card:
    """Return a panel.

    Args:
        controls: its state, by key; a field without one is left out.
        guild: that channels are of; one that is deleted is not shown.
        notice: what is said beside Save, as people see it there on a phone.
    """
    parts: list[str | ui.Item[Any]] = [words(f"panel-heading-{name}")]
    shown = [(field, controls[field.key]) for field in fields if field.key in controls]
    for field, control in shown:
        if not field.is_switch:
            parts.append(f"**{field.name(words)}**")
            parts.append(ui.ActionRow(_select(field, control, words, guild)))
    switches = [
        button(words("panel-value", name=field.name(words), value=field.shown(each.picked)), each)
        for field, each in shown
        if field.is_switch
    ]
    parts.append(ui.ActionRow(*switches))
    if notice:
        parts.append(notice)
    save = button(words("panel-save"), SaveId(name), discord.ButtonStyle.primary)
    return Card(*parts, ui.ActionRow(save))


def _select(
    field: Field, control: ControlId, words: Words, guild: discord.Guild | None
) -> ui.Item[Any]:
    if field.options is None:
        kind, channel_id = discord.SelectDefaultValueType.channel, int(control.picked or 0)
        is_there = channel_id and (guild is None or guild.get_channel(channel_id) is not None)
        channels = [discord.SelectDefaultValue(id=channel_id, type=kind)] if is_there else []
        return ui.ChannelSelect[Any](
            custom_id=control.custom_id,
            channel_types=[discord.ChannelType.text, discord.ChannelType.news],
            placeholder=words("panel-value", name=field.name(words), value=words("value-nowhere")),
            min_values=0,
            default_values=channels,
        )
    picked = control.picked if control.picked in field.options else ""
    named = {value or DEFAULT: name for value, name in field.options.items()}
    options = options_of(named, picked or DEFAULT, field.notes)
    # An option is always chosen; the name is for screen readers.
    name = field.name(words)
    return ui.Select[Any](custom_id=control.custom_id, placeholder=name, options=options)
