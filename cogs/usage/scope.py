"""Whose usage is shown."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """Whose usage is shown: one's own, the server's, the whole bot's."""

    MINE = "mine"
    SERVER = "server"
    ALL = "all"
