"""The files and commands of docs/operating.md say what the bot does."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import bot
import cli

PAGE = (Path(__file__).parents[1] / "docs" / "operating.md").read_text(encoding="utf-8")

SESSION_STARTS_A_DAY = 1_000
"""https://discord.com/developers/docs/events/gateway#session-start-limit-object."""

A_DAY_S = 24 * 60 * 60


def block(kind: str, words: str) -> str:
    """Return the one block of the page that holds these words."""
    blocks: list[str] = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    [found] = [each for each in blocks if words in each]
    return found


@pytest.fixture
def unit() -> dict[str, str]:
    """Return the settings of the systemd unit."""
    lines = block("ini", "ExecStart=/opt/fluxcord").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_systemd_restarts_nothing_that_a_restart_does_not_change(unit: dict[str, str]) -> None:
    final = {int(status) for status in unit["RestartPreventExitStatus"].split()}

    assert final == {cli.EXIT_USAGE, bot.EXIT_REFUSED}
    assert bot.EXIT_FAILED not in final
    assert unit["Restart"] == "on-failure"


def test_systemd_gives_up_long_before_the_session_starts_of_a_day(unit: dict[str, str]) -> None:
    starts = int(unit["StartLimitBurst"])

    assert unit["StartLimitIntervalSec"] == "1d"
    assert starts <= SESSION_STARTS_A_DAY / 2
    # Otherwise the oldest start leaves the interval before the limit is reached.
    assert starts * int(unit["RestartSec"]) < A_DAY_S


def test_every_exit_status_is_told() -> None:
    told = {int(status) for status in re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE)}

    assert told == {0, bot.EXIT_FAILED, cli.EXIT_USAGE, bot.EXIT_REFUSED}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not there")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    path = tmp_path / "fluxcord.service"
    # What it starts is not on this machine.
    text = block("ini", "ExecStart=/opt/fluxcord").replace(
        "/opt/fluxcord/.venv/bin/python", "/bin/sh"
    )
    path.write_text(text)
    checked = subprocess.run(  # noqa: S603  # a page of our own
        ["systemd-analyze", "verify", path],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )

    assert "fluxcord.service" not in checked.stderr
    assert checked.returncode == 0, checked.stderr
