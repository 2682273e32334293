"""Every command, option and choice has words in every language, as Discord takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlite_utils

from tests.ui.catalogues import COMMANDS, LANGUAGES, catalogue
from ui.i18n import ENGLISH, languages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.end_to_end.stage import Stage
    from tests.reviewed import Snapshots

TEXT_OPTION = 3
"""Discord's number for an option that takes text; application-commands documentation."""

OTHERS = [locale for locale in LANGUAGES if locale != ENGLISH]
OWN_NAMES = {words("language-name") for words in languages().values()}
"""Choices that are the same whatever language they are read in."""


class Text(NamedTuple):
    """One text of the commands' payloads, and what stands beside it in other languages."""

    where: str
    key: str
    english: str
    localized: dict[str, str]


def texts(part: dict[str, Any], where: str) -> Iterator[Text]:
    here = f"{where} {part['name']}".strip()
    for key in ("name", "description"):
        if part.get(key):
            yield Text(here, key, part[key], part.get(f"{key}_localizations") or {})
    for child in [*part.get("options", ()), *part.get("choices", ())]:
        yield from texts(child, here)


def registered(stage: Stage) -> list[Text]:
    return [text for command in stage.discord.commands for text in texts(command, "")]


async def test_discord_is_told_of_every_command_in_every_language(stage: Stage) -> None:
    names = {command["name"] for command in stage.discord.commands}
    assert {"imagine", "edit", "history", "style", "settings", "Edit image"} <= names
    found = [text for text in registered(stage) if text.english not in OWN_NAMES]
    assert len(found) > 80
    missing = [
        f"{locale}: the {text.key} of {text.where} is missing"
        for locale in LANGUAGES
        for text in found
        if locale not in text.localized
    ]
    assert not missing, "\n".join(missing)
    for text in found:
        assert text.localized.keys() == set(LANGUAGES), f"{text.where}: {text.key}"
        assert text.localized[ENGLISH] == text.english
    assert "画图" in {text.localized["zh-CN"] for text in found}


async def test_the_commands_are_as_reviewed(idle_stage: Stage, snapshots: Snapshots) -> None:
    idle_stage.knows_commands = False
    async with idle_stage.bot_running():
        pass
    [told] = [each for each in idle_stage.discord.requests if each.method == "PUT"]
    assert isinstance(told.payload, list)
    for command in told.payload:
        only_english(command)
        snapshots.check(f"commands/{command['name'].casefold().replace(' ', '-')}", command)
    names = {command["name"].casefold().replace(" ", "-") for command in told.payload}
    snapshots.check_nothing_else("commands", names)


def only_english(part: dict[str, Any]) -> None:
    """Leave out the other languages, and what the choices of a language are."""
    for key in ("name_localizations", "description_localizations"):
        part.pop(key, None)
    if part["name"] == "language" and "choices" in part:
        assert {choice["name"] for choice in part["choices"][1:]} == OWN_NAMES
        part["choices"] = part["choices"][:1]
    for child in [*part.get("options", ()), *part.get("choices", ())]:
        only_english(child)


async def test_every_text_option_has_a_length(stage: Stage) -> None:
    def check(part: dict[str, Any], where: str) -> None:
        here = f"{where} {part['name']}"
        for option in part.get("options") or []:
            check(option, here)
        if part["type"] == TEXT_OPTION and "choices" not in part and where:
            # What is suggested has at most 100 characters, and is a name or a size.
            longest = 100 if part.get("autocomplete") else 2_000
            assert 0 < part.get("max_length", 0) <= longest, here

    for command in stage.discord.commands:
        check(command, "")


async def test_no_language_has_words_for_commands_that_there_are_not(stage: Stage) -> None:
    found = registered(stage)
    for locale in OTHERS:
        said = {text.localized.get(locale) for text in found}
        for name, entry in catalogue(locale).messages.items():
            if name.startswith(COMMANDS):
                assert entry.text in said, name


async def test_names_beside_each_other_differ_in_every_language(stage: Stage) -> None:
    def check(parts: list[dict[str, Any]], locale: str) -> None:
        names = [(part.get("name_localizations") or {}).get(locale, part["name"]) for part in parts]
        assert len(names) == len(set(names)), names
        for part in parts:
            check(part.get("options") or [], locale)
            check(part.get("choices") or [], locale)

    for locale in LANGUAGES:
        for kind in {command["type"] for command in stage.discord.commands}:
            check([each for each in stage.discord.commands if each["type"] == kind], locale)


async def test_commands_are_registered_again_when_their_words_change(idle_stage: Stage) -> None:
    idle_stage.knows_commands = False
    async with idle_stage.bot_running():
        pass
    [before] = idle_stage.rows("settings")
    with sqlite_utils.Database(idle_stage.folder / "fluxcord.db") as database:
        database.table("settings").update(before["key"], {"value": "of other words"})
    async with idle_stage.bot_running():
        assert [request.method for request in idle_stage.discord.requests].count("PUT") == 2
    assert idle_stage.rows("settings") == [before]
