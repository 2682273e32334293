"""What Discord's own client keeps a person from sending."""

from typing import Any

import pytest

from sandbox.discord import ClientRefusedError, LocalDiscord, Upload
from tests.sandbox.discord.tinybot import TinyBot


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("unknown", {}),
        ("imagine", {}),
        ("imagine", {"prompt": ""}),
        ("imagine", {"prompt": "x" * 101}),
        ("imagine", {"prompt": 5}),
        ("imagine", {"prompt": "x", "colour": "red"}),
        ("limits", {"count": 1}),
        ("limits remove", {"count": 1}),
        ("limits set", {"count": 0}),
        ("limits set", {"count": 11}),
        ("limits set", {"count": True}),
        ("describe", {"picture": "a.png"}),
    ],
)
async def test_refused(
    world: LocalDiscord, bot: TinyBot, command: str, options: dict[str, Any]
) -> None:
    del bot
    with pytest.raises(ClientRefusedError):
        world.person().use(command, **options)
    assert not world.world.interactions


async def test_raw_sends_it_anyway(world: LocalDiscord, bot: TinyBot) -> None:
    del bot
    use = world.person().use("imagine", raw=True, prompt="x" * 101, picture=Upload("a.txt", b"x"))
    assert use.interaction.data["options"][1]["type"] == 11
    world.clock.advance(3)
    assert use.failed == "The application did not respond"
