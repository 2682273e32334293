"""The commands of the documents are run as they stand; the settings are true."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cli
from config import Settings
from storage.database import Database
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

SANDBOX = (
    'make sandbox ARGS="--say \'/imagine prompt:\\"a white siamese cat\\" size:16:9 count:2\' '
    '--out out"'
)
ROWS_OF_SANDBOX = ".venv/bin/sqlite-utils rows data/sandbox.db usage"
DOCTOR = ".venv/bin/python bot.py doctor --channel 123456789012345678"
BACKUP = ".venv/bin/python bot.py backup fluxcord-backup.db"
ROWS = ".venv/bin/sqlite-utils rows data/fluxcord.db usage --table"

RUN_HERE = {SANDBOX, ROWS_OF_SANDBOX, DOCTOR, BACKUP, ROWS}

RUN_BY_CI = {
    "make test",
    "python3 -m venv .venv",
    ".venv/bin/python -m pip install -r requirements-dev.txt",
    ".venv/bin/python -m pytest",
}
"""What `.ci/run` does, by make or as make does it."""

RUN_ELSEWHERE = {
    "make sandbox": "tests/end_to_end/test_sandbox_command.py",
    ".venv/bin/python bot.py sandbox": "tests/end_to_end/test_sandbox_command.py",
}
"""Commands that wait for somebody, and the tests that type what they wait for."""


def commands_in(name: str) -> list[str]:
    """Return the lines of a page's blocks of shell commands."""
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    joined = [block.replace("\\\n", "") for block in blocks]
    return [line.strip() for block in joined for line in block.splitlines() if line.strip()]


def made(command: str) -> list[str]:
    """Return the command that make would run in the end, as arguments, with this Python."""
    # Of a `make test` that runs this, nothing that was said to it is for another make.
    own = {key: value for key, value in os.environ.items() if key not in ("ARGS", "MAKEFLAGS")}
    steps = subprocess.run(  # noqa: S603  # a page of our own
        shlex.split(f"{command} --dry-run --no-print-directory"),
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        check=True,
    )
    return here(steps.stdout.splitlines()[-1])


def here(command: str) -> list[str]:
    program, *arguments = shlex.split(command)
    assert program.startswith(".venv/bin/")
    name = program.removeprefix(".venv/bin/")
    script = [str(ROOT / each) if each == "bot.py" else each for each in arguments]
    return [str(BIN / name), *script]


async def output_of(command: list[str], folder: Path) -> tuple[int | None, str]:
    ran = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await ran.communicate()
    return ran.returncode, output.decode()


def test_every_command_for_one_s_own_machine_is_known_here() -> None:
    pages = ("README.md", "docs/setup.md", "docs/sandbox.md")
    lines = {line for page in pages for line in commands_in(page)}
    assert lines | set(commands_in("docs/operating.md")) & RUN_HERE == (
        RUN_HERE | RUN_BY_CI | RUN_ELSEWHERE.keys()
    )


def test_what_ci_runs_is_what_the_readme_says() -> None:
    ci, makefile = ((ROOT / name).read_text() for name in (".ci/run", "Makefile"))
    assert "make check" in ci
    assert "make test" in ci
    assert "for version in 3.11 3.12 3.13; do" in ci
    assert re.search(r"-m venv \.venv$", makefile, re.MULTILINE)
    assert re.search(r"-m pip install .*-r requirements-dev\.txt$", makefile, re.MULTILINE)
    assert re.search(r"^test: install\n\t\$\(PYTEST\) \$\(ARGS\)$", makefile, re.MULTILINE)
    assert "$(BIN)/pytest --numprocesses=4 --dist=loadfile" in makefile


@pytest.mark.skipif(os.name != "posix", reason="make is not there")
def test_a_sandbox_that_waits_is_the_one_that_tests_type_into() -> None:
    assert made("make sandbox") == here(".venv/bin/python bot.py sandbox")
    for path in RUN_ELSEWHERE.values():
        assert '"sandbox"' in (ROOT / path).read_text()


@pytest.mark.skipif(os.name != "posix", reason="make is not there")
async def test_the_sandbox_s_commands_leave_pictures_and_rows(tmp_path: Path) -> None:
    status, output = await output_of(made(SANDBOX), tmp_path)
    assert status == 0, output
    assert len(list(tmp_path.glob("out/*.png"))) == 2  # noqa: ASYNC240
    status, output = await output_of(here(ROWS_OF_SANDBOX), tmp_path)
    assert status == 0, output
    assert '"a white siamese cat"' in output


async def test_the_operator_s_commands_work_beside_a_bot(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        left_out = ("DATABASE_PATH", "DATA_DIR")
        environ = {key: value for key, value in stage.environ.items() if key not in left_out}
        async with bot_process(tmp_path, environ):
            await stage.discord.connected()
            stage.ada.use("imagine", prompt="a lighthouse")
            await stage.ada.wait_for(has_picture)
            status, output = await output_of(here(BACKUP), tmp_path)
            assert status == 0, output
            status, output = await output_of(here(ROWS), tmp_path)
            assert "a lighthouse" in output
            arguments = here(DOCTOR)[2:]
            async with bot_process(tmp_path, environ, *arguments) as doctor:
                told, _ = await doctor.communicate()

    assert (tmp_path / "fluxcord-backup.db").exists()
    assert b"FAIL  channel 123456789012345678 Channel not found." in told
    assert told.endswith(b"Failed: 1.\n")


@pytest.mark.skipif(os.name != "posix", reason="make is not there")
@pytest.mark.parametrize("command", sorted(set(commands_in("CONTRIBUTING.md"))))
def test_the_commands_of_contributing_are_of_tests_that_run_anyway(
    command: str, pytestconfig: pytest.Config
) -> None:
    program, *arguments = made(command)
    assert program == str(BIN / "pytest")
    paths = [each for each in arguments if not each.startswith("-")]
    assert paths
    assert all((ROOT / path).exists() for path in paths)
    # An option that is not known raises.
    for option in set(arguments) - set(paths):
        pytestconfig.getoption(option.partition("=")[0])


def docs() -> Iterator[str]:
    return (str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))


PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "sandbox/README.md")


def prose(name: str) -> Iterator[str]:
    """Yield the lines of a page outside of code and tables."""
    in_code = False
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code and not line.startswith(("|", "    ", "![", "Events: ")):
            yield line


@pytest.mark.parametrize("name", [*PAGES, *docs()])
def test_lines_have_at_most_100_characters(name: str) -> None:
    assert not [line for line in prose(name) if len(line) > 100 and " " in line.strip()]


@pytest.mark.parametrize("name", [*PAGES, *docs()])
def test_a_page_begins_with_its_purpose_and_headings_with_a_noun_or_a_verb(name: str) -> None:
    title, empty, purpose, *_ = prose(name)
    assert (title[:2], empty) == ("# ", "")
    assert re.match(r"[\w`]", purpose)
    headings = [line.lstrip("# ") for line in prose(name) if line.startswith("#")]
    begins = re.compile(r"(What|Who|Where|Whether|For|How|When|If)\b")
    assert not [heading for heading in headings if begins.match(heading)]


def test_every_make_target_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", *docs())]
    named = {
        target for page in pages for target in re.findall(r"`make ([a-z-]+)", page.read_text())
    }
    assert "check" in named
    assert named - {"it"} <= targets  # `make it night` is what somebody asks for


def test_every_link_to_a_file_leads_to_one() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "sandbox/README.md", *docs()):
        page = ROOT / name
        links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        assert not [link for link in links if not (page.parent / link).exists()], name


def test_the_files_that_the_architecture_names_are_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    rooms = "cogs|ui|services|jobs|web|flux|storage|sandbox|benchmarks|tests|docs"
    named = set(re.findall(rf"`((?:{rooms})/[\w./-]*)`", page))
    assert len(named) > 30
    assert not {name for name in named if not (ROOT / name).exists()}


def test_the_subcommands_of_the_other_pages_are_understood() -> None:
    lines = [line for page in docs() for line in commands_in(page) if " bot.py" in line]
    assert len(lines) >= 4
    for line in lines:
        arguments = shlex.split(line.partition(" bot.py")[2])
        if arguments != ["--version"]:
            assert cli.parse(arguments).command == arguments[0]


def test_packages_are_installed_from_the_list_for_every_python() -> None:
    lines = [line for page in docs() for line in commands_in(page) if "pip install" in line]
    assert lines
    assert all(re.search(r" -r requirements(-dev|-postgres|-s3)?\.txt$", line) for line in lines)


async def test_every_table_that_names_people_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "fluxcord.db"
    async with Database(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        columns = connection.execute(
            "select t.name, c.name from sqlite_schema t, pragma_table_info(t.name) c"
            " where t.type = 'table'"
        ).fetchall()
    naming = {table for table, column in columns if column.endswith(("user_id", "_by"))}
    told = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "privacy.md").read_text()))
    assert len(naming) >= 8
    assert naming <= told


def test_the_newest_release_of_the_changelog_is_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    releases = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
    assert re.fullmatch(r"\d+\.\d+\.\d+", cli.VERSION)
    assert releases[:1] in ([], [cli.VERSION])


def test_the_table_of_settings_shows_every_key_and_its_default() -> None:
    rows = _settings_in("docs/configuration.md")
    example = (ROOT / ".env.example").read_text()
    shown = dict(re.findall(r"^(?:# ?)?([A-Z][A-Z0-9_]*)=(.*)$", example, re.MULTILINE))
    assert [key for key, _ in rows] == [field.name.upper() for field in fields(Settings)]
    assert dict(rows) == shown
    first = _settings_in("README.md")
    assert len(first) == 6
    assert set(first) <= set(rows)


def _settings_in(name: str) -> list[tuple[str, str]]:
    page = (ROOT / name).read_text()
    return re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)` )?\|", page, re.MULTILINE)
