"""A language made of the English one, which shows text that is in no catalogue."""

from __future__ import annotations

from functools import cache
from typing import Final

from fluent.syntax import FluentParser, FluentSerializer, ast, visitor

from ui.i18n import ENGLISH, LOCALES, Words

MARKS: Final = str.maketrans("aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ")
"""Marked text is as long, so that it fits where English does."""


def unmarked(text: str) -> str:
    """Return the English text of a marked one."""
    return text.translate({mark: plain for plain, mark in MARKS.items()})


class _Marker(visitor.Transformer):
    def visit_TextElement(self, node: ast.TextElement) -> ast.TextElement:  # noqa: N802
        node.value = node.value.translate(MARKS)
        return node


@cache
def pseudo() -> Words:
    """Return the English catalogue with each vowel of its own text marked by an accent."""
    resource = FluentParser().parse((LOCALES / f"{ENGLISH}.ftl").read_text(encoding="utf-8"))
    return Words(ENGLISH, FluentSerializer().serialize(_Marker().visit(resource)))
