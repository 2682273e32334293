"""/usage: one's own, the server's for who manages it, all for who runs the bot."""

from __future__ import annotations

import csv
import io
import os
import re
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
import sqlite_utils

from sandbox.discord import Permission
from tests.end_to_end.panels import chosen
from tests.end_to_end.stage import says

if TYPE_CHECKING:
    from pathlib import Path

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
        r"### (\d+) images · ([\d.]+) credits\n(\d+) requests\n", message.text
    )
    with sqlite_utils.Database(stage.folder / "fluxcord.db") as db:
        [row] = db.query(
            "select sum(pictures) as pictures, count(*) as requests, sum(credits) as credits"
            " from usage where user_id = ?",
            [ada.user.id],
        )
    assert (int(pictures), int(requests)) == (row["pictures"], row["requests"]) == (3, 2)
    assert float(spent) == pytest.approx(row["credits"], rel=0.01)
    assert "Success rate" not in message.text
    assert "Median" not in message.text
    assert "**Limits**\nNo limits are set." in message.text
    assert message.buttons == ("Day", "Week", "Month")
    assert message.disabled == ("Month",)
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

    assert "\nNo requests in this period.\n" in message.text
    [chart] = message.images
    assert chart.alt == "Chart: Credits per hour (UTC), by model. No requests in this period."


async def test_a_decoder_that_starts_slowly_does_not_hold_the_numbers_up(
    idle_stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    (tmp_path / "sitecustomize.py").write_text(
        "import os, pathlib, time\n"
        f"pathlib.Path({str(started)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    idle_stage.more_settings["PICTURE_CPU_S"] = "7"  # so that the bot has a decoder of its own
    async with idle_stage.bot_running():
        message = await shown(idle_stage.ada)
        assert "\nNo requests in this period.\n" in message.text
        assert message.images == ()
        os.kill(int(started.read_text()), 0)  # it still starts


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
    assert "\nSuccess rate 100% (1 of 1)\nMedian " in message.text
    assert " s, p95 " in message.text
    assert "Limits" not in message.text
    assert "**Top users**\n@Ada · 1 image" in message.text.replace(f"<@{ada.user.id}>", "@Ada")
    await chosen(ada, "preferences", counted=False)
    message = await shown(manager, scope="server", period="week", csv=True)
    assert "Top users" not in message.text
    assert str(ada.user.id) not in message.text
    assert "Left out: private prompts" in message.text


async def test_what_is_left_of_each_limit_is_told_and_when_it_is_renewed(
    idle_stage: Stage,
) -> None:
    idle_stage.more_settings["USER_CREDITS_PER_DAY"] = "5"
    idle_stage.more_settings["CREDITS_PER_MONTH"] = "310"
    ada, grace = idle_stage.ada, idle_stage.discord.person("Grace")
    async with idle_stage.bot_running():
        everyone = idle_stage.discord.guild.everyone
        for what, amount in (("pictures_per_day", "3"), ("pictures_per_month", "1")):
            await grace.use("limits set", what=what, amount=amount, role=everyone).answered()
        await drawn(idle_stage, ada)
        message = await shown(ada)
        direct = await shown(ada, channel=ada.dm)
        of_all = await shown(grace, scope="all")

    lines = [re.sub(r"<t:\d+:R>", "<then>", line) for line in message.text.split("\n")]
    assert "Across the bot: 4.78 left of 5 credits a day, renews <then>" in lines
    assert "In this server: 2 left of 3 images a day, renews <then>" in lines
    assert "In this server: 0 left of 1 image a month, renews <then>" in lines
    assert "310" not in message.text
    assert "4.78 left of 5 credits a day" in direct.text
    assert "In this server" not in direct.text
    assert "**Limits**" not in of_all.text


async def test_buttons_show_another_period_in_place(stage: Stage) -> None:
    await drawn(stage, stage.ada)
    message = await shown(stage.ada)
    for label, heading, unit in (
        ("Day", "-# Today, ", "hour"),
        ("Week", "-# This week, ", "day"),
        ("Month", "-# This month, ", "day"),
    ):
        await stage.ada.click(message, label)
        message = await stage.ada.wait_for(says(heading))
        assert message.disabled == (label,)
        assert f"Chart: Credits per {unit}" in str(alt_of(message))
        assert "### 1 image · 0.22 credits" in message.text


async def test_buttons_check_anew_who_may_see_it(stage: Stage) -> None:
    linus = stage.discord.person("Linus")
    managers = stage.discord.add_role("Managers", permissions=Permission.MANAGE_GUILD)
    stage.discord.give_role(managers, linus)
    message = await shown(linus, scope="server")
    stage.discord.delete_role(managers)
    use = await (await linus.click(message, "Day")).answered()
    assert use.message is not None
    assert "You need the Manage Server permission" in use.message.text


async def test_money_is_told_beside_credits(idle_stage: Stage) -> None:
    idle_stage.more_settings["CREDIT_PRICE"] = "0.10 USD"
    async with idle_stage.bot_running():
        await drawn(idle_stage, idle_stage.ada)
        message = await shown(idle_stage.ada)
    assert "### 1 image · 0.22 credits (0.02 USD)" in message.text
    assert "flux\\-dev · 1 image · 0.22 credits\n" in message.text


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
