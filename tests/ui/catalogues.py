"""The catalogues taken apart, to be compared with each other and with the code."""

from __future__ import annotations

import ast as python
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fluent.syntax import FluentParser, ast, visitor

from ui.i18n import ENGLISH, LOCALES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
LANGUAGES = sorted(path.stem for path in LOCALES.glob("*.ftl"))
COMMANDS = ("command-", "choice-")
"""How ids begin whose English stands in the code."""


@dataclass
class Entry:
    """What one pattern of a catalogue names: a message's, an attribute's or a term's."""

    variables: set[str] = field(default_factory=set)
    terms: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    text: str = ""


class _Reader(visitor.Visitor):
    def __init__(self) -> None:
        self.entry = Entry()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802
        self.entry.variables.add(node.id.name)

    def visit_TermReference(self, node: ast.TermReference) -> None:  # noqa: N802
        self.entry.terms.add(node.id.name)

    def visit_MessageReference(self, node: ast.MessageReference) -> None:  # noqa: N802
        attribute = f".{node.attribute.name}" if node.attribute else ""
        self.entry.messages.add(node.id.name + attribute)

    def visit_FunctionReference(self, node: ast.FunctionReference) -> None:  # noqa: N802
        self.entry.functions.add(node.id.name)

    def visit_TextElement(self, node: ast.TextElement) -> None:  # noqa: N802
        self.entry.text += node.value


@dataclass
class Catalogue:
    """One language's patterns, by `id` or `id.attribute`; terms by their name without the dash."""

    messages: dict[str, Entry]
    terms: dict[str, Entry]
    junk: list[str]
    repeated: list[str]

    @property
    def own(self) -> dict[str, Entry]:
        """All but what stands in the code in English."""
        return {
            name: entry for name, entry in self.messages.items() if not name.startswith(COMMANDS)
        }

    def terms_in(self, name: str) -> set[str]:
        """Return the terms that a message says, those within its terms too."""
        found: set[str] = set()
        waiting = set(self.messages[name].terms)
        while waiting:
            term = waiting.pop()
            found.add(term)
            if term in self.terms:  # else it is said in English
                waiting |= self.terms[term].terms - found
        return found


def saying(locale: str, name: str) -> Catalogue:
    """Return the catalogue that a message is said from: English where the language lacks it."""
    own = catalogue(locale)
    return own if name in own.messages else catalogue(ENGLISH)


@cache
def catalogue(locale: str) -> Catalogue:
    source = (LOCALES / f"{locale}.ftl").read_text(encoding="utf-8")
    found = Catalogue({}, {}, [], [])
    for part in FluentParser().parse(source).body:
        if isinstance(part, ast.Junk):
            found.junk.append(part.content or "")
        elif isinstance(part, ast.Message | ast.Term):
            named = found.messages if isinstance(part, ast.Message) else found.terms
            patterns: list[tuple[str, ast.Pattern | None]] = [(part.id.name, part.value)]
            patterns += [(f"{part.id.name}.{each.id.name}", each.value) for each in part.attributes]
            for name, pattern in patterns:
                if name in named:
                    found.repeated.append(name)
                if pattern is not None:
                    named[name] = _read(pattern)
    return found


def _read(pattern: ast.Pattern) -> Entry:
    reader = _Reader()
    reader.visit(pattern)
    return reader.entry


def code() -> Iterator[tuple[Path, python.AST]]:
    """Yield every node of what speaks to people."""
    for room in ("cogs", "ui", "jobs", "services", "storage"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in python.walk(python.parse(path.read_text(encoding="utf-8"))):
                yield path, node
