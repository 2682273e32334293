"""How often one person may report pictures."""

from cogs.moderation.reports import HOUR_S, REPORTS_AN_HOUR, ReportLimits


def test_so_many_an_hour_and_each_picture_once() -> None:
    now = 0.0
    limits = ReportLimits(clock=lambda: now)

    assert limits.take(1, "a")
    assert not limits.take(1, "a")
    assert all(limits.take(1, f"b{number}") for number in range(REPORTS_AN_HOUR - 1))
    assert not limits.take(1, "c")
    assert limits.take(2, "a")
    now = HOUR_S
    assert limits.take(1, "a")
