"""A real proxy on loopback, and servers with certificates for hosts that no resolver knows."""

from __future__ import annotations

import asyncio
import base64
import ssl
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Self

import trustme
import yarl

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

HOST = "127.0.0.1"
HEAD_END = b"\r\n\r\n"


class Proxy:
    """Tunnels what it is asked for by CONNECT, and forwards plain requests.

    Args:
        ways: the port of this machine behind each host and port that it knows.
        refusal: the status that it answers everything with, where it refuses.
        credentials: user and password that it wants, with a colon between them.
    """

    def __init__(
        self, ways: Mapping[str, int], *, refusal: int | None = None, credentials: str | None = None
    ) -> None:
        self.asked: list[str] = []
        """What was asked for, as `CONNECT host:port` or `GET host:port`."""
        self._ways = ways
        self._refusal = refusal
        self._credentials = credentials
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> yarl.URL:
        url = yarl.URL.build(scheme="http", host=HOST, port=self.port)
        if self._credentials is None:
            return url
        user, _, password = self._credentials.partition(":")
        return url.with_user(user).with_password(password)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(HEAD_END)
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            url = yarl.URL(f"https://{target}" if method == "CONNECT" else target)
            place = f"{url.host}:{url.port}"
            self.asked.append(f"{method} {place}")
            refusal = self._refusal or self._objection(head, place)
            if refusal is None:
                there, back = await asyncio.open_connection(HOST, self._ways[place])
                if method == "CONNECT":
                    writer.write(b"HTTP/1.1 200 Connection established" + HEAD_END)
                else:
                    back.write(head.replace(target.encode(), str(url.relative()).encode(), 1))
                await asyncio.gather(_pipe(reader, back), _pipe(there, writer))
            else:
                writer.write(f"HTTP/1.1 {refusal} No\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    def _objection(self, head: bytes, place: str) -> int | None:
        if self._credentials is not None:
            wanted = base64.b64encode(self._credentials.encode())
            if b"Proxy-Authorization: Basic " + wanted not in head:
                return 407
        return None if place in self._ways else 502


async def _pipe(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(ConnectionError, ssl.SSLError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    with suppress(ConnectionError, ssl.SSLError):
        writer.close()


class Authority:
    """Issues certificates; who trusts them is told by a file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "authority.pem"
        self._authority = trustme.CA()
        self._authority.cert_pem.write_to_path(str(self.file))

    @asynccontextmanager
    async def encrypted(self, port: int, *hosts: str) -> AsyncIterator[int]:
        """Speak TLS as these hosts before a port of this machine; yields the port to call."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*hosts).configure_cert(context)

        async def serve(reader: StreamReader, writer: StreamWriter) -> None:
            there, back = await asyncio.open_connection(HOST, port)
            await asyncio.gather(_pipe(reader, back), _pipe(there, writer))

        server = await asyncio.start_server(serve, HOST, 0, ssl=context)
        yield server.sockets[0].getsockname()[1]
        server.close()
