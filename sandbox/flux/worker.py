"""Runs the tasks: makes, files, books, and calls back."""

import asyncio
import logging
import time

import aiohttp

from sandbox.flux.bodies import Body, outcome_body
from sandbox.flux.books import Books, Charge
from sandbox.flux.conduct import Conduct, Fewer, LinkTo, Mishap, Twice
from sandbox.flux.errors import Failure
from sandbox.flux.faults import Delay, Drop, Gate, Hang
from sandbox.flux.prices import cost_of
from sandbox.flux.rendering_queue import RenderingQueue, Shelf, named
from sandbox.flux.requests import ImageOrder, Payload
from sandbox.flux.tasks import Hidden, Hollow, Outcome, Result, Task, TaskStore

# The API states no limit; this one only keeps a silent receiver from being waited on for ever.
CALLBACK_DEADLINE_S = 10.0

logger = logging.getLogger(__name__)


class Worker:
    """The background of the API; every task and callback is kept until it is over."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        studio: RenderingQueue,
        books: Books,
        *,
        files_url: str,
        conduct: Conduct | None = None,
    ) -> None:
        self.store = TaskStore()
        self.shelf = Shelf()
        self._session = session
        self._studio = studio
        self._books = books
        self._conduct = conduct or Conduct()
        self._files_url = files_url
        self._busy: set[asyncio.Task[object]] = set()
        self._hanging: set[asyncio.Task[object]] = set()
        self._calls: dict[str, asyncio.Task[None]] = {}

    def begin(self, order: ImageOrder, payload: Payload) -> tuple[Task, asyncio.Task[Task]]:
        """Start a task; gives it as it stands, and what ends with it finished."""
        task = self.store.begin(payload, time.time())
        self._books.untold.append(task.task_id)
        hidden = self._conduct.take("record", task.task_id)
        if isinstance(hidden, Hidden):
            self.store.hide(task.task_id, hidden)
        mishap = self._conduct.take("work", task.task_id)
        running = asyncio.create_task(self._run(task.task_id, order, mishap))
        self._keep(running, hangs=isinstance(mishap, Hang))
        return task, running

    async def called_back(self, task_id: str) -> None:
        """Wait until the callback of an ended task was taken or given up, if there is one."""
        calling = self._calls.get(task_id)
        if calling is not None:
            await asyncio.wait([calling])

    async def settled(self) -> None:
        """Wait until no task is running and every callback was taken or given up.

        What hangs until it is released is not waited for.
        """
        while self._busy:
            await asyncio.wait(set(self._busy))

    def release(self) -> None:
        """Let go on what hangs."""
        self._busy |= self._hanging
        self._hanging.clear()
        self._conduct.gate.open()

    async def close(self) -> None:
        """Drop whatever is running."""
        pending = {*self._busy, *self._hanging}
        for each in pending:
            each.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    def _keep(self, running: asyncio.Task[Task] | asyncio.Task[None], *, hangs: bool) -> None:
        (self._hanging if hangs else self._busy).add(running)
        running.add_done_callback(self._busy.discard)
        running.add_done_callback(self._hanging.discard)

    async def _run(self, task_id: str, order: ImageOrder, mishap: Mishap | None) -> Task:
        try:
            await waited_out(mishap, self._conduct.gate)
            outcome = await self._outcome(task_id, order, mishap)
        except Exception:
            # Whatever broke, the task must end, or its client would wait for ever.
            logger.exception("task %s broke", task_id)
            outcome = Failure("api_error", "Internal server error.")
        task = self.store.finish(task_id, outcome, time.time())
        if order.callback_url is not None:
            body = outcome_body(task, outcome, self._conduct.manner)
            self._tell(order.callback_url, task_id, body)
        return task

    async def _outcome(self, task_id: str, order: ImageOrder, mishap: Mishap | None) -> Outcome:
        made = await self._studio.make(order)
        if isinstance(made, Failure):
            return made
        if isinstance(mishap, Failure | Hollow):
            return mishap
        if isinstance(mishap, Fewer):
            made = made[: mishap.pictures]
        pictures = named(task_id, order, made)
        for picture in pictures:
            self.shelf.put(picture)
        cost = cost_of(order.model, len(pictures))
        self._books.charges.append(Charge(task_id, order.model, len(pictures), cost.amount))
        links = [self._files_url + picture.name for picture in pictures]
        if isinstance(mishap, LinkTo):
            links = [mishap.url] * len(links)
        return Result(tuple(links), cost)

    def _tell(self, url: str, task_id: str, body: Body) -> None:
        mishap = self._conduct.take("callback", task_id)
        if isinstance(mishap, Drop):
            return
        calling = asyncio.create_task(self._call_back(url, task_id, body, mishap))
        self._calls[task_id] = calling
        calling.add_done_callback(lambda _: self._calls.pop(task_id))
        self._keep(calling, hangs=isinstance(mishap, Hang))

    async def _call_back(self, url: str, task_id: str, body: Body, mishap: Mishap | None) -> None:
        await waited_out(mishap, self._conduct.gate)
        for _ in range(2 if isinstance(mishap, Twice) else 1):
            await self._post(url, task_id, body)

    async def _post(self, url: str, task_id: str, body: Body) -> None:
        timeout = aiohttp.ClientTimeout(total=CALLBACK_DEADLINE_S)
        try:
            async with self._session.post(
                url, json=body, timeout=timeout, allow_redirects=False
            ) as response:
                logger.debug("callback of task %s answered with %s", task_id, response.status)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            # It is not sent again: the API promises no second call.
            logger.info("callback of task %s was not taken: %s", task_id, type(error).__name__)


async def waited_out(mishap: Mishap | None, gate: Gate) -> None:
    """Wait as long as a mishap wants, if it is one that waits."""
    if isinstance(mishap, Delay):
        await asyncio.sleep(mishap.seconds)
    elif isinstance(mishap, Hang):
        await gate.wait()
