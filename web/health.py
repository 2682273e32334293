"""What watches over the bot asks here: whether it lives, whether it can work, and its figures."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from web.listening import SERVICE, Listener, Network

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping


logger = logging.getLogger(__name__)

CHECK_DEADLINE_S: Final = 2.0
"""For one check: what takes longer is of no use to a person who waits."""

HEALTH_PATH: Final = "/healthz"


class Health(Listener):
    """Answers `/healthz`, `/readyz` and `/metrics`.

    Args:
        checks: by name, each asking whether one thing works that requests need.
        metrics: the figures in Prometheus' text format.
    """

    def __init__(
        self,
        *,
        version: str,
        checks: Mapping[str, Callable[[], Awaitable[bool]]],
        metrics: Callable[[], Awaitable[bytes]],
        trusted_proxies: Collection[Network] = (),
        deadline_s: float = CHECK_DEADLINE_S,
    ) -> None:
        self._version = version
        self._checks = checks
        self._metrics = metrics
        self._deadline_s = deadline_s
        self._running: dict[str, asyncio.Task[bool]] = {}
        self._failing: set[str] = set()
        self._was_ready = True
        app = web.Application()
        app.router.add_get(HEALTH_PATH, self._live)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._figures)
        super().__init__(app, trusted_proxies=trusted_proxies)

    async def close(self) -> None:
        """Stop answering, and give up the checks that hang."""
        await super().close()
        for check in self._running.values():
            check.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _live(self, _request: web.Request) -> web.Response:
        return web.json_response({"service": SERVICE, "version": self._version})

    async def _ready(self, _request: web.Request) -> web.Response:
        names = [*self._checks]
        passed = dict(zip(names, await asyncio.gather(*map(self._passes, names)), strict=True))
        is_ready = all(passed.values())
        if is_ready != self._was_ready:
            self._was_ready = is_ready
            failed = ", ".join(name for name in names if not passed[name])
            logger.warning("not ready: %s", failed) if failed else logger.info("ready again")
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return web.json_response({"ready": is_ready, **passed}, status=status)

    async def _figures(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=await self._metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def _passes(self, name: str) -> bool:
        # A check that hangs is asked for its answer again, and no second one is begun beside it.
        check = self._running.get(name)
        if check is None or check.done():
            check = asyncio.create_task(self._run(name), name=f"check {name}")
            self._running[name] = check
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(check)
        except TimeoutError:
            return False

    async def _run(self, name: str) -> bool:
        try:
            passed = await self._checks[name]()
        except Exception as error:  # noqa: BLE001  # whatever it is, this does not work
            if name not in self._failing:
                logger.warning("the check of %s failed: %s", name, type(error).__name__)
            self._failing.add(name)
            return False
        self._failing.discard(name)
        return passed
