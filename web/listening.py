"""A small HTTP server of the bot's own, at one address."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import Counter
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from aiohttp import web

from domain.errors import StartError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, MutableMapping

    from aiohttp.typedefs import Handler

logger = logging.getLogger(__name__)

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

SERVICE: Final = "fluxcord"
"""Sent in responses, by which a caller recognizes this program."""

CONNECTION_S: Final = 10.0
"""Seconds that one connection lasts at most: a request, its body and the answer."""

LINGERING_S: Final = 1.0
"""Seconds for the rest of a body that nobody reads."""

CLOSE_DEADLINE_S: Final = 1.0
"""Seconds that a stop waits for callers that are still sending."""

MOST_CONNECTIONS: Final = 256
"""Systemd and many shells give a process 1,024 files: three quarters are left for Discord, Flux,
the database and pictures. Whatever Flux could not tell here, it is asked for."""

MOST_OF_ONE_ADDRESS: Final = 32
"""Of these, for one address that is no proxy's: an eighth."""

IPV6_SITE: Final = 64
"""Bits of an IPv6 address that its owner does not choose; RFC 6177."""


class Listener:
    """Answers with an application's handlers, one request a connection.

    Nothing is decompressed, and a malformed request costs one line of the log.

    Args:
        trusted_proxies: networks of which one address may have all connections: many callers come
            by it.
        connection_s: seconds after which a connection is closed, whatever was sent.
    """

    def __init__(
        self,
        app: web.Application,
        *,
        trusted_proxies: Collection[Network] = (),
        connection_s: float = CONNECTION_S,
    ) -> None:
        self._trusted = trusted_proxies
        self._connection_s = connection_s
        self._open: Counter[str] = Counter()
        app.middlewares.append(_answer_and_close)
        # An access log would hold what is in paths.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,
            lingering_time=LINGERING_S,
            logger=_WithoutTracebacks(logger),
            shutdown_timeout=CLOSE_DEADLINE_S,
        )
        self._listening: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> None:
        """Answer at this address until `close`; raises OSError where it is not free."""
        await self._runner.setup()
        try:
            self._listening = await asyncio.get_running_loop().create_server(
                self._connection, host, port
            )
        except OSError:
            await self._runner.cleanup()
            raise

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        await self._runner.cleanup()

    def _connection(self) -> asyncio.Protocol:
        server = cast("web.Server", self._runner.server)  # there is one after the setup
        return _Connection(server(), self._open, self._trusted, self._connection_s)


@asynccontextmanager
async def listening(listener: Listener, *, key: str, host: str, port: int) -> AsyncIterator[None]:
    """Answer at this address within the block.

    Args:
        key: of the setting that says the port.

    Raises:
        StartError: the address cannot be listened at.
    """
    try:
        await listener.listen(host, port)
    except OSError as error:
        raise StartError(
            f"{key}: cannot listen on port {port} ({error.strerror}). "
            "Choose another port, or stop the program that uses it."
        ) from error
    try:
        yield
    finally:
        await listener.close()


class _Connection(asyncio.Protocol):
    """Passes a connection on to aiohttp, unless it is one too many, and until its time is over."""

    def __init__(
        self,
        handler: asyncio.Protocol,
        others: Counter[str],
        trusted: Collection[Network],
        connection_s: float,
    ) -> None:
        self._handler = handler
        self._others = others
        self._trusted = trusted
        self._connection_s = connection_s
        self._site = ""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast("asyncio.Transport", transport)
        self._site, is_trusted = site_of(stream.get_extra_info("peername"), self._trusted)
        most_here = MOST_CONNECTIONS if is_trusted else MOST_OF_ONE_ADDRESS
        if self._others.total() >= MOST_CONNECTIONS or self._others[self._site] >= most_here:
            _turn_away(stream)
            return
        self._others[self._site] += 1
        self._timer = asyncio.get_running_loop().call_later(self._connection_s, stream.abort)
        self._handler.connection_made(stream)

    def data_received(self, data: bytes) -> None:
        if self._timer is not None:
            self._handler.data_received(data)

    def eof_received(self) -> bool | None:
        return self._handler.eof_received() if self._timer is not None else None

    def pause_writing(self) -> None:
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        self._handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        self._others[self._site] -= 1
        if not self._others[self._site]:
            del self._others[self._site]
        self._handler.connection_lost(exc)


class _WithoutTracebacks(logging.LoggerAdapter[logging.Logger]):
    """What aiohttp says of requests that are no HTTP; errors of handlers are logged below."""

    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        return msg, {**kwargs, "exc_info": None}


@web.middleware
async def _answer_and_close(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.force_close()
        raise
    except ConnectionError:  # it was closed in the middle of the body
        raise
    except Exception:
        # Not the request's address, which can hold a token.
        logger.exception("a request could not be answered")
        response = web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
    response.force_close()
    return response


def site_of(peer: Any, trusted: Collection[Network]) -> tuple[str, bool]:  # noqa: ANN401
    """Return whose a connection is, and whether it may have all of them."""
    address = ipaddress.ip_address(peer[0])
    address = getattr(address, "ipv4_mapped", None) or address
    is_trusted = any(address in network for network in trusted)
    if address.version == 4:  # noqa: PLR2004  # IPv4
        return str(address), is_trusted
    return str(ipaddress.ip_network((int(address), IPV6_SITE), strict=False)), is_trusted


def _turn_away(stream: asyncio.WriteTransport) -> None:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    stream.write(
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
    )
    stream.close()
