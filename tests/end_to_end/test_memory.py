"""What stays in memory after an answer: nothing that only discord.py would need."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from discord.ui.view import BaseView

from tests.end_to_end.stage import has_picture

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage


def views() -> list[str]:
    gc.collect()
    return [type(each).__name__ for each in gc.get_objects() if isinstance(each, BaseView)]


async def test_no_card_is_kept_after_it_was_sent(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    card = await stage.ada.wait_for(has_picture)
    await stage.ended()
    for command in ("history", "preferences", "style list", "privacy delete"):
        assert (await stage.ada.use(command).answered()).message is not None
    details = await stage.ada.click(card, "Details")
    await details.answered()

    # One may still be sent.
    await stage.until(lambda: views() == [])
