"""Who asks, where, whose replies edit images, and how the answer gets there.

It is handed to `jobs/request_service.py`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

import discord

from domain.errors import UserError
from domain.models import Delivery, Job, Place, Problem, Requester, Ticket
from jobs.requests import Draft, Kept, draft_of
from services.limits_and_access import Asker
from ui.discord_errors import TooLateError, age_s, promise_message
from ui.places import NEEDED, NEEDED_IN_ANSWERS, NEEDED_IN_THREADS, lacking
from ui.visibility import audience_of, is_for_adults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clock import Clock
    from jobs.request_service import RequestService
    from storage.preferences import ChoiceRepository, GuildChoices
    from ui import Interaction


class ReplyEdits(StrEnum):
    """Users whose replies to the bot's images edit them; a mention in the prompt always does."""

    EVERYONE = "everyone"
    REQUESTER = "requester"
    MENTION = "mention"
    OFF = "off"


_MODES: Final = {mode.value: mode for mode in ReplyEdits}


def reply_edits(chosen: GuildChoices) -> ReplyEdits:
    return _MODES.get(chosen.reply_edits or "", ReplyEdits.REQUESTER)


def asker_of(
    asked: Interaction | discord.Message, user: discord.User | discord.Member | None = None
) -> Asker:
    """Return who asks, or another person, and the place."""
    guild, channel = asked.guild, asked.channel
    if isinstance(asked, discord.Message):
        user, guild_id = user or asked.author, guild.id if guild else None
    else:
        user, guild_id = user or asked.user, asked.guild_id
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


def locale_of(choices: ChoiceRepository, message: discord.Message) -> str | None:
    """Return the language of the server that a message was written in, None outside of servers.

    The server's setting for the bot overrides its language on Discord.
    """
    guild = message.guild
    if guild is None:
        return None
    return choices.guilds.of(guild.id).language or guild.preferred_locale.value


async def place_of(
    choices: ChoiceRepository, interaction: Interaction, *, private: bool = False
) -> Place:
    """Return where the result goes: a message of the bot's own wherever it may post one.

    Args:
        private: whether the requester alone may see it; then only a response can be it, except
            in their own direct messages.

    Raises:
        UserError: the bot may not show images there.
    """
    guild, locale = interaction.guild, interaction.guild_locale
    # A guild that the bot is not in is known by its id alone.
    known = guild if guild is not None and not guild.unavailable else None
    # An app can be installed with its commands only; then it is no member and sees no guild.
    is_member = interaction.client.get_guild(interaction.guild_id or 0) is not None
    in_thread = isinstance(interaction.channel, discord.Thread)
    needed: Sequence[str] = NEEDED_IN_THREADS if in_thread else NEEDED
    delivery = Delivery.MESSAGE
    if interaction.guild_id is None:
        delivery = delivery if interaction.context.dm_channel else Delivery.RESPONSE
        needed = ()
    elif private or not is_member or not interaction.is_guild_integration():
        delivery, needed = Delivery.RESPONSE, NEEDED_IN_ANSWERS
    _check_permissions(interaction.app_permissions, needed)
    limit_bytes = known.filesize_limit if known else None
    if delivery is Delivery.RESPONSE:
        limit_bytes = interaction.filesize_limit
    return Place(
        channel_id=interaction.channel_id or 0,
        channel_name=getattr(interaction.channel, "name", None),
        guild_id=interaction.guild_id,
        guild_name=known.name if known else None,
        delivery=delivery,
        locale=choices.guilds.of(interaction.guild_id).language or (locale and locale.value),
        file_limit_bytes=limit_bytes,
    )


async def place_of_message(
    choices: ChoiceRepository, message: discord.Message, *, private: bool = False
) -> Place:
    """Return where the result of a message goes: to its channel.

    Args:
        private: whether the requester alone may see it; then it goes to their direct messages.

    Raises:
        UserError: the bot may not show images there.
    """
    guild, channel = message.guild, message.channel
    if private and guild is not None:
        guild, channel = None, await message.author.create_dm()
    # Of a thread that is not in discord.py's memory nothing is known; Discord will say.
    if guild is not None and not isinstance(channel, discord.PartialMessageable):
        needed = NEEDED_IN_THREADS if isinstance(channel, discord.Thread) else NEEDED
        _check_permissions(channel.permissions_for(guild.me), needed)
    return Place(
        channel_id=channel.id,
        channel_name=getattr(channel, "name", None),
        guild_id=guild.id if guild else None,
        guild_name=guild.name if guild else None,
        delivery=Delivery.MESSAGE,
        locale=locale_of(choices, message),
        file_limit_bytes=guild.filesize_limit if guild and not guild.unavailable else None,
    )


def _check_permissions(granted: discord.Permissions, needed: Sequence[str]) -> None:
    if not all(map(partial(getattr, granted), needed)):
        raise UserError(Problem.PERMISSIONS_MISSING, permissions=lacking(granted, needed))


class AskedOrigin:
    """An interaction or a message as the `Origin` of a request.

    An interaction is answered by "thinking", a message by the job's own message alone.
    """

    def __init__(
        self,
        asked: Interaction | discord.Message,
        choices: ChoiceRepository,
        clock: Clock,
        *,
        application_id: int,
        locale: str | None,
    ) -> None:
        self._asked = asked
        self.asker = asker_of(asked)
        self.reply_to: int | None = None
        if isinstance(asked, discord.Message):
            person, token, self.reply_to = asked.author, None, asked.id
            self.place = partial(place_of_message, choices, asked)
        else:
            person, token = asked.user, asked.token
            self.place = partial(place_of, choices, asked)
        self.requester = Requester(user_id=person.id, user_name=person.name)
        self.ticket = Ticket(interaction_id=asked.id, application_id=application_id, token=token)
        self.locale = locale
        self.at = clock.now()
        self.age_s = age_s

    def is_for_adults(self, parent: Job | None, *, private: bool) -> bool:
        return is_for_adults(audience_of(self._asked, private=private), parent)

    async def promise(self, *, private: bool) -> bool:
        assert not isinstance(self._asked, discord.Message)  # noqa: S101  # it has no token
        try:
            await promise_message(self._asked, private=private)
        except TooLateError:
            return False
        return True


class Requests:
    """Submits what interactions and messages ask for."""

    def __init__(self, service: RequestService, choices: ChoiceRepository, clock: Clock) -> None:
        self._service = service
        self._choices = choices
        self._clock = clock

    async def submit(
        self, interaction: Interaction, draft: Draft, *, of: Job | None = None
    ) -> None:
        await self._service.submit(self._origin(interaction), draft, of=of)

    async def repeat(
        self, interaction: Interaction, job: Job, *, command: str, count: int | None = None
    ) -> None:
        """Submit the same request again where a button was pressed, for `count` images if given."""
        draft = replace(draft_of(job, command), count=count or job.request.count)
        await self._service.submit(self._origin(interaction), draft, of=job, is_typed=False)

    async def submit_message(
        self, message: discord.Message, draft: Draft, *, application_id: int, locale: str | None
    ) -> None:
        """Submit a draft that a message asks for, as `RequestService.submit` does."""
        origin = AskedOrigin(
            message, self._choices, self._clock, application_id=application_id, locale=locale
        )
        await self._service.submit(origin, draft)

    async def check_message(self, message: discord.Message, kept: Kept) -> None:
        """Check an edit that a message asks for, as `RequestService.check_edit` does."""
        await self._service.check_edit(asker_of(message), kept, self._clock.now())

    def check_posting(self, interaction: Interaction, job: Job) -> None:
        """Check that an existing image may be posted here, as `RequestService.check` does."""
        self._service.check(self._origin(interaction), job.request, is_made=True)

    def _origin(self, interaction: Interaction) -> AskedOrigin:
        application_id, locale = interaction.application_id, interaction.locale.value
        return AskedOrigin(
            interaction, self._choices, self._clock, application_id=application_id, locale=locale
        )
