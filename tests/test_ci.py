"""`.ci/run` leaves tests out only where nothing that they test has changed since a known commit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CI = (Path(__file__).parents[1] / ".ci" / "run").read_text(encoding="utf-8")

[TOUCHED] = re.findall(r"^touched\(\) \{\n.*?^\}\n", CI, re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.skipif(
    os.name != "posix" or shutil.which("git") is None, reason="needs git and a shell"
)


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S603, S607


def commit(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(name)
    git(folder, "add", ".")
    git(folder, "commit", "--message", name)


def touched(folder: Path, path: str, base: str = "") -> bool:
    environ = {**os.environ, "CI_BASE": base}
    script = f'{TOUCHED}touched "$@"'
    ended = subprocess.run(["bash", "-c", script, "-", path], cwd=folder, env=environ, check=False)  # noqa: S603, S607
    return ended.returncode == 0


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: the bot's, then the sandbox's."""
    git(tmp_path, "init")
    commit(tmp_path, "bot/a.py")
    commit(tmp_path, "sandbox/a.py")
    return tmp_path


def test_without_a_known_base_everything_counts_as_touched(repository: Path) -> None:
    assert touched(repository, "bot")
    assert touched(repository, "bot", base="0123456789abcdef0123456789abcdef01234567")


def test_the_base_may_be_given(repository: Path) -> None:
    assert touched(repository, "sandbox", base="HEAD^")
    assert not touched(repository, "bot", base="HEAD^")


def test_the_base_is_the_last_release_before_this_commit(repository: Path) -> None:
    git(repository, "tag", "v1", "HEAD^")
    git(repository, "tag", "v2", "HEAD")
    assert touched(repository, "sandbox")
    assert not touched(repository, "bot")


def test_every_test_that_make_test_leaves_out_has_its_turn() -> None:
    for what in ("sandbox", "torture", "mutants", "bench"):
        assert re.search(rf"if touched .* tests/{what}; then\n    make test-{what} \|\|", CI)
    assert re.search(r"if touched .* sandbox tests/compat; then\n    check_compat \|\|", CI)
