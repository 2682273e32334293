"""Task records as they were recorded, from every age of the API, and the charge in them."""

import json
from typing import Any

import pytest

from flux.errors import AnswerLostError
from flux.models import Task, TaskFailure, TaskState
from flux.protocol import read_task

TASK = "2db0168c-5f0c-4b0c-8b3e-6f1c2a1f0001"
TRACE = "6624929c-5f0c-4b0c-8b3e-6f1c2a1f0002"
PICTURE = "https://platform2.cdn.acedata.cloud/flux/7c28a8ae.png"
SECOND = "https://platform2.cdn.acedata.cloud/flux/7c28a8ae_1.png"

PENDING: dict[str, Any] = {
    "_id": "677de81d550a4144a5f4cf62",
    "id": TASK,
    "type": "images",
    "trace_id": TRACE,
    "created_at": 1736304669.779,
    "started_at": 1736304669.839,
    "request": {"action": "generate", "size": "1024x1024", "prompt": "a white siamese cat"},
}
FINISHED: dict[str, Any] = {**PENDING, "finished_at": 1736304679.439, "elapsed": 9.6}


def answered(**response: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    return {**FINISHED, "response": {"task_id": TASK, "trace_id": TRACE, **response}}


def task_from(body: object) -> Task:
    return read_task(TASK, 200, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(
            {
                "prompt": "cat",
                "image_url": PICTURE,
                "seed": 1698551532,
                "timings": {"inference": 3.3},
            },
            id="January 2025",
        ),
        pytest.param(
            {"prompt": "cat", "image_url": PICTURE, "timings": 1752743801}, id="July 2025"
        ),
        pytest.param({"image_url": PICTURE}, id="October 2026"),
        pytest.param({"image_url": PICTURE, "seed": "42"}, id="seed as specified"),
    ],
)
def test_task_done_in_every_age(item: dict[str, object]) -> None:
    done = Task(id=TASK, state=TaskState.DONE, image_urls=(PICTURE,), trace_id=TRACE)

    assert task_from(answered(success=True, data=[item])) == done
    assert task_from(answered(success=True, data=item)) == done


@pytest.mark.parametrize(
    ("data", "image_urls"),
    [
        ([{"image_url": PICTURE}, {"image_url": SECOND}], (PICTURE, SECOND)),
        ([{"image_url": SECOND}, {"image_url": PICTURE}], (SECOND, PICTURE)),
        ([{"image_url": ""}, {"image_url": None}, {"image_url": 7}, {}], ()),
        ([None, "x", [], {"image_url": SECOND}], (SECOND,)),
    ],
)
def test_task_gives_its_pictures_in_order(data: object, image_urls: tuple[str, ...]) -> None:
    assert task_from(answered(success=True, data=data)).image_urls == image_urls


@pytest.mark.parametrize(
    ("cost", "charged"),
    [
        ({"amount": 0.216, "currency": "credit", "list_amount": 0.24}, 216_000),
        ({"amount": 0.423}, 423_000),
        ({"amount": 2}, 2_000_000),
        ({"amount": 0}, 0),
        ({"amount": 0.0000004}, 0),
        ({"amount": 0.1 + 0.2}, 300_000),
        ({"amount": True}, None),
        ({"amount": -0.1}, None),
        ({"amount": float("nan")}, None),
        ({"amount": float("inf")}, None),
        ({"amount": 1e300}, None),
        ({"amount": 10**400}, None),
        ({"amount": "0.216"}, None),
        ({"amount": None}, None),
        ({}, None),
        (0.216, None),
        (None, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_task_charge(cost: object, charged: int | None) -> None:
    task = task_from(answered(success=True, data=[{"image_url": PICTURE}], cost=cost))

    assert (task.state, task.charged_microcredits) == (TaskState.DONE, charged)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"response": None},
        {"response": None, "finished_at": None, "elapsed": None},
        {"response": {"success": True, "task_id": TASK}},
        {"response": {"success": True, "task_id": TASK, "data": []}},
        {"response": {"success": True, "task_id": TASK, "data": None}},
        {"response": {}},
        {"response": "soon"},
    ],
    ids=str,
)
def test_task_pending(changes: dict[str, object]) -> None:
    pending = Task(id=TASK, state=TaskState.PENDING, trace_id=TRACE)

    assert task_from({**PENDING, **changes}) == pending


@pytest.mark.parametrize(
    ("response", "code", "message"),
    [
        ({"success": False, "error": {"code": "api_error", "message": "a"}}, "api_error", "a"),
        ({"success": False, "error": {"code": "service_unavailable"}}, "service_unavailable", ""),
        ({"error": {"code": "api_error", "message": "no success"}}, "api_error", "no success"),
        ({"success": False, "error": "fetch failed"}, "unknown", "fetch failed"),
        ({"success": False, "error": ["fetch failed"]}, "unknown", ""),
        ({"success": False, "error": {"code": 500}}, "unknown", ""),
        ({"success": False, "error": None}, "unknown", ""),
        ({"success": False}, "unknown", ""),
        ({"success": False, "data": [{"image_url": PICTURE}]}, "unknown", ""),
        ({"success": False, "detail": "gone"}, "unknown", "gone"),
    ],
    ids=str,
)
def test_task_failed(response: dict[str, object], code: str, message: str) -> None:
    failure = TaskFailure(code=code, message=message, refused=False)
    failed = Task(id=TASK, state=TaskState.FAILED, failure=failure, trace_id=TRACE)

    assert task_from({**FINISHED, "response": response}) == failed
    assert task_from({**PENDING, "response": response}) == failed


@pytest.mark.parametrize("code", ["forbidden", "FORBIDDEN"])
def test_task_refused_by_moderation(code: str) -> None:
    task = task_from(answered(success=False, error={"code": code, "message": "no"}))

    assert task.state is TaskState.FAILED
    assert task.failure == TaskFailure(code=code, message="no", refused=True)


@pytest.mark.parametrize("finished_at", [1736304679.439, "2025-01-08T02:51:19Z"])
@pytest.mark.parametrize("response", [None, {"success": True, "data": []}])
def test_task_finished_without_pictures_has_failed(response: object, finished_at: object) -> None:
    task = task_from({**PENDING, "finished_at": finished_at, "response": response})

    assert task.failure is not None
    assert (task.state, task.failure.code) == (TaskState.FAILED, "no_output")
    assert not task.failure.refused


def test_task_unknown() -> None:
    assert task_from({}) == Task(id=TASK, state=TaskState.UNKNOWN)


@pytest.mark.parametrize("body", [b"null", b"[]", b"", b"soon", b"[" * 100_000], ids=len)
def test_task_answer_that_is_no_object_tells_nothing(body: bytes) -> None:
    with pytest.raises(AnswerLostError):
        read_task(TASK, 200, {}, body)


def test_task_hides_its_links_in_repr() -> None:
    assert PICTURE not in repr(task_from(answered(success=True, data=[{"image_url": PICTURE}])))
