"""Counted costs of one image: requests to Discord and to Flux."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.end_to_end.stage import has_picture
from tests.python_process import ROOT

if TYPE_CHECKING:
    from concurrent.futures import Future

    import pytest

    from tests.end_to_end.stage import Stage


LINES_OF_A_JOB = 3
"""Of the log: accepted, submitted, delivered."""

OF_A_JOB = {"database-writer": 4, "spool-disk": 2}
"""Calls of threads: commits, the last of them with the dismissal; a download and its name."""

TASKS_OF_A_JOB = ("JobWorker._run", "Deliverer.dismiss", "Submitter.submit", "_Worker._ask")


async def test_a_job_takes_few_threads_and_lines_of_the_log(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(has_picture)
    await stage.ended()
    await stage.until(lambda: all(row["dismissed_at"] for row in stage.rows("jobs")))
    threads = Counter[str]()
    submit = ThreadPoolExecutor.submit

    def count(self: ThreadPoolExecutor, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        threads[str(self._thread_name_prefix).partition("_")[0]] += 1
        return submit(self, *args, **kwargs)

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(ThreadPoolExecutor, "submit", count)
    stage.ada.use("imagine", prompt="a harbour")
    await stage.until(lambda: len(stage.rows("jobs")) == 2)
    await stage.ended()
    await stage.until(lambda: all(row["dismissed_at"] for row in stage.rows("jobs")))

    del threads["flux-studio"]  # the local Flux's own
    assert threads <= Counter(OF_A_JOB), threads
    job_id = stage.rows("jobs")[-1]["id"]
    assert len([line for line in caplog.messages if f"job={job_id}" in line]) <= LINES_OF_A_JOB


async def test_a_job_takes_few_tasks(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(has_picture)
    await stage.ended()
    await stage.until(lambda: all(row["dismissed_at"] for row in stage.rows("jobs")))
    tasks = Counter[str]()

    def create(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Task[Any]:  # noqa: ANN401
        tasks[getattr(work, "__qualname__", "")] += _is_of_the_bot(work)
        return asyncio.Task(work, loop=loop, **more)

    asyncio.get_running_loop().set_task_factory(create)
    try:
        stage.ada.use("imagine", prompt="a harbour")
        await stage.until(lambda: len(stage.rows("jobs")) == 2)
        await stage.ended()
        await stage.until(lambda: all(row["dismissed_at"] for row in stage.rows("jobs")))
    finally:
        asyncio.get_running_loop().set_task_factory(None)

    assert +tasks <= Counter(TASKS_OF_A_JOB), tasks


def _is_of_the_bot(work: Any) -> bool:  # noqa: ANN401
    """Whether a task is of the bot's own code, or calls one of its listeners."""
    path = Path(work.cr_code.co_filename)
    if not path.is_relative_to(ROOT):
        return bool(work.__qualname__ == "Client._run_event")
    return path.relative_to(ROOT).parts[0] not in {".venv", "sandbox", "tests"}


async def test_a_job_takes_four_requests_to_discord_and_one_submit(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(has_picture)
    await stage.ended()
    before = len(stage.discord.requests)
    stage.ada.use("imagine", prompt="a harbour")
    await stage.until(lambda: len(stage.rows("jobs")) == 2)
    await stage.ended()
    await stage.until(lambda: all(row["dismissed_at"] for row in stage.rows("jobs")))

    requests = Counter(request.method for request in stage.discord.requests[before:])
    # The answer and the card, its one edit into the result, and the removal of the answer.
    assert requests == {"POST": 2, "PATCH": 1, "DELETE": 1}
    submits = [request for request in stage.flux.requests if request.path == "/flux/images"]
    assert len(submits) == 2
