"""What a person does on the page, one method for each, carried out by the sandbox's people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import ClientRefusedError, InteractionResult, Permission
from sandbox.discord.commands import OptionType
from sandbox.discord.message_view import see
from sandbox.discord.messages import MAX_CONTENT
from sandbox.discord.slash import read_line
from sandbox.page.view import modal_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.discord import Channel, LocalDiscord, Person, SeenMessage, Upload
    from sandbox.discord.errors import JSON
    from sandbox.discord.records import Message
    from sandbox.discord.slash import Option
    from sandbox.page.personas import Personas

MAX_TITLE: Final = 100
"""https://discord.com/developers/docs/resources/channel#start-thread-in-forum-or-media-channel."""


ID_DIGITS: Final = 20
"""Of the largest id, which has 64 bits."""


@dataclass(frozen=True)
class Act:
    """One thing that is done: by whom, where, and with what; files go by their field's name."""

    person: Person
    channel: Channel
    said: Mapping[str, Any]
    files: Mapping[str, tuple[Upload, ...]] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return a text, an empty one where there is none."""
        value = self.said.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """Return an id, 0 where there is none."""
        return as_id(self.said.get(key))

    def table(self, key: str) -> dict[str, Any]:
        """Return an object, an empty one where there is none."""
        value = self.said.get(key)
        return dict(value) if isinstance(value, dict) else {}


def as_id(value: object) -> int:
    """Return an id that was written as a text, 0 where it was not."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= ID_DIGITS:
        return int(value)
    return 0


class Acts:
    """Does what is done on the page; each refusal is a ClientRefusedError."""

    def __init__(self, discord: LocalDiscord, cast: Personas) -> None:
        self._discord = discord
        self._cast = cast

    async def use(self, act: Act) -> JSON:
        """Type a slash command."""
        command = act.text("command")
        options = self._options(act, command)
        return await _answer(act.person.use(command, options, channel=act.channel))

    async def suggest(self, act: Act) -> JSON:
        """Type into an option that suggests."""
        command, focused = act.text("command"), act.text("option")
        others = self._options(act, command)
        others.pop(focused, None)
        use = act.person.type_into(command, focused, act.text("typed"), others, channel=act.channel)
        await use.answered()
        return {"choices": use.interaction.choices or [], "failed": use.failed}

    async def menu(self, act: Act) -> JSON:
        """Choose a command from a message's menu."""
        return await _answer(act.person.use_on(self._seen(act), act.text("command")))

    async def click(self, act: Act) -> JSON:
        """Press a button."""
        return await _answer(await act.person.click(self._seen(act), act.text("custom_id")))

    async def choose(self, act: Act) -> JSON:
        """Pick values of a select."""
        said = act.said.get("values")
        values = [str(value) for value in said] if isinstance(said, list) else []
        use = await act.person.choose(self._seen(act), act.text("custom_id"), *values)
        return await _answer(use)

    async def submit(self, act: Act) -> JSON:
        """Hand in the modal that an interaction was answered with."""
        interaction = self._discord.world.interactions.get(act.number("interaction"))
        if interaction is None or interaction.person != act.person.user:
            raise ClientRefusedError("this form has expired")
        fields = act.table("fields") | {name: list(files) for name, files in act.files.items()}
        use = InteractionResult(self._discord.world, interaction)
        return await _answer(await act.person.submit(use, **fields))

    async def send(self, act: Act) -> JSON:
        """Write a message, or a reply to one."""
        self._check_may_write(act)
        text, uploads = act.text("text").strip(), act.files.get("files", ())
        if not text and not uploads:
            raise ClientRefusedError("an empty message cannot be sent")
        if act.text("reply_to"):
            target = self._seen(act, "reply_to")
            ping = act.said.get("ping") is not False
            sent = act.person.reply(target, text, ping=ping, uploads=uploads)
        else:
            sent = act.person.send(text, channel=act.channel, uploads=uploads)
        return {"message": str(sent.id)}

    async def post(self, act: Act) -> JSON:
        """Open a post in a forum."""
        self._check_may_write(act)
        title, text = act.text("title").strip(), act.text("text").strip()
        if not title or not text:
            raise ClientRefusedError("a post needs a title and a message")
        if len(title) > MAX_TITLE:
            raise ClientRefusedError(f"a title has at most {MAX_TITLE} characters")
        uploads = act.files.get("files", ())
        thread = act.person.open_post(act.channel, title, text, uploads)
        return {"channel": str(thread.id)}

    async def delete(self, act: Act) -> JSON:
        """Delete a message, or dismiss a private one."""
        message = self._message(act)
        authority = self._discord.world.authority
        moderates = act.channel.guild is not None and authority.may(
            act.person.user, act.channel, Permission.MANAGE_MESSAGES
        )
        if moderates and message.private_to is None:
            self._discord.delete_message(message)
        else:
            act.person.delete(self._seen(act))
        return {}

    # What is meant

    def _check_may_write(self, act: Act) -> None:
        sending = Permission.SEND_MESSAGES
        if act.channel.is_thread:
            sending = Permission.SEND_MESSAGES_IN_THREADS
        if not self._discord.world.authority.may(act.person.user, act.channel, sending):
            raise ClientRefusedError("you can't send messages here")
        if len(act.text("text")) > MAX_CONTENT:
            raise ClientRefusedError(f"a message has at most {MAX_CONTENT:,} characters")

    def _message(self, act: Act, key: str = "message") -> Message:
        found = act.channel.messages.get(act.number(key))
        if found is None:
            raise ClientRefusedError("this message was deleted")
        return found

    def _seen(self, act: Act, key: str = "message") -> SeenMessage:
        return see(self._message(act, key), self._discord.world.renderer)

    def _options(self, act: Act, command: str) -> dict[str, Option]:
        known = {
            option["name"]: option["type"]
            for option in read_line(self._discord.world, command, act.channel).options
        }
        options: dict[str, Option] = {
            name: self._option(known.get(name, 0), value)
            for name, value in act.table("options").items()
        }
        return options | {name: files[0] for name, files in act.files.items() if files}

    def _option(self, kind: int, value: Any) -> Option:  # noqa: ANN401  # JSON of the page
        world = self._discord.world
        if kind in _ENTITIES and (entity_id := as_id(value)):
            roles = {
                role_id: role
                for guild in world.guilds.values()
                for role_id, role in guild.roles.items()
            }
            known: dict[int, Any] = {**world.users, **world.channels, **roles}
            value = known.get(entity_id, value)
        checked: Option = value
        return checked


async def _answer(use: InteractionResult) -> JSON:
    await use.answered()
    modal = modal_json(use.interaction)
    return {"failed": use.failed, "modal": modal, "id": str(use.interaction.id)}


_ENTITIES: Final = frozenset(
    {OptionType.USER, OptionType.CHANNEL, OptionType.ROLE, OptionType.MENTIONABLE}
)
