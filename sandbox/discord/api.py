"""What every REST request goes through: the token, the error body, the record."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.discord.bulletin import Bulletin
from sandbox.discord.errors import (
    JSON,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAUTHORIZED,
    ApiError,
)
from sandbox.discord.forms import FORM, Form

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

API_PATH = "/api/v10"

# The paths whose own token is what allows a request.
_TOKEN_PATH = re.compile(r"(?<=/)(interactions|webhooks)/(\d+)/([^/]+)")


@dataclass(frozen=True)
class RecordedRequest:
    """One request of the bot and how it was answered; no token is kept."""

    method: str
    path: str
    payload: object = field(repr=False)
    files: tuple[str, ...]
    status: int
    code: int | None = None


class Api:
    """Guards and records the REST API."""

    def __init__(self, news: Bulletin, bot_token: str) -> None:
        self.requests: list[RecordedRequest] = []
        self._news = news
        self._bot_token = bot_token

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer one request of the REST application."""
        code: int | None = None
        response: web.StreamResponse
        try:
            self._check_token(request)
            response = await handler(request)
        except ApiError as error:
            code = error.code
            response = _refused(error)
        except web.HTTPNotFound:
            response = _refused(ApiError(*NOT_FOUND))
        except web.HTTPMethodNotAllowed:
            response = _refused(ApiError(*METHOD_NOT_ALLOWED))
        self._record(request, response.status, code)
        return response

    def _check_token(self, request: web.Request) -> None:
        if _TOKEN_PATH.search(request.path):
            return
        if request.headers.get("Authorization") != f"Bot {self._bot_token}":
            raise ApiError(*UNAUTHORIZED)

    def _record(self, request: web.Request, status: int, code: int | None) -> None:
        form = request.get(FORM)
        path = request.path.removeprefix(API_PATH)
        recorded = RecordedRequest(
            method=request.method,
            path=_TOKEN_PATH.sub(r"\1/\2/:token", path),
            payload=form.payload if isinstance(form, Form) else form,
            files=tuple(upload.filename for upload in form.files.values())
            if isinstance(form, Form)
            else (),
            status=status,
            code=code,
        )
        self.requests.append(recorded)
        self._news.tell("REQUEST", recorded)


def _refused(error: ApiError) -> web.Response:
    body: JSON = error.body()
    return web.Response(
        body=json.dumps(body).encode(), status=error.status, content_type="application/json"
    )
