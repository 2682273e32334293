"""The scheduler of a process whose queue is in the database."""

from __future__ import annotations

from typing import Any, cast

from jobs.leases import Leases
from jobs.shared_queue import SharedScheduler
from tests.jobs.world import OPTIONS

ADA = 5001


async def test_a_next_request_is_told_how_many_wait_in_all_processes() -> None:
    scheduler = SharedScheduler(cast("Any", None), Leases(60), OPTIONS)
    scheduler.waiting = 7

    assert scheduler.position(ADA) == 7
    assert scheduler.position(ADA, scheduler.join(ADA)) == 0
