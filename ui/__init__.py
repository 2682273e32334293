"""Shared parts of the features: client, cards, languages, component router, messenger."""
