"""What comes back from a form: a client can send anything in place of what was offered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from jobs.requests import Draft
from ui.forms import COUNT, MODEL, PROMPT, SIZE, read_form


def handed_in(**values: object) -> Any:  # noqa: ANN401  # of an interaction only the data is read
    parts = [
        {"component": {"custom_id": custom_id, "value": value}}
        for custom_id, value in values.items()
    ]
    return cast("Any", SimpleNamespace(data={"custom_id": "form", "components": parts}))


def test_what_was_offered_is_read() -> None:
    values: dict[str, object] = {PROMPT: "a fox", MODEL: "flux-dev", SIZE: "16:9", COUNT: "2"}
    read = read_form(handed_in(**values), "edit")
    assert read == Draft(command="edit", prompt="a fox", model="flux-dev", size="16:9", count=2)


@pytest.mark.parametrize("custom_id", [MODEL, SIZE, COUNT])
def test_a_name_or_a_size_has_at_most_100_characters(custom_id: str) -> None:
    read = read_form(handed_in(**{custom_id: "9" * 101}), "edit")
    assert read == Draft(command="edit", prompt="")
