"""The verdict of `make compat`, without the network."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.compat.__main__ import play_all
from tests.compat.clients import CLIENTS
from tests.compat.environments import REQUIREMENTS, Environment
from tests.compat.libraries import LIBRARIES
from tests.compat.reports import LackingError, Report, Step, matrix

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "http://127.0.0.1:1/"


async def goes_well() -> None:
    pass


async def breaks() -> None:
    raise ValueError("no such field")


async def lacks() -> None:
    raise LackingError("it has no threads")


async def taken(*steps: Step, alive: bool = True) -> Report:
    report = Report("lib")
    await report.play(steps, lambda: alive)
    return report


async def well(environment: Environment) -> list[Report]:
    return [await taken(Step("connect", goes_well), Step("thread", lacks))]


async def badly(environment: Environment) -> list[Report]:
    return [await taken(Step("sync", breaks), Step("connect", goes_well))]


def requirements(folder: Path, name: str, text: str) -> Environment:
    file = folder / name
    file.write_text(text)
    return Environment(file, base=folder / "compat")


def installed(folder: Path) -> Environment:
    environment = requirements(folder, "lib.txt", "lib==1")
    environment.folder.mkdir(parents=True)
    (environment.folder / "installed").write_text(f"{sys.version}\nlib==1")
    return environment


def test_each_file_of_requirements_is_played() -> None:
    files = [one.requirements for one in (*LIBRARIES, *CLIENTS)]
    assert sorted(files) == sorted(REQUIREMENTS.iterdir())


async def test_all_is_well_where_no_step_fails(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    environment = installed(tmp_path)
    assert await play_all([environment], well, set())
    assert "lib, thread: n/a: it has no threads" in capfd.readouterr().out
    assert not await play_all([environment], badly, set())
    assert "lib, sync: FAIL: ValueError no such field" in capfd.readouterr().out


async def test_a_failure_that_the_software_did_not_survive_is_its_last_step() -> None:
    report = await taken(Step("connect", breaks), Step("sync", goes_well), alive=False)
    assert report.results == {"connect": "FAIL"}
    report = await taken(Step("connect", breaks), Step("sync", goes_well))
    assert report.results == {"connect": "FAIL", "sync": "ok"}


async def test_what_cannot_be_installed_fails_unless_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    missing = requirements(tmp_path, "lib.js.json", "{}")
    assert not await play_all([missing], well, {"other", "unreachable"})
    assert await play_all([missing], well, {"lib.js"})


@pytest.mark.parametrize(
    ("file", "text"),
    [("lib.txt", "lib==1"), ("lib.js.json", '{"private": true, "dependencies": {"lib": "1.0.0"}}')],
)
async def test_a_registry_that_does_not_answer_may_be_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str
) -> None:
    if file.endswith(".json") and shutil.which("npm") is None:
        pytest.skip("needs Node.js")
    for name in ("PIP_INDEX_URL", "NPM_CONFIG_REGISTRY"):
        monkeypatch.setenv(name, NOWHERE)
    monkeypatch.setenv("NPM_CONFIG_FETCH_RETRIES", "0")
    missing = requirements(tmp_path, file, text)
    assert not await play_all([missing], well, {"other"})
    assert await play_all([missing], well, {"unreachable"})


async def test_a_package_that_does_not_exist_is_not_skipped_as_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    missing = requirements(tmp_path, "lib.txt", "lib==1")
    assert not await play_all([missing], well, {"unreachable"})


def test_the_matrix() -> None:
    first, second = Report("one", {"connect": "ok"}), Report("another", {"sync": "FAIL"})
    assert matrix([first, second]).splitlines() == [
        "         one  another",
        "connect  ok   -",
        "sync     -    FAIL",
    ]
