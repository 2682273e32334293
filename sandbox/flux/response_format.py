"""How the API words what it has to say: it changed with every supplier behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

NDJSON = "application/x-ndjson"

# 2025-01: prompt, address, seed as a number, timings as an object.
# 2025-07: prompt, address, timings as Unix seconds. 2026-10: the address and nothing else.
# reference: the fields of the vendor's reference page, where seed is a string; recorded results
# never had it so.
ItemShape = Literal["2025-01", "2025-07", "2026-10", "reference"]

# What a record of a running task shows of its `response`:
# - absent: no such key; the end and the elapsed time are null
# - bare: neither of these keys
# - null: all of them null
# - hollow: a `response` with success and task id, and no data
Pending = Literal["absent", "bare", "null", "hollow"]

# What a question about a task is answered with, once for each, before its true state is told.
Step = Literal["unknown", "pending"]


@dataclass(frozen=True, slots=True)
class Stream:
    """How an answer is cut into lines where the caller accepts that.

    Of several lines the first is sent when the work is accepted and tells of no picture yet;
    the rest follow when it is over, each with more pictures. `has_error_line` puts an error
    before the last line. With `waits` each line after the first is held back until what hangs is
    released. Answers that are not held are one line in any case.
    """

    lines: int = 1
    line_end: str = "\n"
    ends_last_line: bool = True
    has_error_line: bool = False
    waits: bool = False
    content_type: str = NDJSON

    def __post_init__(self) -> None:
        if self.lines < 1:
            raise ValueError("a stream has at least one line")

    @property
    def is_told_in_steps(self) -> bool:
        """Tell whether anything is sent before the end."""
        return self.lines > 1 or self.has_error_line


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """The wording of results, records and streams; change it with `dataclasses.replace`.

    `data` as an object is a picture's item without the list around it; several pictures stay
    a list. `item` has the fields of a recorded one, in place of those that `items` names. With
    `holds_calls` a request is answered when its work is over, whatever it asks for. The first
    questions about a task are answered with `steps`.
    """

    items: ItemShape = "2026-10"
    item: Mapping[str, object] | None = None
    holds_calls: bool = False
    data: Literal["list", "object"] = "list"
    has_cost: bool = True
    accepted_has_trace: bool = True
    failure_has_trace: bool = True
    pending: Pending = "absent"
    steps: tuple[Step, ...] = ()
    stream: Stream = field(default_factory=Stream)
