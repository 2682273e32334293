"""A recorded Flux: a trace file that the local Flux answers like."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from pathlib import Path

from sandbox.flux.api_versions import Era
from sandbox.flux.response_format import NDJSON, Pending, ResponseFormat, Step, Stream

TRACE_VERSION = 1

Json = Mapping[str, object]


class TraceError(Exception):
    """A file is no trace; the text says so."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The edition that was met, and how it words its answers."""

    era: Era
    manner: ResponseFormat


@dataclass(frozen=True, slots=True)
class _Exchange:
    path: str
    accept: str
    sent: Json
    status: int
    content_type: str
    answer: list[Json]


def read_trace(path: Path) -> Trace:
    """Read a trace that `doctor --live --save` wrote.

    Raises:
        TraceError: the file cannot be read, or is no such trace.
    """
    try:
        content = json.loads(path.read_bytes())
        if content["trace"] != TRACE_VERSION:
            raise TraceError(f"{path} is a trace of another version.")
        return _trace([_exchange(each) for each in content["exchanges"]])
    except OSError as error:
        raise TraceError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TraceError(f"{path} is no trace of doctor --live.") from error


def _exchange(written: Json) -> _Exchange:
    answer = written["answer"]
    sent = written["sent"]
    if not isinstance(answer, list) or not isinstance(sent, Mapping):
        raise TypeError
    return _Exchange(
        path=str(written["path"]),
        accept=str(written["accept"]),
        sent=sent,
        status=int(str(written["status"])),
        content_type=str(written["content_type"]),
        answer=[each for each in answer if isinstance(each, Mapping)],
    )


def _trace(exchanges: list[_Exchange]) -> Trace:
    submits = [
        each
        for each in exchanges
        if each.path == "/flux/images" and each.status == HTTPStatus.OK and each.answer
    ]
    streams = [each for each in submits if each.accept == NDJSON]
    accepted = [each for each in submits if each.accept != NDJSON]
    if not submits:
        raise TraceError("The trace holds no request that Flux accepted.")
    first = submits[0]
    records = list(_first_task(exchanges))
    results = [record["response"] for record in records if _data(record.get("response"))]
    results += [each.answer[-1] for each in submits if _data(each.answer[-1])]
    result = next((each for each in results if isinstance(each, Mapping)), {})
    items = _data(result)
    item = items[0] if items else None
    return Trace(
        era="documented" if "x" in str(first.sent.get("size")) else "current",
        manner=ResponseFormat(
            item=item,
            data="list" if isinstance(result.get("data", []), list) else "object",
            has_cost="cost" in result,
            accepted_has_trace=any("trace_id" in each.answer[0] for each in accepted),
            holds_calls=bool(accepted and _data(accepted[0].answer[0])),
            pending=_pending(records),
            steps=_steps(records),
            stream=_stream(streams),
        ),
    )


def _first_task(exchanges: Iterable[_Exchange]) -> Iterator[Json]:
    """Give the records of the first task as it went; an empty one where it was not found."""
    for each in exchanges:
        if each.path != "/flux/tasks" or "ids" not in each.sent or each.sent["ids"] == []:
            continue
        items = (
            each.answer[0].get("items") if each.answer and each.status == HTTPStatus.OK else None
        )
        records = items if isinstance(items, list) else []
        record = next((record for record in records if isinstance(record, Mapping)), {})
        yield record
        if record.get("response") and _data(record["response"]):
            return


def _steps(records: list[Json]) -> tuple[Step, ...]:
    """Give the order of states before the end; how often each was seen depends on the pace."""
    states: list[Step] = [
        "pending" if record else "unknown"
        for record in records
        if not _data(record.get("response"))
    ]
    return tuple(state for state, _ in groupby(states))


def _pending(records: list[Json]) -> Pending:
    for record in records:
        if not record or _data(record.get("response")):
            continue
        if record.get("response"):
            return "hollow"
        if "response" in record:
            return "null"
        return "absent" if "finished_at" in record else "bare"
    return "absent"


def _stream(streams: list[_Exchange]) -> Stream:
    if not streams:
        return Stream()
    return Stream(lines=len(streams[0].answer), content_type=streams[0].content_type)


def _data(answer: object) -> list[Json]:
    """Give the items of a result."""
    data = answer.get("data") if isinstance(answer, Mapping) else None
    items = data if isinstance(data, list) else [data]
    return [item for item in items if isinstance(item, Mapping)]
