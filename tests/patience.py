"""How long tests wait for something to happen."""

from __future__ import annotations

from typing import Final

PATIENCE_S: Final = 60.0
"""Seconds. Only a failing test waits so long, so that a busy machine fails none."""
