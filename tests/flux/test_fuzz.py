"""Whatever comes back, the protocol gives its own type or its own error, and never a debt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import example, given, settings
from hypothesis import strategies as st

from flux.catalogue import MODELS, RATIOS, Contract, is_pixel_size
from flux.errors import FluxError, RateLimitedError
from flux.models import Submission, Task, TaskState
from flux.protocol import (
    nearest_ratio,
    read_batch,
    read_line,
    read_submission,
    read_task,
    spell_size,
)
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import SearchStrategy

    from flux.catalogue import Model

Answer: TypeAlias = "tuple[int, Mapping[str, str], bytes]"

# The same examples in every run, so that a red build is red for everybody.
steady = settings(derandomize=True, deadline=None, max_examples=examples(300))

TASK_IDS = ("task-1", "task-2")

FIELDS = (
    *("task_id", "id", "trace_id", "success", "error", "code", "message", "detail", "data"),
    *("image_url", "cost", "amount", "items", "response", "finished_at"),
)
"""The names that are read, so that odd values stand where something is looked for."""

HUGE = 10**4_000
"""As large as Python's JSON reads; no float holds it."""

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from((HUGE, -HUGE)),
    st.floats(),
    st.text(),
    st.sampled_from((*TASK_IDS, "", "https://cdn.test/a.png", "forbidden", "used_up")),
)
anything: SearchStrategy[object] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(FIELDS), st.text()), inner, max_size=6),
    ),
    max_leaves=20,
)
records = st.fixed_dictionaries(
    {"id": st.sampled_from(TASK_IDS)},
    optional={
        "response": st.fixed_dictionaries(
            {"success": st.sampled_from((True, True, False, None, 1))},
            optional={
                "data": st.lists(st.fixed_dictionaries({"image_url": scalars}), max_size=3),
                "cost": st.fixed_dictionaries({"amount": scalars}),
                "error": anything,
            },
        ),
        "finished_at": scalars,
        "trace_id": scalars,
    },
)
"""Nearly what is promised, which arbitrary values alone would hardly ever be."""

submissions = st.fixed_dictionaries(
    {},
    optional={
        "task_id": scalars,
        "trace_id": scalars,
        "success": st.just(value=True),
        "data": st.one_of(
            anything, st.lists(st.fixed_dictionaries({"image_url": scalars}), max_size=3)
        ),
        "cost": st.fixed_dictionaries({"amount": scalars}),
        "items": st.lists(records, max_size=3),
    },
)
bodies = st.one_of(
    st.binary(max_size=200),
    st.text().map(lambda text: text.encode("utf-8", "surrogatepass")),
    # NaN and the infinities are written too: Python's JSON reads them.
    st.one_of(anything, records, submissions).map(lambda value: json.dumps(value).encode()),
)
headers: SearchStrategy[Mapping[str, str]] = st.one_of(
    st.dictionaries(st.text(), st.text(), max_size=3),
    st.one_of(st.text(), st.floats().map(str)).map(lambda text: {"Retry-After": text}),
)
answers = st.tuples(
    st.one_of(st.sampled_from((200, 200, 200, 400, 403, 429, 500, 503)), st.integers(0, 999)),
    headers,
    bodies,
)


def said_by(read: Callable[[], object]) -> object:
    """Return what was read, or the client's own error; any other one fails the test."""
    try:
        return read()
    except FluxError as error:
        said = error
    assert str(said)
    check_stored(said.code, said.trace_id)
    if isinstance(said, RateLimitedError) and said.retry_after_s is not None:
        assert 0 <= said.retry_after_s < float("inf")
    return said


def check_task(task: object) -> None:
    assert isinstance(task, Task)
    assert (task.state is TaskState.DONE) == bool(task.image_urls)
    assert (task.state is TaskState.FAILED) == (task.failure is not None)
    assert all(isinstance(url, str) and url for url in task.image_urls)
    if task.charged_microcredits is not None:
        # What an integer column of SQLite holds.
        assert 0 <= task.charged_microcredits < 2**63
    check_stored(task.id, task.trace_id)
    if task.failure is not None:
        check_stored(task.failure.code)


def check_stored(*texts: str | None) -> None:
    """Ids and codes go to the database and the log, which take only what can be encoded."""
    for text in texts:
        (text or "").encode()


@steady
@given(answers)
@example((200, {}, b'{"task_id": "task-1", "trace_id": "\\ud800"}'))
@example((200, {}, b'{"data": {"image_url": "a"}, "cost": {"amount": -1}}'))
@example((400, {}, b'{"error": {"code": "\\udfff"}, "trace_id": "\\ud800"}'))
@example((200, {}, b"9" * 5_000))
@example((200, {}, b"[" * 100_000))
def test_a_submission_is_accepted_or_told_not_to_be(answer: Answer) -> None:
    said = said_by(lambda: read_submission(*answer))

    if not isinstance(said, FluxError):
        assert isinstance(said, Submission)
        check_stored(said.task_id, said.trace_id)
        assert said.task_id or said.task is not None
        if said.task is not None:
            check_task(said.task)
            assert said.task.state is TaskState.DONE


@steady
@given(answers)
@example((200, {}, b'{"id": "task-1", "trace_id": "\\ud800"}'))
def test_a_task_has_a_state_or_there_is_no_answer_about_it(answer: Answer) -> None:
    said = said_by(lambda: read_task("task-1", *answer))

    if not isinstance(said, FluxError):
        check_task(said)
        assert isinstance(said, Task)
        assert said.id == "task-1"


@steady
@given(answers)
def test_a_line_of_a_stream_is_a_task(answer: Answer) -> None:
    said = said_by(lambda: read_line(*answer))

    if not isinstance(said, FluxError):
        check_task(said)


@steady
@given(answers, st.lists(records, max_size=4))
def test_a_batch_has_a_task_for_each_id_asked(answer: Answer, items: list[object]) -> None:
    well_formed: Answer = (200, {}, json.dumps({"items": items}).encode())
    for status, headers, body in (answer, well_formed):
        said = said_by(lambda: read_batch(TASK_IDS, status, headers, body))  # noqa: B023  # called at once
        if not isinstance(said, FluxError):
            assert isinstance(said, list)
            assert [task.id for task in said] == list(TASK_IDS)
            for task in said:
                check_task(task)


sides = st.one_of(st.integers(200, 2_000), st.integers(0, 10**9), st.just(HUGE))
sizes = st.one_of(
    st.text(),
    st.sampled_from(RATIOS),
    st.builds("{}x{}".format, sides, sides),
    st.builds("{}:{}".format, st.integers(0, 99), st.integers(0, 99)),
    st.text(alphabet="0123456789x:X×٠１²- \n", max_size=10),  # digits of others
)


@steady
@given(st.sampled_from(list(MODELS.values())), sizes, st.sampled_from(Contract))
@example(MODELS["flux-dev"], "1024x1024\n", Contract.CURRENT)
@example(MODELS["flux-dev"], "１024x1024", Contract.CURRENT)  # noqa: RUF001  # a digit of others
def test_a_size_that_a_model_takes_is_spelled_as_one_that_it_takes(
    model: Model, size: str, contract: Contract
) -> None:
    taken = model.takes_size(size)

    assert taken == (size in RATIOS or (model.takes_pixels and is_pixel_size(size)))
    if taken:
        spelled = spell_size(model, size, contract)
        assert model.takes_size(spelled)
        assert spell_size(model, spelled, contract) == spelled


lengths = st.one_of(st.integers(1, 3_000), st.integers(1, HUGE), st.just(HUGE))


@steady
@given(lengths, lengths)
@example(1, HUGE)
@example(HUGE, 1)
def test_every_picture_has_a_nearest_ratio(width: int, height: int) -> None:
    across, down = map(int, nearest_ratio(width, height).split(":"))

    assert f"{across}:{down}" in RATIOS
    assert (across > down) <= (width > height)
    assert (across < down) <= (width < height)
    assert across == down or width != height
