"""Limits and access rules: /limits and /access."""
