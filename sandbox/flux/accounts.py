"""The gateway's own errors, by what is wrong with the token, the account or the address."""

from collections.abc import Mapping
from http import HTTPStatus

from sandbox.flux.errors import Failure, Refusal, RefusedError

NO_TOKEN = Refusal(
    HTTPStatus.BAD_REQUEST, Failure("no_token", "No token specified for the request.")
)
INVALID = Refusal(
    HTTPStatus.UNAUTHORIZED, Failure("invalid_token", "The specified token is invalid or wrong.")
)
EXPIRED = Refusal(HTTPStatus.UNAUTHORIZED, Failure("token_expired", "token expired."))
# The vendor's pages disagree about the status of this one and of the next.
MISMATCHED = Refusal(
    HTTPStatus.BAD_REQUEST,
    Failure("token_mismatched", "The specified token is not matched with API."),
)
MISMATCHED_401 = Refusal(
    HTTPStatus.UNAUTHORIZED, Failure("token_mismatched", "token and api does not match.")
)
DISABLED = Refusal(
    HTTPStatus.BAD_REQUEST,
    Failure(
        "disabled",
        "Your application has been disabled by Ace Data Cloud due to abnormal usage behavior, "
        "please contact our support to get more information.",
    ),
)
DISABLED_403 = Refusal(HTTPStatus.FORBIDDEN, DISABLED.failure)
USED_UP = Refusal(
    HTTPStatus.FORBIDDEN,
    Failure(
        "used_up",
        "Your balance is not sufficient for current request, please buy more in Ace Data Cloud.",
    ),
    spares_tasks=True,
)
NO_API = Refusal(
    HTTPStatus.NOT_FOUND,
    Failure("no_api", "API does not exist, please make sure url is correct."),
)
NOT_IMPLEMENTED = Refusal(
    HTTPStatus.BAD_REQUEST, Failure("api_not_implemented", "The API is not implemented.")
)
RATE_LIMITED = Refusal(
    HTTPStatus.TOO_MANY_REQUESTS,
    Failure("too_many_requests", "You have exceeded the rate limit."),
)
# No page documents the header; a gateway in front may send it all the same.
RATE_LIMITED_WITH_RETRY_AFTER = Refusal(
    HTTPStatus.TOO_MANY_REQUESTS, RATE_LIMITED.failure, retry_after_s=1
)

# Everything that can be wrong with an account whose token is the right one.
ACCOUNTS: Mapping[str, Refusal] = {
    "expired": EXPIRED,
    "mismatched": MISMATCHED,
    "mismatched_401": MISMATCHED_401,
    "disabled": DISABLED,
    "disabled_403": DISABLED_403,
    "used_up": USED_UP,
    "no_api": NO_API,
    "api_not_implemented": NOT_IMPLEMENTED,
    "rate_limited": RATE_LIMITED,
    "rate_limited_with_retry_after": RATE_LIMITED_WITH_RETRY_AFTER,
}


def check_token(authorization: str | None, token: str) -> None:
    """Refuse a request that does not carry `token` as its bearer token."""
    if not authorization:
        raise RefusedError(NO_TOKEN)
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "bearer" or given.strip() != token:
        raise RefusedError(INVALID)


def check_account(account: Refusal | None, *, asks_about_tasks: bool) -> None:
    """Refuse a request of an account that something is wrong with."""
    if account is not None and not (asks_about_tasks and account.spares_tasks):
        raise RefusedError(account)
