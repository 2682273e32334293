"""The table of README.md: how much of Discord's API the local Discord serves.

    python -m sandbox.discord.coverage openapi.json          prints the table
    python -m sandbox.discord.coverage openapi.json --write  puts it into sandbox/README.md

The description is https://github.com/discord/discord-api-spec (specs/openapi.json). An operation is
served where a route takes its method and path, an event where its name stands in a module here.
"""

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sandbox.discord.api import API_PATH
from sandbox.discord.server import LocalDiscord

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- coverage -->\n", "<!-- end of coverage -->\n"

# https://discord.com/developers/docs/events/gateway-events#receive-events: those with a name of
# their own, as opposed to an opcode. The description above does not list them.
EVENTS = frozenset(
    """
    APPLICATION_COMMAND_PERMISSIONS_UPDATE AUTO_MODERATION_ACTION_EXECUTION
    AUTO_MODERATION_RULE_CREATE AUTO_MODERATION_RULE_DELETE AUTO_MODERATION_RULE_UPDATE
    CHANNEL_CREATE CHANNEL_DELETE CHANNEL_INFO CHANNEL_PINS_UPDATE CHANNEL_UPDATE
    ENTITLEMENT_CREATE ENTITLEMENT_DELETE ENTITLEMENT_UPDATE GUILD_AUDIT_LOG_ENTRY_CREATE
    GUILD_BAN_ADD GUILD_BAN_REMOVE GUILD_CREATE GUILD_DELETE GUILD_EMOJIS_UPDATE
    GUILD_INTEGRATIONS_UPDATE GUILD_MEMBERS_CHUNK GUILD_MEMBER_ADD GUILD_MEMBER_REMOVE
    GUILD_MEMBER_UPDATE GUILD_ROLE_CREATE GUILD_ROLE_DELETE GUILD_ROLE_UPDATE
    GUILD_SCHEDULED_EVENT_CREATE GUILD_SCHEDULED_EVENT_DELETE GUILD_SCHEDULED_EVENT_UPDATE
    GUILD_SCHEDULED_EVENT_USER_ADD GUILD_SCHEDULED_EVENT_USER_REMOVE
    GUILD_SOUNDBOARD_SOUNDS_UPDATE GUILD_SOUNDBOARD_SOUND_CREATE
    GUILD_SOUNDBOARD_SOUND_DELETE GUILD_SOUNDBOARD_SOUND_UPDATE GUILD_STICKERS_UPDATE
    GUILD_UPDATE INTEGRATION_CREATE INTEGRATION_DELETE INTEGRATION_UPDATE INTERACTION_CREATE
    INVITE_CREATE INVITE_DELETE MESSAGE_CREATE MESSAGE_DELETE MESSAGE_DELETE_BULK
    MESSAGE_POLL_VOTE_ADD MESSAGE_POLL_VOTE_REMOVE MESSAGE_REACTION_ADD
    MESSAGE_REACTION_REMOVE MESSAGE_REACTION_REMOVE_ALL MESSAGE_REACTION_REMOVE_EMOJI
    MESSAGE_UPDATE PRESENCE_UPDATE RATE_LIMITED READY RESUMED SOUNDBOARD_SOUNDS
    STAGE_INSTANCE_CREATE STAGE_INSTANCE_DELETE STAGE_INSTANCE_UPDATE SUBSCRIPTION_CREATE
    SUBSCRIPTION_DELETE SUBSCRIPTION_UPDATE THREAD_CREATE THREAD_DELETE THREAD_LIST_SYNC
    THREAD_MEMBERS_UPDATE THREAD_MEMBER_UPDATE THREAD_UPDATE TYPING_START USER_UPDATE
    VOICE_CHANNEL_EFFECT_SEND VOICE_CHANNEL_START_TIME_UPDATE VOICE_CHANNEL_STATUS_UPDATE
    VOICE_SERVER_UPDATE VOICE_STATE_UPDATE WEBHOOKS_UPDATE
    """.split()  # noqa: SIM905 - one name a line is eighty lines
)


def coverage(description: dict[str, Any]) -> str:
    """Write the table in Markdown."""
    served = list(_served())
    groups: dict[str, list[tuple[str, bool]]] = {}
    for method, path, operation in _operations(description):
        known = any(of == method and pattern.fullmatch(_sample(path)) for of, pattern in served)
        groups.setdefault(path.split("/")[1], []).append((operation, known))
    operations = [known for group in groups.values() for _, known in group]
    events = sorted(EVENTS & set(_names()))
    counted = f"{sum(operations)} of {len(operations)} operations"
    lines = [
        f"{counted} and {len(events)} of {len(EVENTS)} events.",
        "",
        "| Operations below | Served | These |",
        "|---|---|---|",
    ]
    for name, group in sorted(groups.items()):
        these = [operation for operation, known in group if known]
        lines.append(f"| `/{name}` | {len(these)} of {len(group)} | {_listed(these)} |")
    lines += ["", f"Events: {_listed(events)}."]
    return "\n".join(lines) + "\n"


def with_table(readme: str, table: str) -> str:
    """Return a text with its table replaced by another."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table}{END}{after}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"


def _served() -> Iterator[tuple[str, re.Pattern[str]]]:
    for route in LocalDiscord().application().router.routes():
        if route.method == "*" or route.resource is None:
            continue  # takes whatever has no route, to refuse it
        info = route.resource.get_info()
        pattern = info.get("pattern") or re.compile(re.escape(info.get("path", "")))
        yield route.method, pattern


def _sample(path: str) -> str:
    return API_PATH + re.sub(r"\{[^}]*\}", "1", path)


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method.upper(), path, operation["operationId"]


def _names() -> Iterator[str]:
    for path in Path(__file__).parent.glob("*.py"):
        if path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, or write it into README.md; 1 where the description cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.discord.coverage")
    parser.add_argument("description", type=Path, help="openapi.json, as Discord publishes it")
    parser.add_argument("--write", action="store_true", help="put the table into sandbox/README.md")
    chosen = parser.parse_args(arguments)
    try:
        description = json.loads(chosen.description.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.stderr.write(
            f"{chosen.description} cannot be read ({error}). Discord's description is needed: "
            "specs/openapi.json of https://github.com/discord/discord-api-spec\n"
        )
        return 1
    table = coverage(description)
    if chosen.write:
        README.write_text(with_table(README.read_text(encoding="utf-8"), table), encoding="utf-8")
    else:
        sys.stdout.write(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
