"""The requester, the place and the way of delivery, read from an interaction or a message."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord

from domain.errors import UserError
from domain.models import Delivery, Place, Problem, Requester, Ticket
from services.limits_and_access import Asker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.preferences import ChoiceRepository, GuildChoices

NEEDED: Final = ("view_channel", "send_messages", "attach_files")
NEEDED_IN_THREADS: Final = ("view_channel", "send_messages_in_threads", "attach_files")
NEEDED_IN_ANSWERS: Final = ("attach_files",)
"""Permissions by discord.py's names."""
FOUND_AGAIN_BY: Final = "read_message_history"
"""With it the bot finds its own message after a crash, instead of posting a second one."""


class ReplyEdits(StrEnum):
    """Users whose replies to the bot's images edit them; a mention in the prompt always does."""

    EVERYONE = "everyone"
    REQUESTER = "requester"
    MENTION = "mention"
    OFF = "off"


def reply_edits(chosen: GuildChoices) -> ReplyEdits:
    """Return a server's setting of whose replies edit images."""
    modes = (mode for mode in ReplyEdits if mode == chosen.reply_edits)
    return next(modes, ReplyEdits.REQUESTER)


def requester_of_message(message: discord.Message) -> Requester:
    return Requester(user_id=message.author.id, user_name=message.author.name)


def ticket_of_message(message: discord.Message, application_id: int) -> Ticket:
    """Return what makes a message's request unique; there is no interaction to be answered."""
    return Ticket(interaction_id=message.id, application_id=application_id, token=None)


def may_answer(message: discord.Message) -> bool:
    """Whether the bot may answer in a message's channel."""
    guild, channel = message.guild, message.channel
    if guild is None or isinstance(channel, discord.PartialMessageable):
        return True
    granted = channel.permissions_for(guild.me)
    in_thread = isinstance(channel, discord.Thread)
    return granted.send_messages_in_threads if in_thread else granted.send_messages


def requester_of(interaction: discord.Interaction[Any]) -> Requester:
    return Requester(user_id=interaction.user.id, user_name=interaction.user.name)


def ticket_of(interaction: discord.Interaction[Any]) -> Ticket:
    return Ticket(
        interaction_id=interaction.id,
        application_id=interaction.application_id,
        token=interaction.token,
    )


def asker_of(interaction: discord.Interaction[Any]) -> Asker:
    return _asker(interaction.user, interaction.guild, interaction.guild_id, interaction.channel)


def asker_of_member(
    interaction: discord.Interaction[Any], user: discord.User | discord.Member
) -> Asker:
    return _asker(user, interaction.guild, interaction.guild_id, interaction.channel)


def asker_of_message(message: discord.Message) -> Asker:
    guild = message.guild
    return _asker(message.author, guild, guild.id if guild else None, message.channel)


def _asker(
    user: discord.User | discord.Member,
    guild: discord.Guild | None,
    guild_id: int | None,
    channel: object,
) -> Asker:
    if guild_id is None:
        return Asker(user_id=user.id)
    channel_id: int | None = getattr(channel, "id", None)
    parent_id: int | None = getattr(channel, "parent_id", None)
    parent = guild.get_channel(parent_id) if guild and parent_id else None
    # discord.py has no category of a thread whose channel it does not know.
    holder = parent if isinstance(channel, discord.Thread) else channel
    category_id: int | None = getattr(holder, "category_id", None)
    return Asker(
        user_id=user.id,
        guild_id=guild_id,
        # By their numbers, also where the server's roles are not known: a denial must hold there.
        role_ids=frozenset({guild_id, *getattr(user, "_roles", ())}),
        channel_ids=frozenset(filter(None, (channel_id, parent_id, category_id))),
    )


class Places:
    """Finds the place of results, and the language there."""

    def __init__(self, choices: ChoiceRepository) -> None:
        self._choices = choices

    def choices_of(self, guild_id: int | None) -> GuildChoices:
        """Return what a server chose; nothing where it is None, as of direct messages."""
        return self._choices.guilds.of(guild_id)

    def locale(self, asked: discord.Interaction[Any] | discord.Message) -> str | None:
        """Return the language of the server that something was asked in, None outside of servers.

        The server's setting for the bot overrides its language on Discord.
        """
        guild = asked.guild
        if isinstance(asked, discord.Message):
            locale = guild.preferred_locale if guild else None
            guild_id = guild.id if guild else None
        else:
            locale, guild_id = asked.guild_locale, asked.guild_id
        return self._choices.guilds.of(guild_id).language or (locale.value if locale else None)

    def of(self, interaction: discord.Interaction[Any], *, private: bool = False) -> Place:
        """Return where the result goes: a message of the bot's own wherever it may post one.

        Args:
            private: whether the requester alone may see it; then only a response can be it, except
                in their own direct messages.

        Raises:
            UserError: the bot may not show pictures there.
        """
        delivery = _delivery_to(interaction, private=private)
        guild = interaction.guild
        return Place(
            channel_id=interaction.channel_id or 0,
            channel_name=getattr(interaction.channel, "name", None),
            guild_id=interaction.guild_id,
            # A guild that the bot is not in is known by its id alone.
            guild_name=guild.name if guild and not guild.unavailable else None,
            delivery=delivery,
            locale=self.locale(interaction),
        )

    async def of_message(self, message: discord.Message, *, private: bool = False) -> Place:
        """Return where the result of a message goes: to its channel.

        Args:
            private: whether the requester alone may see it; then it goes to their direct messages.

        Raises:
            UserError: the bot may not show pictures there.
        """
        guild, channel = message.guild, message.channel
        if private and guild is not None:
            guild, channel = None, await message.author.create_dm()
        # Of a thread that is not in discord.py's memory nothing is known; Discord will say.
        if guild is not None and not isinstance(channel, discord.PartialMessageable):
            in_thread = isinstance(channel, discord.Thread)
            needed = NEEDED_IN_THREADS if in_thread else NEEDED
            _require(channel.permissions_for(guild.me), needed)
        return Place(
            channel_id=channel.id,
            channel_name=getattr(channel, "name", None),
            guild_id=guild.id if guild else None,
            guild_name=guild.name if guild else None,
            delivery=Delivery.MESSAGE,
            locale=self.locale(message),
        )


def _delivery_to(interaction: discord.Interaction[Any], *, private: bool) -> Delivery:
    if interaction.guild_id is None:
        is_own_dm = interaction.context.dm_channel
        return Delivery.MESSAGE if is_own_dm else Delivery.RESPONSE
    # An app can be installed with its commands only; then it is no member and sees no guild.
    is_member = interaction.client.get_guild(interaction.guild_id) is not None
    if private or not is_member or not interaction.is_guild_integration():
        _require(interaction.app_permissions, NEEDED_IN_ANSWERS)
        return Delivery.RESPONSE
    in_thread = isinstance(interaction.channel, discord.Thread)
    _require(interaction.app_permissions, NEEDED_IN_THREADS if in_thread else NEEDED)
    return Delivery.MESSAGE


def is_gone(client: discord.Client, place: Place) -> bool:
    """Whether a channel is known not to be there any more, of a server that the bot is in."""
    guild = client.get_guild(place.guild_id or 0)
    if guild is None or guild.unavailable:
        return False
    return guild.get_channel_or_thread(place.channel_id) is None


def lacking(granted: discord.Permissions, *, in_thread: bool) -> list[str]:
    needed = (*(NEEDED_IN_THREADS if in_thread else NEEDED), FOUND_AGAIN_BY)
    return [name for name in needed if not getattr(granted, name)]


def _require(granted: discord.Permissions, needed: Sequence[str]) -> None:
    missing = tuple(name for name in needed if not getattr(granted, name))
    if missing:
        raise UserError(Problem.PERMISSIONS_MISSING, permissions=missing)


def log_channel_of(
    client: discord.Client, choices: ChoiceRepository, guild_id: int | None
) -> discord.TextChannel | discord.Thread | None:
    """Return a server's log channel, None if it has none."""
    chosen = choices.guilds.of(guild_id).log_channel_id
    guild = client.get_guild(guild_id or 0)
    if guild is None or chosen is None:
        return None
    channel = guild.get_channel_or_thread(chosen)
    return channel if isinstance(channel, discord.TextChannel | discord.Thread) else None
