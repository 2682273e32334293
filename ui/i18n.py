"""All that people read: a Project Fluent catalogue for each language, in `locales`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import babel
import discord
from babel import localedata
from babel.core import get_global
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location
from fluent.runtime import FluentBundle, FluentResource

from storage.errors import StorageError
from ui.discord_errors import READ_DEADLINE_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Mapping

    from domain.models import Job
    from ui import Interaction

logger = logging.getLogger(__name__)

LOCALES: Final = Path(__file__).with_name("locales")
"""Holds a file for each language, by Discord's name for it; reference, locales."""

ENGLISH: Final = "en-US"
"""The language that is complete: what another one lacks is said in it."""


_ENTRY: Final = re.compile(r"^(-?[a-zA-Z][\w-]*) *=", re.MULTILINE)
"""The begin of a message or a term; only these and comments begin a line."""

_REFERENCE: Final = re.compile(r"\{\s*(-?[a-zA-Z][\w-]*)")


CHOICE: Final = "choice"
"""Extra of a choice's `locale_str`: the id of its words. A choice knows no command."""

NUMBERS: Final = ("decimal", "default_numbering", "number", "ordinal", "percent", "plural")
"""How the names of what Babel knows of numbers begin."""


class Words:
    """One language's words; what its catalogue lacks is said by the fallback.

    A message is parsed at its first use: parsed catalogues take 4 MB and 50 ms each.
    """

    def __init__(self, locale: str, source: str, fallback: Words | None = None) -> None:
        self.locale = locale
        self._fallback = fallback
        self._lacking: set[str] = set()
        self._fixed: dict[str, str] = {}  # messages without details, such as of buttons
        # Marks around what is filled in would break Discord's markdown.
        self._bundle = FluentBundle([locale], use_isolating=False)
        begins = [*_ENTRY.finditer(source)]
        ends = [*(each.start() for each in begins[1:]), len(source)]
        self._unparsed = {
            each[1]: source[each.start() : end] for each, end in zip(begins, ends, strict=False)
        }

    def __call__(self, message_id: str, /, **details: str | int) -> str:
        """Return a message with its details, which have been made safe to show.

        Args:
            message_id: `id`, or `id.attribute`.
            details: a number is written as the language does, `2,000`; for other digits, give text.
        """
        fixed = None if details else self._fixed.get(message_id)
        if fixed is not None:
            return fixed
        text, errors = self._format(message_id, details)
        if not errors:
            if not details:
                self._fixed[message_id] = text
            return text
        # Only the id: details are what somebody typed.
        if self._fallback is None:
            logger.error("cannot format %s in %s", message_id, self.locale)
            return text
        if message_id not in self._lacking:
            self._lacking.add(message_id)
            logger.debug("falling back to English for %s in %s", message_id, self.locale)
        return self._fallback(message_id, **details)

    def find(self, message_id: str) -> str | None:
        text, errors = self._format(message_id, {})
        return None if errors else text

    def _format(self, message_id: str, details: Mapping[str, str | int]) -> tuple[str, bool]:
        """Return a message as far as it can be said, and whether something is missing.

        It is parsed first, with what it refers to.
        """
        name, _, attribute = message_id.partition(".")
        unparsed = [name] if name in self._unparsed else []
        while unparsed:
            source = self._unparsed.pop(unparsed.pop(), "")
            self._bundle.add_resource(FluentResource(source))
            unparsed += _REFERENCE.findall(source)
        if not self._bundle.has_message(name):
            return message_id, True
        message = self._bundle.get_message(name)
        pattern = message.attributes.get(attribute) if attribute else message.value
        if pattern is None:
            return message_id, True
        text, errors = self._bundle.format_pattern(pattern, dict(details))
        return str(text), bool(errors)


def _load_numbers(locales: Iterable[str]) -> None:
    """Load what Babel knows of these languages' numbers, and keep nothing else of it.

    Calendars, places and currencies are dropped after each file: all at once take 6 MB, which
    Python does not return.
    """
    cast("dict[str, object]", get_global("territory_languages")).clear()
    for locale in locales:
        parts = str(babel.Locale.parse(locale, sep="-")).split("_")
        for name in ("root", *("_".join(parts[: end + 1]) for end in range(len(parts)))):
            data = localedata.load(name)
            for key in [key for key in data if not key.startswith(NUMBERS)]:
                del data[key]


@cache
def languages() -> Mapping[str, Words]:
    """Return the words of every language, by Discord's name for it; read at the first call."""
    sources = {path.stem: path.read_text(encoding="utf-8") for path in LOCALES.glob("*.ftl")}
    _load_numbers(sorted(sources))
    english = Words(ENGLISH, sources.pop(ENGLISH))
    others = {locale: Words(locale, sources[locale], english) for locale in sorted(sources)}
    # By these, other languages would be found.
    cast("dict[str, object]", get_global("likely_subtags")).clear()
    return {ENGLISH: english, **others}


def words_for(locale: str | None) -> Words:
    """Return the words of a language, English where it is none of ours."""
    known = languages()
    return known.get(locale or ENGLISH, known[ENGLISH])


async def if_known(looking: Awaitable[str | None]) -> str | None:
    """Return a language as it is looked up, None where that fails; no answer waits for it."""
    try:
        async with asyncio.timeout(READ_DEADLINE_S):
            return await looking
    except (StorageError, TimeoutError) as error:
        logger.warning("language not looked up: %s", type(error).__name__)
        return None


def words_of(interaction: Interaction) -> Words:
    """Return the words of the user's language, for an answer that only they read."""
    return words_for(interaction.locale.value)


def words_of_requester(job: Job) -> Words:
    """Return the words for what only the job's requester reads."""
    return words_for(job.request.locale or job.request.place.locale)


def words_of_job(job: Job) -> Words:
    """Return the words of a job's own message, the same after any restart.

    They are the place's where others read it too, else the requester's.
    """
    request, place = job.request, job.request.place
    alone = request.private or place.guild_id is None
    return words_of_requester(job) if alone else words_for(place.locale)


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
        data: Any = context.data  # a command, an option or a choice
        match context.location:
            case Location.command_name | Location.group_name:
                message_id = _command(data)
            case Location.command_description | Location.group_description:
                message_id = f"{_command(data)}.description"
            case Location.parameter_name:
                message_id = f"{_command(data.command)}.{data.name}"
            case Location.parameter_description:
                message_id = f"{_command(data.command)}.{data.name}-description"
            case Location.choice_name:
                message_id = string.extras.get(CHOICE, "")
            case _:
                return None
        return words.find(message_id)


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
    content = json.dumps([application_id, discord.__version__, commands], sort_keys=True)
    texts = b"".join(path.read_bytes() for path in sources)
    return hashlib.sha256(content.encode() + texts).hexdigest()
