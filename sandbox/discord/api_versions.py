"""Which versions of Discord's API are served here, and what the others are told.

https://discord.com/developers/docs/reference#api-versioning
"""

import logging
import re
from http import HTTPStatus

from aiohttp import web

from sandbox.discord.errors import NOT_BUILT, ApiError, error_response

SERVED = ("9", "10")
# Deprecated ones; the default for those who name none is among them.
WITH_DISCORD_ONLY = ("6", "7", "8")

# The paths whose own token is what allows a request.
TOKEN_PATH = re.compile(r"(?<=/)(interactions|webhooks)/(\d+)/([^/]+)")

logger = logging.getLogger(__name__)


def status_of(version: str | None) -> HTTPStatus:
    """Return what a request of a version is answered with; OK where it is served."""
    if version in SERVED:
        return HTTPStatus.OK
    known = version is None or version in WITH_DISCORD_ONLY
    return HTTPStatus.NOT_IMPLEMENTED if known else HTTPStatus.BAD_REQUEST


def without_token(path: str) -> str:
    """Return a path without the token of an interaction."""
    return TOKEN_PATH.sub(r"\1/\2/:token", path)


def not_built(request: web.Request, detail: str = "") -> web.Response:
    """Answer what Discord may serve and the local Discord does not, with a line in the log."""
    path = without_token(request.path)
    logger.warning("Not built here: %s %s %s", request.method, path, detail)
    return error_response(ApiError(*NOT_BUILT))
