"""A start imports what a bot needs, and nothing large besides."""

from __future__ import annotations

from tests.python_process import output_of_python

MAX_MODULES = 1_000
"""Imported with bot.py; 930 when it was set, and 1,017 with numpy."""


async def test_a_start_imports_neither_numpy_nor_a_decoder() -> None:
    loaded = (await output_of_python("-c", "import bot, sys; print(*sys.modules)")).split()
    roots = {name.partition(".")[0] for name in loaded}

    assert "discord" in roots
    assert not roots & {"numpy", "matplotlib", "pandas", "pi_heif", "sandbox", "rich"}
    assert len(loaded) <= MAX_MODULES
