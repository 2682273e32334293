"""A bot that stops itself at one instant of a job's way, as a suspended machine would."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from jobs.leases import check_lease
from services.logs import CURRENT_JOB

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextvars import Context
    from types import FrameType

VARIABLE: Final = "TESTS_FREEZE_AT"
"""In the environment of a bot that `tests.zygote` forks: the kind of instants, and at which of them
it stops itself."""

AWAIT: Final = "await"
"""Two for each await of what is about a job: when it begins to wait, and when it goes on."""

GAP: Final = "gap"
"""Whenever a lease was checked, before anything is sent with it."""

PROGRESS: Final = "progress"
"""As `GAP`, of the edits that show how far a job is."""

QUIET: Final = "tests: nothing goes on about a job, instants="
"""What it writes whenever that is so, before how many instants there were."""


class Instants:
    """Counts what is about a job, and knows what goes on about it."""

    def __init__(self, kind: str, freeze_at: int) -> None:
        self._kind = kind
        self._freeze_at = freeze_at
        self._count = 0
        self._working: set[Watched] = set()

    def passed(self, kind: str) -> None:
        """Count one, if it is of the kind; the process stops there if it is the one."""
        self._count += kind == self._kind
        if kind == self._kind and self._count == self._freeze_at:
            os.kill(os.getpid(), signal.SIGSTOP)

    def observe(self, frame: FrameType, event: str, _result: object) -> None:
        """Count checks of leases; for `sys.setprofile`."""
        if event != "return" or frame.f_code is not check_lease.__code__:
            return
        self.passed(GAP)
        task = asyncio.current_task()
        if task is not None and task.get_name().startswith(PROGRESS):
            self.passed(PROGRESS)

    def started(self, work: Watched) -> None:
        """Note what goes on."""
        self._working.add(work)

    def ended(self, work: Watched) -> None:
        """Note that it has ended."""
        self._working.discard(work)
        if not self._working:
            sys.stdout.write(f"{QUIET}{self._count}\n")
            sys.stdout.flush()


class Watched(Coroutine[Any, Any, Any]):
    """The coroutine of a task, watched from when it is about a job."""

    def __init__(self, work: Coroutine[Any, Any, Any], instants: Instants) -> None:
        self._work = work
        self._instants = instants

    def send(self, value: Any, /) -> Any:  # noqa: ANN401  # Coroutine's
        """Part of `Coroutine`."""
        return self._step(self._work.send, value)

    def throw(self, *error: Any) -> Any:  # noqa: ANN401  # Coroutine's
        """Part of `Coroutine`."""
        return self._step(self._work.throw, *error)

    def close(self) -> None:
        """Part of `Coroutine`."""
        self._work.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._work.__await__()

    def _step(self, step: Callable[..., Any], *given: Any) -> Any:  # noqa: ANN401  # Coroutine's
        if CURRENT_JOB.get() is None:
            return step(*given)
        self._instants.started(self)
        self._instants.passed(AWAIT)
        try:
            waits_for = step(*given)
        except BaseException:
            self._instants.ended(self)
            raise
        self._instants.passed(AWAIT)
        return waits_for


class Policy(asyncio.DefaultEventLoopPolicy):
    """Makes loops whose tasks are watched."""

    def __init__(self, instants: Instants) -> None:
        super().__init__()
        self._instants = instants

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Part of the policy."""
        loop = super().new_event_loop()
        loop.set_task_factory(self._task)
        return loop

    def _task(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        context: Context | None = None,
    ) -> asyncio.Task[Any]:
        assert isinstance(work, Coroutine)
        return asyncio.Task(Watched(work, self._instants), loop=loop, context=context)


def freeze_at(instant: str) -> None:
    """Let the bot that this process becomes stop itself at an instant, such as `await 7`."""
    kind, number = instant.split()
    instants = Instants(kind, int(number))
    asyncio.set_event_loop_policy(Policy(instants))
    if kind != AWAIT:
        sys.setprofile(instants.observe)
