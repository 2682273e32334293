"""A start imports what a bot needs, and nothing large besides."""

from __future__ import annotations

from tests.python_process import output_of_python

MAX_MODULES = 660
"""Imported with bot.py; 632 when it was set, and 690 with a web server, metrics and the doctor."""

MAX_LANGUAGE_BYTES = 4_500_000
"""At once, while languages are loaded; 3.6 million when it was set, 5.6 with all of Babel's."""


async def test_a_start_imports_neither_numpy_nor_a_decoder() -> None:
    loaded = (await output_of_python("-c", "import bot, sys; print(*sys.modules)")).split()
    loaded_late = {"aiohttp.web", "doctor", "prometheus_client", "services.doctor", "web.health"}
    loaded_late |= {"services.live_run", "services.word_filter", "storage.backup"}
    roots = {name.partition(".")[0] for name in loaded}

    assert "discord" in roots
    assert not roots & {
        "numpy",
        "matplotlib",
        "pandas",
        "pi_heif",
        "PIL",
        "sandbox",
        "rich",
        "sqlite_utils",
    }
    assert not loaded_late & {*loaded}
    assert len(loaded) <= MAX_MODULES


async def test_a_start_looks_for_no_garbage_among_what_it_imports() -> None:
    code = (
        "import gc; seen = []; gc.callbacks.append(lambda *each: seen.append(each)); import bot;"
        " print(len(seen), gc.isenabled(), gc.get_freeze_count() > 50_000)"
    )
    calls, is_on_afterwards, is_frozen = (await output_of_python("-c", code)).split()
    assert int(calls) <= 2  # before bot.py is read: the begin and the end of one
    assert (is_on_afterwards, is_frozen) == ("True", "True")


async def test_languages_are_loaded_one_after_the_other() -> None:
    code = (
        "import tracemalloc; from ui import i18n; tracemalloc.start(); i18n.languages();"
        " print(tracemalloc.get_traced_memory()[1])"
    )
    assert int(await output_of_python("-c", code)) <= MAX_LANGUAGE_BYTES
