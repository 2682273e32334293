"""What is refused about commands, by plain HTTP."""

from typing import Any

import pytest

from sandbox.discord import LocalDiscord
from tests.sandbox.discord.raw import Raw


def command(*options: dict[str, Any], **extra: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"name": "imagine", "description": "Make", "options": list(options), **extra}


def option(kind: int = 3, **extra: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of an option
    return {"type": kind, "name": "prompt", "description": "What", **extra}


CHOICE = {"name": "x", "value": "x"}


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        (command(name="Imagine"), ("name",)),
        (command(name="two words"), ("name",)),
        (command(name="x" * 33), ("name",)),
        (command(description=""), ("description",)),
        (command(description="x" * 101), ("description",)),
        (command(contexts=[3]), ("contexts", 0)),
        (command(type=3), ("description",)),
        (command(*[option(name=f"o{n}") for n in range(26)]), ("options",)),
        (command(option(99)), ("options", 0, "type")),
        (command(option(), option()), ("options", 1, "name")),
        (command(option(), option(name="b", required=True)), ("options", 1)),
        (
            command(option(choices=[CHOICE], autocomplete=True)),
            ("options", 0, "choices"),
        ),
        (command(option(11, choices=[CHOICE])), ("options", 0, "type")),
        (command(option(choices=[CHOICE, CHOICE])), ("options", 0, "choices", 1, "name")),
        (
            command(option(choices=[{"name": "x", "value": "v" * 101}])),
            ("options", 0, "choices", 0, "value"),
        ),
        (command(option(max_length=6001)), ("options", 0, "max_length")),
        (command(option(1), option(3, name="b")), ("options",)),
        (
            command(option(2, options=[option(2, name="b")])),
            ("options", 0, "options", 0, "type"),
        ),
    ],
)
async def test_refused(
    world: LocalDiscord, raw: Raw, bad: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    answer = await raw.call("PUT", f"/applications/{world.world.bot.id}/commands", [bad])
    assert (answer.status, answer.code) == (400, 50035)
    assert answer.complaints(0, *path)
    assert not world.commands


async def test_whole_command_has_at_most_8000_characters(world: LocalDiscord, raw: Raw) -> None:
    choices = [{"name": f"{n:0100}", "value": f"{n:0100}"} for n in range(25)]
    big = command(*[option(name=f"o{n}", choices=choices) for n in range(2)])
    path = f"/applications/{world.world.bot.id}/commands"
    answer = await raw.call("PUT", path, [big])
    assert answer.complaints(0) == ["APPLICATION_COMMAND_TOO_LARGE"]


async def test_counts_names_and_stable_ids(world: LocalDiscord, raw: Raw) -> None:
    path = f"/applications/{world.world.bot.id}/commands"
    menus = [{"type": 3, "name": f"Menu {n}"} for n in range(16)]
    assert (await raw.call("PUT", path, menus)).code == 30032
    assert (await raw.call("PUT", path, [command(), command()])).code == 50035
    first = await raw.call("PUT", path, [command(), *menus[:15]])
    again = await raw.call("PUT", path, [command()])
    assert again.body[0]["id"] == first.body[0]["id"]
    assert (await raw.call("GET", path)).body == again.body
    assert (await raw.call("PUT", "/applications/1/commands", [])).code == 10002
