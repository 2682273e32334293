"""Waits for one real callback from Flux, for `doctor --live`."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from web import CALLBACK_PATH
from web.callbacks import Callbacks

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import TracebackType
    from typing import Self

    import yarl

    from services.live_run import LiveRun
    from web.listening import Network


class CallbackCheck:
    """Listens in the bot's place, which must not run, and reports whether Flux called.

    Args:
        wait_s: seconds that a callback may take after the task has ended.
    """

    def __init__(
        self,
        *,
        public_url: yarl.URL,
        host: str,
        port: int,
        trusted_proxies: Collection[Network],
        wait_s: float,
        run: LiveRun,
    ) -> None:
        self._token = secrets.token_urlsafe(16)
        self._base = str(public_url).rstrip("/") + CALLBACK_PATH
        self._address = (host, port)
        self._wait_s = wait_s
        self._run = run
        self._called = asyncio.Event()
        self._named: str | None = None
        self._callbacks = Callbacks(
            knows=self._knows, called_back=self._called_back, trusted_proxies=trusted_proxies
        )
        self.url: str | None = None
        """What a request names as `callback_url`; None where nothing listens there."""

    async def __aenter__(self) -> Self:
        try:
            await self._callbacks.listen(*self._address)
        except OSError:
            text = f"CALLBACK_PORT {self._address[1]} is in use: stop the bot to try callbacks."
            self._run.add("callback", text, held=None)
        else:
            self.url = self._base + self._token
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.url is not None:
            await self._callbacks.close()

    async def judge(self, task_id: str) -> None:
        """Report whether Flux calls back about a task that has ended."""
        if self.url is None:
            return
        try:
            async with asyncio.timeout(self._wait_s):
                await self._called.wait()
        except TimeoutError:
            text = f"Flux did not call PUBLIC_URL within {self._wait_s:.0f} s of the end."
            self._run.add("callback", text, held=False)
            return
        held = self._named == task_id
        text = "Flux called PUBLIC_URL and named " + ("the task." if held else "another task.")
        self._run.add("callback", text, held=held)

    async def _knows(self, token: str) -> bool:
        return token == self._token

    async def _called_back(self, _token: str, task_id: str | None) -> bool:
        self._named = task_id
        self._called.set()
        return True
