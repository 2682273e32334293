"""What every REST request goes through: the token, the error body, the record."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus

from aiohttp import web

from sandbox.discord import errors
from sandbox.discord.api_versions import SERVED, TOKEN_PATH, not_built, status_of, without_token
from sandbox.discord.errors import ApiError, NotBuiltError, error_response
from sandbox.discord.fields import Field
from sandbox.discord.forms import FORM, Form
from sandbox.discord.limits import VIA, BannedError, RateLimitedError
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

API_PATH = "/api/v10"
# A place for an id with something else in it; the words are those of other addresses.
_NO_ID = re.compile(
    r"/(channel|guild|message|user)s/(?!\d+(?:/|$)|@|bulk-delete|pins|search|templates)([^/]+)"
)
_VERSION = re.compile(r"/api/v(\d+)(?=/|$)")
_SERVED = re.compile(rf"/api/v(?:{'|'.join(SERVED)})(?:/|$)")
CLOUDFLARE_BAN = """<!doctype html><html><head><title>Access denied | discord.com</title></head>
<body><h1>Error 1015</h1><h2>You are being rate limited</h2>
<p>The owner of this website (discord.com) has banned you temporarily.</p></body></html>"""

Answer = tuple[web.StreamResponse, int | None]

_SECRET_HEADERS = frozenset({"Authorization", "Cookie", "Proxy-Authorization"})


@dataclass(frozen=True)
class RecordedRequest:
    """One request of the bot and how it was answered; no token is kept."""

    method: str
    path: str
    payload: object = field(repr=False)
    files: tuple[str, ...]
    status: int
    code: int | None = None
    # The body of the answer, where it is JSON.
    answer: bytes | None = field(default=None, repr=False)
    # Those of the request, without its token.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Api:
    """Guards and records the REST API."""

    def __init__(self, world: World, bot_token: str) -> None:
        self.requests: list[RecordedRequest] = []
        self._world = world
        self._rules = world.rules
        self._bot_token = bot_token

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer one request of the REST API; others are handled as they are."""
        if not _SERVED.match(request.path):
            return await handler(request)
        headers: Mapping[str, str] = {}
        try:
            headers = self._within_limits(request)
            response, code = await self._answer(request, handler)
        except BannedError:
            return cloudflare_ban()
        except RateLimitedError as error:
            headers, code = error.headers, error.code
            response = error_response(error)
        response.headers.update(headers)
        response.headers["Via"] = VIA
        self._world.limits.count_invalid(response.status)
        self._record(request, response, code)
        return response

    async def date(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Date any answer, so that callers can tell by the difference that their clock is wrong."""
        response.headers["Date"] = formatdate(self._world.clock.now(), usegmt=True)

    async def other_version(self, request: web.Request) -> web.Response:
        """Answer requests of a version of the API that is not served here."""
        match = _VERSION.match(request.path)
        gone = status_of(match[1] if match else None) == HTTPStatus.BAD_REQUEST
        if self._rules.strikes(Rule.API_VERSION, gone):
            return error_response(ApiError(*errors.BAD_VERSION))
        return not_built(request)

    def _within_limits(self, request: web.Request) -> Mapping[str, str]:
        match = TOKEN_PATH.search(request.path)
        interaction = self._world.by_token.get(match[3]) if match else None
        channel_id = interaction.channel.id if interaction else None
        return self._world.limits.check(request.method, request.path, channel_id)

    async def _answer(self, request: web.Request, handler: Handler) -> Answer:
        try:
            self._check_token(request)
            self._check_ids(request.path)
            response = await handler(request)
            form = request.get(FORM)
            if isinstance(form, Form):
                form.check_read()
        except RateLimitedError:
            raise
        except ApiError as error:
            return error_response(error), error.code
        except NotBuiltError as error:
            return not_built(request, str(error)), None
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            return not_built(request), None
        return response, None

    def _check_token(self, request: web.Request) -> None:
        is_open = without_version(request.path) == "/gateway"
        if TOKEN_PATH.search(request.path) or self._rules.strikes(Rule.OPEN_GATEWAY, is_open):
            return
        wrong = request.headers.get("Authorization") != f"Bot {self._bot_token}"
        self._rules.refuse(Rule.BOT_TOKEN, wrong, errors.UNAUTHORIZED)

    def _check_ids(self, path: str) -> None:
        if wrong := _NO_ID.search(path):
            field = Field(wrong[2], self._rules, (f"{wrong[1]}_id",))
            field.fail(Rule.PATH_ID, "NUMBER_TYPE_COERCE", f'Value "{wrong[2]}" is not snowflake.')
            field.raise_problems()

    def _record(self, request: web.Request, response: web.StreamResponse, code: int | None) -> None:
        form = request.get(FORM)
        recorded = RecordedRequest(
            method=request.method,
            path=without_token(without_version(request.path)),
            payload=form.payload if isinstance(form, Form) else form,
            files=tuple(upload.filename for upload in form.files.values())
            if isinstance(form, Form)
            else (),
            status=response.status,
            code=code,
            answer=_json_of(response),
            headers=without_secrets(request.headers),
        )
        self.requests.append(recorded)
        self._world.news.tell("REQUEST", recorded)


def without_version(path: str) -> str:
    """Return a path below the API's address."""
    return _VERSION.sub("", path, count=1)


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers without those that hold a token."""
    return {name: text for name, text in headers.items() if name.title() not in _SECRET_HEADERS}


def cloudflare_ban() -> web.Response:
    """Write the page of the network in front of Discord, for those who ask too often."""
    return web.Response(
        status=429, text=CLOUDFLARE_BAN, content_type="text/html", headers={"Retry-After": "3600"}
    )


def _json_of(response: web.StreamResponse) -> bytes | None:
    if not isinstance(response, web.Response) or response.content_type != "application/json":
        return None
    return response.body if isinstance(response.body, bytes) else None
