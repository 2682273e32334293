"""Every language says everything, with the same details, and nothing that nobody says."""

from __future__ import annotations

import ast
import logging
import re
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import discord
import pytest

from cogs.moderation.cards import ENDS
from cogs.settings.panel import PanelName
from cogs.usage.cards import Scope
from domain.limits import BUDGETS, LimitKind, Whose
from domain.models import JobState, Problem
from flux.catalogue import MODELS
from storage.preferences import GuildChoices, UserChoices
from storage.styles import StyleOwner
from storage.usage import Period
from tests.domain.test_failures import OF_THE_ACCOUNT
from tests.ui.catalogues import COMMANDS, LANGUAGES, catalogue, code
from ui.buttons import JobAction, KeptAction
from ui.i18n import ENGLISH, Words, languages, words_for
from ui.places import FOUND_AGAIN_BY, NEEDED, NEEDED_IN_ANSWERS, NEEDED_IN_THREADS
from ui.submit import ReplyEdits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHERS = [locale for locale in LANGUAGES if locale != ENGLISH]

FAMILIES = {
    "problem": [problem.replace("_", "-") for problem in Problem],
    "alert": [problem.replace("_", "-") for problem in OF_THE_ACCOUNT],
    "state": [*JobState, "overdue", "kept"],
    "button": [*JobAction, *KeptAction, "start-again", "newer", "older"],
    "model": [model.replace(".", "-") for model in MODELS],
    "permission": [
        name.replace("_", "-")
        for name in {*NEEDED, *NEEDED_IN_ANSWERS, *NEEDED_IN_THREADS, FOUND_AGAIN_BY}
    ],
    "reply-edits": [*ReplyEdits],
    "panel": [
        field.name.replace("_", "-")
        for kind in (GuildChoices, UserChoices)
        for field in fields(kind)
        if field.name != "avatar"  # chosen by /privacy avatar
    ],
    "panel-heading": [*PanelName],
    "styles": [*StyleOwner],
    "usage": [*Scope, *Period],
    "chart-unit": ["credits-hour", "credits-day", "images-hour", "images-day"],
    "limit": [kind.replace("_", "-") for kind in LimitKind],
    "unlimited": [kind.replace("_", "-") for kind in LimitKind],
    "button-period": [*Period],
    "budget": [*Whose][:-1],
    "used": [kind.replace("_", "-") for kind in BUDGETS],
    "end": [*ENDS],
}
"""Ids that the code puts together: how they begin, and how each goes on."""


MAX_OPTIONS: Final = 25
"""Discord's limit of a select; components reference."""

MOST_SENTENCES: Final = 2


def said_by(node: ast.AST) -> list[ast.expr]:
    """Return what a call says: the ids that it may be, as far as they stand there."""
    if not isinstance(node, ast.Call) or not node.args:
        return []
    name = node.func.attr if isinstance(node.func, ast.Attribute) else None
    name = node.func.id if isinstance(node.func, ast.Name) else name
    is_words = name in {"words", "UserError", "ENGLISH"}
    # Also where the words of an interaction are called at once.
    is_words |= isinstance(node.func, ast.Call) and ast.unparse(node.func).startswith("words_")
    if not is_words:
        return []
    first = node.args[0]
    return [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]


def constants() -> set[str]:
    return {
        node.value
        for _, node in code()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_there_are_other_languages_than_english() -> None:
    assert "zh-CN" in OTHERS
    assert [*languages()] == [ENGLISH, *OTHERS]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_language_is_one_that_discord_has_and_its_file_is_read_whole(locale: str) -> None:
    assert locale in {known.value for known in discord.Locale}
    assert catalogue(locale).junk == []
    assert catalogue(locale).repeated == []


def incomplete(locale: str) -> Iterator[str]:
    """Yield a line for each message of a language that is missing, unknown or not like English."""
    other, english = catalogue(locale), catalogue(ENGLISH)
    yield from (f"{locale}: {name} is missing" for name in english.own if name not in other.own)
    for name, entry in other.own.items():
        if name not in english.own:
            yield f"{locale}: {name} is not in English"
            continue
        for kind, said, expected in (
            ("variables", entry.variables, english.own[name].variables),
            ("terms", other.terms_in(name), english.terms_in(name)),
        ):
            if said != expected:
                yield f"{locale}: {name} has {kind} {sorted(said)} instead of {sorted(expected)}"


@pytest.mark.parametrize("locale", OTHERS)
def test_every_language_says_everything_with_the_same_details_and_shared_phrases(
    locale: str,
) -> None:
    lines = [*incomplete(locale)]
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_what_a_language_refers_to_is_there_and_said(locale: str) -> None:
    read = catalogue(locale)
    entries = [*read.messages.values(), *read.terms.values()]
    referred = {term for entry in entries for term in entry.terms}
    assert referred <= read.terms.keys()
    assert (referred if locale == ENGLISH else catalogue(ENGLISH).terms.keys()) >= read.terms.keys()
    assert {name for entry in entries for name in entry.messages} <= read.messages.keys()
    assert not {name for entry in entries for name in entry.functions}
    assert not {name for term in read.terms.values() for name in term.variables}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_nothing_is_empty_or_left_in_english(locale: str) -> None:
    for name, entry in catalogue(locale).own.items():
        said = entry.text.strip() or entry.variables
        assert said, name
        if locale != ENGLISH and re.search("[a-z]{3}", entry.text):
            assert entry.text != catalogue(ENGLISH).messages[name].text, name


def test_every_id_in_the_code_is_in_the_catalogue() -> None:
    known, found = catalogue(ENGLISH).own, 0
    for path, node in code():
        for said in said_by(node):
            if isinstance(said, ast.Constant):
                assert said.value in known, path.name
                found += 1
            elif isinstance(said, ast.JoinedStr):
                assert _beginning(said, path) in FAMILIES, ast.unparse(said)
    assert found > 100


def _beginning(said: ast.JoinedStr, path: Path) -> str:
    first: Any = said.values[0]
    assert isinstance(first, ast.Constant), f"{path.name}: {ast.unparse(said)}"
    return str(first.value).removesuffix("-")


def test_every_id_in_the_catalogue_is_said_by_the_code() -> None:
    in_families = {f"{begin}-{end}" for begin, ends in FAMILIES.items() for end in ends}
    assert catalogue(ENGLISH).own.keys() <= in_families | constants()
    assert in_families <= catalogue(ENGLISH).own.keys()


def unfit(locale: str) -> Iterator[str]:
    """Yield a line for each text of a command that Discord does not take."""
    messages = catalogue(locale).messages
    for name, entry in messages.items():
        command, _, part = name.partition(".")
        if not name.startswith(COMMANDS):
            continue
        # A menu's command has no description; its name may have spaces and capital letters.
        is_free = part.endswith("description") or f"{command}.description" not in messages
        most = 100 if part.endswith("description") or command.startswith("choice-") else 32
        if len(entry.text) > most:
            yield f"{locale}: {name} has {len(entry.text)} characters, {most} at most"
        elif not is_free and not re.fullmatch(r"[-_'\w]+", entry.text):
            yield f"{locale}: {name} is not one word"
        elif not is_free and entry.text != entry.text.lower():
            yield f"{locale}: {name} has capital letters"


@pytest.mark.parametrize("locale", OTHERS)
def test_discord_takes_each_text_of_a_command(locale: str) -> None:
    lines = [*unfit(locale)]
    assert not lines, "\n".join(lines)


def test_english_commands_stand_in_the_code() -> None:
    assert not [name for name in catalogue(ENGLISH).messages if name.startswith(COMMANDS)]


@pytest.mark.parametrize("locale", [*(known.value for known in discord.Locale), None])
def test_who_speaks_none_of_the_languages_reads_english(locale: str | None) -> None:
    words = words_for(locale)
    assert words.locale == (locale if locale in LANGUAGES else ENGLISH)
    if words.locale == ENGLISH:
        assert words("button-cancel") == "Cancel"  # without a mark


def test_all_languages_fit_into_one_select() -> None:
    others = MAX_OPTIONS - 1  # one is the default
    assert len(languages()) <= others


@cache
def refusals() -> set[str]:
    """Return the ids of what commands, buttons and forms refuse with."""
    named = {
        str(said.value)
        for _, node in code()
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "UserError"
        for said in said_by(node)
        if isinstance(said, ast.Constant)
    }
    return named | {name for name in catalogue(ENGLISH).own if name.startswith("error-")}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_refusals_have_at_most_two_sentences(locale: str) -> None:
    messages = catalogue(locale).messages
    assert len(refusals()) > 50
    for name in refusals() & messages.keys():  # another test lists what is missing
        text = messages[name].text
        assert len(re.findall(r"[.!?](?= |$)|[。！？]", text)) <= MOST_SENTENCES, text


def test_what_a_language_lacks_is_said_in_english_and_logged_once_at_debug(
    unsaid: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ui.i18n")
    english = Words(ENGLISH, "greeting = Hello, { $name }!\n    .again = And again")
    other = Words("de", "greeting = Hallo, { $naem }!", english)
    assert other("greeting", name="Ada <secret>") == "Hello, Ada <secret>!"
    assert other("greeting.again") == other("greeting.again") == "And again"
    assert caplog.messages == [
        "falling back to English for greeting in de",
        "falling back to English for greeting.again in de",
    ]
    assert {record.levelno for record in caplog.records} == {logging.DEBUG}
    assert not unsaid


def test_a_message_is_parsed_at_its_first_use_with_what_it_refers_to() -> None:
    source = (
        "-name = Fluxcord\n# Note\ngreeting = Hi from { -name }\nother = { greeting }!\nlast = x"
    )
    words = Words(ENGLISH, source)
    assert words._bundle._messages == {}
    assert words("other") == "Hi from Fluxcord!"
    assert set(words._bundle._messages) == {"other", "greeting"}
    assert words("last") == "x"


def test_what_english_lacks_is_an_error(unsaid: list[str]) -> None:
    english = Words(ENGLISH, "greeting = Hello")
    assert Words("de", "", english)("nothing") == "nothing"
    assert unsaid == ["cannot format nothing in en-US"]
    unsaid.clear()


def test_a_detail_is_said_as_it_is() -> None:
    english = Words(ENGLISH, "said = { $text }")
    assert (
        english("said", text="{ $text } { -free } \\{ \u2068x") == "{ $text } { -free } \\{ \u2068x"
    )
