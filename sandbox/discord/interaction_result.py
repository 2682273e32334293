"""One use of a command, component or modal, as the person who made it follows it."""

from collections.abc import Callable

from sandbox.discord.filling import SeenModal, see_modal
from sandbox.discord.message_view import SeenMessage, see
from sandbox.discord.records import Interaction
from sandbox.discord.world import World

# How many real seconds a wait lasts where nothing else is said.
PATIENCE_S = 60.0


class InteractionResult:
    """One use of a command, button, select or modal, and what the bot made of it."""

    def __init__(self, world: World, interaction: Interaction) -> None:
        self._world = world
        self.interaction = interaction

    @property
    def callback_type(self) -> int | None:
        """The type of the bot's answer, or None while there is none."""
        answered = self.interaction.callback_type
        return None if answered is None else int(answered)

    @property
    def failed(self) -> str | None:
        """What the person reads where the bot has not answered in time."""
        return self.interaction.failed

    @property
    def message(self) -> SeenMessage | None:
        """The answer as the person sees it now; None where there is none, or it is deleted."""
        response = self.interaction.response
        if response is None or response.deleted:
            return None
        return see(response, self._world.renderer)

    @property
    def followups(self) -> list[SeenMessage]:
        """The further messages of this interaction that still stand."""
        return [
            see(message, self._world.renderer)
            for message in self.interaction.followups
            if not message.deleted
        ]

    @property
    def modal(self) -> SeenModal | None:
        """The modal that the bot opened."""
        opened = self.interaction.modal
        return None if opened is None else see_modal(opened)

    async def answered(self, within: float = PATIENCE_S) -> "InteractionResult":
        """Wait for the bot's answer, or for Discord to give up on it."""

        def look(_subject: object) -> "InteractionResult | None":
            done = self.interaction.callback_type is not None or self.interaction.failed
            return self if done else None

        return await self.interaction.news.first(look, within)

    async def wait_for(
        self, predicate: Callable[[SeenMessage], bool], within: float = PATIENCE_S
    ) -> SeenMessage:
        """Wait until the answer looks as described, and return it."""

        def look(subject: object) -> SeenMessage | None:
            response = self.interaction.response
            if subject not in (None, response, self.interaction):
                return None
            message = self.message
            return message if message is not None and predicate(message) else None

        return await self._world.news.first(look, within)

    async def gone(self, within: float = PATIENCE_S) -> None:
        """Wait until the answer has been deleted."""

        def look(_subject: object) -> bool | None:
            response = self.interaction.response
            return True if response is not None and response.deleted else None

        await self._world.news.first(look, within)
