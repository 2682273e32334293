"""Requests to the Flux Images API and what it answers, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateRequest:
    """A picture from words; its fields are those of the body.

    Attributes:
        size: `WIDTHxHEIGHT` in pixels or a ratio such as `16:9`, whichever the model takes.
        count: how many pictures, 1 to 4 in the vendor's own client.
        callback_url: a public address that is called at the end, at most once and unsigned.
    """

    prompt: str = field(repr=False)
    model: str
    size: str
    count: int = 1
    callback_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRequest:
    """A picture from a picture and words, of which the API returns exactly one; fields as above.

    Attributes:
        image_url: a direct link that the provider can read while it works.
        callback_url: a public address that is called at the end, at most once and unsigned.
    """

    prompt: str = field(repr=False)
    model: str
    size: str
    image_url: str = field(repr=False)
    callback_url: str | None = field(default=None, repr=False)


class TaskState(StrEnum):
    """How far a task is, read from its record; the API itself has no such field."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailure:
    """A task's failure.

    Attributes:
        refused: whether the provider's moderation declined it.
        message: the API's own words; they can name suppliers, so they are for logs only.
    """

    code: str
    message: str
    refused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task as the API last described it.

    Attributes:
        image_urls: at least one where `state` is done; can be fewer than requested.
        charged_microcredits: millionths of a credit, None where the API does not say.
    """

    id: str
    state: TaskState
    image_urls: tuple[str, ...] = field(default=(), repr=False)
    charged_microcredits: int | None = None
    failure: TaskFailure | None = None
    trace_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An accepted request, by its id.

    Attributes:
        task: the finished task, where the endpoint held the call until then; else None.
    """

    task_id: str
    trace_id: str | None
    task: Task | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request to the API and its answer, as they were on the wire.

    Attributes:
        sent: the JSON body; it holds the prompt and, of an edit, an address.
        body: the whole answer, or what of it came; it holds ids and addresses.
    """

    path: str
    accept: str
    sent: dict[str, object] = field(repr=False)
    status: int
    content_type: str
    body: bytes = field(repr=False)
