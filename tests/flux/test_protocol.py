"""Bodies that are sent; answers to submits and to questions about many tasks."""

import json
from dataclasses import dataclass

import pytest

from flux.errors import AnswerLostError, UnavailableError
from flux.models import EditRequest, GenerateRequest, Submission, Task, TaskState
from flux.protocol import (
    build_submission,
    read_batch,
    read_submission,
)

TASK = "2db0168c-5f0c-4b0c-8b3e-6f1c2a1f0001"
TRACE = "6624929c-5f0c-4b0c-8b3e-6f1c2a1f0002"
PICTURE = "https://platform2.cdn.acedata.cloud/flux/7c28a8ae.png"


def submission_from(body: object) -> Submission:
    return read_submission(200, {}, json.dumps(body).encode())


def test_generate_asks_for_a_count_and_no_wait() -> None:
    request = GenerateRequest(prompt="a lake", model="flux-dev", size="16:9", count=3)

    assert build_submission(request) == {
        "action": "generate",
        "prompt": "a lake",
        "model": "flux-dev",
        "size": "16:9",
        "count": 3,
        "async": True,
    }


def test_edit_names_its_picture_and_no_count() -> None:
    request = EditRequest(
        prompt="at night", model="flux-kontext-pro", size="1:1", image_url="https://cdn.test/a.png"
    )

    assert build_submission(request) == {
        "action": "edit",
        "prompt": "at night",
        "model": "flux-kontext-pro",
        "size": "1:1",
        "image_url": "https://cdn.test/a.png",
        "async": True,
    }


@pytest.mark.parametrize(("seed", "sent"), [(None, {}), (0, {"seed": 0})])
def test_an_option_that_was_not_chosen_is_not_sent(
    seed: int | None, sent: dict[str, object]
) -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Seeded(GenerateRequest):
        seed: int | None

    body = build_submission(Seeded(prompt="a lake", model="flux-dev", size="1:1", seed=seed))

    assert {name: value for name, value in body.items() if name == "seed"} == sent
    assert None not in body.values()


def test_requests_hide_prompt_and_picture_in_repr() -> None:
    generate = GenerateRequest(prompt="secret", model="flux-dev", size="1:1")
    edit = EditRequest(prompt="secret", model="flux-dev", size="1:1", image_url="https://secret")

    assert "secret" not in f"{generate} {edit}"


@pytest.mark.parametrize(
    ("body", "trace_id"),
    [
        pytest.param({"task_id": TASK}, None, id="older sample"),
        pytest.param({"task_id": TASK, "trace_id": TRACE}, TRACE, id="sample of October 2026"),
        pytest.param({"success": True, "task_id": TASK, "trace_id": TRACE}, TRACE, id="success"),
        pytest.param({"task_id": TASK, "trace_id": None}, None, id="trace null"),
        pytest.param({"task_id": TASK, "trace_id": 7}, None, id="trace a number"),
        pytest.param({"task_id": TASK, "trace_id": "t" * 90_000}, "t" * 200, id="trace long"),
        pytest.param({"task_id": TASK, "trace_id": "a lighthouse"}, None, id="trace a text"),
        pytest.param({"task_id": TASK, "error": None}, None, id="error null"),
    ],
)
def test_submission_accepted(body: object, trace_id: str | None) -> None:
    assert submission_from(body) == Submission(task_id=TASK, trace_id=trace_id)


@pytest.mark.parametrize("task_id", [TASK, None])
def test_a_held_call_answers_with_the_result(task_id: str | None) -> None:
    submission = submission_from(
        {
            "success": True,
            "task_id": task_id,
            "trace_id": TRACE,
            "data": [{"prompt": "cat", "image_url": PICTURE, "timings": 1752743801}],
            "cost": {"amount": 0.216, "currency": "credit"},
        }
    )

    assert submission.task_id == (task_id or "")
    assert submission.task == Task(
        id=task_id or "",
        state=TaskState.DONE,
        image_urls=(PICTURE,),
        charged_microcredits=216_000,
        trace_id=TRACE,
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"ok"',
        b"{}",
        b'{"task_id": ""}',
        b'{"task_id": null}',
        b'{"task_id": 7}',
        b'{"success": true, "data": []}',
        b'{"task_id": "2db0',
        b"<html>welcome</html>",
        b'{"task_id": "\xff"}',
        b"[" * 100_000,
        b'{"task_id": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: body[:30],
)
def test_submission_without_a_task_may_have_been_accepted(body: bytes) -> None:
    with pytest.raises(AnswerLostError) as caught:
        read_submission(200, {}, body)

    assert str(caught.value)


def test_submission_without_a_task_keeps_the_trace() -> None:
    with pytest.raises(AnswerLostError) as caught:
        submission_from({"trace_id": TRACE})

    assert caught.value.trace_id == TRACE


def test_batch_is_in_the_order_asked_whatever_came_back() -> None:
    done = {"success": True, "data": [{"image_url": PICTURE}]}
    items = [
        {"id": "c", "response": done},
        {"id": "not asked", "response": done},
        {"id": "a", "response": {"success": False}},
        {"id": "d", "response": None},
    ]
    body = json.dumps({"items": items, "count": 90}).encode()

    tasks = read_batch(["a", "b", "c", "d"], 200, {}, body)

    assert [(task.id, task.state, task.image_urls) for task in tasks] == [
        ("a", TaskState.FAILED, ()),
        ("b", TaskState.UNKNOWN, ()),
        ("c", TaskState.DONE, (PICTURE,)),
        ("d", TaskState.PENDING, ()),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"items": [], "count": 0},
        {"items": [None, "a", 7, [], {}]},
        {"items": [{"id": ["a"]}, {"id": {"a": 1}}, {"id": None}]},
    ],
    ids=str,
)
def test_batch_without_the_record_leaves_the_task_unknown(body: object) -> None:
    tasks = read_batch(["a"], 200, {}, json.dumps(body).encode())

    assert tasks == [Task(id="a", state=TaskState.UNKNOWN)]


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": {}}], ids=str)
def test_batch_without_a_list_tells_nothing(body: object) -> None:
    with pytest.raises(UnavailableError):
        read_batch(["a"], 200, {}, json.dumps(body).encode())


def test_batch_of_nothing_is_empty() -> None:
    assert read_batch([], 200, {}, b'{"items": [], "count": 0}') == []
