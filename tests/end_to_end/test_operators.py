"""Who runs the bot where a team owns it: its owner and those members who may change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from sandbox.discord import Permission
from sandbox.discord.places import user_json

if TYPE_CHECKING:
    from sandbox.discord import Person
    from tests.end_to_end.stage import Stage

INVITED: Final = 1
ACCEPTED: Final = 2


def member(person: Person, role: str, state: int) -> dict[str, Any]:
    """Return a team's member; discord.com/developers/docs/topics/teams."""
    return {
        "user": user_json(person.user),
        "role": role,
        "membership_state": state,
        "team_id": "7",
        "permissions": ["*"],
    }


@pytest.mark.parametrize(
    ("role", "state", "runs_it"),
    [
        ("admin", ACCEPTED, True),
        ("developer", ACCEPTED, True),
        ("read_only", ACCEPTED, False),
        ("admin", INVITED, False),
    ],
)
async def test_who_of_a_team_runs_the_bot(
    stage: Stage, role: str, state: int, *, runs_it: bool
) -> None:
    grace = stage.discord.person("Grace")
    linus = stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD)
    stage.discord.world.application.team = {
        "id": "7",
        "name": "Harbour",
        "icon": None,
        "owner_user_id": str(grace.user.id),
        "members": [member(grace, "admin", ACCEPTED), member(linus, role, state)],
    }
    use = await linus.use(
        "limits set", what="Images per day", amount="5", everywhere=True
    ).answered()

    assert use.message is not None
    refused = "Only the bot owner can use `everywhere`." in use.message.text
    assert refused is not runs_it
    assert len(stage.rows("limits")) == runs_it
