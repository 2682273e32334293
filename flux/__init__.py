"""A typed, asynchronous client of the Flux Images API, independent of the bot around it."""

from flux.catalogue import MODELS, RATIOS, Contract, Model
from flux.client import Endpoint, FluxClient
from flux.errors import (
    AnswerLostError,
    AuthenticationError,
    BadRequestError,
    FluxError,
    NotConnectedError,
    OutOfCreditsError,
    RateLimitedError,
    RefusedContentError,
    UnavailableError,
    UnknownModelError,
)
from flux.models import (
    EditRequest,
    Exchange,
    GenerateRequest,
    Submission,
    Task,
    TaskFailure,
    TaskState,
)

__all__ = [
    "MODELS",
    "RATIOS",
    "AnswerLostError",
    "AuthenticationError",
    "BadRequestError",
    "Contract",
    "EditRequest",
    "Endpoint",
    "Exchange",
    "FluxClient",
    "FluxError",
    "GenerateRequest",
    "Model",
    "NotConnectedError",
    "OutOfCreditsError",
    "RateLimitedError",
    "RefusedContentError",
    "Submission",
    "Task",
    "TaskFailure",
    "TaskState",
    "UnavailableError",
    "UnknownModelError",
]
