"""Counted costs of one image: requests to Discord and to Flux."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tests.end_to_end.stage import has_picture

if TYPE_CHECKING:
    from concurrent.futures import Future

    import pytest

    from tests.end_to_end.stage import Stage


LINES_OF_A_JOB = 5
"""Of the log: accepted, submitted, running, fetched, delivered."""

OF_A_JOB = {"database-writer": 5, "spool-disk": 2, "asyncio": 1}
"""Calls of threads: four commits and a dismissal that may wait for one, a download and its name,
an upload's file."""


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
