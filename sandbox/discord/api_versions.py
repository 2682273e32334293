"""Which versions of Discord's API are served here, and what the others are told.

https://discord.com/developers/docs/reference#api-versioning
"""

import logging
from http import HTTPStatus

from aiohttp import web

from sandbox.discord.errors import NOT_BUILT, ApiError, error_response

SERVED = ("9", "10")
# Deprecated ones; the default for those who name none is among them.
WITH_DISCORD_ONLY = ("6", "7", "8")

logger = logging.getLogger(__name__)


def status_of(version: str | None) -> HTTPStatus:
    """Return what a request of a version is answered with; OK where it is served."""
    if version in SERVED:
        return HTTPStatus.OK
    known = version is None or version in WITH_DISCORD_ONLY
    return HTTPStatus.NOT_IMPLEMENTED if known else HTTPStatus.BAD_REQUEST


def not_built(request: web.Request, detail: str = "") -> web.Response:
    """Answer what Discord may serve and the local Discord does not, with a line in the log."""
    logger.warning("Not built here: %s %s %s", request.method, request.path, detail)
    return error_response(ApiError(*NOT_BUILT))
