"""A local S3 server, moto's, behind a door that fails where a test says so."""

from __future__ import annotations

import asyncio
import atexit
import io
import itertools
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import obstore
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from obstore.store import S3Store

from images.files import BucketSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    Fault = Callable[[web.Request], Awaitable[web.StreamResponse | None]]

MOTO = Path(sys.prefix) / "moto" / "bin" / "python"
"""An environment of its own, as its packages are older than the bot's."""

PREFIX = "pictures/of-bot"
BUCKETS = itertools.count(1)


@cache
def _origin() -> str:
    """Start moto's server, once for all tests of this process, and return its address."""
    if not MOTO.exists():
        pytest.skip("moto is not installed: make install")
    process = subprocess.Popen(  # noqa: S603  # the server of the tests
        [MOTO, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, process)
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"Running on (http://\S+)", line):
            # What it logs about each request is read, so that it never waits to be.
            Thread(target=process.stderr.read, daemon=True).start()
            return found[1]
    raise AssertionError("moto's server did not start")


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


class ObjectStore:
    """One bucket of the local S3 server.

    Attributes:
        requests: method and name of every request that came through the door.
        fault: decides about each request; None lets all through.
    """

    def __init__(self, bucket: str, session: ClientSession) -> None:
        self.bucket = bucket
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.fault: Fault | None = None
        self._ages: dict[str, str] = {}
        self.origin = _origin()
        self._session = session
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self.server = TestServer(app)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def environ(self) -> dict[str, str]:
        """The settings of a bot that uses it."""
        return {
            "IMAGE_STORE_URL": f"s3://{self.bucket}/{PREFIX}",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }

    def settings(self, **changes: Any) -> BucketSettings:  # noqa: ANN401  # any attribute
        given = {
            "name": self.bucket,
            "prefix": PREFIX,
            "endpoint": self.endpoint,
            "region": "us-east-1",
            "access_key_id": "key",
            "secret_access_key": "secret",
        }
        return BucketSettings(**{**given, **changes})

    @property
    def direct(self) -> S3Store:
        """The bucket past the door."""
        return S3Store(
            self.bucket,
            prefix=PREFIX,
            endpoint=self.origin,
            region="us-east-1",
            access_key_id="key",
            secret_access_key="secret",  # nobody checks it
            client_options={"allow_http": True},
        )

    async def put(self, name: str, content: bytes) -> None:
        await obstore.put_async(self.direct, name, content)

    async def get(self, name: str) -> bytes:
        return bytes(await (await obstore.get_async(self.direct, name)).bytes_async())

    async def delete(self, name: str) -> None:
        await obstore.delete_async(self.direct, name)

    async def names(self) -> list[str]:
        pages = obstore.list(self.direct)
        return sorted([found["path"] async for page in pages for found in page])

    def set_age(self, name: str, modified: datetime) -> None:
        """Let an object have been stored at another time, as far as lists say."""
        self._ages[name] = f"{modified:%Y-%m-%dT%H:%M:%S.000Z}"

    def asked(self, method: str) -> list[str]:
        return [name for each, name in self.requests if each == method]

    # Faults

    def fail(self, status: int = 503, *, methods: str = "GET HEAD PUT POST") -> None:
        """Answer requests of these methods with an error from now on."""

        async def fault(request: web.Request) -> web.StreamResponse | None:
            return web.Response(status=status) if request.method in methods else None

        self.fault = fault

    def stall(self, *, methods: str = "GET HEAD PUT POST") -> None:
        """Leave requests of these methods without an answer from now on."""

        async def fault(request: web.Request) -> web.StreamResponse | None:
            if request.method in methods:
                await asyncio.Event().wait()
            return None

        self.fault = fault

    def delay(self, seconds: float) -> None:
        """Answer every request so much later."""

        async def fault(_: web.Request) -> web.StreamResponse | None:
            await asyncio.sleep(seconds)
            return None

        self.fault = fault

    def lose_answer(self, method: str) -> None:
        """Let the next request of a method take effect, and cut its answer off."""

        async def fault(request: web.Request) -> web.StreamResponse | None:
            if request.method != method:
                return None
            self.fault = None
            await self._forward(request)
            if request.transport is not None:
                request.transport.abort()
            return web.Response()

        self.fault = fault

    def mend(self) -> None:
        self.fault = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.path.removeprefix(f"/{self.bucket}").removeprefix(f"/{PREFIX}").strip("/")
        self.requests.append((request.method, name))
        self.headers.append(dict(request.headers))
        answer = await self.fault(request) if self.fault is not None else None
        return answer or await self._forward(request)

    async def _forward(self, request: web.Request) -> web.Response:
        headers = {key: value for key, value in request.headers.items() if key != "Host"}
        url = f"{self.origin}{request.raw_path}"
        body = io.BytesIO(await request.read())
        async with self._session.request(
            request.method, url, headers=headers, data=body, skip_auto_headers=["Accept-Encoding"]
        ) as answer:
            # The size of a list may change below, and nothing else tells HEAD what it is.
            sized = {"Content-Length"} if request.method == "GET" else set()
            kept = {
                key: value
                for key, value in answer.headers.items()
                if key not in {"Transfer-Encoding", "Connection", "Server", "Date", *sized}
            }
            content = await answer.read()
            for name, modified in self._ages.items():
                told = rf"(<Key>[^<]*/{re.escape(name)}</Key>\s*<LastModified>)[^<]*"
                content = re.sub(told.encode(), rb"\g<1>" + modified.encode(), content)
            return web.Response(status=answer.status, headers=kept, body=content)


@asynccontextmanager
async def object_store(*, exists: bool = True) -> AsyncIterator[ObjectStore]:
    """Lend a store with a bucket of its own, or with none yet."""
    async with ClientSession(auto_decompress=False) as session:
        store = ObjectStore(f"bucket-{next(BUCKETS)}", session)
        await store.server.start_server(shutdown_timeout=0)
        try:
            if exists:
                async with session.put(f"{store.origin}/{store.bucket}") as made:
                    assert made.status == 200
            yield store
        finally:
            await store.server.close()
