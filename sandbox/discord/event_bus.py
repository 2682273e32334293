"""Waiting for something to happen in the world, without ever asking twice for nothing."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
Listener = Callable[[str, object], None]


class EventBus:
    """Tells its listeners each thing that happened, as a kind and a subject.

    Everything in the world runs on one event loop, so nothing can happen between a look and
    the beginning of a wait; a condition variable's lock would guard nothing.
    """

    def __init__(self) -> None:
        self._listeners: dict[int, Listener] = {}
        self._next = 0

    def listen(self, listener: Listener) -> int:
        """Add a listener; the number returned takes it off again."""
        self._next += 1
        self._listeners[self._next] = listener
        return self._next

    def ignore(self, number: int) -> None:
        """Take a listener off."""
        self._listeners.pop(number, None)

    def tell(self, kind: str, subject: object) -> None:
        """Tell every listener what happened."""
        for listener in tuple(self._listeners.values()):
            listener(kind, subject)

    async def first(self, look: Callable[[object], Found | None], within: float) -> Found:
        """Return what `look` finds: at once (given None), or in a later subject.

        Raises TimeoutError when nothing was found within that many real seconds.
        """
        found = look(None)
        if found is not None:
            return found
        future: asyncio.Future[Found] = asyncio.get_running_loop().create_future()

        def listener(_kind: str, subject: object) -> None:
            if future.done():
                return
            try:
                seen = look(subject)
            # A failing look belongs to whoever waits, not to whoever made the news.
            except Exception as error:  # noqa: BLE001
                future.set_exception(error)
                return
            if seen is not None:
                future.set_result(seen)

        number = self.listen(listener)
        try:
            async with asyncio.timeout(within):
                return await future
        finally:
            self.ignore(number)
