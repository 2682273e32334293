"""The one place that talks to the Flux Images API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import aiohttp

from flux import protocol
from flux.errors import AnswerLostError, NotConnectedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flux.models import EditRequest, GenerateRequest, Submission, Task

SUBMIT_DEADLINE_S: Final = 60.0
"""For the whole answer to a submit; with `async` the vendor answers at once."""

RETRIEVE_DEADLINE_S: Final = 30.0
"""For the whole answer to a question about tasks."""

CONNECT_DEADLINE_S: Final = 15.0
"""For a connection, before which nothing was sent."""

MAX_ANSWER_BYTES: Final = 2 * 1024 * 1024
"""Fifty task records with long prompts stay far below this."""


class FluxClient:
    """Submits requests and asks for their tasks.

    Args:
        session: used for every request, never closed here.
        base_url: where the API is, without the paths `/flux/images` and `/flux/tasks`.
        token: the API's bearer token; it is sent to `base_url` only.
        submit_deadline_s: seconds for the whole answer to a submit.
        retrieve_deadline_s: seconds for the whole answer to a question about tasks.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        base_url: str,
        token: str,
        submit_deadline_s: float = SUBMIT_DEADLINE_S,
        retrieve_deadline_s: float = RETRIEVE_DEADLINE_S,
    ) -> None:
        self._session = session
        self._submit_deadline_s = submit_deadline_s
        self._retrieve_deadline_s = retrieve_deadline_s
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    async def generate(self, request: GenerateRequest) -> Submission:
        """Have pictures made from words; this costs money, so it is sent exactly once.

        Raises:
            AnswerLostError: it may have been accepted, and must not be sent again.
            FluxError: it was not accepted, and nothing was charged.
        """
        return await self._submit(request)

    async def edit(self, request: EditRequest) -> Submission:
        """Have a picture changed; this costs money, so it is sent exactly once.

        Raises:
            AnswerLostError: it may have been accepted, and must not be sent again.
            FluxError: it was not accepted, and nothing was charged.
        """
        return await self._submit(request)

    async def retrieve(self, task_id: str) -> Task:
        """Ask how far one task is; free of charge.

        Raises:
            FluxError: there is no answer about it just now.
        """
        answer = await self._post(
            "/flux/tasks", protocol.build_retrieval(task_id), deadline_s=self._retrieve_deadline_s
        )
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
        answer = await self._post(
            "/flux/tasks",
            protocol.build_batch_retrieval(task_ids),
            deadline_s=self._retrieve_deadline_s,
        )
        return protocol.read_batch(task_ids, *answer)

    async def _submit(self, request: GenerateRequest | EditRequest) -> Submission:
        answer = await self._post(
            "/flux/images", protocol.build_submission(request), deadline_s=self._submit_deadline_s
        )
        return protocol.read_submission(*answer)

    async def _post(
        self, path: str, body: dict[str, object], *, deadline_s: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            async with (
                asyncio.timeout(deadline_s),
                self._session.post(
                    self._base_url + path,
                    json=body,
                    headers=self._headers,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_DEADLINE_S),
                ) as response,
            ):
                content = await _read_at_most(response.content, MAX_ANSWER_BYTES)
                return response.status, response.headers, content
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotConnectedError("no connection was made") from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise AnswerLostError(f"no answer: {type(error).__name__}") from error


async def _read_at_most(stream: aiohttp.StreamReader, max_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in stream.iter_any():
        content += chunk
        if len(content) > max_bytes:
            raise aiohttp.ClientPayloadError("the answer is larger than any answer of this API")
    return bytes(content)
