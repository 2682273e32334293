"""The rooms and who may import whom; README.md draws them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LEVELS = {
    "bot": 0,
    "app": 0,
    "cli": 0,
    "database_commands": 0,
    "sharing": 0,
    "doctor": 0,
    "sandbox_command": 0,
    "config": 1,
    "config_values": 2,
    "cogs": 2,
    "ui": 3,
    "web": 4,
    "jobs": 5,
    "services": 6,
    "images": 7,
    "storage": 8,
    "flux": 8,
    "domain": 9,
    "clock": 9,
    "network": 9,
}
"""A room imports rooms of a greater level only; rooms of one level do not know each other."""

ALONE = {
    "config": {"config_values", "flux", "domain", "network", "jobs", "images"},
    "config_values": {"flux", "domain"},
}
"""What these may import, and no more."""

BESIDES = {
    "database_commands": {"cli"},
    "bot": {
        "config",
        "config_values",
        "cli",
        "app",
        "doctor",
        "database_commands",
        "sandbox_command",
    },
    "app": {"config", "cli", "sharing"},
    "cli": {"config", "sandbox"},
    "doctor": {"config", "app"},
    "sharing": {"config", "config_values", "app"},
    "sandbox_command": {"config", "cli", "sandbox"},
}
"""What these may import besides the rooms to their right."""

WORLD = "sandbox"
MEASURING = "benchmarks"
DISCORD_ROOMS = {"cogs", "ui"}


def modules() -> list[Path]:
    files = [
        path
        for room in (*LEVELS, WORLD, MEASURING)
        for path in (ROOT / f"{room}.py", *(ROOT / room).rglob("*.py"))
        if path.exists()
    ]
    assert len(files) > 20
    return files


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def imported_by(path: Path) -> set[tuple[str, ...]]:
    """Return the dotted parts of every import, those for type checking too."""
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {tuple(alias.name.split(".")) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.add(tuple((node.module or "").split(".")))
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_rooms_to_its_right(path: Path) -> None:
    room = room_of(path)
    others = {parts[0] for parts in imported_by(path)} & {*LEVELS, WORLD, MEASURING} - {room}

    if room == WORLD:
        assert not others
        return
    if room == MEASURING:
        return  # it may call whatever it measures, and nothing calls it
    settings = {"config", "config_values"}
    below = {other for other, level in LEVELS.items() if level > LEVELS[room]} - settings
    assert others <= (ALONE[room] if room in ALONE else below | BESIDES.get(room, set()))


def test_features_do_not_import_each_other() -> None:
    features: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "cogs").rglob("*.py"):
        feature = path.relative_to(ROOT / "cogs").parts[0].removesuffix(".py")
        features[feature] |= {
            parts[1] for parts in imported_by(path) if parts[0] == "cogs" and parts[1:]
        }
    assert len(features) > 8
    assert all(others <= {feature} for feature, others in features.items())


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_discord_py_is_known_to_its_own_rooms_only(path: Path) -> None:
    knows = any(parts[0] == "discord" for parts in imported_by(path))

    # The bots that the bot is measured beside are of bare discord.py.
    assert not knows or room_of(path) in {*DISCORD_ROOMS, MEASURING}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_sql_stays_in_storage(path: Path) -> None:
    knows = any(parts[0] in {"sqlite3", "sqlite_utils"} for parts in imported_by(path))

    # The sandbox's page reads the bot's file as any other program would; the benchmarks write a
    # year of rows at once and ask for plans.
    outside = {ROOT / "sandbox" / "page" / "books.py"}
    assert not knows or room_of(path) in {"storage", MEASURING} or path in outside


def test_the_time_is_asked_of_the_clock() -> None:
    asking = re.compile(r"datetime\.(now|utcnow|today)\(|utcnow\(|time\.time\(")
    rooms = {*LEVELS} - {"clock"}
    found = {
        path for path in modules() if room_of(path) in rooms and asking.search(path.read_text())
    }

    # What the disk says of files goes by the machine's clock.
    assert found == {ROOT / "storage" / "private_files.py", ROOT / "images" / "retention.py"}


DECODING = {
    ROOT / "images" / f"{name}.py"
    for name in ("decoding", "resize", "chart_drawing", "decoder_worker")
}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_pictures_are_decoded_in_the_worker_process_only(path: Path) -> None:
    if path in DECODING or room_of(path) in {WORLD, MEASURING}:
        return
    decoders = {
        ("PIL",),
        ("pi_heif",),
        ("images", "decoding"),
        ("images", "resize"),
        ("images", "chart_drawing"),
    }
    assert not decoders & {parts[:length] for parts in imported_by(path) for length in (1, 2)}


def test_components_have_one_router_and_events_are_discord_s() -> None:
    own_events = re.compile(r"\.dispatch\(|DynamicItem|add_listener|on_interaction")
    found = {
        path.relative_to(ROOT).as_posix(): own_events.findall(path.read_text())
        for path in modules()
        if room_of(path) in DISCORD_ROOMS and own_events.search(path.read_text())
    }

    assert found == {
        # In the name of its task, and as a listener.
        "ui/client.py": ["on_interaction", "on_interaction", ".dispatch("],
        "ui/components.py": ["DynamicItem"],  # in a sentence
    }


def test_every_kind_of_custom_id_is_served() -> None:
    kinds = {
        name
        for path in modules()
        for name in re.findall(r"^class (\w+)\(CustomId\b", path.read_text(), re.MULTILINE)
    }
    served = re.findall(r"^        serve\((\w+), ", (ROOT / "app.py").read_text(), re.MULTILINE)

    assert len(kinds) > 10
    assert sorted(kinds) == sorted(served)


@pytest.mark.parametrize(
    ("asked", "home"),
    [
        (r"requester\.user_id [!=]= |[!=]= [\w.]+\.requester\.user_id", "ui/visibility.py"),
        (r"\.application_info\(", "ui/operators.py"),
        (r"is_nsfw\(|nsfw_level|\.age_restricted and", "ui/visibility.py"),
    ],
    ids=["requester", "owner", "age"],
)
def test_who_may_do_and_see_something_is_decided_in_one_place(asked: str, home: str) -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        if room_of(path) in LEVELS and re.search(asked, path.read_text())
    }
    assert found == {home}


def test_the_sandbox_is_made_of_short_parts() -> None:
    for path in (ROOT / WORLD).rglob("*.py"):
        text = path.read_text()
        assert text.count("\n") <= 350, path
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            assert (node.end_lineno or 0) - node.lineno < 50, f"{path}: {node.name}"
            taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            assert node.name != "__init__" or len(taken) <= 1 + 6, path


def test_the_local_services_do_not_know_the_bot_s_name() -> None:
    for room in ("discord", "flux"):
        for path in (ROOT / WORLD / room).rglob("*.py"):
            assert "fluxcord" not in path.read_text().lower(), path


def test_what_the_local_discord_says_is_checked_wherever_it_runs() -> None:
    checked = {
        "openapi.py",  # local_discord() checks it
        "sandbox/rules_bench.py",  # test_rules.py checks it where no rule is switched off
        "compat/libraries.py",  # a row of the matrix is the check
        "test_architecture.py",
    }
    tests = ROOT / "tests"
    for path in tests.rglob("*.py"):
        starts = "LocalDiscord(" in path.read_text()
        assert starts == (path.relative_to(tests).as_posix() in checked), path


def test_people_are_refused_by_one_exception() -> None:
    error = re.compile(r"^class (\w+)\(\w*(?:Error|Exception)\):", re.MULTILINE)
    found = {
        name
        for path in modules()
        if room_of(path) in {"cogs", "services", "domain"}
        for name in error.findall(path.read_text())
    }
    # These end a command of the terminal or the bot's process; no message on Discord shows them.
    ending = {"LiveCheckError", "TaskFailedError", "StartError", "RefusedError"}
    assert found - ending == {"UserError"}


def test_tests_use_no_mocks() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        if "mock" in path.read_text():
            assert not any(parts[:2] == ("unittest", "mock") for parts in imported_by(path)), path
