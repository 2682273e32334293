"""Records of the local Flux API, to check a client against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """The price of one task that succeeded; nothing else is ever charged."""

    task_id: str
    model: str
    pictures: int
    credits: Decimal


@dataclass(frozen=True, slots=True)
class Fetch:
    """One look at an `image_url`; `status` is 0 where no answer came."""

    url: str
    status: int
    bytes: int


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One answered API request, without its token; `payload` is empty if it was no JSON object.

    `status` is 0 where no answer could be sent, or none was meant to be.
    """

    path: str
    payload: Mapping[str, object]
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Books:
    """Everything written down, oldest entry first.

    `untold` names the tasks whose id no answer carried out, or not yet.
    """

    charges: list[Charge] = field(default_factory=list)
    fetches: list[Fetch] = field(default_factory=list)
    requests: list[RecordedRequest] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
