"""A local Discord and a local Flux API, to try and to test the unmodified bot."""
