"""/usage: one's own, the server's for who manages it, all for who runs the bot."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
import sqlite_utils

from sandbox.discord import Permission
from tests.end_to_end.panels import chosen

if TYPE_CHECKING:
    from sandbox.discord import Person, SeenMessage
    from tests.end_to_end.stage import Stage


async def shown(person: Person, **options: Any) -> SeenMessage:  # noqa: ANN401  # options
    use = await person.use("usage", **options).answered()
    return await person.wait_for(
        lambda message: (
            use.message is not None and message.id == use.message.id and bool(message.text)
        ),
        channel=options.get("channel"),
    )


async def drawn(stage: Stage, *people: Person, **options: Any) -> None:  # noqa: ANN401  # options
    for person in people:
        await person.use("imagine", prompt="a lighthouse", **options).answered()
    await stage.ended()


def alt_of(message: SeenMessage) -> str | None:
    [chart] = message.images
    return chart.alt


def is_amber(message: SeenMessage) -> bool:
    """Return whether the chart shows a budget, which has a colour of its own."""
    [chart] = message.images
    colours = PIL.Image.open(io.BytesIO(chart.data)).convert("RGB").getcolors(1200 * 700) or []
    return any((r, b) == (242, 109) for _, (r, _, b) in colours)  # type: ignore[misc]


async def test_one_s_own_usage_is_told_with_a_chart(stage: Stage) -> None:
    ada, grace = stage.ada, stage.discord.person("Grace")
    await drawn(stage, ada, grace, count=2)
    await drawn(stage, ada, model="flux-pro")
    message = await shown(ada)

    assert message.private
    assert message.text.startswith("**Your usage**\n-# This month, ")
    [[pictures, spent, requests]] = re.findall(
        r"### (\d+) images · ([\d.]+) credits\n(\d+) requests · ", message.text
    )
    with sqlite_utils.Database(stage.folder / "fluxcord.db") as db:
        [row] = db.query(
            "select sum(pictures) as pictures, count(*) as requests, sum(credits) as credits"
            " from usage where user_id = ?",
            [ada.user.id],
        )
    assert (int(pictures), int(requests)) == (row["pictures"], row["requests"]) == (3, 2)
    assert float(spent) == pytest.approx(row["credits"], rel=0.01)
    assert "Success rate 100% (2 of 2) · Median " in message.text
    assert "flux\\-pro · 1 image · " in message.text
    assert "Top users" not in message.text
    [chart] = message.images
    assert chart.alt is not None
    assert re.fullmatch(
        r"Chart: Credits per day \(UTC\), by model\. Total 0[.]\d+, highest 0[.]\d+ \(\d\d\)\.",
        chart.alt,
    )
    assert (chart.width, chart.height) == (1200, 700)


async def test_nothing_was_asked_for(stage: Stage) -> None:
    message = await shown(stage.ada, period="day", csv=True)

    assert message.text.endswith("No requests in this period.")
    [chart] = message.images
    assert chart.alt == "Chart: Credits per hour (UTC), by model. No requests in this period."


async def test_a_server_s_usage_is_for_who_manages_it(stage: Stage) -> None:
    ada = stage.ada
    manager = stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD)
    await drawn(stage, ada)
    refused = await shown(ada, scope="server")
    assert refused.text == (
        "You need the Manage Server permission to see this server's usage. Choose your own usage."
    )

    message = await shown(manager, scope="server", period="week")
    assert message.text.startswith("**Usage of this server**\n-# This week, ")
    assert "**Top users**\n@Ada · 1 image" in message.text.replace(f"<@{ada.user.id}>", "@Ada")
    await chosen(ada, "preferences", counted=False)
    message = await shown(manager, scope="server", period="week", csv=True)
    assert "Top users" not in message.text
    assert str(ada.user.id) not in message.text
    assert "Left out: private prompts" in message.text


async def test_all_usage_is_for_who_runs_the_bot_as_a_table_too(stage: Stage) -> None:
    grace, mei = stage.discord.person("Grace"), stage.discord.person("Mei")
    await stage.ada.use("imagine", prompt="=HYPERLINK(1)").answered()
    await stage.ended()
    mei.locale = "zh-CN"
    refused = await shown(mei, scope="all")
    assert refused.text == "只有机器人的运营者可以查看全部用量。请选择你自己的用量。"

    message = await shown(grace, scope="all", period="day", csv=True)
    assert "1 request as a CSV file:" in message.text
    [file] = [file for file in message.files if file.filename == "usage.csv"]
    [row] = csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"), newline=""))
    assert row["prompt"] == "'=HYPERLINK(1)"
    [line] = stage.rows()
    assert row["job_id"] == line["job_id"]


async def test_a_budget_is_in_the_chart(idle_stage: Stage) -> None:
    idle_stage.more_settings["USER_CREDITS_PER_DAY"] = "5"
    idle_stage.more_settings["CREDITS_PER_MONTH"] = "310"
    grace = idle_stage.discord.person("Grace")
    async with idle_stage.bot_running():
        own = await shown(idle_stage.ada)
        of_all = await shown(grace, scope="all")
        today = await shown(idle_stage.ada, period="day")

    assert [alt_of(message) for message in (own, of_all, today)] == [
        "Chart: Credits per day (UTC), by model. No requests in this period.",
    ] * 2 + ["Chart: Credits per hour (UTC), by model. No requests in this period."]
    assert not is_amber(today)
    assert is_amber(own)
    assert is_amber(of_all)


async def test_it_is_said_in_chinese(stage: Stage) -> None:
    stage.ada.locale = "zh-CN"
    await drawn(stage, stage.ada)
    message = await shown(stage.ada)

    assert message.text.startswith("**你的用量**\n-# 本月，")
    assert "### 1 张图片 · " in message.text
    assert message.images[0].alt is not None
    assert message.images[0].alt.startswith("图表：每天的积分（UTC），按模型。合计 0.")


async def test_a_table_shows_others_no_restricted_prompts_among_all_ages(stage: Stage) -> None:
    adults = stage.discord.add_channel("adults", nsfw=True)
    stage.ada.use("imagine", prompt="a lighthouse", channel=adults)
    await stage.until(lambda: bool(stage.rows()))
    await stage.ended()
    grace, everywhere = stage.discord.person("Grace"), stage.discord.channel
    said = "Prompts from age-restricted channels are only included in such a channel."
    for person, scope, channel, prompt in (
        (grace, "all", everywhere, ""),
        (grace, "server", everywhere, ""),
        (grace, "server", adults, "a lighthouse"),
        (stage.ada, "mine", everywhere, "a lighthouse"),
    ):
        message = await shown(person, scope=scope, period="day", csv=True, channel=channel)
        [file] = [file for file in message.files if file.filename == "usage.csv"]
        [row] = csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"), newline=""))
        assert row["prompt"] == prompt
        assert (said in message.text) == (not prompt)
