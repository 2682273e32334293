"""The one place that talks to the Flux Images API."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import aiohttp

from flux import protocol
from flux.catalogue import MODELS, Contract
from flux.errors import AnswerLostError, BadRequestError, NotConnectedError
from flux.models import EditRequest, Exchange, GenerateRequest, Submission, Task, TaskState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence


SUBMIT_DEADLINE_S: Final = 300.0
"""For the whole answer to a submit: at once by `async`, but endpoints without it hold the call."""

MAX_HELD_CALLS: Final = 8
"""Submits at once that may be held, so that questions about tasks never wait for a connection."""

RETRIEVE_DEADLINE_S: Final = 30.0
"""For the whole answer to a question about tasks."""

CONNECT_DEADLINE_S: Final = 15.0
"""For a connection, before which nothing was sent."""

MAX_ANSWER_BYTES: Final = 2 * 1024 * 1024
"""Fifty task records with long prompts stay far below this."""

_TOO_LARGE: Final = "the answer is larger than any answer of this API"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Address and edition of the API.

    Attributes:
        base_url: without the paths `/flux/images` and `/flux/tasks`.
        token: the API's bearer token; it is sent to `base_url` only.
        contract: which edition of the API it speaks; None finds out by the sizes that it takes.
        callback_url: an address that may ignore its calls, for requests that name none. It
            brings the task id at once from endpoints that do not know `async`; None leaves their
            calls held.
        holds: whether calls are answered when the work is done, because the endpoint knows
            nothing else.
    """

    base_url: str
    token: str = field(repr=False)
    contract: Contract | None = None
    callback_url: str | None = None
    holds: bool = False


class FluxClient:
    """Submits requests and polls their tasks.

    Args:
        session: used for every request, never closed here.
        observe: called with each answered request, before the answer is parsed.
    """

    is_closing: bool = False
    """Set to send nothing more that costs money: a submit then was never connected."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        submit_deadline_s: float = SUBMIT_DEADLINE_S,
        retrieve_deadline_s: float = RETRIEVE_DEADLINE_S,
        observe: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._session = session
        self._endpoint = endpoint
        self._contract = endpoint.contract
        self._submit_deadline_s = submit_deadline_s
        self._retrieve_deadline_s = retrieve_deadline_s
        self._observe = observe
        self._held = asyncio.Semaphore(MAX_HELD_CALLS)
        self._headers = {"Authorization": f"Bearer {endpoint.token}", "Accept": "application/json"}

    async def submit(self, request: GenerateRequest | EditRequest) -> Submission:
        """Have pictures made, or one changed; this costs money, so it is sent exactly once.

        Raises:
            AnswerLostError: it may have been accepted, and must not be sent again.
            FluxError: it was not accepted, and nothing was charged.
        """
        spellings = self._spellings(request)
        for at, (contract, spelled) in enumerate(spellings):
            is_current = self._contract is Contract.CURRENT
            dummy = None if is_current else self._endpoint.callback_url
            body = protocol.build_submission(
                spelled, callback_url=spelled.callback_url or dummy, is_held=self._endpoint.holds
            )
            try:
                async with self._held:
                    if self.is_closing:
                        raise NotConnectedError("the client is closing")
                    answer = await self._post(
                        "/flux/images", body, deadline_s=self._submit_deadline_s
                    )
                submission = protocol.read_submission(*answer)
            except BadRequestError as error:
                # What is wrong with a size is said before anything is charged.
                if at == len(spellings) - 1 or not _is_about_size(error):
                    raise
            else:
                if len(spellings) > 1:  # the response shows which contract the endpoint has
                    self._contract = contract
                return submission
        raise AssertionError("there is at least one spelling")

    async def retrieve(self, task_id: str) -> Task:
        """Ask how far one task is, free of charge; raises FluxError without an answer."""
        body: dict[str, object] = {"action": "retrieve", "id": task_id}
        answer = await self._post("/flux/tasks", body, deadline_s=self._retrieve_deadline_s)
        return protocol.read_task(task_id, *answer)

    async def retrieve_batch(self, task_ids: Sequence[str]) -> list[Task]:
        """Ask how far tasks are, in the order given; free of charge.

        Args:
            task_ids: at most `protocol.MAX_BATCH_IDS`.

        Raises:
            ValueError: there are more ids than one request may carry.
            FluxError: there is no answer about them just now.
        """
        if len(task_ids) > protocol.MAX_BATCH_IDS:
            raise ValueError(f"at most {protocol.MAX_BATCH_IDS} ids in one request")
        body: dict[str, object] = {"action": "retrieve_batch", "ids": list(task_ids)}
        answer = await self._post("/flux/tasks", body, deadline_s=self._retrieve_deadline_s)
        return protocol.read_batch(task_ids, *answer)

    async def stream(self, request: GenerateRequest | EditRequest) -> AsyncIterator[Task]:
        """Submit once and yield the task as each line of the answer describes it.

        The last one is the result; those before it can lack pictures, or have fewer.

        Raises as `submit`.
        """
        spellings = self._spellings(request)
        for at, (contract, spelled) in enumerate(spellings):
            is_begun = False
            try:
                async for task in self._stream_as(spelled):
                    is_begun = True
                    if len(spellings) > 1:
                        self._contract = contract
                    yield task
            except BadRequestError as error:
                # What is wrong with a size is said before anything is begun.
                if is_begun or at == len(spellings) - 1 or not _is_about_size(error):
                    raise
            else:
                return

    async def _stream_as(self, request: GenerateRequest | EditRequest) -> AsyncIterator[Task]:
        headers = self._headers | {"Accept": "application/x-ndjson"}
        is_told = False
        received = bytearray()
        body = protocol.build_submission(request, is_held=True)
        async with self._held:
            if self.is_closing:
                raise NotConnectedError("the client is closing")
            async with self._opened(
                "/flux/images", body, headers, self._submit_deadline_s
            ) as response:
                if response.status >= 300:  # noqa: PLR2004  # an error is answered as JSON
                    answer = await _whole(response)
                    self._record(response, body, answer[2])
                    protocol.read_submission(*answer)
                try:
                    async for line in _lines(response.content):
                        received += line + b"\n"
                        task = protocol.read_line(response.status, response.headers, line)
                        is_told = is_told or task.id != "" or task.state is TaskState.DONE
                        yield task
                finally:
                    self._record(response, body, bytes(received))
        if not is_told:
            raise AnswerLostError("the stream names neither a task nor a picture")

    def _spellings(
        self, request: GenerateRequest | EditRequest
    ) -> list[tuple[Contract, GenerateRequest | EditRequest]]:
        """Return the request as the likely contract writes it, and as the other if that differs."""
        model = MODELS.get(request.model)
        sizes = dict.fromkeys(Contract, request.size)
        if model is not None and model.takes_pixels:
            for contract in Contract:
                sizes[contract] = protocol.spell_size(model, request.size, contract)
        # The one that takes the size as requested, preferably the current one.
        as_asked = sizes[Contract.CURRENT] == request.size
        likely = self._contract or (Contract.CURRENT if as_asked else Contract.DOCUMENTED)
        other = Contract.DOCUMENTED if likely is Contract.CURRENT else Contract.CURRENT
        spellings = [(likely, replace(request, size=sizes[likely]))]
        if self._endpoint.contract is None and sizes[likely] != sizes[other]:
            spellings.append((other, replace(request, size=sizes[other])))
        return spellings

    async def _post(
        self, path: str, body: dict[str, object], *, deadline_s: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        async with self._opened(path, body, self._headers, deadline_s) as response:
            answer = await _whole(response)
            if self._observe is not None:
                self._record(response, body, answer[2])
            return answer

    def _record(
        self, response: aiohttp.ClientResponse, sent: dict[str, object], body: bytes
    ) -> None:
        if self._observe is not None:
            exchange = Exchange(
                path=response.url.path,
                accept=response.request_info.headers["Accept"],
                sent=sent,
                status=response.status,
                content_type=response.content_type,
                body=body,
            )
            self._observe(exchange)

    @asynccontextmanager
    async def _opened(
        self, path: str, body: dict[str, object], headers: dict[str, str], deadline_s: float
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request; what goes wrong while its answer is read becomes a `FluxError` too."""
        try:
            async with self._session.post(
                self._endpoint.base_url.rstrip("/") + path,
                json=body,
                headers=headers,
                allow_redirects=False,
                # Not asyncio.timeout, which would cancel the consumer of a line.
                timeout=aiohttp.ClientTimeout(total=deadline_s, connect=CONNECT_DEADLINE_S),
            ) as response:
                yield response
        except (
            aiohttp.ClientConnectorError,
            aiohttp.ClientHttpProxyError,  # the proxy made no connection
            aiohttp.ConnectionTimeoutError,
        ) as error:
            raise NotConnectedError("no connection was made", cause="unreachable") from error
        except (TimeoutError, aiohttp.ClientError) as error:
            cause = "timeout" if isinstance(error, TimeoutError) else "disconnected"
            raise AnswerLostError(f"no answer: {type(error).__name__}", cause=cause) from error


def _is_about_size(error: BadRequestError) -> bool:
    return "size" in str(error).casefold()


async def _whole(response: aiohttp.ClientResponse) -> tuple[int, Mapping[str, str], bytes]:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise AnswerLostError(_TOO_LARGE)
    return response.status, response.headers, bytes(content)


async def _lines(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    rest, received = b"", 0
    async for chunk in stream.iter_any():
        received += len(chunk)
        if received > MAX_ANSWER_BYTES:
            raise AnswerLostError(_TOO_LARGE)
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield line
    if rest.strip():
        yield rest
