"""How commands are kept, by plain HTTP."""

from typing import Any

from sandbox.discord import LocalDiscord
from tests.sandbox.discord.raw import Raw


def command(*options: dict[str, Any], **extra: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"name": "imagine", "description": "Make", "options": list(options), **extra}


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
