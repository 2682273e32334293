"""Interactions on their way to the bot.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

import secrets

from sandbox.discord.errors import JSON
from sandbox.discord.gateway import Gateway
from sandbox.discord.messages import place_limit
from sandbox.discord.places import user_json
from sandbox.discord.records import (
    Channel,
    ChannelType,
    Interaction,
    InteractionType,
    Message,
    User,
)
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

ANSWER_WINDOW_S = 3.0
TOKEN_LIFETIME_S = 15 * 60
COMMAND_FAILED = "The application did not respond"
COMPONENT_FAILED = "This interaction failed"


class Interactions:
    """Opens interactions and watches that they are answered in time."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        # How long the bot has; a world whose machine is busy with other things may wait longer.
        self.answer_window_s = ANSWER_WINDOW_S
        self._world = world
        self._gateway = gateway

    def open(
        self,
        person: User,
        channel: Channel,
        kind: InteractionType,
        data: JSON,
        *,
        source: Message | None = None,
        opened_by: Interaction | None = None,
    ) -> Interaction:
        """Send an interaction to the bot, which has `answer_window_s` to answer."""
        interaction = Interaction(
            id=self._world.ids.next(),
            token=secrets.token_urlsafe(48),
            type=kind,
            person=person,
            channel=channel,
            created_at=self._world.clock.now(),
            data=data,
            owners=self._owners(person, channel),
            source=source,
            opened_by=opened_by,
        )
        self._world.add_interaction(interaction)
        if self.send(interaction):
            interaction.timer = self._world.clock.after(
                self.answer_window_s, lambda: self._fail(interaction)
            )
        else:
            self._fail(interaction)
        return interaction

    def send(self, interaction: Interaction) -> bool:
        """Send the event; a second time too, as a replay after a lost connection can."""
        guild = interaction.channel.guild
        return self._gateway.interaction(self._payload(interaction), guild.id if guild else None)

    def _fail(self, interaction: Interaction) -> None:
        if interaction.callback_type is None:
            command = interaction.type in (InteractionType.COMMAND, InteractionType.AUTOCOMPLETE)
            interaction.failed = COMMAND_FAILED if command else COMPONENT_FAILED
            interaction.news.tell("INTERACTION", interaction)
            self._world.news.tell("INTERACTION", interaction)

    def _payload(self, interaction: Interaction) -> JSON:
        world, channel = self._world, interaction.channel
        payload: JSON = {
            "id": str(interaction.id),
            "application_id": str(world.bot.id),
            "type": int(interaction.type),
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(channel.id),
            "channel": world.places.channel_for(channel, interaction.person),
            "app_permissions": str(world.authority.of(world.bot, channel)),
            "locale": interaction.person.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": interaction.owners,
            "context": channel.context if world.rules.strikes(Rule.CONTEXT, condition=True) else 0,
            "attachment_size_limit": file_limit(world, interaction),
        }
        if channel.guild is None:
            payload["user"] = user_json(interaction.person)
        else:
            guild = channel.guild
            payload |= {
                "guild_id": str(guild.id),
                "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
                "guild_locale": guild.locale,
                "member": world.places.member_in(interaction.person, channel),
            }
        if interaction.source is not None and "target_id" not in interaction.data:
            payload["message"] = world.renderer.message(interaction.source)
        return payload

    def _owners(self, person: User, channel: Channel) -> dict[str, str]:
        if not self._world.rules.strikes(Rule.OWNERS, condition=True):
            return {}
        owners: dict[str, str] = {}
        if channel.guild is not None and channel.guild.bot_is_member:
            owners["0"] = str(channel.guild.id)
        elif channel.type is ChannelType.DM:
            owners["0"] = "0"
        if channel.user_install_only or person.id in self._world.installs:
            owners["1"] = str(person.id)
        return owners


def file_limit(world: World, interaction: Interaction) -> int:
    """Return the most bytes of one file in an answer: the greater of the place's and person's."""
    place, person = place_limit(interaction.channel, world.rules), interaction.person.file_limit
    return person if world.rules.strikes(Rule.FILE_SIZE_OF_PERSON, person > place) else place
