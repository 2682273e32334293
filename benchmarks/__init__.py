"""Measures the bot's own code."""
