"""/limits: who may set what, what is said, and that it holds, in both languages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import ClientRefusedError, Permission
from tests.end_to_end.panels import chosen
from tests.end_to_end.stage import has_picture

if TYPE_CHECKING:
    from sandbox.discord import Person
    from sandbox.discord.records import Role
    from tests.end_to_end.stage import Stage


@pytest.fixture
def linus(stage: Stage) -> Person:
    """A server manager who is not the bot owner."""
    return stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD)


@pytest.fixture
def grace(stage: Stage) -> Person:
    """Who runs the bot."""
    return stage.discord.person("Grace")


@pytest.fixture
def artists(stage: Stage) -> Role:
    return stage.discord.add_role("Artists")


async def said(person: Person, command: str, **options: Any) -> str:  # noqa: ANN401
    """Return the private answer to a command."""
    use = await person.use(command, **options).answered()
    assert use.message is not None
    assert use.message.private
    return use.message.text


async def picture(stage: Stage, person: Person, prompt: str) -> str:
    """Ask for a picture and return its card's words."""
    person.use("imagine", prompt=prompt)
    card = await person.wait_for(lambda seen: has_picture(seen) and prompt in seen.text)
    await stage.ended()
    return card.text


async def test_a_manager_limits_roles_and_people_and_it_holds(
    stage: Stage, linus: Person, artists: Role
) -> None:
    everyone = stage.discord.guild.everyone
    text = await said(linus, "limits set", what="Images per day", amount="1", role=everyone)
    assert "Limit set. @everyone: 1 image a day." in text
    await said(linus, "limits set", what="Images per day", amount="2", role=artists)
    ben = stage.discord.person("Ben")
    stage.discord.give_role(artists, ben)

    assert "1 of 1 today" in await picture(stage, stage.ada, "a lake")
    text = await said(stage.ada, "imagine", prompt="another lake")
    assert "This would exceed your limit of 1 image a day." in text
    assert "or try again <t:" in text
    await picture(stage, ben, "a hill")
    assert "2 of 2 today" in await picture(stage, ben, "a second hill")
    assert "your limit of 2 images a day" in await said(ben, "imagine", prompt="a third hill")

    text = await said(
        linus, "limits set", what="Images per day", amount="none", user=stage.ada.user
    )
    assert f"<@{stage.ada.user.id}>: no limit on images per day" in text
    await picture(stage, stage.ada, "a sea")
    assert len(stage.rows("jobs")) == len(stage.flux.charges) == 4


async def test_who_runs_the_bot_says_what_a_server_may_use(
    stage: Stage, linus: Person, grace: Person
) -> None:
    for options in ({"everywhere": True}, {"server": str(stage.discord.guild.id)}):
        text = await said(linus, "limits set", what="Credits per month", amount="100", **options)
        assert "Only the bot owner can use `everywhere`." in text
    assert stage.rows("limits") == []

    text = await said(grace, "limits set", what="Credits per month", amount="0.3")
    assert "Sandbox (set by the bot owner): 0.3 credits a month." in text
    await picture(stage, stage.ada, "a lake")
    text = await said(stage.discord.person("Ben"), "imagine", prompt="a hill")
    assert "exceed this server's limit of 0.3 credits a month, set by the bot owner." in text
    assert "or try again <t:" in text
    text = await said(grace, "limits set", what="Credits per month", amount="0.1")
    assert "owner): 0.1 credits a month. Previously: 0.3 credits a month." in text
    assert "owner): 0.1 credits a month, 0.22 used" in await said(linus, "limits show")

    [rule] = stage.rows("limits")
    assert (rule["amount"], rule["set_by"]) == (100_000, grace.user.id)
    changes = stage.rows("rule_changes")
    assert [(row["before"], row["after"]) for row in changes] == [
        (None, "300000"),
        ("300000", "100000"),
    ]
    assert {row["changed_by"] for row in changes} == {grace.user.id}


async def test_a_manager_limits_the_server_below_what_the_bot_owner_allows(
    stage: Stage, linus: Person, grace: Person
) -> None:
    text = await said(linus, "limits set", what="Requests in progress", amount="1")
    assert "can only have image and credit limits per day or month" in text
    text = await said(linus, "limits set", what="Images per month", amount="1")
    assert "Limit set. The whole server: 1 image a month." in text
    await said(grace, "limits set", what="Images per month", amount="2")
    ben = stage.discord.person("Ben")

    await picture(stage, stage.ada, "a lake")
    text = await said(ben, "imagine", prompt="a hill")
    assert "exceed this server's limit of 1 image a month, set by its managers." in text
    text = await said(linus, "limits show")
    assert "Sandbox (set by the bot owner): 2 images a month, 1 used" in text
    assert "The whole server: 1 image a month, 1 used" in text
    # Above it the bot owner's limit is the smaller one.
    await said(linus, "limits set", what="Images per month", amount="50")
    await picture(stage, ben, "a hill")
    text = await said(stage.ada, "imagine", prompt="a sea")
    assert "exceed this server's limit of 2 images a month, set by the bot owner." in text

    offered = [choice.name for choice in await linus.suggest("limits clear", "rule", "")]
    assert offered == ["The whole server: 50 images a month"]
    [choice] = await linus.suggest("limits clear", "rule", "")
    assert "Removed: The whole server" in await said(linus, "limits clear", rule=choice.value)
    assert [row["who"] for row in stage.rows("limits")] == ["all"]
    changes = [(row["who"], row["before"], row["after"]) for row in stage.rows("rule_changes")]
    assert changes == [
        ("server", None, "1"),
        ("all", None, "2"),
        ("server", "1", "50"),
        ("server", "50", None),
    ]


async def test_who_runs_the_bot_does_so_in_direct_messages_too(stage: Stage, grace: Person) -> None:
    dm, guild_id = grace.dm, stage.discord.guild.id
    budget: dict[str, Any] = {"what": "Images per month", "amount": "1", "channel": dm}
    assert "Choose a `server`" in await said(grace, "limits set", **budget)
    assert "I'm not in that server." in await said(grace, "limits set", server="1", **budget)
    [choice] = await grace.suggest("limits set", "server", "sand", channel=dm)
    assert (choice.name, choice.value) == ("Sandbox", str(guild_id))
    text = await said(grace, "limits set", server=str(guild_id), **budget)
    assert "Sandbox (set by the bot owner): 1 image a month" in text
    text = await said(grace, "limits set", everywhere=True, **{**budget, "amount": "50"})
    assert "The whole bot: 50 images a month" in text
    text = await said(grace, "limits set", everywhere=True, user=stage.ada.user, **budget)
    assert f"<@{stage.ada.user.id}>: 1 image a month" in text
    text = await said(grace, "limits set", what="Requests in progress", amount="1", everywhere=True)
    assert "can only have image and credit limits per day or month" in text

    text = await said(grace, "limits show", channel=dm)
    assert "**Limits: The whole bot**" in text
    assert "The whole bot: 50 images a month, 0 used" in text
    assert "owner): 1 image a month, 0 used" in text
    assert "each user across the bot: up to 10 requests in progress" in text
    stage.ada.use("imagine", prompt="a lake", channel=stage.ada.dm)
    await stage.ada.wait_for(has_picture, channel=stage.ada.dm)
    await stage.ended()
    text = await said(stage.ada, "imagine", prompt="a hill")
    assert "your limit of 1 image a month" in text


async def test_others_are_not_offered_it_and_get_nowhere_in_direct_messages(stage: Stage) -> None:
    with pytest.raises(ClientRefusedError):
        stage.ada.use("limits show")
    for command, options in (
        ("limits show", {}),
        ("limits set", {"what": "Credits per day", "amount": "9", "everywhere": True}),
        ("limits set", {"what": "Credits per day", "amount": "9", "user": stage.ada.user}),
    ):
        text = await said(stage.ada, command, channel=stage.ada.dm, **options)
        assert "Only the bot owner can use `everywhere`." in text
    assert await stage.ada.suggest("limits set", "server", "", channel=stage.ada.dm) == []
    assert await stage.ada.suggest("limits clear", "rule", "", channel=stage.ada.dm) == []


@pytest.mark.parametrize(
    "amount", ["-1", "ten", "nan", "1.5", "1000001", "\u0661\u0660.5", "1e6", "1,5"]
)
async def test_what_is_no_amount_changes_nothing(
    stage: Stage, linus: Person, artists: Role, amount: str
) -> None:
    text = await said(linus, "limits set", what="Images per day", amount=amount, role=artists)
    assert "is not a valid amount." in text
    assert "Enter a whole number from 0 to 1,000,000, or choose No limit." in text
    assert stage.rows("limits") == stage.rows("rule_changes") == []


@pytest.mark.parametrize("server", ["no number", "-1", "1", "9" * 100])
async def test_a_server_that_is_none_of_the_bots_changes_nothing(
    stage: Stage, grace: Person, server: str
) -> None:
    text = await said(grace, "limits set", what="Credits per day", amount="5", server=server)
    assert "I'm not in that server." in text
    assert stage.rows("limits") == []


async def test_options_that_do_not_go_together_change_nothing(
    stage: Stage, linus: Person, grace: Person, artists: Role
) -> None:
    budget = {"what": "Images per day", "amount": "1"}
    own = {"server": str(stage.discord.guild.id)}
    for person, options in (
        (linus, {"role": artists, "user": stage.ada.user}),
        (grace, {"role": artists, "everywhere": True}),
        (grace, {"role": artists, **own}),
        (grace, {"user": stage.ada.user, **own}),
        (grace, {"everywhere": True, **own}),
    ):
        text = await said(person, "limits set", **budget, **options)
        assert "These options can't be combined" in text
    assert stage.rows("limits") == []


async def test_two_managers_who_change_one_limit_at_once_are_both_told_the_truth(
    stage: Stage, linus: Person, grace: Person, artists: Role
) -> None:
    first, second = await asyncio.gather(
        *(
            said(person, "limits set", what="Credits per day", amount=amount, role=artists)
            for person, amount in ((linus, "2"), (grace, "3"))
        )
    )
    [rule] = stage.rows("limits")
    last = {2_000_000: "2", 3_000_000: "3"}[rule["amount"]]
    other = {"2": "3", "3": "2"}[last]
    told = {"2": first, "3": second}
    assert "Previously" not in told[other]
    assert f": {last} credits a day. Previously: {other} credits a day." in told[last]
    assert [row["after"] for row in stage.rows("rule_changes")] == [
        f"{other}000000",
        f"{last}000000",
    ]


async def test_a_limit_is_taken_away_a_deleted_role_s_too(
    stage: Stage, linus: Person, artists: Role
) -> None:
    await said(linus, "limits set", what="Credits per day", amount="2.5", role=artists)
    await said(linus, "limits set", what="Images per day", amount="9", user=stage.ada.user)
    await picture(stage, stage.ada, "a lake")
    names = [choice.name for choice in await linus.suggest("limits clear", "rule", "")]
    assert names == ["@Artists: 2.5 credits a day", "@ada: 9 images a day"]
    stage.discord.delete_role(artists)
    [choice] = await linus.suggest("limits clear", "rule", "deleted")
    assert choice.name == f"Deleted role {artists.id}: 2.5 credits a day"

    text = await said(linus, "limits clear", rule=choice.value)
    assert f"Removed: <@&{artists.id}>: 2.5 credits a day." in text
    assert "That limit no longer exists." in await said(linus, "limits clear", rule=choice.value)
    assert [row["who"] for row in stage.rows("limits")] == ["user"]


async def test_only_who_runs_the_bot_takes_a_server_s_budget_away(
    stage: Stage, linus: Person, grace: Person
) -> None:
    await said(grace, "limits set", what="Credits per day", amount="2")
    [choice] = await grace.suggest("limits clear", "rule", "")
    assert choice.name == "Sandbox: 2 credits a day"
    assert await linus.suggest("limits clear", "rule", "") == []
    assert "That limit no longer exists." in await said(linus, "limits clear", rule=choice.value)
    text = await said(grace, "limits clear", rule=choice.value, channel=grace.dm)
    assert "Removed: Sandbox (set by the bot owner): 2 credits a day." in text
    assert stage.rows("limits") == []


async def test_a_member_s_limits_are_shown_with_what_is_used(
    stage: Stage, linus: Person, grace: Person, artists: Role
) -> None:
    await said(grace, "limits set", what="Credits per month", amount="5")
    for what, amount in (
        ("Images per day", "10"),
        ("Seconds between requests", "0"),
        ("Images per request", "2"),
        ("Requests in progress", "3"),
    ):
        await said(linus, "limits set", what=what, amount=amount, role=artists)
    stage.discord.give_role(artists, stage.ada)
    stage.ada.use("imagine", prompt="two lakes", count=2)
    await stage.ada.wait_for(has_picture)
    await stage.ended()

    text = await said(linus, "limits show", user=stage.ada.user)
    assert f"**Limits for <@{stage.ada.user.id}> here**" in text
    assert "The whole server: 5 credits a month, 0.43 used" in text
    assert "In this server: 10 images a day, 2 used" in text
    assert "up to 2 images per request" in text
    assert "up to 3 requests in progress" in text
    assert "Days and months start at midnight UTC." in text


async def test_what_a_member_uses_elsewhere_is_not_a_manager_s_to_know(
    stage: Stage, linus: Person, grace: Person
) -> None:
    ada = stage.ada
    await said(
        grace, "limits set", what="Credits per day", amount="5", user=ada.user, everywhere=True
    )
    ada.use("imagine", prompt="a lake", channel=ada.dm)
    await ada.wait_for(has_picture, channel=ada.dm)
    await stage.ended()

    text = await said(linus, "limits show", user=ada.user)
    assert "Across the bot: 5 credits a day" in text
    assert "used" not in text
    text = await said(grace, "limits show", user=ada.user)
    assert "Across the bot: 5 credits a day, 0.22 used" in text


async def test_amounts_are_suggested_in_words(stage: Stage, linus: Person) -> None:
    async def suggested(what: str, typed: str) -> list[str]:
        choices = await linus.suggest("limits set", "amount", typed, what=what)
        return [choice.name for choice in choices]

    assert (await suggested("pictures_per_day", ""))[1:3] == [
        "5 images a day",
        "10 images a day",
    ]
    assert await suggested("cooldown_s", "90") == ["90 s between requests", "No limit"]
    assert await suggested("pictures_per_day", "-4") == ["No limit"]


async def test_counts_over_the_limit_are_neither_suggested_nor_taken(
    stage: Stage, linus: Person
) -> None:
    everyone = stage.discord.guild.everyone
    await said(linus, "limits set", what="Images per request", amount="2", role=everyone)
    choices = await stage.ada.suggest("imagine", "count", "")
    assert [(choice.name, choice.value) for choice in choices] == [
        ("1 image (about 0.22 credits)", 1),
        ("2 images (about 0.43 credits)", 2),
    ]
    text = await said(stage.ada, "imagine", prompt="three lakes", count=3)
    assert "You requested 3 images; the limit here is 2 per request. Request fewer." in text
    assert stage.rows("jobs") == []


async def test_nobody_is_refused_for_a_count_that_the_server_chose(
    stage: Stage, linus: Person
) -> None:
    await chosen(linus, "settings", default_count="3")
    everyone = stage.discord.guild.everyone
    await said(linus, "limits set", what="Images per request", amount="2", role=everyone)

    stage.ada.use("imagine", prompt="a lake")
    card = await stage.ada.wait_for(has_picture)
    assert len(card.images) == 2
    assert "You requested 3 images" in await said(stage.ada, "imagine", prompt="a lake", count=3)


async def test_everything_is_said_in_chinese_too(stage: Stage) -> None:
    mei = stage.discord.person("Mei", permissions=Permission.MANAGE_GUILD, locale="zh-CN")
    li = stage.discord.person("Li", locale="zh-CN")
    everyone = stage.discord.guild.everyone
    text = await said(mei, "limits set", what="pictures_per_day", amount="不限", role=everyone)
    assert "@everyone：每天的图片数不限" in text
    text = await said(mei, "limits set", what="pictures_per_day", amount="1", role=everyone)
    assert "每天 1 张图片" in text
    await picture(stage, li, "湖")
    text = await said(li, "imagine", prompt="山")
    assert "这会超过你的上限（每天 1 张图片）。" in text
    assert "或在 <t:" in text
    text = await said(mei, "limits set", what="microcredits_per_day", amount="1")
    assert "整个服务器：每天 1 积分" in text
    assert "整个服务器：每天 1 积分，已用 0.22" in await said(mei, "limits show")
    assert "这个限制已不存在" in await said(mei, "limits clear", rule="nonsense")
    text = await said(mei, "limits set", what="pictures_per_day", amount="十", role=everyone)
    assert "请填写 0 到 1,000,000 的整数" in text
