"""What must never be logged, looked for in every log line of every end-to-end test."""

from __future__ import annotations

import logging
import re
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from services.logs import set_up_logging
from tests.end_to_end.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SHORTEST_PROMPT = 8
"""What is shorter could stand in any log line."""

SECRET_SHAPES = (
    re.compile(r"sandbox\.[\w-]{32}"),  # the local Discord's token
    re.compile(r"local-flux-[0-9a-f]{16}"),  # the local Flux's token
    re.compile(r"/(?:interactions|webhooks)/\d+/[\w-]{16,}"),  # an interaction's token
    re.compile(r"\bhm="),  # the signature of a link
)
"""How a secret looks, for those of stages that a test opens by itself."""


class Lines(logging.Handler):
    """Keeps every line as a file would have it, tracebacks included."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@contextmanager
def logged_at_debug() -> Iterator[Lines]:
    """Log as the bot does with LOG_LEVEL=DEBUG, and put every level back at the end."""
    loggers = [logging.getLogger(name) for name in (None, "discord", "PIL")]
    levels = [logger.level for logger in loggers]
    lines = Lines()
    logging.root.addHandler(lines)
    logging.root.setLevel(logging.DEBUG)
    try:
        # There is a handler, so this decides about levels alone.
        set_up_logging("DEBUG")
        yield lines
    finally:
        logging.root.removeHandler(lines)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def secrets_of(stage: Stage) -> set[str]:
    """Return the tokens of a stage and the prompts that its Flux received."""
    tokens = {interaction.token for interaction in stage.discord.world.interactions.values()}
    prompts = {str(request.payload.get("prompt", "")) for request in stage.flux.requests}
    return {stage.discord.bot_token, stage.flux.token} | tokens | long_enough(prompts)


def prompts_below(folder: Path) -> set[str]:
    """Return the prompts of every database there, for tests with stages of their own."""
    prompts: set[str] = set()
    for path in folder.rglob("fluxcord.db"):
        with closing(sqlite3.connect(path)) as database:
            prompts |= {prompt for (prompt,) in database.execute("select prompt from jobs")}
    return long_enough(prompts)


def long_enough(prompts: Iterable[str]) -> set[str]:
    return {prompt for prompt in prompts if len(prompt) >= SHORTEST_PROMPT}


def told_in(text: str, secrets: Iterable[str] = ()) -> list[str]:
    """Return the lines of a log that hold one of these secrets, or what looks like one."""
    told = [secret for secret in secrets if secret in text]
    told += [found[0] for shape in SECRET_SHAPES for found in shape.finditer(text)]
    return [line for line in text.splitlines() if any(secret in line for secret in told)] or told


@pytest.fixture(autouse=True)
def canary(request: pytest.FixtureRequest) -> Iterator[Lines]:
    """Fail a test in which a secret or a prompt was logged at DEBUG."""
    with logged_at_debug() as lines:
        yield lines
    secrets: set[str] = set()
    for value in request.node.funcargs.values():
        if isinstance(value, Stage):
            secrets |= secrets_of(value)
    if "tmp_path" in request.node.funcargs:
        secrets |= prompts_below(request.node.funcargs["tmp_path"])
    told = told_in(lines.text, secrets)
    assert not told, "logged, and must not be:\n" + "\n".join(told)
