"""The files and commands of docs/operating.md say what the bot does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import bot
import cli
from clock import Clock
from domain.models import JobState, Problem
from jobs.transitions import Retry
from services.privacy import UNFINISHED_INTERVAL_S
from storage.database import Database
from storage.errors import DATABASE_UNAVAILABLE
from storage.usage import UsageRepository
from web.metrics import Metrics

ROOT = Path(__file__).parents[1]

PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")

RULES_FILE = "docs/prometheus-rules.yml"

RULES = (ROOT / RULES_FILE).read_text(encoding="utf-8")

RULES_TEST = "tests/prometheus_rules_test.yml"

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


LABELS = {
    "job": {"fluxcord"},
    "state": {*JobState},
    "problem": {*Problem},
    "reason": {*Problem, DATABASE_UNAVAILABLE},
    "what": {*Retry},
    "phase": {"answer", "queue", "flux", "download", "upload"},
}


async def no_bytes() -> int:
    return 0


async def test_the_alerts_use_figures_and_labels_that_the_bot_has(tmp_path: Path) -> None:
    async with Database(tmp_path / "fluxcord.db") as database:
        metrics = Metrics(
            version=cli.VERSION,
            usage=UsageRepository(database),
            spool_bytes=no_bytes,
            gateway_latency_s=lambda: None,
            clock=Clock(),
        )
        told = (await metrics.render()).decode()
    there = set(re.findall(r"^# TYPE (fluxcord_\w+)", told, re.MULTILINE))
    used = {name.removesuffix("_bucket") for name in re.findall(r"fluxcord_\w+", RULES)}
    values = {
        (label, value)
        for label, values in re.findall(r"(\w+)=~?\"(.*?)\"", RULES)
        for value in values.split("|")
    }

    assert len(used) >= 5
    assert used <= there
    assert {("what", "disk"), ("reason", "flux_out_of_credits")} <= values
    assert not {(label, value) for label, value in values if value not in LABELS[label]}


def test_the_page_has_every_alert() -> None:
    alerts = re.findall(r"- alert: (\w+)", RULES)

    assert alerts == re.findall(r"^\| `(Fluxcord\w+)` \|", PAGE, re.MULTILINE)
    assert "/docs/prometheus-rules.yml" in block("yaml", "rule_files:")


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not there")
@pytest.mark.parametrize("what", [["check", "rules", RULES_FILE], ["test", "rules", RULES_TEST]])
def test_prometheus_fires_each_alert_when_it_should(what: list[str]) -> None:
    checked = subprocess.run(  # noqa: S603  # files of our own
        ["promtool", *what],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


OWNER = "nobody"


def shell(script: str, folder: Path, **options: Any) -> None:  # noqa: ANN401  # of subprocess.run
    subprocess.run(["sh", "-ec", script], cwd=folder, check=True, **options)  # noqa: S603, S607


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Return a backup, beside a database with its log."""
    path = tmp_path / "fluxcord-backup.db"
    path.write_bytes(b"the copy")
    data = tmp_path / "data"
    data.mkdir()
    for name in ("fluxcord.db", "fluxcord.db-wal", "fluxcord.db-shm", "fluxcord.db.lock"):
        (data / name).write_bytes(b"old")
    return path


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="root alone gives files away")
def test_what_root_restores_belongs_to_the_bot(backup: Path, tmp_path: Path) -> None:
    script = block("sh", "cp /root/fluxcord-backup.db")
    data = tmp_path / "data"
    for old, new in (
        (r"^systemctl .*$", ":"),
        ("/var/lib/fluxcord", str(data)),
        ("/root/fluxcord-backup.db", str(backup)),
        ("fluxcord:fluxcord", f"{OWNER}:"),
    ):
        script, times = re.subn(old, new, script, flags=re.MULTILINE)
        assert times
    shell(script, tmp_path)

    assert (data / "fluxcord.db").read_bytes() == b"the copy"
    assert {path.owner() for path in (data, *data.rglob("*"))} == {OWNER}
    assert len([*(data / "replaced").iterdir()]) == 4


def test_what_is_restored_in_a_container_is_the_only_database_there(
    backup: Path, tmp_path: Path
) -> None:
    _, command, *_ = block("sh", "docker compose run").splitlines()
    script, redirected = re.findall(r"-c '(.*)' < (\S+)$", command)[0]
    data = tmp_path / "data"
    assert redirected == backup.name
    with backup.open("rb") as copy:
        shell(script.replace("/data", str(data)), tmp_path, stdin=copy)

    assert (data / "fluxcord.db").read_bytes() == b"the copy"
    assert (data / "fluxcord.db").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in data.iterdir()) == ["fluxcord.db", "replaced"]


def test_each_recipe_of_a_restore_by_root_gives_the_files_to_the_bot() -> None:
    restore = PAGE.partition("\n## Restore\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", restore, re.MULTILINE | re.DOTALL)
    as_root = [each for each in blocks if "docker" not in each]

    assert len(as_root) == 2
    assert all("\nchown -R fluxcord:fluxcord /var/lib/fluxcord\n" in each for each in as_root)


def test_litestream_pauses_long_enough_for_the_bot_to_empty_the_log() -> None:
    pause = re.findall(r"^RestartSec=(\d+)$", block("ini", "RuntimeMaxSec=1d"), re.MULTILINE)

    assert len(pause) == 1
    assert int(pause[0]) > 2 * UNFINISHED_INTERVAL_S


def test_upgrade_stop_and_start_are_told_for_both() -> None:
    upgrade = PAGE.partition("\n## Upgrade\n")[2].partition("\n## ")[0]

    for commands in (
        ("backup", "systemctl stop", "git pull", "pip install", "systemctl start"),
        ("backup", "git pull", "docker compose up --detach --build"),
    ):
        assert any(
            [*map(each.find, commands)] == sorted({*map(each.find, commands)} - {-1})
            for each in re.findall(r"^```sh\n(.*?)^```$", upgrade, re.MULTILINE | re.DOTALL)
        )
    for command in ("systemctl stop fluxcord", "docker compose stop\ndocker compose start"):
        assert command in PAGE
