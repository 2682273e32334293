"""The one router of buttons, selects and modals: from a custom_id to the method that serves it."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

import discord

from domain.errors import Plain, UserError
from ui.custom_ids import PREFIX, CustomId, components_of
from ui.errors import answer_error
from ui.responses import TooLateError

logger = logging.getLogger(__name__)

OPEN_FOR: Final = timedelta(minutes=15)
"""How long an interaction's token lasts; receiving and responding, followup messages."""

I = TypeVar("I", bound=CustomId)  # noqa: E741  # an id

Handler = Callable[[discord.Interaction[Any], I], Awaitable[None]]
"""Serves one kind of custom_id; the user is told what it raises."""


class ComponentRouter:
    """Serves what any process of the bot has sent, as far as the custom_id says what it is about.

    discord.py's `DynamicItem` knows no modals, and has no way to what the bot is built of.
    """

    def __init__(self) -> None:
        self._routes: list[tuple[type[CustomId], Handler[Any]]] = []

    def add(self, kind: type[I], handler: Handler[I]) -> None:
        """Let a handler serve a kind."""
        self._routes.append((kind, handler))

    async def serve(self, interaction: discord.Interaction[Any]) -> None:
        """Call the handler of a component or a modal; other interactions are left alone.

        Discord passes on what a client sends, so a component is served only if its message has it.
        """
        is_form = interaction.type is discord.InteractionType.modal_submit
        is_component = interaction.type is discord.InteractionType.component
        if not is_form and not (is_component and _component(interaction)):
            return
        custom_id = _custom_id(interaction)
        for kind, handler in self._routes:
            parsed = kind.parse(custom_id)
            if parsed is not None:
                await _call(handler, interaction, parsed)
                return
        if is_form and custom_id.startswith(PREFIX):
            await answer_error(interaction, UserError("draft-gone"))


async def _call(handler: Handler[I], interaction: discord.Interaction[Any], parsed: I) -> None:
    try:
        await handler(interaction, parsed)
    except TooLateError:
        # Not the whole custom_id, which can hold what somebody typed.
        logger.info("%s: the response came too late", type(parsed).__name__)
    except Exception as error:  # noqa: BLE001  # the one place where a handler's errors are answered
        await answer_error(interaction, error)


def chosen(interaction: discord.Interaction[Any]) -> str:
    """Return the value that was chosen in a select; empty if it is none of the select's options."""
    values = _data(interaction).get("values")
    value = str(values[0]) if isinstance(values, list) and values else ""
    select = _component(interaction)
    options = select.options if isinstance(select, discord.SelectMenu) else ()
    return value if any(option.value == value for option in options) else ""


def check_open(interaction: discord.Interaction[Any], command: str) -> discord.Message:
    """Check that a message with unsaved choices is not too old, and return it.

    A command is where Discord checks who may use it; both times are Discord's.

    Args:
        command: that sent the message, as people type it.

    Raises:
        UserError: it was sent over 15 minutes ago.
    """
    message = interaction.message
    if message is None or interaction.created_at - message.created_at > OPEN_FOR:
        raise UserError("message-over", command=Plain(command))
    return message


def chosen_channel(interaction: discord.Interaction[Any]) -> int | None:
    """Return the channel that was chosen in a select; None for none.

    Whether it is one of the server's is still to be seen: a client sends it.
    """
    values = _data(interaction).get("values")
    value = str(values[0]) if isinstance(values, list) and values else ""
    return int(value) if re.fullmatch("[0-9]{1,20}", value) else None


def _component(
    interaction: discord.Interaction[Any],
) -> discord.Button | discord.SelectMenu | None:
    custom_id = _custom_id(interaction)
    components = components_of(interaction.message)
    return next((each for each in components if each.custom_id == custom_id), None)


def _custom_id(interaction: discord.Interaction[Any]) -> str:
    return str(_data(interaction).get("custom_id"))


def _data(interaction: discord.Interaction[Any]) -> dict[str, Any]:
    data: Any = interaction.data
    return data if isinstance(data, dict) else {}
