"""A person in front of Discord: types, clicks, fills in, writes, and reads."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.discord.cdn import Upload
from sandbox.discord.commands import CommandType, find
from sandbox.discord.components import SELECTS, Component, setting, walk
from sandbox.discord.errors import JSON, ClientRefusedError
from sandbox.discord.filling import fill
from sandbox.discord.interactions import Interactions
from sandbox.discord.messages import mentioned
from sandbox.discord.permissions import Permission
from sandbox.discord.records import (
    Body,
    Channel,
    Interaction,
    InteractionType,
    Message,
    MessageType,
    User,
)
from sandbox.discord.seen import Choice, SeenMessage, button_label, is_clickable, see
from sandbox.discord.slash import Option, Typing, check_place, read_line
from sandbox.discord.use import PATIENCE_S, Use
from sandbox.discord.world import World

_AT_NAME = re.compile(r"@(\w+)")


class Person:
    """One person; without a `channel`, things happen where the person is."""

    def __init__(
        self, world: World, interactions: Interactions, user: User, channel: Channel
    ) -> None:
        self._world = world
        self._interactions = interactions
        self.user = user
        self.channel = channel

    @property
    def dm(self) -> Channel:
        """The direct messages with the bot."""
        return self._world.dm_with(self.user)

    # Commands

    def use(
        self, command: str, *, channel: Channel | None = None, raw: bool = False, **options: Option
    ) -> Use:
        """Type a slash command, such as 'imagine' or 'limits set'.

        Raises ClientRefusedError for what Discord's client would not send; `raw` sends it.
        """
        where = channel or self.channel
        line = read_line(self._world, command, raw=raw)
        if not raw:
            check_place(line.command, where, self.user)
            self._check_may_use_commands(where)
        data = Typing(self._world, where, self.user, raw=raw).data(line, options)
        return self._open(where, InteractionType.COMMAND, data)

    def use_on(self, message: SeenMessage, command: str) -> Use:
        """Choose a message command from a message's menu."""
        target = self._find(message)
        known = find(self._world.commands, CommandType.MESSAGE, command)
        if known is None:
            raise ClientRefusedError(f"there is no message command {command}")
        check_place(known, target.channel, self.user)
        written = self._world.renderer.message(target)
        data: JSON = {
            "id": known["id"],
            "name": known["name"],
            "type": int(CommandType.MESSAGE),
            "target_id": str(target.id),
            "resolved": {"messages": {str(target.id): written}},
        }
        return self._open(target.channel, InteractionType.COMMAND, data, source=target)

    async def suggest(
        self,
        command: str,
        option: str,
        typed: str,
        *,
        channel: Channel | None = None,
        **others: Option,
    ) -> list[Choice]:
        """Type into an option and return what the bot suggests."""
        where = channel or self.channel
        line = read_line(self._world, command)
        data = Typing(self._world, where, self.user, raw=False).partial(line, option, typed, others)
        use = self._open(where, InteractionType.AUTOCOMPLETE, data)
        await use.answered()
        if use.failed:
            raise TimeoutError(use.failed)
        choices = use.interaction.choices or []
        return [Choice(choice["name"], choice["value"]) for choice in choices]

    # Components and modals

    async def click(self, message: SeenMessage, label: str) -> Use:
        """Click a button, by its label or its custom_id."""
        target = self._find(message)
        button = next(
            (
                part
                for part in walk(target.body.components)
                if part["type"] == Component.BUTTON
                and label in (button_label(part), part.get("custom_id"))
            ),
            None,
        )
        if button is None or not is_clickable(button):
            raise ClientRefusedError(f"there is no button {label} to click")
        return self._use_component(target, button, {})

    async def pick(self, message: SeenMessage, *values: str) -> Use:
        """Pick values of a message's select, by what is shown or what is sent."""
        target = self._find(message)
        for select in walk(target.body.components):
            if select["type"] not in SELECTS or select.get("disabled"):
                continue
            names = {option["label"]: option["value"] for option in select.get("options") or ()}
            chosen = [value if value in names.values() else names.get(value) for value in values]
            if all(value is not None for value in chosen):
                _check_picked(select, len(chosen))
                return self._use_component(target, select, {"values": chosen})
        raise ClientRefusedError(f"there is no select with {', '.join(values)}")

    async def submit(self, use: Use, **fields: Any) -> Use:  # noqa: ANN401 - text, choices, files
        """Fill in the modal that a use was answered with; fields go by custom_id or label."""
        modal = use.modal
        if modal is None:
            raise ClientRefusedError("no modal is open")
        origin = use.interaction
        typing = Typing(self._world, origin.channel, self.user, raw=False)
        data = fill(modal, fields, typing)
        source = origin.source if origin.type is InteractionType.COMPONENT else None
        return self._open(
            origin.channel, InteractionType.MODAL_SUBMIT, data, source=source, opened_by=origin
        )

    # Messages

    def send(
        self, text: str, *, channel: Channel | None = None, uploads: Sequence[Upload] = ()
    ) -> SeenMessage:
        """Write a message; '@Name' mentions an account."""
        return self._write(channel or self.channel, text, uploads, None)

    def reply(
        self,
        message: SeenMessage,
        text: str,
        *,
        ping: bool = True,
        uploads: Sequence[Upload] = (),
    ) -> SeenMessage:
        """Reply to a message; with `ping` its author is mentioned."""
        target = self._find(message)
        if target.private_to is not None:
            raise ClientRefusedError("a private message cannot be replied to")
        # https://github.com/discord/discord-api-docs/issues/5395: a reply to the answer of an
        # interaction mentions nobody.
        pinged = target.author if ping and target.interaction is None else None
        return self._write(target.channel, text, uploads, target, pinged)

    def read(self, channel: Channel | None = None) -> list[SeenMessage]:
        """Return the messages that this person sees, oldest first."""
        where = channel or self.channel
        return [
            see(message, self._world.renderer)
            for message in where.messages.values()
            if self._sees(message)
        ]

    async def wait_for(
        self,
        predicate: Callable[[SeenMessage], bool],
        within: float = PATIENCE_S,
        *,
        channel: Channel | None = None,
    ) -> SeenMessage:
        """Wait for a message that looks as described; one that stands already will do."""
        where = channel or self.channel

        def look(subject: object) -> SeenMessage | None:
            if subject is None:
                return next((seen for seen in self.read(where) if predicate(seen)), None)
            if not isinstance(subject, Message) or subject.deleted:
                return None
            if subject.channel is not where or not self._sees(subject):
                return None
            seen = see(subject, self._world.renderer)
            return seen if predicate(seen) else None

        return await self._world.news.first(look, within)

    def look_again(self, message: SeenMessage) -> SeenMessage | None:
        """Return a message as it is now, or None where it is gone."""
        channel = self._world.channels.get(message.channel_id)
        found = channel.messages.get(message.id) if channel else None
        return see(found, self._world.renderer) if found and self._sees(found) else None

    def delete(self, message: SeenMessage) -> None:
        """Delete a message of one's own, or dismiss a private one."""
        target = self._find(message)
        if self.user not in (target.author, target.private_to):
            raise ClientRefusedError("this message is someone else's")
        self._world.remove(target)

    def _write(
        self,
        channel: Channel,
        text: str,
        uploads: Sequence[Upload],
        target: Message | None,
        pinged: User | None = None,
    ) -> SeenMessage:
        files = tuple(self._world.cdn.store(upload, channel.id) for upload in uploads)
        body = Body(content=self._with_mentions(text), files=files)
        named = mentioned(body, self._world.users)
        if pinged is not None and pinged not in named:
            named = (*named, pinged)
        body = Body(content=body.content, files=files, mentions=named)
        message = self._world.write(channel, self.user, body)
        if target is not None:
            message.type = MessageType.REPLY
            message.reply_to = target.id
        return see(self._world.post(message), self._world.renderer)

    def _with_mentions(self, text: str) -> str:
        def mention(match: re.Match[str]) -> str:
            user = self._world.user_named(match[1])
            return f"<@{user.id}>" if user else match[0]

        return _AT_NAME.sub(mention, text)

    def _use_component(self, target: Message, component: JSON, more: Mapping[str, object]) -> Use:
        data: JSON = {
            "component_type": component["type"],
            "custom_id": component["custom_id"],
            "id": component["id"],
            **more,
        }
        return self._open(target.channel, InteractionType.COMPONENT, data, source=target)

    def _open(
        self,
        channel: Channel,
        kind: InteractionType,
        data: JSON,
        *,
        source: Message | None = None,
        opened_by: Interaction | None = None,
    ) -> Use:
        opened = self._interactions.open(
            self.user, channel, kind, data, source=source, opened_by=opened_by
        )
        return Use(self._world, opened)

    def _check_may_use_commands(self, channel: Channel) -> None:
        if not channel.permissions_of(self.user) & Permission.USE_APPLICATION_COMMANDS:
            raise ClientRefusedError("commands may not be used here")

    def _find(self, message: SeenMessage) -> Message:
        channel = self._world.channels.get(message.channel_id)
        found = channel.messages.get(message.id) if channel else None
        if found is None or not self._sees(found):
            raise ClientRefusedError("this message is gone")
        return found

    def _sees(self, message: Message) -> bool:
        return message.private_to in (None, self.user)


def _check_picked(select: JSON, chosen: int) -> None:
    low, high = setting(select, "min_values", 1), setting(select, "max_values", 1)
    if not low <= chosen <= high:
        raise ClientRefusedError(f"this select takes {low} to {high} values")
