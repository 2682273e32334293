from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.transcript import as_shown

NOW = datetime(2026, 11, 22, tzinfo=UTC)
AT = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-# Requested by <@7> · done", "Requested by @Ada · done"),
        ("<@8>", "@unknown"),
        (f"**Drawing**, expected <t:{AT + 12}:R>", "Drawing, expected in 12 seconds"),
        (f"<t:{AT - 1}:R>", "1 second ago"),
        (f"<t:{AT + 180}:R>", "in 3 minutes"),
        (f"<t:{AT + 7_200}:R>", "in 2 hours"),
        (f"<t:{AT + 86_400}:R>", "in 1 day"),
        (f"<t:{AT}:R>", "now"),
        (r"a \*white\* cat\, \`x\`", "a *white* cat, `x`"),
        (r"\<@7\> and \\", r"<@7> and \\"[:-1]),
        ("plain", "plain"),
    ],
)
def test_text_reads_as_a_client_shows_it(text: str, shown: str) -> None:
    assert as_shown(text, {7: "Ada"}, NOW) == shown
