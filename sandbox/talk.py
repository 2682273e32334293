"""One person in one channel with the bot, who says what is typed."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sandbox.discord import ClientRefusedError
from sandbox.speech import Press, Reply, Restart, SpeechError, Spoken, fill_in, understand
from sandbox.transcript import save_pictures, save_transcript, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sandbox.discord import InteractionResult, LocalDiscord, SeenMessage
    from sandbox.process import BotProcess
    from sandbox.terminal import Terminal

JOB_PATIENCE_S: Final = 660.0
"""A little more than the bot itself waits for a job."""

START_PATIENCE_S: Final = 30.0


class Talk:
    """A conversation; each line is answered before the next is said."""

    def __init__(
        self,
        discord: LocalDiscord,
        bot: BotProcess,
        terminal: Terminal,
        out: Path | None,
    ) -> None:
        self._person = discord.person()
        self._discord = discord
        self._bot = bot
        self._terminal = terminal
        self._out = out
        self._names = {user.id: user.name for user in discord.world.users.values()}

    async def say_all(self, lines: Sequence[str]) -> int:
        """Say the lines one after the other; return the exit status."""
        delivered = []
        for line in lines:
            self._terminal.said(self._person.user.name, line)
            delivered.append(await self._say(line))
            if self._out is not None:
                save_transcript(self._person.read(), self._out, self._names)
        return 0 if all(delivered) else 1

    async def listen(self) -> None:
        """Say what is typed, until cancelled."""
        loop = asyncio.get_running_loop()
        typed: asyncio.Queue[str] = asyncio.Queue()

        def read() -> None:
            for line in sys.stdin or ():  # there is none where it was closed
                loop.call_soon_threadsafe(typed.put_nowait, line)

        # A thread that waits for a line cannot be stopped; a daemon does not hold up the exit.
        threading.Thread(target=read, daemon=True).start()
        while True:
            line = await typed.get()
            if line.strip():
                await self._say(line.strip())
                if self._out is not None:
                    save_transcript(self._person.read(), self._out, self._names)

    async def _say(self, line: str) -> bool:
        before = {message.id for message in self._person.read()}
        try:
            spoken = understand(line, self._discord.commands)
            if isinstance(spoken, Restart):
                return await self._restart()
            touched, use = await self._do(spoken)
            failed = use.failed if use else None
        except (SpeechError, ClientRefusedError) as error:
            failed = str(error)
        if failed:
            self._terminal.complain(f"  {failed}")
            return False
        answers = await self._answers(before, touched)
        if self._out is not None:
            save_pictures(answers, self._out)
        if not self._bot.is_running:
            self._terminal.complain("  The bot has stopped; its log says why.")
        for message in answers:
            self._terminal.seen(message, self._names, self._out)
        done = all(state_of(message) == "done" for message in answers)
        if isinstance(spoken, Reply):  # one that comes to nothing is answered by words alone
            return done and any(message.images for message in answers)
        return done and (bool(answers) or touched is not None)

    async def _restart(self) -> bool:
        """Kill the bot, so that it can put nothing in order, and start it again."""
        await self._bot.kill()
        await self._discord.wait_until(lambda: not self._discord.gateway.online())
        await self._bot.start()
        try:
            await self._discord.connected(within=START_PATIENCE_S)
        except TimeoutError:
            self._terminal.complain("  The bot did not start again; its log says why.")
            return False
        self._terminal.note("  The bot was killed and has started again.")
        return True

    async def _do(
        self, spoken: Spoken | Reply | Press
    ) -> tuple[SeenMessage | None, InteractionResult | None]:
        """Do what was said; return the message that was touched, and the use that was made."""
        if isinstance(spoken, Reply):
            self._person.reply(self._find(lambda message: bool(message.images)), spoken.words)
            return None, None
        if isinstance(spoken, Spoken):
            return None, await self._person.use(spoken.command, **spoken.options).answered()
        touched = self._find(_offering(spoken), oldest=spoken.oldest)
        use = await self._press(spoken, touched)
        if use.modal is not None:
            names = [field.custom_id for field in use.modal.fields]
            fields = fill_in(spoken.fields, names)
            use = await (await self._person.submit(use, **fields)).answered()
        elif spoken.fields.strip():
            raise SpeechError(f"{spoken.label} opens no form to fill in.")
        return touched, use

    async def _press(self, spoken: Press, message: SeenMessage) -> InteractionResult:
        match spoken.way:
            case "click":
                use = await self._person.click(message, spoken.label)
            case "pick":
                use = await self._person.pick(message, spoken.label)
            case _:
                use = self._person.use_on(message, spoken.label)
        return await use.answered()

    def _find(self, offers: Callable[[SeenMessage], bool], *, oldest: bool = False) -> SeenMessage:
        """Return the newest message of the bot's that offers something, or the oldest."""
        messages = self._person.read()
        for message in messages if oldest else reversed(messages):
            if offers(message) and message.author != self._person.user.name:
                return message
        raise SpeechError("No message of the bot has that yet; start with /imagine.")

    async def _answers(self, before: set[int], touched: SeenMessage | None) -> list[SeenMessage]:
        """Wait until nothing that came since then is still at work, and return it.

        A message that was touched counts as an answer when it looks different, or is gone.
        """

        def since() -> list[SeenMessage]:
            mine = self._person.user.name
            return [
                each
                for each in self._person.read()
                if (each.id not in before and each.author != mine)
                or (touched is not None and each.id == touched.id and each != touched)
            ]

        def settled() -> bool:
            gone = touched is not None and self._person.look_again(touched) is None
            new = since()
            return (gone or bool(new)) and all(state_of(message) != "working" for message in new)

        with self._terminal.progress() as progress, suppress(TimeoutError):
            deadline = asyncio.get_running_loop().time() + JOB_PATIENCE_S
            while asyncio.get_running_loop().time() < deadline and self._bot.is_running:
                newest = next(iter(reversed(since())), None)
                progress.update(self._terminal.progress_text(newest, self._names))
                with suppress(TimeoutError):
                    await self._discord.wait_until(settled, within=0.5)
                    break
        return since()


def _offering(spoken: Press) -> Callable[[SeenMessage], bool]:
    def offers(message: SeenMessage) -> bool:
        match spoken.way:
            case "click":
                return spoken.label in message.buttons
            case "pick":
                return spoken.label in {option.name for option in message.options}
            case _:
                return bool(message.images) and not message.private

    return offers
