"""A start imports what a bot needs, and nothing large besides."""

from __future__ import annotations

from tests.python_process import output_of_python

MAX_MODULES = 760
"""Imported with bot.py; 728 when it was set, and 786 with a web server, metrics and the doctor."""


async def test_a_start_imports_neither_numpy_nor_a_decoder() -> None:
    loaded = (await output_of_python("-c", "import bot, sys; print(*sys.modules)")).split()
    loaded_late = {"aiohttp.web", "doctor", "prometheus_client", "services.doctor", "web.health"}
    roots = {name.partition(".")[0] for name in loaded}

    assert "discord" in roots
    assert not roots & {"numpy", "matplotlib", "pandas", "pi_heif", "PIL", "sandbox", "rich"}
    assert not loaded_late & {*loaded}
    assert len(loaded) <= MAX_MODULES
