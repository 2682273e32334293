"""A local stand-in for the Flux Images API: same questions, same answers, no bill."""

from sandbox.flux.books import Charge, Fetch, RecordedRequest
from sandbox.flux.eras import ERAS, Era, era_named
from sandbox.flux.manner import Manner, Stream
from sandbox.flux.server import LocalFlux

__all__ = [
    "ERAS",
    "Charge",
    "Era",
    "Fetch",
    "LocalFlux",
    "Manner",
    "RecordedRequest",
    "Stream",
    "era_named",
]
