"""The shapes of everything that tells about a task, as tables over pure functions."""

import json
from dataclasses import replace
from http import HTTPStatus

import pytest

from sandbox.flux.api_versions import MANNERS
from sandbox.flux.bodies import (
    accepted_body,
    batch_body,
    framed,
    later_lines,
    opening_line,
    outcome_body,
    record_body,
)
from sandbox.flux.errors import Failure, held_failure
from sandbox.flux.oddities import FAILED_TASKS
from sandbox.flux.prices import cost_of
from sandbox.flux.response_format import ItemShape, Pending, ResponseFormat, Stream
from sandbox.flux.tasks import Hidden, Hollow, Outcome, Result, Task, TaskStore

TASK_ID = "226eb763-0000-4000-8000-000000000001"
IDS = {"task_id": TASK_ID, "trace_id": "trace"}
RUNNING = Task(TASK_ID, "trace", {"prompt": "a cat"}, created_at=1752743800.25)
ONE = Result(("http://f/1.png",), cost_of("flux-dev", 1))
FOUR = Result(tuple(f"http://f/{n}.png" for n in range(1, 5)), cost_of("flux-dev", 4))


def ended(outcome: Outcome) -> Task:
    return replace(RUNNING, outcome=outcome, finished_at=1752743801.5)


@pytest.mark.parametrize(
    ("shape", "item"),
    [
        (
            "2025-01",
            {
                "prompt": "a cat",
                "image_url": "http://f/1.png",
                "seed": 1,
                "timings": {"inference": 3.328},
            },
        ),
        (
            "2025-07",
            {"prompt": "a cat", "image_url": "http://f/1.png", "timings": 1752743801},
        ),
        ("reference", {"prompt": "a cat", "image_url": "http://f/1.png", "seed": "1"}),
        ("2026-10", {"image_url": "http://f/1.png"}),
    ],
)
@pytest.mark.parametrize("data", ["list", "object"])
@pytest.mark.parametrize("has_cost", [True, False])
def test_a_result_has_the_shape_of_its_generation(
    shape: ItemShape, item: dict[str, object], data: str, *, has_cost: bool
) -> None:
    manner = ResponseFormat(
        items=shape, data="object" if data == "object" else "list", has_cost=has_cost
    )
    body = outcome_body(ended(ONE), ONE, manner)
    cost = {"cost": {"amount": 0.216, "currency": "credit", "list_amount": 0.24}}
    assert body == {
        "success": True,
        **IDS,
        "data": item if data == "object" else [item],
        **(cost if has_cost else {}),
    }


def test_several_pictures_stay_a_list_and_have_their_own_seeds() -> None:
    body = outcome_body(ended(FOUR), FOUR, ResponseFormat(items="2025-01", data="object"))
    assert isinstance(body["data"], list)
    assert [item["seed"] for item in body["data"]] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("pending", "shown"),
    [
        ("absent", {"finished_at": None, "elapsed": None}),
        ("bare", {}),
        ("null", {"finished_at": None, "elapsed": None, "response": None}),
        (
            "hollow",
            {
                "finished_at": None,
                "elapsed": None,
                "response": {"success": True, "task_id": TASK_ID},
            },
        ),
    ],
)
def test_a_running_task_shows_no_result(pending: Pending, shown: dict[str, object]) -> None:
    body = record_body(RUNNING, ResponseFormat(pending=pending))
    told = {"finished_at", "elapsed", "response"} & body.keys()
    assert {key: body[key] for key in told} == shown
    assert {"id", "type", "created_at", "trace_id", "request"} <= body.keys()


@pytest.mark.parametrize("failure", FAILED_TASKS.values(), ids=FAILED_TASKS)
@pytest.mark.parametrize("has_trace", [True, False])
def test_a_failed_task_says_so(failure: Failure, *, has_trace: bool) -> None:
    body = record_body(ended(failure), ResponseFormat(failure_has_trace=has_trace))
    assert body["finished_at"] == 1752743801.5
    assert body["elapsed"] == 1.25
    assert body["response"] == {
        "success": False,
        "task_id": TASK_ID,
        **({"trace_id": "trace"} if has_trace else {}),
        "error": {"code": failure.code, "message": failure.message},
    }


@pytest.mark.parametrize(
    ("outcome", "response"),
    [
        (Hollow("data"), {"success": True, **IDS}),
        (Hollow("data value"), {"success": True, **IDS, "data": None}),
        (Hollow("data items"), {"success": True, **IDS, "data": []}),
        (Hollow(), None),
    ],
)
def test_an_end_without_pictures(outcome: Hollow, response: dict[str, object] | None) -> None:
    body = record_body(ended(outcome), ResponseFormat())
    assert body["finished_at"] == 1752743801.5
    assert body.get("response") == response
    assert ("response" in body) == (response is not None)


def test_an_accepted_call_may_lack_its_trace() -> None:
    assert accepted_body(RUNNING, MANNERS["current"]) == IDS
    assert accepted_body(RUNNING, MANNERS["documented"]) == {"task_id": TASK_ID}


def test_a_batch_counts_its_items() -> None:
    body = batch_body([RUNNING, ended(ONE)], ResponseFormat())
    assert body["count"] == 2
    assert body["items"] == [
        record_body(RUNNING, ResponseFormat()),
        record_body(ended(ONE), ResponseFormat()),
    ]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("bad_request", 400),
        ("forbidden", 403),
        ("api_error", 500),
        ("service_unavailable", 503),
        ("timeout", 504),
        ("CONTENT_REJECTED", 500),
    ],
)
def test_a_held_call_fails_with_the_status_of_its_code(code: str, status: int) -> None:
    got, body = held_failure(Failure(code, "x"), "trace")
    assert got == HTTPStatus(status)
    assert body["error"] == {"code": code, "message": "x"}
    assert ("success" in body) == (code != "forbidden")


@pytest.mark.parametrize(
    ("lines", "pictures", "progress"),
    [
        (1, [4], [100]),
        (2, [0, 4], [50, 100]),
        (3, [0, 2, 4], [33, 66, 100]),
        (5, [0, 1, 2, 3, 4], [20, 40, 60, 80, 100]),
    ],
)
def test_the_lines_of_a_stream_grow(lines: int, pictures: list[int], progress: list[int]) -> None:
    manner = ResponseFormat(stream=Stream(lines))
    task = ended(FOUR)
    last = outcome_body(task, FOUR, manner)
    opening = [json.loads(opening_line(task, manner.stream))] if lines > 1 else []
    told = [*opening, *later_lines(task, last, manner)]
    assert [len(each["data"]) for each in told] == pictures
    assert [each["progress"] for each in told] == progress
    assert all(each["success"] is True and each["task_id"] == TASK_ID for each in told)
    assert told[-1] == {**last, "progress": 100}


def test_a_failed_stream_has_one_more_line() -> None:
    manner = ResponseFormat(stream=Stream(4))
    last: dict[str, object] = {"success": False}
    assert later_lines(ended(Failure("api_error", "x")), last, manner) == [last]


def test_an_error_can_stand_before_the_last_line() -> None:
    manner = ResponseFormat(stream=Stream(3, has_error_line=True))
    told = later_lines(ended(FOUR), outcome_body(ended(FOUR), FOUR, manner), manner)
    assert [each["success"] for each in told] == [True, False, True]
    assert told[1]["error"] == {"code": "api_error", "message": "fetch failed"}


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (Stream(), [b'{"a": 1}\n', b'{"a": 2}\n']),
        (Stream(line_end="\r\n"), [b'{"a": 1}\r\n', b'{"a": 2}\r\n']),
        (Stream(ends_last_line=False), [b'{"a": 1}\n', b'{"a": 2}']),
        (Stream(line_end="\r\n", ends_last_line=False), [b'{"a": 1}\r\n', b'{"a": 2}']),
    ],
)
def test_lines_end_as_they_are_told_to(stream: Stream, expected: list[bytes]) -> None:
    assert framed([{"a": 1}, {"a": 2}], stream) == expected
    assert opening_line(RUNNING, stream).endswith(stream.line_end.encode())


def test_a_stream_without_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="line"):
        Stream(0)


@pytest.mark.parametrize(("questions", "seen"), [(0, [1, 1, 1]), (2, [0, 0, 1]), (None, [0, 0, 0])])
def test_a_hidden_task_is_found_later_or_never(questions: int | None, seen: list[int]) -> None:
    store = TaskStore()
    task = store.begin({}, 1.0)
    store.hide(task.task_id, Hidden(questions))
    asked = (task.task_id, task.task_id, "unknown")
    assert [len(store.asked(asked)) for _ in range(3)] == seen
