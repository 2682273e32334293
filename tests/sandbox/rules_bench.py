"""What the rows of the rule table are made of: one world, plain HTTP, plain gateway frames."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, WSMsgType

from sandbox.discord import Channel, InteractionResult, LocalDiscord, Permission, Rule, SeenMessage
from tests.patience import PATIENCE_S
from tests.sandbox.discord.raw import Answer, Raw
from tests.sandbox.discord.socket import COMMANDS, INTENTS, Gateway

V2 = 1 << 15
EPHEMERAL = 1 << 6
JSON = dict[str, Any]
File = tuple[str, bytes]


class Bench:
    """One world with everything at hand that a row needs."""

    def __init__(self, world: LocalDiscord, session: ClientSession, stack: AsyncExitStack) -> None:
        self.world = world
        self.session = session
        self.raw = Raw(world, session)
        self.ada = world.person("Ada")
        self._stack = stack

    async def listen(self, **identify: Any) -> Gateway:  # noqa: ANN401 - any field of IDENTIFY
        """Open a session, with every command registered."""
        gateway = await self._stack.enter_async_context(Gateway.opened(self.world))
        await gateway.identify(self.world, **{"intents": INTENTS, **identify})
        gateway.session_id = (await gateway.event("READY"))["session_id"]
        if "shard" not in identify:
            await gateway.event("GUILD_CREATE")
        await self.register(COMMANDS)
        return gateway

    async def open(self) -> Gateway:
        """Open a websocket that has not identified."""
        return await self._stack.enter_async_context(Gateway.opened(self.world))

    async def register(self, commands: list[JSON]) -> Answer:
        return await self.raw.call("PUT", self.commands, commands)

    async def answer(
        self, use: InteractionResult, kind: int, data: object = None, *files: File
    ) -> Answer:
        interaction = use.interaction
        path = f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=1"
        return await self.raw.call("POST", path, {"type": kind, "data": data}, files)

    async def follow_up(self, use: InteractionResult, payload: JSON) -> Answer:
        return await self.raw.call("POST", self.webhook(use, ""), payload)

    async def change(self, use: InteractionResult, payload: JSON, *files: File) -> Answer:
        return await self.raw.call("PATCH", self.webhook(use), payload, files)

    def webhook(self, use: InteractionResult, rest: str = "/messages/@original") -> str:
        return f"/webhooks/{self.world.world.bot.id}/{use.interaction.token}{rest}"

    async def bots_message(self, payload: JSON | None = None, *files: File) -> SeenMessage:
        """Have the bot send a message, and return it as Ada sees it."""
        await self.raw.send(payload or {"content": "x"}, *files)
        return self.ada.read()[-1]

    async def click(self) -> InteractionResult:
        """Have Ada click a button of the bot's."""
        await self.listen()
        message = await self.bots_message({"content": "x", "components": [row(button())]})
        return await self.ada.click(message, "Go")

    def deprive(self, *permissions: Permission) -> None:
        """Take permissions from everybody in the guild, and so from the bot."""
        for permission in permissions:
            self.world.guild.everyone.permissions &= ~permission

    async def bot_holds(self, permission: Permission, channel: Channel | None = None) -> bool:
        """Tell whether an interaction says that the bot has a permission."""
        gateway = await self.listen()
        self.ada.use("imagine", channel=channel)
        held = (await gateway.event("INTERACTION_CREATE"))["app_permissions"]
        return bool(int(held) & permission)

    @property
    def commands(self) -> str:
        return f"/applications/{self.world.world.bot.id}/commands"


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(LocalDiscord())
        session = await stack.enter_async_context(ClientSession())
        yield Bench(world, session, stack)


Ask = Callable[[Bench], Awaitable[Answer]]


@dataclass(frozen=True)
class Row:
    """A rule, what is done, and what must come of it."""

    rule: Rule
    act: Callable[[Bench], Awaitable[object]]
    expected: object
    # For 50035, the place that the complaint names.
    place: str = ""

    @property
    def source(self) -> str:
        return self.rule.source

    async def holds(self, on: Bench) -> bool:
        """Do it, and tell whether what must come came."""
        seen = await self.act(on)
        if not isinstance(seen, Answer):
            return seen == self.expected
        right = (seen.status, seen.code) == self.expected
        return right and (not self.place or self.place in seen.places)


def refused(rule: Rule, ask: Ask, status: int, code: int | None, place: str = "") -> Row:
    return Row(rule, ask, (status, code), place)


def invalid(rule: Rule, ask: Ask, place: str) -> Row:
    """Return a row for an invalid form body: 400, 50035 and the place of the complaint."""
    return Row(rule, ask, (400, 50035), place)


def sends(payload: object, *files: File) -> Ask:
    """Send a message to the channel."""
    return lambda on: on.raw.send(payload, *files)


def calls(method: str, path: str, payload: object = None) -> Ask:
    """Make any request; {channel}, {guild} and {bot} stand for their ids."""

    async def act(on: Bench) -> Answer:
        ids = {
            "channel": on.world.channel.id,
            "guild": on.world.guild.id,
            "bot": on.world.world.bot.id,
        }
        return await on.raw.call(method, path.format(**ids), payload)

    return act


def commands(*payload: JSON) -> Ask:
    """Register commands."""
    return lambda on: on.register(list(payload))


def answers(kind: int, data: object = None) -> Ask:
    """Answer a slash command."""

    async def act(on: Bench) -> Answer:
        await on.listen()
        return await on.answer(on.ada.use("imagine"), kind, data)

    return act


def text(content: str) -> JSON:
    return {"type": 10, "content": content}


def gallery(*urls: str, **extra: Any) -> JSON:  # noqa: ANN401 - any field of an item
    return {"type": 12, "items": [{"media": {"url": url}, **extra} for url in urls]}


def button(custom_id: str = "x", **extra: Any) -> JSON:  # noqa: ANN401 - any field
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id, **extra}


def row(*components: JSON) -> JSON:
    return {"type": 1, "components": list(components)}


def container(*components: JSON, **extra: Any) -> JSON:  # noqa: ANN401 - any field
    return {"type": 17, "components": list(components), **extra}


def select(options: int = 1, **extra: Any) -> JSON:  # noqa: ANN401 - any field of a select
    listed = [{"label": f"l{number}", "value": f"v{number}"} for number in range(options)]
    return {"type": 3, "custom_id": "s", "options": listed, **extra}


def v2(*components: JSON) -> JSON:
    return {"flags": V2, "components": list(components)}


async def outcome(gateway: Gateway) -> object:
    """Return the code that the connection was closed with, or 'open'."""
    await gateway.send(1, None)
    while True:
        message = await gateway.socket.receive(timeout=PATIENCE_S)
        if message.type is not WSMsgType.TEXT:
            return gateway.socket.close_code
        if message.json()["op"] == 11:
            return "open"


async def events(gateway: Gateway, last: str) -> list[tuple[str, JSON]]:
    """Return the events up to the first with that name, and the opcodes that are no events."""
    seen: list[tuple[str, JSON]] = []
    while not seen or seen[-1][0] != last:
        frame = await gateway.frame()
        seen.append((frame["t"] or str(frame["op"]), frame["d"]))
    return seen
