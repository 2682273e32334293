"""Writing messages as Discord's JSON objects, with fresh links to their files."""

from copy import deepcopy
from dataclasses import dataclass

from sandbox.discord.cdn import Cdn
from sandbox.discord.clock import iso
from sandbox.discord.component_types import SELECTS, Component, media_of, walk
from sandbox.discord.embeds import EMBED_MEDIA
from sandbox.discord.emojis import reactions_json
from sandbox.discord.errors import JSON
from sandbox.discord.places import user_json
from sandbox.discord.records import (
    Channel,
    Interaction,
    Message,
    MessageFlag,
    MessageType,
    StoredFile,
    User,
)
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule

# https://discord.com/developers/docs/resources/message#message-reference-types
FORWARD = 1
SNAPSHOT_FIELDS = (
    "type",
    "content",
    "embeds",
    "attachments",
    "components",
    "timestamp",
    "edited_timestamp",
    "flags",
    "mentions",
    "mention_roles",
)

# Fields that discord.py or another client reads from a component without a default.
_DEFAULTS: dict[int, JSON] = {
    Component.CONTAINER: {"accent_color": None, "spoiler": False},
    Component.SEPARATOR: {"divider": True, "spacing": 1},
    **{kind: {"min_values": 1, "max_values": 1, "disabled": False} for kind in SELECTS},
    Component.THUMBNAIL: {"description": None, "spoiler": False},
    Component.FILE: {"spoiler": False},
}


@dataclass(frozen=True)
class Renderer:
    """Writes messages, with fresh links to their files."""

    cdn: Cdn
    bot: User
    rules: Rulebook

    def sees_content(self, message: Message) -> bool:
        """Tell whether the bot is shown what a message says, without the intent for it.

        https://discord.com/developers/docs/events/gateway#message-content-intent
        """
        strikes = self.rules.strikes
        return (
            strikes(Rule.CONTENT_OWN, message.author == self.bot)
            or strikes(Rule.CONTENT_DM, message.channel.guild is None)
            or strikes(Rule.CONTENT_MENTIONED, self.bot in message.body.mentions)
        )

    def hides_loose_files(self, message: Message) -> bool:
        """Tell whether only components show this message's files."""
        return message.has(MessageFlag.IS_COMPONENTS_V2)

    def message(self, message: Message, blank: Rule | None = None, *, nested: bool = False) -> JSON:
        """Write a message; the rule that hides content leaves what the bot may see of it."""
        written = self._frame(message)
        hidden = blank is not None and not self.sees_content(message)
        if blank is None or not self.rules.strikes(blank, hidden):
            written |= self._contents(message)
            if message.forwarded is not None:
                written |= self._snapshot(message.forwarded)
        if message.reply_to is not None:
            target = message.channel.messages.get(message.reply_to)
            written["message_reference"] = {
                "type": 0,
                "message_id": str(message.reply_to),
                "channel_id": str(message.channel.id),
                **_guild_id(message.channel),
            }
            # Discord does not follow a reply's own reply.
            if not nested:
                inner = Rule.CONTENT_REFERENCED if blank else None
                written["referenced_message"] = (
                    self.message(target, inner, nested=True) if target else None
                )
        return written

    def _frame(self, message: Message) -> JSON:
        body = message.body
        frame: JSON = {
            "id": str(message.id),
            "channel_id": str(message.channel.id),
            "type": int(message.type),
            "author": user_json(message.author),
            "timestamp": iso(message.created_at),
            "edited_timestamp": iso(message.edited_at) if message.edited_at else None,
            "flags": body.flags,
            "content": "",
            "embeds": [],
            "attachments": [],
            "components": [],
            "mentions": [user_json(user) for user in body.mentions],
            "mention_roles": [str(role_id) for role_id in body.mention_roles],
            "mention_everyone": body.mention_everyone,
            "pinned": message.pinned_at is not None,
            "tts": False,
        }
        if message.nonce is not None:
            frame["nonce"] = message.nonce
        if self.rules.strikes(Rule.REACTION_SHOWN, message.reactions):
            frame["reactions"] = reactions_json(message, self.bot)
        if message.author == self.bot:
            frame["application_id"] = str(self.bot.id)
        if message.webhook is not None:
            frame["webhook_id"] = str(message.webhook.id)
        if message.interaction is not None:
            frame["webhook_id"] = str(self.bot.id)
            frame["interaction_metadata"] = interaction_metadata(message.interaction)
        return frame

    def _snapshot(self, forwarded: Message) -> JSON:
        # https://discord.com/developers/docs/resources/message#message-snapshot-object
        whole = self._frame(forwarded) | self._contents(forwarded)
        return {
            "message_reference": {
                "type": FORWARD,
                "message_id": str(forwarded.id),
                "channel_id": str(forwarded.channel.id),
                **_guild_id(forwarded.channel),
            },
            "message_snapshots": [{"message": {key: whole[key] for key in SNAPSHOT_FIELDS}}],
        }

    def _contents(self, message: Message) -> JSON:
        body = message.body
        shown: set[str] = set()
        components = self.components(message, shown)
        embeds = self.embeds(message, shown)
        polls = self.rules.strikes(Rule.POLL_SHOWN, body.poll)
        return {
            **({"poll": body.poll} if polls else {}),
            "content": body.content,
            "embeds": embeds,
            "components": components,
            # Only files that no component and no embed shows are listed.
            # https://discord.com/developers/docs/resources/message#message-object
            "attachments": [
                self.cdn.describe(file)
                for file in body.files
                if not self.rules.strikes(Rule.V2_ATTACHMENTS, str(file.id) in shown)
            ],
        }

    def components(self, message: Message, shown: set[str]) -> list[JSON]:
        """Write a message's components, noting which files they show."""
        components = deepcopy(list(message.body.components))
        for component in walk(components):
            for key, default in _DEFAULTS.get(component["type"], {}).items():
                component.setdefault(key, default)
            # One of Unicode's is written without an id, which a request may send as null.
            if "id" in (emoji := component.get("emoji") or {}) and emoji["id"] is None:
                del emoji["id"]
            for picked in component.get("default_values") or ():
                picked["id"] = str(picked["id"])
            for owner, key in media_of(component):
                if component["type"] == Component.FILE:
                    file = file_of(owner[key], message, self.cdn)
                    owner["name"] = file.filename if file else ""
                    owner["size"] = len(file.data) if file else 0
                owner[key] = self._media(owner[key], message, shown)
                owner.setdefault("spoiler", False)
                if component["type"] == Component.MEDIA_GALLERY:
                    owner.setdefault("description", None)
        return components

    def embeds(self, message: Message, shown: set[str]) -> list[JSON]:
        """Write a message's embeds, noting which files they show."""
        embeds = deepcopy(list(message.body.embeds))
        for embed in embeds:
            embed.setdefault("type", "rich")
            for field in embed.get("fields") or ():
                field.setdefault("inline", False)
            for key in EMBED_MEDIA:
                if embed.get(key):
                    embed[key] = self._media(embed[key], message, shown)
        return embeds

    def _media(self, media: JSON, message: Message, shown: set[str]) -> JSON:
        file = file_of(media, message, self.cdn)
        if file is None:
            # What it measures is left out until Discord has looked at it.
            return {"proxy_url": media.get("url", ""), **media}
        written = self.cdn.media(file)
        if "attachment_id" in media:
            shown.add(media["attachment_id"])
        else:
            del written["attachment_id"]
            if self.rules.strikes(Rule.PREVIEW_PROXY, "url" in media):
                written["url"] = media["url"]
        return written


def file_of(media: JSON, message: Message, cdn: Cdn) -> StoredFile | None:
    """Return the file behind a message's media object."""
    if "attachment_id" in media:
        wanted = int(media["attachment_id"])
        return next((file for file in message.body.files if file.id == wanted), None)
    return cdn.by_id(int(media["file_id"])) if "file_id" in media else None


def interaction_metadata(interaction: Interaction) -> JSON:
    """Write where a response came from.

    https://discord.com/developers/docs/resources/message#message-interaction-metadata-object
    """
    metadata: JSON = {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "user": user_json(interaction.person),
        "authorizing_integration_owners": interaction.owners,
    }
    if "target_id" in interaction.data:
        metadata["target_message_id"] = interaction.data["target_id"]
    elif interaction.source is not None and interaction.opened_by is None:
        metadata["interacted_message_id"] = str(interaction.source.id)
    if interaction.opened_by is not None:
        metadata["triggering_interaction_metadata"] = interaction_metadata(interaction.opened_by)
    return metadata


def response_type(interaction: Interaction) -> MessageType:
    """Return the type of the message that answers an interaction."""
    if "target_id" in interaction.data:
        return MessageType.CONTEXT_MENU_COMMAND
    if interaction.source is not None:
        return MessageType.REPLY
    return MessageType.CHAT_INPUT_COMMAND


def is_thinking(message: Message) -> bool:
    """Tell whether a message still shows that the app is thinking."""
    return message.has(MessageFlag.LOADING)


def _guild_id(channel: Channel) -> JSON:
    return {"guild_id": str(channel.guild.id)} if channel.guild else {}
