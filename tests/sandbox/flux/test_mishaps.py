"""Scripted mishaps on submits and questions: what the caller sees, and what is charged."""

import asyncio
from collections.abc import Awaitable

import aiohttp
import pytest

from sandbox.flux.accounts import RATE_LIMITED, RATE_LIMITED_WITH_RETRY_AFTER
from sandbox.flux.conduct import CallbackFirst, Fewer, Injected, LinkTo, Mishap, Twice, Where
from sandbox.flux.errors import Failure, Refusal
from sandbox.flux.faults import Cut, Delay, Drop, Endless, Hang, Relabel, Say, Stall, WireFault
from sandbox.flux.oddities import (
    BROKEN,
    MODERATED,
    ODD_ERRORS,
    TIMED_OUT,
    UNAVAILABLE,
    oversized,
    page,
)
from sandbox.flux.tasks import Hidden, Hollow
from tests.sandbox.flux.talking import ASK_NOBODY, ASYNC, GENERATE, Caller, Elsewhere, Reply

REFUSALS = (
    RATE_LIMITED,
    RATE_LIMITED_WITH_RETRY_AFTER,
    MODERATED,
    BROKEN,
    UNAVAILABLE,
    TIMED_OUT,
)
PAGES = tuple(page(status) for status in (429, 500, 502, 503, 504))
SIZE_BYTES = 300_000


def submitted(caller: Caller, where: Where) -> Awaitable[Reply]:
    return caller.tasks(ASK_NOBODY) if where == "tasks" else caller.images(ASYNC)


async def assert_books(caller: Caller, where: Where, *, is_lost: bool) -> None:
    """Work is charged once it was accepted, whatever became of the answer."""
    await caller.flux.settled()
    charged = [charge.task_id for charge in caller.flux.charges]
    assert len(charged) == (where == "accepted")
    assert caller.flux.untold == (charged if is_lost else [])
    if charged:
        assert (await caller.record(charged[0]))["response"]["success"] is True


@pytest.mark.parametrize("where", ["submit", "accepted", "tasks"])
@pytest.mark.parametrize("what", REFUSALS, ids=lambda refusal: refusal.failure.code)
async def test_an_error_of_the_gateway(caller: Caller, where: Where, what: Refusal) -> None:
    caller.flux.misbehave(where, what)
    reply = await submitted(caller, where)
    assert reply.error == (what.status, what.failure.code, what.failure.message)
    assert reply.headers.get("Retry-After") == what.headers.get("Retry-After")
    await assert_books(caller, where, is_lost=True)


@pytest.mark.parametrize("where", ["submit", "accepted", "tasks"])
@pytest.mark.parametrize("what", [*PAGES, *ODD_ERRORS.values()])
async def test_other_words(caller: Caller, where: Where, what: Say) -> None:
    caller.flux.misbehave(where, what)
    reply = await submitted(caller, where)
    assert (reply.status, reply.content_type, reply.body) == (
        what.status,
        what.content_type,
        what.body,
    )
    await assert_books(caller, where, is_lost=True)


@pytest.mark.parametrize("where", ["submit", "accepted", "tasks"])
async def test_no_answer_at_all(caller: Caller, where: Where) -> None:
    caller.flux.misbehave(where, Drop())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await submitted(caller, where)
    assert caller.flux.requests[-1].status == 0
    await assert_books(caller, where, is_lost=True)


@pytest.mark.parametrize("where", ["submit", "accepted", "tasks"])
async def test_an_answer_that_hangs_comes_when_it_is_released(caller: Caller, where: Where) -> None:
    caller.flux.misbehave(where, Hang())
    waiting = asyncio.ensure_future(submitted(caller, where))
    await caller.flux.reached(1)
    await caller.flux.settled()
    assert not waiting.done()
    assert len(caller.flux.untold) == len(caller.flux.charges) == (where == "accepted")
    caller.flux.release()
    assert (await waiting).status == 200
    await caller.flux.settled()
    assert caller.flux.untold == []
    assert len(caller.flux.charges) == (where != "tasks")


async def test_a_caller_who_hangs_up_on_an_answer_never_hears_of_the_task(caller: Caller) -> None:
    caller.flux.misbehave("accepted", Hang())
    waiting = asyncio.ensure_future(caller.images(ASYNC))
    await caller.flux.reached(1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    # Each of these round trips gives the server time to see what became of the other connection.
    assert (await caller.tasks(ASK_NOBODY)).status == 200
    caller.flux.release()
    assert (await caller.tasks(ASK_NOBODY)).status == 200
    await caller.flux.settled()
    assert caller.flux.untold == [charge.task_id for charge in caller.flux.charges]
    assert [request.status for request in caller.flux.requests] == [200, 0, 200]


@pytest.mark.parametrize("where", ["submit", "accepted", "tasks"])
async def test_a_delay_changes_nothing_else(caller: Caller, where: Where) -> None:
    caller.flux.misbehave(where, Delay(0.001))
    assert (await submitted(caller, where)).status == 200
    await caller.flux.settled()
    assert caller.flux.untold == []
    assert len(caller.flux.injected) == 1


@pytest.mark.parametrize("where", ["submit", "accepted", "tasks"])
async def test_an_endless_body_ends_with_the_connection(caller: Caller, where: Where) -> None:
    caller.flux.misbehave(where, Endless())
    path = "/flux/tasks" if where == "tasks" else "/flux/images"
    headers = {"Authorization": f"Bearer {caller.flux.token}"}
    async with caller.session.post(caller.flux.base + path, json=ASYNC, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert len(await answer.content.readexactly(SIZE_BYTES)) == SIZE_BYTES
    await assert_books(caller, where, is_lost=True)


async def test_an_endless_body_can_be_ended(caller: Caller) -> None:
    caller.flux.misbehave("tasks", Endless())
    reading = asyncio.create_task(caller.tasks(ASK_NOBODY))
    await caller.flux.reached(1)
    while not reading.done():
        caller.flux.release()
        await asyncio.wait([reading], timeout=0)
    assert (await reading).body.strip() == b""


@pytest.mark.parametrize("where", ["submit", "accepted", "tasks"])
async def test_an_oversized_body_tells_its_size(caller: Caller, where: Where) -> None:
    caller.flux.misbehave(where, oversized(SIZE_BYTES))
    reply = await submitted(caller, where)
    assert len(reply.body) == int(reply.headers["Content-Length"]) == SIZE_BYTES
    await assert_books(caller, where, is_lost=True)


@pytest.mark.parametrize("where", ["accepted", "tasks"])
async def test_half_an_answer(caller: Caller, where: Where) -> None:
    caller.flux.misbehave(where, Cut())
    with pytest.raises(aiohttp.ClientPayloadError):
        await submitted(caller, where)
    await assert_books(caller, where, is_lost=True)


@pytest.mark.parametrize("where", ["accepted", "tasks"])
async def test_an_answer_in_two_halves(caller: Caller, where: Where) -> None:
    caller.flux.misbehave(where, Stall())
    reading = asyncio.ensure_future(submitted(caller, where))
    await caller.flux.reached(1)
    while not reading.done():
        caller.flux.release()
        await asyncio.wait([reading], timeout=0)
    assert (await reading).status == 200
    await assert_books(caller, where, is_lost=False)


@pytest.mark.parametrize("where", ["accepted", "tasks"])
async def test_an_answer_under_another_type(caller: Caller, where: Where) -> None:
    caller.flux.misbehave(where, Relabel("text/plain"))
    reply = await submitted(caller, where)
    assert reply.content_type == "text/plain"
    assert reply.data.keys() & {"task_id", "items"}
    await assert_books(caller, where, is_lost=False)


@pytest.mark.parametrize("what", [Drop(), TIMED_OUT, page(502)])
async def test_a_held_call_can_lose_its_answer_too(caller: Caller, what: WireFault) -> None:
    caller.flux.misbehave("accepted", what)
    [end] = await asyncio.gather(caller.images(GENERATE), return_exceptions=True)
    assert isinstance(end, Reply | aiohttp.ServerDisconnectedError)
    await assert_books(caller, "accepted", is_lost=True)


async def test_work_that_fails_is_free_though_its_answer_was_lost(caller: Caller) -> None:
    caller.flux.misbehave("accepted", page(502))
    caller.flux.misbehave("work", Failure("api_error", "fetch failed"))
    await caller.images(ASYNC)
    await caller.flux.settled()
    assert caller.flux.charges == []
    assert len(caller.flux.untold) == 1


async def test_mishaps_come_in_order_and_are_noted(caller: Caller) -> None:
    caller.flux.misbehave("submit", page(502), times=2)
    caller.flux.misbehave("submit", RATE_LIMITED)
    caller.flux.misbehave("tasks", page(503))
    assert [(await caller.images(ASYNC)).status for _ in range(4)] == [502, 502, 429, 200]
    assert (await caller.tasks(ASK_NOBODY)).status == 503
    assert caller.flux.injected == [
        Injected("submit", page(502), "/flux/images"),
        Injected("submit", page(502), "/flux/images"),
        Injected("submit", RATE_LIMITED, "/flux/images"),
        Injected("tasks", page(503), "/flux/tasks"),
    ]


async def test_a_mishap_can_last_until_it_is_called_off(caller: Caller) -> None:
    caller.flux.misbehave("tasks", page(500), times=None)
    assert {(await caller.tasks(ASK_NOBODY)).status for _ in range(5)} == {500}
    caller.flux.behave()
    assert (await caller.tasks(ASK_NOBODY)).status == 200


async def test_the_callback_can_come_before_the_answer(
    caller: Caller, elsewhere: Elsewhere
) -> None:
    caller.flux.misbehave("accepted", CallbackFirst())
    asked = {**GENERATE, "callback_url": f"{elsewhere.base}/hold"}
    waiting = asyncio.create_task(caller.images(asked))
    await elsewhere.is_asked.wait()
    assert not waiting.done()
    elsewhere.may_answer.set()
    assert (await waiting).data["task_id"] == elsewhere.called[0]["task_id"]
    assert caller.flux.untold == []


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("submit", Cut()),
        ("submit", CallbackFirst()),
        ("tasks", CallbackFirst()),
        ("picture", Hollow()),
        ("work", Drop()),
        ("work", page(500)),
        ("work", Hidden()),
        ("record", Fewer(1)),
        ("callback", LinkTo("http://10.0.0.1/")),
        ("accepted", Twice()),
    ],
)
async def test_what_means_nothing_there_is_refused(
    caller: Caller, where: Where, what: Mishap
) -> None:
    with pytest.raises(TypeError, match=where):
        caller.flux.misbehave(where, what)


async def test_numbers_below_one_are_refused(caller: Caller) -> None:
    with pytest.raises(ValueError, match="times"):
        caller.flux.misbehave("tasks", Drop(), times=0)
    with pytest.raises(ValueError, match="Hollow"):
        Fewer(0)


async def test_a_whim_is_asked_where_nothing_is_scripted(caller: Caller) -> None:
    asked: list[tuple[Where, str]] = []

    def whim(where: Where, subject: str) -> Mishap | None:
        asked.append((where, subject))
        return BROKEN if where == "tasks" else None

    caller.flux.whim = whim
    caller.flux.misbehave("submit", RATE_LIMITED)
    assert (await caller.images(ASYNC)).status == 429
    assert (await caller.images(ASYNC)).status == 200
    await caller.flux.settled()
    assert (await caller.tasks(ASK_NOBODY)).status == 500
    [charge] = caller.flux.charges
    assert asked == [
        ("submit", "/flux/images"),
        *((where, charge.task_id) for where in ("record", "work", "accepted")),
        ("tasks", "/flux/tasks"),
    ]
    assert [one.where for one in caller.flux.injected] == ["submit", "tasks"]
