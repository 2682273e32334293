"""A start imports what a bot needs, and nothing large besides."""

from __future__ import annotations

from tests.python_process import output_of_python

MAX_MODULES = 760
"""Imported with bot.py; 728 when it was set, and 786 with a web server, metrics and the doctor."""

MAX_LANGUAGE_BYTES = 4_500_000
"""At once, while languages are loaded; 3.6 million when it was set, 5.6 with all of Babel's."""


async def test_a_start_imports_neither_numpy_nor_a_decoder() -> None:
    loaded = (await output_of_python("-c", "import bot, sys; print(*sys.modules)")).split()
    loaded_late = {"aiohttp.web", "doctor", "prometheus_client", "services.doctor", "web.health"}
    roots = {name.partition(".")[0] for name in loaded}

    assert "discord" in roots
    assert not roots & {"numpy", "matplotlib", "pandas", "pi_heif", "PIL", "sandbox", "rich"}
    assert not loaded_late & {*loaded}
    assert len(loaded) <= MAX_MODULES


async def test_languages_are_loaded_one_after_the_other() -> None:
    code = (
        "import tracemalloc; from ui import i18n; tracemalloc.start(); i18n.languages();"
        " print(tracemalloc.get_traced_memory()[1])"
    )
    assert int(await output_of_python("-c", code)) <= MAX_LANGUAGE_BYTES
