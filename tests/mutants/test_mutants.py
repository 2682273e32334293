"""Each patch still removes what it says; `make mutants` shows that its tests turn red."""

import ast
import asyncio
import shutil

import pytest

from tests.mutants.patches import ROOT, Mutant, apply_command, mutants

MUTANTS = mutants()


def defined_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in tree.body if isinstance(node, functions)}


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies them")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
async def test_every_patch_applies(mutant: Mutant) -> None:
    process = await asyncio.create_subprocess_exec(
        *apply_command(mutant, "--check"), cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_patch_names_tests_that_there_are(mutant: Mutant) -> None:
    assert mutant.removes
    assert mutant.tests
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert name.partition("[")[0] in defined_in(path)
