"""The places where somebody can ask for pictures, and what comes of asking there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sandbox.discord import DEFAULT_PERMISSIONS, ClientRefusedError, Permission
from sandbox.flux.oddities import API_ERROR
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_buttons import has

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sandbox.discord import Channel, InteractionResult, Person, SeenMessage
    from tests.end_to_end.stage import Stage

POSTING = Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS

MESSAGE: Final = "message"
RESPONSE: Final = "response"
ALONE: Final = "private"
REFUSED: Final = "refused"
SILENCE: Final = "no reply"
ABSENT: Final = "none"
DONE: Final = "yes"
COLLECT: Final = "Get image"
"""What a cell can say; docs/commands.md tells what each means."""


@dataclass
class Scene:
    """One place, and Ada in it.

    Attributes:
        closed: whether the bot may not post there, once what was to be there before is there.
        hushed: whether nothing at all is to be heard of the bot.
    """

    stage: Stage
    channel: Channel
    closed: bool = False
    hushed: bool = False

    @property
    def ada(self) -> Person:
        return self.stage.ada

    def seen(self) -> list[SeenMessage]:
        """Return what the bot wrote, without the help that follows a first direct message."""
        seen = [each for each in self.ada.read(self.channel) if each.author == "Fluxcord"]
        return [each for each in seen if not each.text.startswith("**Generate:**")]

    def close(self) -> None:
        if self.closed:
            left = DEFAULT_PERMISSIONS & ~POSTING
            self.stage.discord.set_bot_permissions(left, self.channel)

    async def card(self, count: int = 1) -> SeenMessage:
        """Have a picture posted before anything is tried."""
        self.ada.use("imagine", prompt="a lighthouse", count=count, channel=self.channel)
        card = await self.ada.wait_for(has_picture, channel=self.channel)
        await self.stage.ended()
        self.close()
        return card

    async def failure(self) -> SeenMessage:
        self.stage.flux.misbehave("work", API_ERROR)
        self.ada.use("imagine", prompt="a lighthouse", channel=self.channel)
        card = await self.ada.wait_for(has("Try again"), channel=self.channel)
        await self.stage.ended()
        self.close()
        return card

    async def came_of(self, act: Callable[[], Awaitable[object]]) -> str:
        """Do something, and return what comes of it in the words of the table."""
        before = {each.id: each for each in self.seen()}

        def is_new(seen: SeenMessage) -> bool:
            is_help = seen.text.startswith("**Generate:**")
            is_done = seen.author == "Fluxcord" and not seen.thinking and not is_help
            return is_done and before.get(seen.id) != seen

        try:
            await act()
        except ClientRefusedError:
            return ABSENT
        if self.hushed:
            # What the bot answers after that, it has heard after that.
            await self.ada.use("style list", channel=self.ada.dm).answered()
        else:
            await self.ada.wait_for(is_new, channel=self.channel)
        await self.stage.ended()
        new = [each for each in self.seen() if is_new(each)]
        return in_words(new[-1]) if new else SILENCE

    async def fill_in(
        self, use: InteractionResult, prompt: str = "make it night"
    ) -> InteractionResult:
        await use.answered()
        return await self.ada.submit(use, prompt=prompt)


def in_words(seen: SeenMessage) -> str:
    if "I need these permissions" in seen.text or "othing was charged" in seen.text:
        return REFUSED
    if seen.private:
        return ALONE
    assert has_picture(seen), seen.text
    return RESPONSE if "interaction_metadata" in seen.raw else MESSAGE


# The places


def server(stage: Stage) -> Scene:
    return Scene(stage, stage.discord.channel)


def thread(stage: Stage) -> Scene:
    return Scene(stage, stage.discord.add_thread("night"))


def forum_post(stage: Stage) -> Scene:
    return Scene(stage, stage.ada.open_post(stage.discord.add_forum("gallery"), "Hill", "here"))


def direct(stage: Stage) -> Scene:
    return Scene(stage, stage.ada.dm)


def installed(stage: Stage) -> Scene:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    stage.ada.install_app()
    return Scene(stage, stage.discord.add_channel("garden", guild))


def group(stage: Stage) -> Scene:
    stage.ada.install_app()
    return Scene(stage, stage.discord.add_group(stage.ada, stage.discord.person("Bob")))


def closed(stage: Stage) -> Scene:
    return Scene(stage, stage.discord.add_channel("quiet"), closed=True)


PLACES: dict[str, Callable[[Stage], Scene]] = {
    "server": server,
    "thread": thread,
    "forum post": forum_post,
    "DM": direct,
    "server without the bot": installed,
    "group": group,
    "cannot post": closed,
}
