"""Counted costs of one image: requests to Discord and to Flux."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.end_to_end.stage import has_picture

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage


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
