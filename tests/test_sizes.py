"""Limits that keep files, functions and classes small enough to read, and code in one place."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from tests.test_architecture import MEASURING, ROOT, WORLD, modules, room_of

if TYPE_CHECKING:
    from pathlib import Path

MOST_FILE_LINES = 350
MOST_FUNCTION_LINES = 50
MOST_PARAMETERS = 6
MOST_REPEATED_LINES = 10


def checked() -> list[Path]:
    """Return the modules of the bot and the sandbox, without migrations."""
    migrations = ROOT / "storage" / "migrations.py"
    return [path for path in modules() if room_of(path) != MEASURING and path != migrations]


def of_bot() -> list[Path]:
    return [path for path in checked() if room_of(path) != WORLD]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@cache
def classes(path: Path) -> list[ast.ClassDef]:
    return [
        node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)
    ]


def parameters_of(cls: ast.ClassDef) -> int:
    for node in cls.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            arguments = node.args
            every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            return len(every) - 1
    return 0


def test_no_file_is_too_long() -> None:
    found = {name_of(path) for path in checked() if path.read_text().count("\n") > MOST_FILE_LINES}
    assert found == set()


def test_no_script_of_the_page_is_too_long() -> None:
    scripts = [*(ROOT / "sandbox" / "page" / "static").rglob("*.js")]
    found = {path.name for path in scripts if path.read_text().count("\n") > MOST_FILE_LINES}
    assert scripts
    assert found == set()


def test_no_function_is_too_long() -> None:
    found = {
        f"{name_of(path)} {function.name}"
        for path in checked()
        for function in functions(path)
        if lines_of(function) > MOST_FUNCTION_LINES
    }
    assert found == set()


def test_no_class_is_built_from_too_much() -> None:
    found = {
        f"{name_of(path)} {cls.name}"
        for path in checked()
        for cls in classes(path)
        if parameters_of(cls) > MOST_PARAMETERS
    }
    assert found == set()


VALUES = re.compile(r"dataclass|Enum|NamedTuple|TypedDict|Protocol|Exception|Error")


def is_value(cls: ast.ClassDef) -> bool:
    """Whether it is plain data, an interface or an error, and no collaborator."""
    return any(VALUES.search(ast.unparse(each)) for each in (*cls.decorator_list, *cls.bases))


def test_no_dataclass_carries_collaborators() -> None:
    collaborators = {cls.name for path in of_bot() for cls in classes(path) if not is_value(cls)}
    for path in of_bot():
        for cls in classes(path):
            if not any("dataclass" in ast.unparse(each) for each in cls.decorator_list):
                continue
            carried = [
                node
                for node in cls.body
                if isinstance(node, ast.AnnAssign)
                and collaborators & set(re.findall(r"\w+", ast.unparse(node.annotation)))
            ]
            has_methods = any(
                isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) for n in cls.body
            )
            assert len(carried) < (MOST_PARAMETERS + 1 if has_methods else 2), cls.name


def test_no_two_classes_of_the_bot_share_a_name() -> None:
    places = defaultdict(list)
    for path in of_bot():
        for cls in classes(path):
            places[cls.name].append(name_of(path))

    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def significant_lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines that say something, without imports, comments and lone brackets."""
    lines = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        text = line.split("  # ")[0].strip()
        if len(text) > 2 and not text.startswith(("#", "from ", "import ")):  # ")," and such
            lines.append((number, text))
    return lines


def test_no_block_stands_twice() -> None:
    seen: dict[tuple[str, ...], str] = {}
    repeated = []
    for path in of_bot():
        lines = significant_lines(path)
        for start in range(len(lines) - MOST_REPEATED_LINES):
            window = lines[start : start + MOST_REPEATED_LINES + 1]
            place = f"{name_of(path)}:{window[0][0]}"
            first = seen.setdefault(tuple(text for _, text in window), place)
            if first != place:
                repeated.append(f"{first} and {place}")

    assert repeated == []


class Shape(ast.NodeTransformer):
    """Leaves of code what it does, and not what it calls things."""

    def visit_Name(self, node: ast.Name) -> ast.AST:  # ast's name
        return ast.Name("n", node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # ast's name
        return ast.Attribute(self.visit(node.value), "a", node.ctx)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:  # ast's name
        return ast.Constant(type(node.value).__name__)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg("p")

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        return ast.keyword("k", self.visit(node.value))


def test_no_long_function_has_the_shape_of_another() -> None:
    shapes = defaultdict(list)
    for path in of_bot():
        for function in functions(path):
            body = function.body[1:] if ast.get_docstring(function) else function.body
            if not body:
                continue
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1
            if length > MOST_REPEATED_LINES and function.name != "__init__":
                copy = ast.parse(ast.unparse(ast.Module(body, [])))
                shapes[ast.dump(Shape().visit(copy))].append(f"{name_of(path)} {function.name}")

    assert [each for each in shapes.values() if len(each) > 1] == []
