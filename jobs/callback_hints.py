"""What callbacks of Flux say about jobs whose own answer was lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from flux import FluxError, TaskState
from jobs.events import Retry

if TYPE_CHECKING:
    from flux import FluxClient
    from jobs.downloads import RetryPolicy

LOOKS: Final = 5
"""Questions about a task that a callback names; a new record can take a moment to appear."""


class CallbackHints:
    """Task ids that callbacks named, for whoever waits for one; a hint, until Flux confirms it."""

    def __init__(self, *, flux: FluxClient, pace: RetryPolicy) -> None:
        self._flux = flux
        self._pace = pace
        self._named: dict[str, asyncio.Future[str]] = {}

    def forget(self, job_id: str) -> bool:
        """Keep nothing about this job any more; True where a callback had named a task."""
        named = self._named.pop(job_id, None)
        return named is not None and not named.cancel()

    def name(self, job_id: str, task_id: str) -> None:
        """Note that a callback of this job named a task; only the first one counts.

        It may come before anybody waits, as at a start that has to see to other jobs first.
        """
        named = self._future(job_id)
        if not named.done():
            named.set_result(task_id)

    async def wait(self, job_id: str) -> str:
        """Return the task that a callback of this job named, once there is one."""
        return await asyncio.shield(self._future(job_id))

    async def confirms(self, task_id: str) -> bool:
        """Whether Flux itself knows this task, asked until it answers; asking is free."""
        looks = attempt = 0
        while looks < LOOKS:
            try:
                task = await self._flux.retrieve(task_id)
            except FluxError:
                pass  # no answer says nothing about the task
            else:
                if task.state is not TaskState.UNKNOWN:
                    return True
                looks += 1
            await self._pace.pause(Retry.EVIDENCE, attempt)
            attempt += 1
        return False

    def _future(self, job_id: str) -> asyncio.Future[str]:
        return self._named.setdefault(job_id, asyncio.get_running_loop().create_future())
