"""A typed, asynchronous client of the Flux Images API, independent of the bot around it."""

from flux.catalogue import MODELS, RATIOS, Model
from flux.client import FluxClient
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
)
from flux.models import EditRequest, GenerateRequest, Submission, Task, TaskFailure, TaskState

__all__ = [
    "MODELS",
    "RATIOS",
    "AnswerLostError",
    "AuthenticationError",
    "BadRequestError",
    "EditRequest",
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
]
