"""Statements that more than one engine understands, where that costs nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from storage.postgresql_dialect import INSTEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

STORAGE: Final = Path(__file__).parents[2] / "storage"

OF_SQLITE_ALONE: Final = re.compile(
    r"\biif\(|(?<!prompts\.)(?<!prompts \()\browid\b|\blimit -1|\bor (replace|ignore)\b"
    r"|:guild_id is null or|:user_id is null or|\bsum\(\w+ \* \("
    r"|\b(and|or|where) not (?!exists)[a-z_]+ "
)
"""The number of a row is only that of the full-text index, which has no other key."""


def statements_in(path: Path) -> Iterator[str]:
    """Yield the parts of statements in a file: all texts but docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_what_is_rewritten_for_postgresql_is_in_a_statement() -> None:
    texts = "\n".join(
        path.read_text(encoding="utf-8")
        for path in STORAGE.glob("*.py")
        if path.name != "postgresql_dialect.py"
    )
    assert [each for each in INSTEAD if each.removesuffix(" (") not in texts] == []


@pytest.mark.parametrize(
    "path",
    # Migrations are never changed.
    [path for path in sorted(STORAGE.glob("*.py")) if path.name != "migrations.py"],
    ids=lambda path: path.name,
)
def test_statements_are_neutral(path: Path) -> None:
    assert [each for each in statements_in(path) if OF_SQLITE_ALONE.search(each)] == []
