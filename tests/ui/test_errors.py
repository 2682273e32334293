import logging

import aiohttp
import discord
import pytest
from discord import app_commands

from domain.errors import UserError
from domain.models import Problem
from jobs.requests import MAX_PROMPT_CHARACTERS
from storage.errors import EngineError, StorageError
from tests.factories import NOON
from tests.ui.drawn import ENGLISH
from ui.components import MESSAGE_CHARACTERS, inert
from ui.errors import PART_CHARACTERS, explain

SECRET = "a detail that is nobody's business"


@app_commands.command()
async def imagine(interaction: discord.Interaction[discord.Client]) -> None:
    """Stand for a command that failed."""
    del interaction


QUIET = [
    (app_commands.CheckFailure(SECRET), "error-not-allowed"),
    (app_commands.NoPrivateMessage(SECRET), "error-not-allowed"),
    (app_commands.MissingPermissions(["administrator"]), "error-not-allowed"),
    (app_commands.CommandNotFound("imagine", []), "error-outdated"),
    (app_commands.CommandSignatureMismatch(imagine), "error-outdated"),
    (UserError(Problem.PROMPT_EMPTY), "problem-prompt-empty"),
    (UserError("unknown-job"), "unknown-job"),
]

LOUD = [
    (EngineError(SECRET), "error-storage"),
    (TimeoutError(SECRET), "error-unexpected"),
    (ZeroDivisionError(SECRET), "error-unexpected"),
    (KeyError(SECRET), "error-unexpected"),
    (app_commands.AppCommandError(SECRET), "error-unexpected"),
]


@pytest.mark.parametrize(("error", "message_id"), QUIET)
def test_explain_is_quiet_when_the_person_can_mend_it(
    caplog: pytest.LogCaptureFixture, error: Exception, message_id: str
) -> None:
    assert explain(error, ENGLISH) == ENGLISH(message_id)
    assert caplog.records == []


@pytest.mark.parametrize(("error", "message_id"), LOUD)
def test_explain_logs_the_error_when_it_is_the_bots_own(
    caplog: pytest.LogCaptureFixture, error: Exception, message_id: str
) -> None:
    assert explain(error, ENGLISH) == ENGLISH(message_id)
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_explain_leaves_the_traceback_of_an_outage_to_the_database(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert explain(StorageError("disk full"), ENGLISH) == ENGLISH("error-storage")
    [record] = caplog.records
    assert (record.levelno, record.exc_info) == (logging.ERROR, None)
    assert "disk full" in record.getMessage()


@pytest.mark.parametrize("error", [aiohttp.ClientOSError(SECRET), aiohttp.InvalidURL(SECRET)])
def test_explain_logs_no_address_that_could_not_be_reached(
    caplog: pytest.LogCaptureFixture, error: aiohttp.ClientError
) -> None:
    assert explain(error, ENGLISH) == ENGLISH("error-unexpected")
    [record] = caplog.records
    assert type(error).__name__ in record.message
    assert SECRET not in caplog.text


@pytest.mark.parametrize("error", [StorageError(SECRET), *(error for error, _ in QUIET + LOUD)])
def test_explain_never_repeats_what_the_error_itself_says(error: Exception) -> None:
    assert SECRET not in explain(error, ENGLISH)


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (UserError(Problem.PROMPT_TOO_LONG, characters=2_001), "has 2001 characters"),
        (UserError(Problem.MODEL_UNKNOWN, model="<@1> `x`"), r"\<\@1\> \`x\`"),
        (UserError(Problem.SIZE_UNKNOWN, size="{x}", model="flux-dev"), "{x} is not"),
        (UserError(Problem.MODEL_UNKNOWN, model="m" * 500), "m" * 59 + "…"),
        (UserError(Problem.COOLING_DOWN, frees_at=NOON), "<t:1791201600:R>"),
    ],
)
def test_explain_makes_safe_what_was_typed(error: UserError, part: str) -> None:
    assert part in explain(error, ENGLISH)


def test_explain_leaves_room_for_a_part_of_the_prompt_beside_the_longest_sentence() -> None:
    marks = "*" * MAX_PROMPT_CHARACTERS
    names = "model size characters count permissions cost frees frees_at channels models most place"
    names += " megapixels setter flux"
    details = dict.fromkeys([*names.split(), "limit", "found", "reason", "until"], marks)
    longest = max(len(explain(UserError(problem, **details), ENGLISH)) for problem in Problem)
    part = "You wrote, part 1 of 6:\n" + inert(marks[:PART_CHARACTERS], PART_CHARACTERS)
    assert longest + len(part) <= MESSAGE_CHARACTERS
