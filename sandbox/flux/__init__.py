"""A local stand-in for the Flux Images API: same questions, same answers, no bill."""

from sandbox.flux.books import Charge, Fetch, RecordedRequest
from sandbox.flux.server import LocalFlux

__all__ = ["Charge", "Fetch", "LocalFlux", "RecordedRequest"]
