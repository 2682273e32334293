"""The endpoint that Flux calls back, over real HTTP: its word is a hint, and its size is small."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from config_values import LOOPBACK
from flux.protocol import MAX_TASK_ID_CHARACTERS
from storage.errors import StorageError
from tests.patience import PATIENCE_S
from web import CALLBACK_PATH
from web.callbacks import MAX_BODY_BYTES, Callbacks
from web.listening import MOST_CONNECTIONS, MOST_OF_ONE_ADDRESS, site_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from web.listening import Network

HOST = "127.0.0.1"
TOKEN = "token-of-a-job"


POSTED = f"POST {CALLBACK_PATH}{TOKEN} HTTP/1.1\r\nHost: {HOST}\r\n".encode()

SLOW = f"{POSTED.decode()}Content-Length: 100\r\n\r\n"
"""A request whose body does not come."""


class Jobs:
    """Knows one token, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str | None]] = []
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.database: StorageError | None = None

    async def knows(self, token: str) -> bool:
        self.asked.append(token)
        if self.database is not None:
            raise self.database
        return token == TOKEN

    async def called_back(self, token: str, task_id: str | None) -> bool:
        self.told.append((token, task_id))
        if self.error is not None:
            raise self.error
        return token == TOKEN


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@asynccontextmanager
async def listening(
    jobs: Jobs, connection_s: float, trusted: Collection[Network] = LOOPBACK
) -> AsyncIterator[int]:
    callbacks = Callbacks(
        knows=jobs.knows,
        called_back=jobs.called_back,
        trusted_proxies=trusted,
        connection_s=connection_s,
    )
    port = unused_port()
    await callbacks.listen(HOST, port)
    yield port
    await callbacks.close()


@pytest.fixture
async def port(jobs: Jobs) -> AsyncIterator[int]:
    async with listening(jobs, PATIENCE_S) as port:
        yield port


@pytest.fixture
async def impatient_port(jobs: Jobs) -> AsyncIterator[int]:
    """Where who sends slowly is soon hung up on."""
    async with listening(jobs, 0.2) as port:
        yield port


@pytest.fixture
async def session(port: int) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://{HOST}:{port}") as session:
        yield session


async def post(session: aiohttp.ClientSession, body: bytes, token: str = TOKEN) -> int:
    async with session.post(CALLBACK_PATH + token, data=body) as response:
        return response.status


def naming(task_id: object) -> bytes:
    return json.dumps({"task_id": task_id, "success": True}).encode()


async def test_a_callback_is_passed_on_with_its_token_and_task(
    session: aiohttp.ClientSession, jobs: Jobs
) -> None:
    assert await post(session, naming("task-1")) == 204
    assert jobs.told == [(TOKEN, "task-1")]


async def test_an_unknown_token_is_not_found(session: aiohttp.ClientSession, jobs: Jobs) -> None:
    assert await post(session, naming("task-1"), token="guessed") == 404
    assert jobs.asked == ["guessed"]
    assert jobs.told == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_a_post_is_a_callback(
    session: aiohttp.ClientSession, jobs: Jobs, method: str
) -> None:
    async with session.request(method, CALLBACK_PATH + TOKEN) as response:
        assert response.status == 405
    assert jobs.told == []


@pytest.mark.parametrize(
    "path",
    ["/", "/flux", "/flux/callbacks", f"{CALLBACK_PATH}{TOKEN}/more", f"/{TOKEN}"],
)
async def test_there_is_nothing_else(session: aiohttp.ClientSession, jobs: Jobs, path: str) -> None:
    async with session.post(path, data=naming("task-1")) as response:
        assert response.status == 404
    assert jobs.told == []


async def test_whoever_tries_the_address_hears_whose_it_is(
    session: aiohttp.ClientSession, jobs: Jobs
) -> None:
    async with session.get(CALLBACK_PATH) as response:
        assert (response.status, await response.text()) == (200, "fluxcord")
    async with session.post(CALLBACK_PATH, data=naming("task-1")) as response:
        assert response.status == 405
    assert jobs.told == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"task_id=task-1", id="a form"),
        pytest.param(b'{"task_id": "task-1"', id="half of an object"),
        pytest.param(b"\xff\xfe\x00\x01", id="no text"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="a list in lists"),
        pytest.param(b'{"task_id":' * 10_000 + b'"a"' + b"}" * 10_000, id="an object in objects"),
        pytest.param(b'{"task_id": ' + b"9" * 50_000 + b"}", id="a number of 50,000 digits"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"task-1"', id="a text"),
        pytest.param(b'["task_id", "task-1"]', id="a list"),
        pytest.param(b"{}", id="an empty object"),
        *(
            pytest.param(naming(task_id), id=f"task id {str(task_id)[:12]!r}")
            for task_id in (
                None,
                1,
                True,
                ["task-1"],
                {"id": "task-1"},
                "",
                "t" * (MAX_TASK_ID_CHARACTERS + 1),
                "t" * 100_000,
                "task\n1",
                "task\x001",
                "t\u00e4sk",
                "\ud800",
            )
        ),
    ],
)
async def test_a_body_that_names_no_task_is_a_hint_without_one(
    session: aiohttp.ClientSession, jobs: Jobs, body: bytes
) -> None:
    assert await post(session, body) == 204
    assert jobs.told == [(TOKEN, None)]


async def test_the_longest_task_id_is_taken(session: aiohttp.ClientSession, jobs: Jobs) -> None:
    task_id = "t" * MAX_TASK_ID_CHARACTERS
    assert await post(session, naming(task_id)) == 204
    assert jobs.told == [(TOKEN, task_id)]


async def test_the_largest_body_is_read_and_a_larger_one_is_not(
    session: aiohttp.ClientSession, jobs: Jobs
) -> None:
    body = naming("task-1").ljust(MAX_BODY_BYTES)
    assert await post(session, body) == 204
    assert await post(session, body + b" ") == 413
    assert jobs.told == [(TOKEN, "task-1")]


async def test_a_body_that_is_larger_than_it_says_is_not_read(
    session: aiohttp.ClientSession, jobs: Jobs
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 2):
            yield b" " * 1024

    async with session.post(CALLBACK_PATH + TOKEN, data=pieces()) as response:
        assert response.status == 413
    assert jobs.told == []


@pytest.mark.parametrize("token", ["%00", "%FF%FE", "%ED%A0%80", "..%2F..", "'%20or%201=1--"])
async def test_a_token_is_any_text(port: int, jobs: Jobs, token: str) -> None:
    answer = await raw(port, f"POST {CALLBACK_PATH}{token} HTTP/1.1", "Content-Length: 0")
    assert answer.startswith(b"HTTP/1.1 404")
    for told, _ in jobs.told:
        assert told.encode(errors="strict")


async def to_its_end(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return await reader.read()


async def raw(port: int, *head: str) -> bytes:
    """Send these lines of a request and return the answer."""
    reader, writer = await asyncio.open_connection(HOST, port)
    lines = [*head, f"Host: {HOST}", "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_slow_caller_holds_up_nobody(
    port: int, session: aiohttp.ClientSession, jobs: Jobs
) -> None:
    _, slow = await asyncio.open_connection(HOST, port)
    slow.write(SLOW.encode())
    assert await post(session, naming("task-1")) == 204
    assert jobs.told == [(TOKEN, "task-1")]
    slow.close()


async def test_a_slow_caller_loses_its_place(impatient_port: int, jobs: Jobs) -> None:
    reader, writer = await asyncio.open_connection(HOST, impatient_port)
    writer.write(SLOW.encode())
    assert await to_its_end(reader) == b""
    assert jobs.told == []
    writer.close()


async def test_a_body_is_read_only_for_a_token_of_a_job(port: int, jobs: Jobs) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(SLOW.replace(TOKEN, "guessed").encode())
    answer = await to_its_end(reader)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"Connection: close" in answer
    assert (jobs.asked, jobs.told) == (["guessed"], [])
    writer.close()


async def test_nothing_is_decompressed(session: aiohttp.ClientSession, jobs: Jobs) -> None:
    packed = gzip.compress(naming("task-1"))
    headers = {"Content-Encoding": "gzip"}
    async with session.post(CALLBACK_PATH + TOKEN, data=packed, headers=headers) as response:
        assert response.status == 204
    assert jobs.told == [(TOKEN, None)]


@pytest.mark.parametrize(
    "request_line", [f"POST {CALLBACK_PATH}guessed", f"GET {CALLBACK_PATH}x", "POST /", "GET /"]
)
async def test_a_refused_connection_is_closed(port: int, request_line: str) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"{request_line} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    assert b"Connection: close" in await to_its_end(reader)
    writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(b"GET / HTTP/9.9\r\n\r\n", id="no version"),
        pytest.param(b"G\x00T / HTTP/1.1\r\n\r\n", id="no method"),
        pytest.param(b"GET / HTTP/1.1\r\nno header\r\n\r\n", id="no header"),
        pytest.param(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", id="a long line"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 500 + b"\r\n", id="many headers"),
        pytest.param(POSTED + b"Content-Length: many\r\n\r\n", id="no length"),
        pytest.param(
            POSTED + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", id="two lengths"
        ),
        pytest.param(POSTED + b"Transfer-Encoding: chunked\r\n\r\nno chunk\r\n", id="no chunk"),
        pytest.param(POSTED + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n\x00", id="upgrade"),
        pytest.param(POSTED + b"Content-Length: 9\r\n\r\nab", id="half of a body"),
        pytest.param(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx", id="unread chunk"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\nG\x00T / HTTP/1.1\r\n\r\n", id="a second one"),
    ],
)
async def test_a_malformed_request_is_one_short_line_of_the_log(
    port: int, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    with caplog.at_level(logging.INFO):
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(sent)
        writer.write_eof()
        await to_its_end(reader)
        writer.close()
    assert len(caplog.text.splitlines()) <= 1
    assert len(caplog.text) < 200


async def test_a_database_that_does_not_answer_is_one_line_of_the_log(
    session: aiohttp.ClientSession, jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    jobs.database = StorageError("the database did not take a request in time")
    with caplog.at_level(logging.INFO):
        assert await post(session, naming("task-1"), token="guessed") == 503
    assert len(caplog.text.splitlines()) == 1


async def test_one_address_does_not_get_all_connections(jobs: Jobs) -> None:
    async with listening(jobs, 2 * PATIENCE_S, trusted=()) as port:
        held = [await asyncio.open_connection(HOST, port) for _ in range(MOST_OF_ONE_ADDRESS + 1)]
        assert (await to_its_end(held[-1][0])).startswith(b"HTTP/1.1 503 ")
        held[0][1].transport.abort()
        async with aiohttp.ClientSession(f"http://{HOST}:{port}") as session:
            async with asyncio.timeout(PATIENCE_S):
                # Until the server has noticed that it is gone.
                while (status := await post(session, naming("task-1"))) == 503:
                    await asyncio.sleep(0.01)
        assert status == 204
        for _, writer in held:
            writer.transport.abort()


@pytest.mark.parametrize(
    ("peer", "site"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::3", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::4", "2001:db8:1:2::/64"),
    ],
)
def test_addresses_of_one_site_count_together(peer: str, site: str) -> None:
    assert site_of((peer, 1), LOOPBACK) == (site, False)
    assert site_of((peer, 1), [ip_network("203.0.113.0/24"), ip_network("2001:db8::/32")])[1]


async def test_an_error_of_the_jobs_says_nothing_and_names_no_token(
    session: aiohttp.ClientSession, jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    jobs.error = ZeroDivisionError("of no use to callers")
    with caplog.at_level(logging.DEBUG):
        async with session.post(CALLBACK_PATH + TOKEN, data=naming("task-1")) as response:
            assert response.status == 500
            assert "of no use" not in await response.text()
    assert TOKEN not in caplog.text
    jobs.error = None
    assert await post(session, naming("task-1")) == 204


async def test_no_callback_puts_its_token_into_the_log(
    session: aiohttp.ClientSession, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await post(session, naming("task-1"))
        await post(session, b"{")
        await post(session, b" " * (MAX_BODY_BYTES + 1))
        await raw(port, f"POST {CALLBACK_PATH}{TOKEN} HTTP/1.1", "Content-Length: many")
    assert TOKEN not in caplog.text


async def test_after_close_nobody_answers_and_the_port_is_free(jobs: Jobs) -> None:
    port = unused_port()
    for _ in range(2):
        callbacks = Callbacks(knows=jobs.knows, called_back=jobs.called_back)
        await callbacks.listen(HOST, port)
        await callbacks.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(HOST, port)


async def test_a_port_that_is_taken_is_an_os_error(port: int, jobs: Jobs) -> None:
    callbacks = Callbacks(knows=jobs.knows, called_back=jobs.called_back)
    with pytest.raises(OSError, match=str(port)):
        await callbacks.listen(HOST, port)


async def test_a_crowd_of_slow_callers_is_turned_away_and_then_others_are_heard(
    jobs: Jobs,
) -> None:
    async with listening(jobs, 2 * PATIENCE_S) as port:
        crowd = [await asyncio.open_connection(HOST, port) for _ in range(MOST_CONNECTIONS + 1)]
        turned_away = await to_its_end(crowd[-1][0])
        for _, writer in crowd:
            writer.transport.abort()
        async with (
            asyncio.timeout(PATIENCE_S),
            aiohttp.ClientSession(f"http://{HOST}:{port}") as session,
        ):
            # Until the server has noticed that they are gone.
            while (status := await post(session, naming("a-task"))) == 503:
                await asyncio.sleep(0.01)
        assert status == 204

    assert turned_away.startswith(b"HTTP/1.1 503 ")
    assert jobs.told == [(TOKEN, "a-task")]


@pytest.mark.parametrize("head", ["", "POST / HTTP/1.1\r\n"])
async def test_a_caller_whose_head_never_ends_is_hung_up_on(
    impatient_port: int, jobs: Jobs, head: str
) -> None:
    reader, writer = await asyncio.open_connection(HOST, impatient_port)

    async def drip() -> None:
        writer.write(head.encode())
        while True:
            writer.write(b"x" if head else b"")
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    said = b""
    # A connection that closes while bytes are on the way is reset.
    with suppress(ConnectionResetError):
        async with asyncio.timeout(PATIENCE_S):
            said = await reader.read()
    assert said == b""
    dripping.cancel()
    await asyncio.gather(dripping, return_exceptions=True)
    writer.close()
    assert jobs.told == []


async def test_a_connection_takes_one_request(port: int) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(b"GET / HTTP/1.1\r\nHost: bot.test\r\n\r\nPOST / HTTP/1.1\r\n")
    said = await to_its_end(reader)
    writer.close()
    assert said.count(b"HTTP/1.1 ") == 1
