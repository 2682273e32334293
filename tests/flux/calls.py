"""One call of every kind, to be made of a client."""

from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from flux.catalogue import Contract
from flux.client import Endpoint, FluxClient
from flux.models import EditRequest, GenerateRequest

TOKEN = "token-0123"
GENERATE = GenerateRequest(prompt="a quiet lake \u2013 no, 'two'", model="flux-dev", size="1:1")
EDIT = EditRequest(prompt="at night", model="flux-2-pro", size="3:2", image_url="https://cdn.test")

Call = Callable[[FluxClient], Awaitable[object]]

CALLS: dict[str, Call] = {
    "generate": lambda client: client.submit(GENERATE),
    "edit": lambda client: client.submit(EDIT),
    "retrieve": lambda client: client.retrieve("a"),
    "retrieve_batch": lambda client: client.retrieve_batch(["a", "b"]),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def client_of(
    session: aiohttp.ClientSession,
    base_url: str,
    deadline_s: float = 20,
    *,
    contract: Contract | None = None,
    callback_url: str | None = None,
) -> FluxClient:
    return FluxClient(
        session=session,
        endpoint=Endpoint(
            base_url=base_url, token=TOKEN, contract=contract, callback_url=callback_url
        ),
        submit_deadline_s=deadline_s,
        retrieve_deadline_s=deadline_s,
    )
