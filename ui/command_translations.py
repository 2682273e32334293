"""The commands' names, options and descriptions in every language, as Discord's menus show them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from ui.i18n import ENGLISH, LOCALES, languages

if TYPE_CHECKING:
    from collections.abc import Mapping

CHOICE: Final = "choice"
"""Extra of a choice's `locale_str`: the id of its words. A choice knows no command."""


class CommandWords(app_commands.Translator):
    """Finds what a command is called in another language.

    The English text is in the commands' decorators; `command-style-save` with its attributes
    is all of `/style save` in another language's file: its name, `.description`, and for each
    option `.model` and `.model-description`.
    """

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the words, None where the language has none; part of discord.py's interface."""
        if locale.value == ENGLISH:
            # Else people with this language would see one that Discord falls back to.
            return string.message
        words = languages().get(locale.value)
        if words is None:
            return None
        message_id = _id_of(context.location, context.data, string.extras)
        return words.find(message_id) if message_id is not None else None


def _id_of(location: Location, data: Any, extras: Mapping[str, Any]) -> str | None:  # noqa: ANN401  # a command, an option or a choice
    match location:
        case Location.command_name | Location.group_name:
            return _command(data)
        case Location.command_description | Location.group_description:
            return f"{_command(data)}.description"
        case Location.parameter_name:
            return f"{_command(data.command)}.{data.name}"
        case Location.parameter_description:
            return f"{_command(data.command)}.{data.name}-description"
        case Location.choice_name:
            return extras.get(CHOICE)
        case _:
            return None


def _command(
    command: app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu,
) -> str:
    return "command-" + command.qualified_name.casefold().replace(" ", "-")


def choice(english: str, value: str, message_id: str) -> app_commands.Choice[str]:
    """Return a choice of an option, named in every language."""
    return app_commands.Choice(
        name=app_commands.locale_str(english, **{CHOICE: message_id}), value=value
    )


def digest_of(tree: app_commands.CommandTree[Any], application_id: int | None) -> str:
    """Return a digest of all that a payload comes from: translating it takes a tenth of a second.

    The texts of the languages count whole, and so do the places where commands are translated.
    """
    commands = [each.to_dict(tree) for each in tree.get_commands()]
    sources = [Path(__file__), *sorted(LOCALES.glob("*.ftl"))]
    texts = [path.read_text(encoding="utf-8") for path in sources]
    content = json.dumps([application_id, discord.__version__, commands, texts], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


async def payload_of(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """Return the payload of all commands, in every language."""
    translator = CommandWords()
    return [await each.get_translated_payload(tree, translator) for each in tree.get_commands()]
