"""One bot with each of other people's Discord libraries, played by a person step by step.

The bots in `bots` have the same commands; their libraries are as released, and only given the
addresses.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.discord import Channel, InteractionResult, LocalDiscord, Rule, SeenMessage
from tests.compat.environments import Environment, known
from tests.compat.reports import LackingError, Report, Step
from tests.openapi import check_answers, description
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

BOTS: Final = Path(__file__).with_name("bots")

LIBRARIES: Final = known(
    "py-cord.txt", "disnake.txt", "hikari.txt", "discord.js.json", "oceanic.js.json"
)

PROGRAMS: Final = {
    "py-cord": "pycord_bot.py",
    "disnake": "disnake_bot.py",
    "hikari": "hikari_bot.py",
    "discord.js": "discordjs_bot.mjs",
    "oceanic.js": "oceanic_bot.mjs",
}

BURST: Final = 8
"""Messages that a bot sends at once."""

LAST_LINES: Final = 15
TRIES: Final = 3


async def play(library: Environment) -> list[Report]:
    """Play a library's bot through every step."""
    log = library.folder / "bot.log"
    report = Report(library.name)
    async with LocalDiscord() as discord, running(library, discord, log) as bot:
        scene = Scene(discord)
        await report.play(
            scene.steps(),
            alive=lambda: bot.returncode is None and bool(discord.gateway.identified),
        )
    if not report.is_ok:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        report.notes += [f"{library.name} said:", *lines[-LAST_LINES:]]
    return [report]


@asynccontextmanager
async def running(
    library: Environment, discord: LocalDiscord, log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a library's bot, whose output goes into a log."""
    rest = discord.api_base.rpartition("/")[0]
    variables = library.variables | {"REST": rest, "TOKEN": discord.bot_token}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *library.command(BOTS / PROGRAMS[library.name]),
            env=variables,
            stdout=output,
            stderr=output,
            cwd=library.folder,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass
class Scene:
    """The steps of one bot, in their order; each needs only that the bot is connected."""

    discord: LocalDiscord

    def __post_init__(self) -> None:
        self.ada = self.discord.person("Ada")

    def steps(self) -> tuple[Step, ...]:
        """Return every step with its name."""
        steps = (
            Step("connect", self.connect),
            Step("sync", self.sync),
            Step("autocomplete", self.autocomplete),
            Step("defer", self.defer),
            Step("edit", self.edit),
            Step("follow-up with a file", self.follow_up),
            Step("ephemeral", self.ephemeral),
            Step("V2 card", self.card),
            Step("button", self.button),
            Step("select", self.select),
            Step("modal", self.modal),
            Step("message command", self.message_command),
            Step("thread", self.thread),
            Step("direct message", self.direct_message),
            Step("rate-limit burst", self.burst),
            Step("resume after a cut", self.resume),
            Step("answers as described", self.described),
        )
        return tuple(Step(step.name, partial(self.patiently, step)) for step in steps)

    async def patiently(self, step: Step) -> None:
        """Take a step, again where a busy machine left an interaction unanswered for 3 seconds."""
        for _ in range(TRIES - 1):
            late = self.late()
            try:
                return await step.take()
            except (AssertionError, TimeoutError):
                if self.late() == late:
                    raise
        return await step.take()

    async def connect(self) -> None:
        await self.discord.wait_until(self.discord.gateway.online, PATIENCE_S)

    async def sync(self) -> None:
        await self.discord.wait_until(lambda: len(self.discord.commands) == 7, PATIENCE_S)

    async def autocomplete(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            choices = await self.ada.suggest("draw", "prompt", "a fox")
        assert [choice.value for choice in choices] == ["a fox one", "a fox two"]

    async def defer(self) -> None:
        use = await self.used("draw", prompt="a fox")
        assert use.callback_type == 5, f"the answer was of type {use.callback_type}"

    async def edit(self) -> None:
        use = await self.used("draw", prompt="a fox")
        await use.wait_for(lambda seen: seen.text == "edited a fox", PATIENCE_S)

    async def follow_up(self) -> None:
        use = await self.used("draw", prompt="a fox")
        await self.discord.wait_until(lambda: bool(use.followups), PATIENCE_S)
        (message,) = use.followups
        (file,) = message.files
        assert (message.text, file.filename, file.data) == ("followed", "note.txt", b"a note")

    async def ephemeral(self) -> None:
        use = await self.used("whisper")
        message = await use.wait_for(lambda seen: seen.text == "only you", PATIENCE_S)
        assert message.private

    async def card(self) -> None:
        message = await self.shown_card()
        assert message.buttons == ("Press",)
        assert [choice.value for choice in message.options] == ["a", "b"]

    async def button(self) -> None:
        use = await self.answered(await self.ada.click(await self.shown_card(), "press"))
        assert use.modal is not None
        assert use.modal.title == "A form"

    async def select(self) -> None:
        use = await self.answered(await self.ada.choose(await self.shown_card(), "pick", "b"))
        await use.wait_for(lambda seen: seen.text == "picked b", PATIENCE_S)

    async def modal(self) -> None:
        opened = await self.answered(await self.ada.click(await self.shown_card(), "press"))
        use = await self.answered(await self.ada.submit(opened, words="hello"))
        await use.wait_for(lambda seen: seen.text == "said hello", PATIENCE_S)

    async def message_command(self) -> None:
        use = await self.answered(self.ada.use_on(self.ada.send("a saying"), "Quote"))
        await use.wait_for(lambda seen: seen.text == "quoted a saying", PATIENCE_S)

    async def thread(self) -> None:
        await self.used("thread")
        await self.discord.wait_until(lambda: bool(self.threads()), PATIENCE_S)
        (opened,) = self.threads()
        assert opened.name == "a thread"
        await self.told("in the thread", opened)

    async def direct_message(self) -> None:
        await self.used("private")
        await self.told("a direct message", self.ada.dm)

    async def burst(self) -> None:
        # Fewer than the bot sends, so that it has to wait.
        self.discord.limits.set(Rule.RATE_CREATE, 3, 1)
        try:
            await self.used("burst")
            said = {f"burst {number}" for number in range(BURST)}
            await self.discord.wait_until(lambda: said <= self.read(), PATIENCE_S)
        finally:
            self.discord.limits.off()

    async def resume(self) -> None:
        identified = self.discord.gateway.identified
        resumed = self.count("RESUMED")
        self.discord.cut_gateway()
        await self.discord.wait_until(lambda: self.count("RESUMED") > resumed, PATIENCE_S)
        assert self.discord.gateway.identified == identified, "it identified again"
        await self.ephemeral()

    async def described(self) -> None:
        if description() is None:
            raise LackingError("Discord's openapi.json is not here")
        check_answers(self.discord)

    # What the steps share

    async def used(self, command: str, **options: str) -> InteractionResult:
        return await self.answered(self.ada.use(command, options))

    async def answered(self, use: InteractionResult) -> InteractionResult:
        await use.answered(PATIENCE_S)
        assert use.failed is None, use.failed
        return use

    def late(self) -> int:
        return sum(one.failed is not None for one in self.discord.world.interactions.values())

    async def shown_card(self) -> SeenMessage:
        use = await self.used("card")
        return await use.wait_for(lambda seen: seen.text == "a card", PATIENCE_S)

    async def told(self, text: str, channel: Channel) -> None:
        says: Callable[[SeenMessage], bool] = lambda seen: seen.text == text  # noqa: E731
        await self.ada.wait_for(says, PATIENCE_S, channel=channel)

    def threads(self) -> list[Channel]:
        return [each for each in self.discord.world.channels.values() if each.is_thread]

    def read(self) -> set[str]:
        return {seen.text for seen in self.ada.read()}

    def count(self, event: str) -> int:
        return sum(name == event for name, _ in self.discord.gateway.dispatched)
