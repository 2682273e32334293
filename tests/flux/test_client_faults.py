"""The client on lines that fail: what surely cost nothing, and what nobody can know."""

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from flux.client import MAX_ANSWER_BYTES
from flux.errors import AnswerLostError, NotConnectedError, UnavailableError
from network import Connector, Proxies
from tests.flux.calls import GENERATE, TOKEN, Call, client_of, every_call
from tests.flux.serving import Api, Then, raw_server
from tests.proxying import Proxy


@every_call
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    api: Api, elsewhere: Api, session: aiohttp.ClientSession, call: Call, status: int
) -> None:
    api.status, api.headers = status, {"Location": f"{elsewhere.base_url}flux/images"}

    with pytest.raises(UnavailableError):
        await call(client_of(session, api.base_url))

    assert (len(api.received), elsewhere.received) == (1, [])


@every_call
async def test_a_refused_connection_cost_nothing(
    session: aiohttp.ClientSession, call: Call
) -> None:
    with pytest.raises(UnavailableError, match="no connection") as caught:
        await call(client_of(session, f"http://127.0.0.1:{unused_port()}"))
    assert caught.value.cause == "unreachable"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"


@every_call
@pytest.mark.parametrize(
    ("answer", "then"),
    [
        pytest.param(b"", Then.STALL, id="stalled headers"),
        pytest.param(HEAD[:40], Then.STALL, id="stalled amid headers"),
        pytest.param(HEAD + b'{"task_id":', Then.STALL, id="stalled body"),
        pytest.param(HEAD + b'{"task_id": "t-1"}', Then.CLOSE, id="closed amid the body"),
        pytest.param(HEAD + b'{"task_id": "t-1"}', Then.RESET, id="reset amid the body"),
        pytest.param(b"", Then.CLOSE, id="closed without a word"),
        pytest.param(b"", Then.RESET, id="reset without a word"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", Then.CLOSE, id="not HTTP"),
    ],
)
async def test_an_answer_that_breaks_off_is_lost(
    session: aiohttp.ClientSession, call: Call, answer: bytes, then: Then
) -> None:
    deadline_s = 0.05 if then is Then.STALL else 20
    async with raw_server(answer, then) as base_url:
        with pytest.raises(AnswerLostError) as caught:
            await call(client_of(session, base_url, deadline_s))

    assert str(caught.value).startswith("no answer: ")
    assert caught.value.cause == ("timeout" if then is Then.STALL else "disconnected")


@pytest.mark.parametrize("padding", [MAX_ANSWER_BYTES, 8 * MAX_ANSWER_BYTES])
async def test_an_oversized_answer_is_lost(
    api: Api, session: aiohttp.ClientSession, padding: int
) -> None:
    api.body = b'{"task_id": "t-1"}' + b" " * padding

    with pytest.raises(AnswerLostError) as caught:
        await client_of(session, api.base_url).submit(GENERATE)
    assert caught.value.cause is None


async def test_the_largest_answer_is_read(api: Api, session: aiohttp.ClientSession) -> None:
    api.body = api.body.ljust(MAX_ANSWER_BYTES)

    assert (await client_of(session, api.base_url).submit(GENERATE)).task_id == "t-1"


async def test_errors_name_neither_token_nor_prompt(session: aiohttp.ClientSession) -> None:
    async with raw_server(b"", Then.CLOSE) as base_url:
        with pytest.raises(AnswerLostError) as caught:
            await client_of(session, base_url).submit(GENERATE)

    words = f"{caught.value!r} {caught.value.__cause__!r}"
    assert TOKEN not in words
    assert GENERATE.prompt not in words


@every_call
@pytest.mark.parametrize("refusal", [403, 407, 502])
async def test_a_proxy_that_refuses_has_sent_nothing(call: Call, refusal: int) -> None:
    async with Proxy({}, refusal=refusal) as proxy:
        connector = Connector(Proxies(https=proxy.url), limit=4)
        async with aiohttp.ClientSession(connector=connector) as session:
            with pytest.raises(NotConnectedError):
                await call(client_of(session, "https://flux.test"))
