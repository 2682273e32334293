"""Tests wait long enough for a busy machine."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S

HERE = Path(__file__).parent

WAITS = {"timeout", "wait_for", "receive", "receive_json", "connected", "wait_until", "answered"}
SAYING = {"timeout", "within"}


@pytest.mark.parametrize("path", sorted(HERE.rglob("*.py")), ids=lambda path: path.name)
def test_nothing_is_waited_for_in_mere_seconds(path: Path) -> None:
    """What surely does not happen is waited for in less than a second."""
    short = [
        f"line {node.lineno}: {number.value}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in WAITS
        for number in (*node.args, *(kw.value for kw in node.keywords if kw.arg in SAYING))
        if isinstance(number, ast.Constant) and isinstance(number.value, int | float)
        if 1 <= number.value < PATIENCE_S
    ]

    assert short == []
