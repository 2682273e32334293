"""Every regular expression of the bot takes time that grows with the text and no faster."""

from __future__ import annotations

import ast
import importlib
import re
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.test_architecture import LEVELS, ROOT, modules, room_of
from ui.components import CustomId

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHARACTERS = 60_000
"""Ten times what Discord lets anybody type: a quadratic search takes seconds of processor time for
one text, and a linear one less than a millisecond."""

TEXTS = [
    once * (CHARACTERS // len(once)) + end
    for once in (" ", "\t", "\n", "\u3000", "1", "a", "<", "@", ":", "-", "x", " \t1a", "a ", "1 ")
    for end in ("", "\0")
]

ALL_OF_IT_S = 10
"""Seconds of processor time for all patterns and texts, which take about one and a half."""


def patterns_of(path: Path) -> Iterator[re.Pattern[str]]:
    """Yield each pattern that a module compiles, in a function or outside of one."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    names = vars(importlib.import_module(name))
    for each in names.values():
        # The pattern of a custom_id is built of its kind's parts.
        if isinstance(each, type) and issubclass(each, CustomId) and each.__module__ == name:
            yield from (value for value in vars(each).values() if isinstance(value, re.Pattern))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for written in _patterns_at(node):
            expression = compile(ast.Expression(written), str(path), "eval")
            yield re.compile(eval(expression, names))  # noqa: S307  # the bot's own source


def _patterns_at(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.ClassDef):
        # discord.py compiles the template of a dynamic item.
        yield from (each.value for each in node.keywords if each.arg == "template")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        of = node.func.value
        takes_one = isinstance(of, ast.Name) and of.id == "re" and node.func.attr != "escape"
        is_built = takes_one and ast.unparse(node.args[0]) == "pattern"
        if is_built:
            return
        if takes_one and node.func.attr == "compile":
            yield node
        elif takes_one:
            yield node.args[0]


def feed() -> None:
    """Try all patterns of the bot with all texts, and name each pattern before."""
    for path in modules():
        if room_of(path) not in LEVELS:
            continue
        for pattern in patterns_of(path):
            sys.stdout.write(f"{path.relative_to(ROOT)} {pattern.pattern}\n")
            sys.stdout.flush()
            for text in TEXTS:
                given = text.encode() if isinstance(pattern.pattern, bytes) else text
                pattern.fullmatch(given)
                pattern.sub(given[:0], given)


def test_every_pattern_is_linear() -> None:
    fed = subprocess.run(
        [sys.executable, "-m", "tests.test_patterns"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    named = fed.stdout.splitlines()
    assert fed.returncode == 0, f"{fed.stderr}\nwhat took too long: {named[-1:]}"
    assert len(named) > 15


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (ALL_OF_IT_S, ALL_OF_IT_S))
    feed()
