import asyncio
from collections.abc import AsyncIterator

import pytest

from flux.errors import (
    AnswerLostError,
    AuthenticationError,
    BadRequestError,
    FluxError,
    RateLimitedError,
    UnavailableError,
)
from flux.models import Task, TaskState
from flux.protocol import MAX_BATCH_IDS
from jobs.poller import Poller
from tests.fakes import FakeFlux
from tests.jobs.world import INTERVAL_S, failed


@pytest.fixture
def flux() -> FakeFlux:
    return FakeFlux()


@pytest.fixture
async def poller(flux: FakeFlux) -> AsyncIterator[Poller]:
    poller = Poller(flux=flux, interval_s=INTERVAL_S)
    running = asyncio.create_task(poller.run())
    yield poller
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def waiting(poller: Poller, task_id: str, first_look_s: float | None = 0) -> asyncio.Task[Task]:
    return asyncio.create_task(poller.wait(task_id, first_look_s=first_look_s))


def task(task_id: str, state: TaskState) -> Task:
    return Task(id=task_id, state=state)


def pending(task_id: str) -> Task:
    return task(task_id, TaskState.PENDING)


def unknown(task_id: str) -> Task:
    return task(task_id, TaskState.UNKNOWN)


def done(task_id: str) -> Task:
    return Task(id=task_id, state=TaskState.DONE, image_urls=(f"https://{task_id}/",))


async def test_wait_returns_the_task_when_it_is_done(flux: FakeFlux, poller: Poller) -> None:
    flux.tell(pending("a"), pending("a"), done("a"))
    assert await poller.wait("a", first_look_s=0) == done("a")
    assert flux.asked == [["a"]] * 3


async def test_wait_returns_the_task_when_it_failed(flux: FakeFlux, poller: Poller) -> None:
    flux.tell(pending("a"), failed("a"))
    assert await poller.wait("a", first_look_s=0) == failed("a")


async def test_wait_looks_by_itself_when_nobody_timed_the_model(
    flux: FakeFlux, poller: Poller
) -> None:
    flux.tell(done("a"))
    assert await poller.wait("a", first_look_s=None) == done("a")


async def test_run_asks_for_all_at_once_when_several_are_due(
    flux: FakeFlux, poller: Poller
) -> None:
    ids = ["a", "b", "c"]
    flux.tell(*map(done, ids))
    results = await asyncio.gather(*(waiting(poller, task_id) for task_id in ids))
    assert results == list(map(done, ids))
    assert [sorted(look) for look in flux.asked] == [ids]


async def test_run_asks_for_at_most_fifty_at_once(flux: FakeFlux, poller: Poller) -> None:
    ids = [f"task-{at}" for at in range(2 * MAX_BATCH_IDS + 20)]
    for task_id in ids:
        flux.tell(pending(task_id), done(task_id))
    await asyncio.gather(*(waiting(poller, task_id) for task_id in ids))
    assert max(map(len, flux.asked)) == MAX_BATCH_IDS
    asked = [task_id for look in flux.asked for task_id in look]
    assert sorted(asked) == sorted(ids * 2)


async def test_run_leaves_a_task_alone_when_it_is_not_due(flux: FakeFlux, poller: Poller) -> None:
    early, late = waiting(poller, "early"), waiting(poller, "late", first_look_s=3_600)
    flux.tell(pending("early"), pending("early"), done("early"))
    await early
    assert flux.asked == [["early"]] * 3
    late.cancel()


async def test_run_wakes_up_when_an_earlier_task_comes(flux: FakeFlux, poller: Poller) -> None:
    late = waiting(poller, "late", first_look_s=3_600)
    await asyncio.sleep(0)
    flux.tell(done("early"))
    assert await waiting(poller, "early") == done("early")
    late.cancel()


async def test_wait_is_patient_when_the_task_is_not_known(flux: FakeFlux, poller: Poller) -> None:
    lag = [unknown("a")] * 20
    flux.tell(*lag, pending("a"), *lag, done("a"))
    assert await poller.wait("a", first_look_s=0) == done("a")


@pytest.mark.parametrize(
    "error",
    [
        FluxError("any"),
        AuthenticationError("token"),
        AnswerLostError("lost"),
        UnavailableError("away"),
        RateLimitedError("slower"),
        RateLimitedError("slower", retry_after_s=0.002),
        RateLimitedError("slower", retry_after_s=0),
    ],
)
async def test_run_goes_on_when_flux_does_not_tell(
    flux: FakeFlux, poller: Poller, error: FluxError
) -> None:
    flux.keep_silent(error, error)
    flux.tell(done("a"))
    assert await poller.wait("a", first_look_s=0) == done("a")
    assert len(flux.asked) == 3


async def test_run_goes_on_after_an_error_that_nobody_foresaw(
    flux: FakeFlux, poller: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    flux.keep_silent(ZeroDivisionError("unforeseen"))  # type: ignore[arg-type]  # no error of Flux
    flux.tell(done("a"))
    assert await poller.wait("a", first_look_s=0) == done("a")
    assert "unforeseen" in caplog.text


async def test_run_stops_asking_when_the_waiter_is_cancelled(
    flux: FakeFlux, poller: Poller
) -> None:
    flux.tell(pending("a"), pending("b"))
    staying, leaving = waiting(poller, "a"), waiting(poller, "b")
    assert any("b" in look for look in await flux.more_looks(3))
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert await flux.more_looks(3) == [["a"]] * 3
    staying.cancel()


async def test_run_stops_asking_when_the_task_has_ended(flux: FakeFlux, poller: Poller) -> None:
    flux.tell(pending("a"), done("b"), failed("c"))
    staying = waiting(poller, "a")
    await asyncio.gather(waiting(poller, "b"), waiting(poller, "c"))
    assert await flux.more_looks(3) == [["a"]] * 3
    staying.cancel()


async def test_hurry_makes_a_task_due_at_once(flux: FakeFlux, poller: Poller) -> None:
    flux.tell(done("a"), done("b"))
    hurried, other = (waiting(poller, task_id, first_look_s=3_600) for task_id in "ab")
    await asyncio.sleep(0)
    poller.hurry("a")
    assert await hurried == done("a")
    assert flux.asked == [["a"]]
    other.cancel()


async def test_hurry_lets_a_task_that_is_not_ready_be_looked_at_later(
    flux: FakeFlux, poller: Poller
) -> None:
    flux.tell(pending("a"), done("a"))
    hurried = waiting(poller, "a", first_look_s=3_600)
    await asyncio.sleep(0)
    poller.hurry("a")
    assert await hurried == done("a")


async def test_hurry_knows_no_task_that_nobody_waits_for(flux: FakeFlux, poller: Poller) -> None:
    flux.tell(done("a"))
    poller.hurry("b")
    assert await poller.wait("a", first_look_s=0) == done("a")
    assert flux.asked == [["a"]]


async def test_one_bad_id_does_not_hide_the_others(flux: FakeFlux, poller: Poller) -> None:
    flux.keep_silent(BadRequestError("ids"))
    flux.tell(done("a"))
    flux.tell(done("b"))
    flux.tell(pending("c"))
    ended = [waiting(poller, task_id) for task_id in "ab"]
    bad = waiting(poller, "c")
    assert await asyncio.gather(*ended) == [done("a"), done("b")]
    assert sorted(flux.asked[0]) == ["a", "b", "c"]
    assert all(len(look) == 1 for look in flux.asked[1:])
    # A task that comes later is not asked for alone, nor together with the suspect.
    flux.tell(pending("d"))
    flux.tell(pending("e"))
    later = [waiting(poller, task_id) for task_id in "de"]
    while ["d", "e"] not in [sorted(look) for look in flux.asked]:
        await flux.more_looks(1)
    flux.tell(done("d"))
    flux.tell(done("e"))
    await asyncio.gather(*later)
    assert not any("c" in look and len(look) > 1 for look in flux.asked[1:])
    bad.cancel()


async def test_a_task_with_a_gap_of_its_own_is_looked_at_only_so_often(
    flux: FakeFlux, poller: Poller
) -> None:
    flux.tell(pending("slow"))
    flux.tell(pending("quick"))
    slow = asyncio.create_task(poller.wait("slow", first_look_s=0, gap_s=60))
    quick = waiting(poller, "quick")
    looks = await flux.more_looks(10)
    assert sum("slow" in look for look in looks) == 1
    for leaving in (slow, quick):
        leaving.cancel()


async def test_looking_waits_for_the_callback_first(flux: FakeFlux) -> None:
    poller = Poller(flux=flux, interval_s=INTERVAL_S, first_gap_s=3_600)
    running = asyncio.create_task(poller.run())
    flux.tell(done("a"), done("b"))
    called_back = waiting(poller, "a")
    overdue = asyncio.create_task(poller.wait("b", first_look_s=0, gap_s=60))
    assert await overdue == done("b")
    assert flux.asked == [["b"]]
    poller.hurry("a")
    assert await called_back == done("a")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
