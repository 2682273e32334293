"""Runs the tasks: makes, files, books, and calls back once."""

import asyncio
import logging
import time
from collections.abc import Coroutine

import aiohttp

from sandbox.flux.books import Books, Charge
from sandbox.flux.errors import Failure
from sandbox.flux.prices import cost_of
from sandbox.flux.requests import ImageOrder, Payload
from sandbox.flux.studio import Shelf, Studio, named
from sandbox.flux.tasks import Body, Outcome, Result, Task, TaskStore, outcome_body

# The API states no limit; this one only keeps a silent receiver from being waited on for ever.
CALLBACK_DEADLINE_S = 10.0

logger = logging.getLogger(__name__)


class Worker:
    """The background of the API; every task and callback is kept until it is over."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        studio: Studio,
        books: Books,
        *,
        files_url: str,
    ) -> None:
        self.store = TaskStore()
        self.shelf = Shelf()
        self._session = session
        self._studio = studio
        self._books = books
        self._files_url = files_url
        self._running: set[asyncio.Task[Task]] = set()
        self._calling: set[asyncio.Task[None]] = set()

    def begin(self, order: ImageOrder, payload: Payload) -> tuple[Task, asyncio.Task[Task]]:
        """Start a task; gives it as it stands, and what ends with it finished."""
        task = self.store.begin(payload, time.time())
        running = asyncio.create_task(self._run(task.task_id, order))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return task, running

    async def settled(self) -> None:
        """Wait until no task is running and every callback was taken or given up."""
        while pending := {*self._running, *self._calling}:
            await asyncio.wait(pending)

    async def close(self) -> None:
        """Drop whatever is running."""
        pending = {*self._running, *self._calling}
        for each in pending:
            each.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _run(self, task_id: str, order: ImageOrder) -> Task:
        try:
            outcome = await self._outcome(task_id, order)
        except Exception:
            # Whatever broke, the task must end, or its client would wait for ever.
            logger.exception("task %s broke", task_id)
            outcome = Failure("api_error", "Internal server error.")
        task = self.store.finish(task_id, outcome, time.time())
        if order.callback_url is not None:
            self._spawn(self._call_back(order.callback_url, task_id, outcome_body(task, outcome)))
        return task

    async def _outcome(self, task_id: str, order: ImageOrder) -> Outcome:
        made = await self._studio.make(order)
        if isinstance(made, Failure):
            return made
        pictures = named(task_id, order, made)
        for picture in pictures:
            self.shelf.put(picture)
        cost = cost_of(order.model, len(pictures))
        self._books.charges.append(Charge(task_id, order.model, len(pictures), cost.amount))
        return Result(tuple(self._files_url + picture.name for picture in pictures), cost)

    def _spawn(self, call: Coroutine[object, object, None]) -> None:
        calling = asyncio.create_task(call)
        self._calling.add(calling)
        calling.add_done_callback(self._calling.discard)

    async def _call_back(self, url: str, task_id: str, body: Body) -> None:
        timeout = aiohttp.ClientTimeout(total=CALLBACK_DEADLINE_S)
        try:
            async with self._session.post(
                url, json=body, timeout=timeout, allow_redirects=False
            ) as response:
                logger.debug("callback of task %s answered with %s", task_id, response.status)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            # It is not sent again: the API promises no second call.
            logger.info("callback of task %s was not taken: %s", task_id, type(error).__name__)
