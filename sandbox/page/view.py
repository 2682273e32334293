"""What the page is told of people, channels, commands and messages, as JSON.

Messages, components and modals are Discord's own objects; beside them stands what only a client
knows, such as who used which command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.discord import LOCALES, ClientRefusedError, Permission
from sandbox.discord.commands import NESTING
from sandbox.discord.places import role_json, user_json
from sandbox.discord.rendering import is_thinking
from sandbox.discord.slash import check_place

if TYPE_CHECKING:
    from sandbox.discord import Channel, LocalDiscord, Person
    from sandbox.discord.errors import JSON
    from sandbox.discord.records import Interaction, Message
    from sandbox.page.personas import Personas

PAGE_SIZE: Final = 50
"""How many messages are given at once."""


def scene_json(discord: LocalDiscord, cast: Personas, person: Person) -> JSON:
    """Write who can be played, and what this person has before them."""
    world = discord.world
    return {
        "person": str(person.user.id),
        "people": [
            user_json(part.person.user) | {"about": part.about, "locale": part.person.user.locale}
            for part in cast.parts
        ],
        "locales": LOCALES,
        "bot": user_json(world.bot) | {"online": discord.gateway.online()},
        "guilds": [
            {
                "id": str(guild.id),
                "name": guild.name,
                "roles": [role_json(role) for role in guild.roles.values()],
            }
            for guild in cast.guilds_of(person.user)
        ],
        "commands": list(discord.commands),
        "channels": [
            channel_json(discord, person, channel) for channel in cast.channels_of(person.user)
        ],
    }


def channel_json(discord: LocalDiscord, person: Person, channel: Channel) -> JSON:
    """Write a channel as one person sees it, with what they may do there."""
    authority, user = discord.world.authority, person.user
    sending = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    manages = channel.guild is not None and authority.may(user, channel, Permission.MANAGE_MESSAGES)
    return {
        "id": str(channel.id),
        "type": int(channel.type),
        "name": channel.name if channel.guild else discord.world.bot.name,
        "guild_id": str(channel.guild.id) if channel.guild else None,
        "parent_id": str(channel.parent.id) if channel.parent else None,
        "nsfw": channel.nsfw,
        "position": channel.position,
        "may_send": authority.may(user, channel, sending),
        "may_delete": manages,
        "file_limit": max(channel.file_limit, user.file_limit),
        "commands": _offered(discord, person, channel),
    }


def _offered(discord: LocalDiscord, person: Person, channel: Channel) -> list[str]:
    """Return the ids of the commands that this person is offered in this channel."""
    world = discord.world
    held = person.permissions(channel)
    if not world.authority.may(person.user, channel, Permission.USE_APPLICATION_COMMANDS):
        return []
    if channel.user_install_only and person.user.id not in world.installs:
        return []
    offered = []
    for command in discord.commands:
        try:
            check_place(command, channel, held)
        except ClientRefusedError:
            continue
        offered.append(command["id"])
    return offered


def message_json(discord: LocalDiscord, message: Message) -> JSON:
    """Write a message with what a client shows around it."""
    return discord.world.renderer.message(message) | {
        "private": message.private_to is not None,
        "thinking": is_thinking(message),
        "used": _used_json(message.interaction) if message.interaction else None,
    }


def page_json(
    discord: LocalDiscord,
    person: Person,
    channel: Channel,
    *,
    before: int = 0,
    after: int | None = None,
) -> JSON:
    """Write the newest messages of a channel, those before one, or those after one."""
    seen = [message for message in channel.messages.values() if is_seen(message, person)]
    if after is not None:
        wanted = [message for message in seen if message.id > after]
        page = wanted[:PAGE_SIZE]
        older, newer = len(wanted) < len(seen), len(page) < len(wanted)
    else:
        wanted = [message for message in seen if not before or message.id < before]
        page = wanted[-PAGE_SIZE:]
        older, newer = len(page) < len(wanted), len(wanted) < len(seen)
    return {
        "messages": [message_json(discord, message) for message in page],
        "older": older,
        "newer": newer,
    }


def is_seen(message: Message, person: Person) -> bool:
    """Tell whether a person sees a message of a channel that they see."""
    return message.private_to in (None, person.user)


def modal_json(interaction: Interaction) -> JSON | None:
    """Write the modal that an interaction was answered with."""
    if interaction.modal is None:
        return None
    return {"interaction": str(interaction.id), **interaction.modal}


def _used_json(interaction: Interaction) -> JSON | None:
    opener = interaction
    while opener.opened_by is not None:
        opener = opener.opened_by
    if "name" not in opener.data:
        return None
    words = [opener.data["name"]]
    options = opener.data.get("options") or []
    while options and options[0]["type"] in NESTING:
        words.append(options[0]["name"])
        options = options[0].get("options") or []
    typed = "target_id" not in opener.data
    return {"user": user_json(opener.person), "name": " ".join(words), "slash": typed}
