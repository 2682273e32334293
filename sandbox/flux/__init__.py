"""A local stand-in for the Flux Images API: same questions, same answers, no bill."""

from sandbox.flux.api_versions import ERAS, Era, era_named
from sandbox.flux.books import Charge, Fetch, RecordedRequest
from sandbox.flux.response_format import ResponseFormat, Stream
from sandbox.flux.server import LocalFlux

__all__ = [
    "ERAS",
    "Charge",
    "Era",
    "Fetch",
    "LocalFlux",
    "RecordedRequest",
    "ResponseFormat",
    "Stream",
    "era_named",
]
