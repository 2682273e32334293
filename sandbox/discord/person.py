"""A person in front of Discord: types, clicks, fills in, writes, and reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.discord.commands import CommandType, find
from sandbox.discord.component_types import ENTITY_SELECTS, SELECTS, Component, setting, walk
from sandbox.discord.correspondent import Correspondent
from sandbox.discord.errors import JSON, ClientRefusedError
from sandbox.discord.filling import fill
from sandbox.discord.interaction_result import InteractionResult
from sandbox.discord.interactions import Interactions
from sandbox.discord.localizing import known_locale
from sandbox.discord.message_view import Choice, SeenMessage, button_label, is_clickable
from sandbox.discord.permissions import Permission
from sandbox.discord.records import Channel, Interaction, InteractionType, Message, User
from sandbox.discord.rules import Rule
from sandbox.discord.slash import Option, Typing, check_place, read_line
from sandbox.discord.world import World


class Person(Correspondent):
    """One person; without a `channel`, things happen where the person is."""

    def __init__(
        self, world: World, interactions: Interactions, user: User, channel: Channel
    ) -> None:
        super().__init__(world, user, channel)
        self._interactions = interactions

    @property
    def locale(self) -> str:
        """The language of the person's Discord, which an interaction tells."""
        return self.user.locale

    @locale.setter
    def locale(self, locale: str) -> None:
        self.user.locale = known_locale(locale)

    def install_app(self) -> None:
        """Install the app for oneself, beside what servers have installed."""
        self._world.installs.add(self.user.id)

    # Commands

    def use(
        self,
        command: str,
        given: Mapping[str, Option] | None = None,
        /,
        *,
        channel: Channel | None = None,
        raw: bool = False,
        **options: Option,
    ) -> InteractionResult:
        """Type a slash command, such as 'imagine' or 'limits set'; `given` takes any names.

        Raises ClientRefusedError for what Discord's client would not send; `raw` sends it.
        """
        where = channel or self.channel
        line = read_line(self._world, command, where, raw=raw)
        if not raw:
            check_place(line.command, where, self.permissions(where))
            self._check_may_use_commands(where)
        data = Typing(self._world, where, self.user, raw=raw).data(
            line, {**(given or {}), **options}
        )
        return self._open(where, InteractionType.COMMAND, data)

    def use_on(self, target: SeenMessage | User, command: str) -> InteractionResult:
        """Choose a command from the menu of a message, or of an account where the person is."""
        message = self._find(target) if isinstance(target, SeenMessage) else None
        channel = message.channel if message else self.channel
        kind = CommandType.MESSAGE if message else CommandType.USER
        known = find(self._world.offered_in(channel), kind, command)
        if known is None:
            raise ClientRefusedError(f"there is no command {command} in this menu")
        check_place(known, channel, self.permissions(channel))
        data: JSON = {"id": known["id"], "name": known["name"], "type": int(kind)}
        if message is None:
            typing = Typing(self._world, channel, self.user, raw=False)
            data["target_id"] = typing.named(Component.USER_SELECT, str(target.id))
            data["resolved"] = typing.resolved
        else:
            # A message command shows its target, of any author.
            shown = self._world.rules.strikes(Rule.CONTENT_TARGET, condition=True)
            written = self._world.renderer.message(message, None if shown else Rule.CONTENT_GATEWAY)
            data["target_id"] = str(target.id)
            data["resolved"] = {"messages": {str(target.id): written}}
        return self._open(channel, InteractionType.COMMAND, data, source=message)

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
        use = self.type_into(command, option, typed, channel=channel, **others)
        await use.answered()
        if use.failed:
            raise TimeoutError(use.failed)
        choices = use.interaction.choices or []
        return [Choice(choice["name"], choice["value"]) for choice in choices]

    def type_into(
        self,
        command: str,
        option: str,
        typed: str,
        given: Mapping[str, Option] | None = None,
        /,
        *,
        channel: Channel | None = None,
        **others: Option,
    ) -> InteractionResult:
        """Type into an option that suggests, without waiting for the suggestions."""
        where = channel or self.channel
        line = read_line(self._world, command, where)
        typing = Typing(self._world, where, self.user, raw=False)
        data = typing.partial(line, option, typed, {**(given or {}), **others})
        return self._open(where, InteractionType.AUTOCOMPLETE, data)

    # Components and modals

    async def click(self, message: SeenMessage, label: str) -> InteractionResult:
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

    async def pick(self, message: SeenMessage, *values: str) -> InteractionResult:
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

    async def choose(self, message: SeenMessage, custom_id: str, *values: str) -> InteractionResult:
        """Pick values of one select of a message, of any kind: options, people, channels, roles."""
        target = self._find(message)
        for select in walk(target.body.components):
            if select["type"] not in SELECTS or select.get("custom_id") != custom_id:
                continue
            offered = {option["value"] for option in select.get("options") or ()}
            known = select["type"] != Component.STRING_SELECT or offered.issuperset(values)
            if known and not select.get("disabled"):
                _check_picked(select, len(values))
                return self._use_component(target, select, self._chosen(target, select, values))
        raise ClientRefusedError("there is no such select")

    async def submit(self, use: InteractionResult, **fields: Any) -> InteractionResult:  # noqa: ANN401 - text, choices, files
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

    def _chosen(self, target: Message, select: JSON, values: Sequence[str]) -> JSON:
        if select["type"] not in ENTITY_SELECTS:
            return {"values": list(values)}
        typing = Typing(self._world, target.channel, self.user, raw=False)
        named = [typing.named(Component(select["type"]), value) for value in values]
        return {"values": named} | ({"resolved": typing.resolved} if typing.resolved else {})

    def _use_component(
        self, target: Message, component: JSON, more: Mapping[str, object]
    ) -> InteractionResult:
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
    ) -> InteractionResult:
        opened = self._interactions.open(
            self.user, channel, kind, data, source=source, opened_by=opened_by
        )
        return InteractionResult(self._world, opened)

    def _check_may_use_commands(self, channel: Channel) -> None:
        commands = Permission.USE_APPLICATION_COMMANDS
        if not self._world.authority.may(self.user, channel, commands):
            raise ClientRefusedError("commands may not be used here")


def _check_picked(select: JSON, chosen: int) -> None:
    low, high = setting(select, "min_values", 1), setting(select, "max_values", 1)
    if not low <= chosen <= high:
        raise ClientRefusedError(f"this select takes {low} to {high} values")
